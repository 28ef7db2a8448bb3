"""The numbers that a text states, digits of every script and number words alike.

Two briefs made from one template (a gold price, a score, an earthquake) share nearly all their
shingles and differ in what they say. Their numbers tell them apart, so deduplication asks whether
the numbers of one text include those of the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import Enum, auto
from functools import cache
from typing import NamedTuple

from saaf.deduplicate.matchkey import match_key

Quantity = int | str
"""A number; a run of more than 15 digits stays text, as it is an identifier rather than an amount."""

_LONGEST_AMOUNT = 15
_HUNDRED = 100

_UNITS = {
    "ur": """صفر ایک دو تین چار پانچ چھ سات آٹھ نو دس گیارہ بارہ تیرہ چودہ پندرہ سولہ سترہ اٹھارہ انیس
        بیس اکیس بائیس تئیس چوبیس پچیس چھبیس ستائیس اٹھائیس انتیس
        تیس اکتیس بتیس تینتیس چونتیس پینتیس چھتیس سینتیس اڑتیس انتالیس
        چالیس اکتالیس بیالیس تینتالیس چوالیس پینتالیس چھیالیس سینتالیس اڑتالیس انچاس
        پچاس اکیاون باون ترپن چون پچپن چھپن ستاون اٹھاون انسٹھ
        ساٹھ اکسٹھ باسٹھ تریسٹھ چونسٹھ پینسٹھ چھیاسٹھ سڑسٹھ اڑسٹھ انہتر
        ستر اکہتر بہتر تہتر چوہتر پچہتر چھہتر ستتر اٹھہتر اناسی
        اسی اکیاسی بیاسی تراسی چوراسی پچاسی چھیاسی ستاسی اٹھاسی نواسی
        نوے اکانوے بانوے ترانوے چورانوے پچانوے چھیانوے ستانوے اٹھانوے ننانوے""",
    "fa": "صفر یک دو سه چهار پنج شش هفت هشت نه ده یازده دوازده سیزده چهارده پانزده شانزده هفده هجده نوزده",
    "en": """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
        sixteen seventeen eighteen nineteen""",
    "ps": "صفر یو دوه درې څلور پنځه شپږ اووه اته نهه لس",
    "sd": "صفر هڪ ٻه ٽي چار پنج ڇهه ست اٺ نو ڏهه",
    "pnb": "صفر اک دو تن چار پنج چھے ست اٹھ نوں دس",
}
"""Words for 0, 1, 2 and so on, in order."""

_TENS = {
    "fa": "بیست سی چهل پنجاه شصت هفتاد هشتاد نود",
    "ar": "عشرون ثلاثون أربعون خمسون ستون سبعون ثمانون تسعون",
    "ar, genitive": "عشرين ثلاثين أربعين خمسين ستين سبعين ثمانين تسعين",
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
    "ps": "شل دېرش څلوېښت پنځوس شپېته اویا اتیا نوي",
    "sd": "ويهه ٽيهه چاليهه پنجاهه سٺ ستر اسي نوي",
    "pnb": "ویہہ تیہہ چالی پنجاہ سٹھ ستر اسی نوے",
}
"""Words for 20, 30 and so on to 90, in order."""

_OTHERS = {
    1: "واحد واحدة",
    2: "اثنان اثنين اثنتان اثنتين",
    3: "ثلاثة ثلاث",
    4: "أربعة أربع",
    5: "خمسة خمس",
    6: "ستة ست",
    7: "سبعة سبع",
    8: "ثمانية ثماني ثمان",
    9: "تسعة تسع",
    10: "عشرة عشر",
    51: "اکاون",
    200: "دویست مئتان مائتان مئتين مائتين",
    300: "سیصد ثلاثمئة ثلاثمائة",
    400: "چهارصد أربعمئة أربعمائة",
    500: "پانصد خمسمئة خمسمائة",
    600: "ششصد ستمئة ستمائة",
    700: "هفتصد سبعمئة سبعمائة",
    800: "هشتصد ثمانمئة ثمانمائة",
    900: "نهصد تسعمئة تسعمائة",
    2000: "ألفان ألفين",
    2_000_000: "مليونان مليونين",
}

_SCALES = {
    100: "سو صد مئة مائة hundred سل سؤ",
    1000: "ہزار ألف آلاف thousand هزار",
    100_000: "لاکھ لک لکھ lakh",
    1_000_000: "میلیون ملین مليون ملايين million",
    10_000_000: "کروڑ ڪروڙ crore",
    1_000_000_000: "ارب میلیارد مليار مليارات billion",
    100_000_000_000: "کھرب",
    1_000_000_000_000: "trillion",
}

# Number words that are also everyday words: better, this very, not, like, since, body, rise, new ...
# They count only next to a word such as hundred or thousand.
_DOUBTFUL = "بہتر اسی نه سی چون نواسی تن اٹھ نوي نود یو ده سل شل اویا"
_CONJUNCTIONS = "و and"
_ATTACHED_CONJUNCTION = "و"


class _Number(NamedTuple):
    value: int
    spelled: bool


class _Scale(NamedTuple):
    value: int


_CONJUNCTION = "conjunction"
_OTHER = "other"
_Token = _Number | _Scale | str

_DIGITS_OR_LETTERS = re.compile(r"[0-9]+|[^0-9]+")


class WordKind(Enum):
    """What a number word does."""

    NUMBER = auto()
    DOUBTFUL = auto()
    SCALE = auto()
    CONJUNCTION = auto()


class _Lexicon(NamedTuple):
    numbers: dict[str, int]
    scales: dict[str, int]
    doubtful: frozenset[str]
    conjunctions: frozenset[str]


def number_words() -> dict[str, tuple[WordKind, int]]:
    """Every number word in folded form, with what it does and its value (0 for a conjunction)."""
    lexicon = _lexicon()
    doubt = {True: WordKind.DOUBTFUL, False: WordKind.NUMBER}
    words = dict.fromkeys(lexicon.conjunctions, (WordKind.CONJUNCTION, 0))
    words |= {word: (doubt[word in lexicon.doubtful], value) for word, value in lexicon.numbers.items()}
    return words | {word: (WordKind.SCALE, value) for word, value in lexicon.scales.items()}


@cache
def _lexicon() -> _Lexicon:
    """The word lists in folded form; where two languages disagree, the one listed first decides."""
    numbers: dict[str, int] = {}
    for words in _UNITS.values():
        for value, word in enumerate(words.split()):
            numbers.setdefault(match_key(word), value)
    for words in _TENS.values():
        for value, word in enumerate(words.split(), start=2):
            numbers.setdefault(match_key(word), value * 10)
    for value, words in _OTHERS.items():
        for word in words.split():
            numbers.setdefault(match_key(word), value)
    scales = {match_key(word): value for value, words in _SCALES.items() for word in words.split()}
    doubtful = frozenset(match_key(word) for word in _DOUBTFUL.split())
    return _Lexicon(numbers, scales, doubtful, frozenset(_CONJUNCTIONS.split()))


def quantities(words: Sequence[str]) -> frozenset[Quantity]:
    """The numbers that a text states.

    Number words are put together as the languages do it: two hundred and fifty, دو سو پچاس,
    خمسة وعشرون, 25 لاکھ. Digits in groups of three, or of two and three, are one number.

    Args:
        words: Folded words, as :func:`saaf.deduplicate.matchkey.key_words` gives them.

    Returns:
        The distinct numbers. A decimal fraction counts as its two runs of digits.
    """
    stated: set[Quantity] = set()
    amount = _Amount()
    for token in _tokens(words):
        if isinstance(token, _Number):
            stated.update(amount.add(token))
        elif isinstance(token, _Scale):
            stated.update(amount.scale(token.value))
        elif token != _CONJUNCTION:
            stated.update(amount.close())
            if token != _OTHER:
                stated.add(token)
    stated.update(amount.close())
    return frozenset(stated)


def agree(left: frozenset[Quantity], right: frozenset[Quantity]) -> bool:
    """Whether the numbers of one text include those of the other."""
    return left <= right or right <= left


class _Amount:
    """A number in the making: sums of counts and scales, such as two thousand five hundred and ten."""

    _total: int
    _least_scale: int | None
    _count: _Number | None

    def __init__(self) -> None:
        self._start_over()

    def _start_over(self) -> None:
        self._total, self._least_scale, self._count = 0, None, None

    def add(self, number: _Number) -> list[Quantity]:
        """Take a count; returns the number before it where it does not belong to that."""
        if self._count is None:
            too_large = self._least_scale is not None and number.value >= self._least_scale
            before = self.close() if too_large else []
            self._count = number
            return before
        if number.spelled and self._count.spelled and _adds(self._count.value, number.value):
            self._count = _Number(self._count.value + number.value, spelled=True)
            return []
        before = self.close()
        self._count = number
        return before

    def scale(self, value: int) -> list[Quantity]:
        """Multiply the count by hundred, thousand and so on; returns the number before it, if it ends here."""
        before: list[Quantity] = []
        if value == _HUNDRED:
            if self._count is not None and not 0 < self._count.value < _HUNDRED:
                before = self.close()
            self._count = _Number(_HUNDRED * (self._count.value if self._count else 1), spelled=True)
            return before
        count, self._count = self._count, None
        if self._least_scale is not None and value >= self._least_scale:
            before = self.close()
        self._total += value * (count.value if count else 1)
        self._least_scale = value
        return before

    def close(self) -> list[Quantity]:
        """The number, if any was begun; starts over."""
        if self._count is None and self._least_scale is None:
            return []
        value = self._total + (self._count.value if self._count else 0)
        self._start_over()
        return [value]


def _adds(count: int, value: int) -> bool:
    """Whether a spelled number goes on: hundreds and less, tens and units, or units and tens (Arabic)."""
    if count >= _HUNDRED and count % _HUNDRED == 0:
        return value < _HUNDRED
    rest = count % _HUNDRED
    tens_then_unit = rest >= 20 and rest % 10 == 0 and 0 < value < 10
    unit_then_tens = 0 < rest < 10 and value % 10 == 0 and 10 <= value < 100
    return tens_then_unit or unit_then_tens


def _tokens(words: Sequence[str]) -> Iterator[_Token]:
    lexicon = _lexicon()
    at = 0
    while at < len(words):
        word = words[at]
        if word.isascii() and word.isdigit():
            length = _group_length(words, at)
            yield _digits("".join(words[at : at + length]))
            at += length
            continue
        at += 1
        if any("0" <= c <= "9" for c in word):
            for run in _DIGITS_OR_LETTERS.findall(word):
                yield _digits(run) if run.isdigit() else _OTHER
        else:
            yield from _word(word, words[at - 2] if at > 1 else "", words[at] if at < len(words) else "", lexicon)


def _word(word: str, before: str, after: str, lexicon: _Lexicon) -> Iterator[_Token]:
    if word in lexicon.scales:
        yield _Scale(lexicon.scales[word])
    elif word in lexicon.numbers:
        beside_scale = before in lexicon.scales or after in lexicon.scales
        certain = word not in lexicon.doubtful or beside_scale
        yield _Number(lexicon.numbers[word], spelled=True) if certain else _OTHER
    elif word in lexicon.conjunctions:
        yield _CONJUNCTION
    else:
        rest = word.removeprefix(_ATTACHED_CONJUNCTION)
        if rest != word and rest in lexicon.numbers and rest not in lexicon.doubtful:
            yield _CONJUNCTION
            yield _Number(lexicon.numbers[rest], spelled=True)
        elif rest != word and rest in lexicon.scales:
            yield _CONJUNCTION
            yield _Scale(lexicon.scales[rest])
        else:
            yield _OTHER


def _digits(run: str) -> _Token:
    run = run.lstrip("0") or "0"
    return run if len(run) > _LONGEST_AMOUNT else _Number(int(run), spelled=False)


def _group_length(words: Sequence[str], at: int) -> int:
    """How many runs of digits from here are one number: 1,250,000 or, as in South Asia, 12,50,000."""
    lengths: list[int] = []
    for word in words[at:]:
        if len(lengths) == 6 or not (word.isascii() and word.isdigit()):
            break
        lengths.append(len(word))
    threes = 1
    while threes < len(lengths) and lengths[threes] == 3:
        threes += 1
    if threes > 1 and lengths[0] <= 3:
        return threes
    twos = 1
    while twos < len(lengths) and lengths[twos] == 2:
        twos += 1
    if twos > 1 and lengths[0] <= 2 and twos < len(lengths) and lengths[twos] == 3:
        return twos + 1
    return 1
