"""The form in which text is published: what people read, so as little as possible is changed.

Every change is a row of the table in ``docs/normalisation.md``, and the rows are tested against
this module. Nothing here folds: NFKC would rewrite ﷺ, ﷲ and digits, so it is for comparing only
(:mod:`saaf.text.letters`).

A compiled pass does what most texts need: white space, characters that go, a letter and its mark that become one, the
letters of the language. Where it meets more (presentation forms, several marks on a letter, quotations in Arabic …), it
leaves the text to :func:`normalise_stepwise`, which does everything; the two agree wherever the first has an answer.
"""

from __future__ import annotations

import itertools
import re
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from saaf.clean import normalise_kernels as kernels
from saaf.clean.characters import LETTER, MARK, assigned, character_classes
from saaf.text.fold import code_points
from saaf.text.letters import TATWEEL

MAX_MARKS = 31
"""Marks in a row that are kept: no writing stacks more, and composing a long run takes time that grows with the
square of its length. (Unicode's Stream-Safe Text Format sets 30; one less than a power of two is quicker to test.)"""

_BLOCK = 1 << 20
"""Characters looked at in one go, so that memory for a text of 50 MB stays bounded."""

# What a character can ask for. One character may ask for several.
_REPLACED, _COMPOSING, _MARK, _JOINER, _PRESENTATION, _LOOKALIKE, _TATWEEL = 1, 2, 4, 8, 16, 32, 64
_DROPPED = 0xFFFFFFFF

_LINE_BREAKS = "\r\x0b\x0c\x85\u2028\u2029"
_INVISIBLE = (
    "\u00ad"  # soft hyphen
    "\u180e\u200b\u2060\ufeff"  # vowel separator, zero-width space, word joiner, byte order mark
    "\u2061\u2062\u2063\u2064"  # invisible operators
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # bidi embeddings, overrides, isolates
    "\u206a\u206b\u206c\u206d\u206e\u206f"  # deprecated shaping controls
    "\ufff9\ufffa\ufffb\ufffc"  # annotation marks, object replacement
)
_ZWNJ, _ZWJ = "\u200c", "\u200d"
_DIRECTION_MARKS = "\u200e\u200f\u061c"
_JOINERS = re.compile(f"[{_ZWNJ}{_ZWJ}{_DIRECTION_MARKS}]+")

_URDU_LETTERS = {
    "\u064a": "\u06cc",  # ي -> ی
    "\u0649": "\u06cc",  # ى -> ی
    "\u0643": "\u06a9",  # ك -> ک
    "\u0647": "\u06c1",  # ه -> ہ
    "\u06d5": "\u06c1",  # ە -> ہ
    "\u06c0": "\u06c2",  # ۀ -> ۂ
    "\u0629": "\u06c3",  # ة -> ۃ
}
_LETTERS: dict[str, dict[str, str]] = {
    "ur": _URDU_LETTERS,
    "pnb": _URDU_LETTERS,
    "skr": _URDU_LETTERS,
    "fa": {"\u064a": "\u06cc", "\u0643": "\u06a9"},
    "ps": {"\u0643": "\u06a9"},  # ي ی ې ۍ ئ are five letters of Pashto
    "sd": {},  # ي is Sindhi's own, and ك can stand for ڪ or ک
}
"""For each language the letters that its keyboards replace. A language without an entry keeps all its letters."""

# Fatha, kasra, damma, their doubled and long forms, shadda, sukun, dagger alef.
_HARAKA = "[\u064b-\u0652\u0656\u0657\u065c\u0670]"
_HARAKAT = re.compile(_HARAKA)
# Words with a mark on at least every other letter hold such a pair; most texts, whose few marks stand alone, none.
_TWO_HARAKAT = re.compile(rf"{_HARAKA}\S{{0,4}}?{_HARAKA}")
# Alef wasla, and the annotation signs of the Quran. The honorifics U+0610-0614 are not among them: Urdu sets them
# over names in plain prose.
_QURANIC = re.compile("[\u0615-\u061a\u0671\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed]")
_ORNATE = re.compile("\ufd3f[^\ufd3e\ufd3f]*\ufd3e|\ufd3e[^\ufd3e\ufd3f]*\ufd3f")
_NEVER_ARABIC = re.compile("[ٹڈڑںےۓھگچپژ]")
_TOKEN = re.compile(r"\S+")
_STRETCHED = re.compile(rf"(?:(?<=[^\W\d_{TATWEEL}])|(?<=[\u064b-\u065f\u0670])){TATWEEL}++(?=[^\W\d_])")
_MAX_PLAIN_IN_QUOTATION = 2


_SHORT, _PLAIN = 400, 0x700
"""Characters of a short text at most, and the first character that none of these has."""


def normalise(text: str, language: str | None) -> str:
    """Give a text the form in which it is published.

    Idempotent: ``normalise(normalise(t, x), x) == normalise(t, x)``. Takes time linear in the text.

    Args:
        text: Any text, also with lone surrogates (they become U+FFFD).
        language: ISO 639 code; it decides which letters are look-alikes. None: no letter is changed.

    Returns:
        NFC text whose only white space is single spaces and line feeds, at most two of these in a row.
    """
    if len(text) <= _SHORT and _plain(language if language in _LETTERS else None).fullmatch(text):
        return text
    return str(normalise_codes(code_points(text), language).data, "utf-32-le")


def normalise_codes(codes: npt.NDArray[np.uint32], language: str | None) -> npt.NDArray[np.uint32]:
    """As :func:`normalise`, from code points to code points."""
    if len(codes) <= _BLOCK:
        plan = _plan(language if language in _LETTERS else None)
        written = np.empty(len(codes), np.uint32)
        length = kernels.normalise(codes, plan.actions, plan.pairs, plan.composites, written)
        if length != kernels.NEEDS_MORE:
            return written[:length]
    text = normalise_stepwise(codes.tobytes().decode("utf-32-le", "surrogatepass"), language)
    return code_points(text).copy()  # writable as above: loops that take the result are compiled for one kind of array


def normalise_stepwise(text: str, language: str | None) -> str:
    """As :func:`normalise`, one kind of change after the other."""
    wants = _wants(text)
    if "\r\n" in text:
        text = text.replace("\r\n", "\n")
    if wants & _REPLACED:
        text = _replace(text)
    letters = _LETTERS.get(language or "")
    if wants & _PRESENTATION and letters is not None:
        text = text.translate(_presentation_forms())
        wants = _wants(text)
    if wants & _JOINER:
        text = _JOINERS.sub(_joiners_that_matter, text)
    if wants & (_COMPOSING | _MARK):
        text = _compose(text, wants)
    if letters is not None and wants & (_LOOKALIKE | _TATWEEL):
        text = "".join(
            piece if quoted else _letters_of(piece, letters) for piece, quoted in _split_quotations(text, wants)
        )
        if wants & _COMPOSING:
            text = _compose(text, wants)  # ه with a hamza above becomes ہ with one, and that is one letter: ۂ
    return _tidy_spaces(text)


@dataclass(frozen=True)
class _Tables:
    """What each code point asks for, and what replaces it (``_DROPPED``: nothing)."""

    wants: npt.NDArray[np.uint8]
    replacement: npt.NDArray[np.uint32]
    decomposing: list[int]
    """Code points that have a canonical decomposition, the syllables of Hangul aside."""


@cache
def _tables() -> _Tables:
    wants = np.zeros(sys.maxunicode + 1, np.uint8)
    replacement = np.arange(sys.maxunicode + 1, dtype=np.uint32)
    marks, decomposing = [], []
    for code in assigned():
        character = chr(code)
        if unicodedata.combining(character):
            marks.append(code)
        if decomposition := unicodedata.decomposition(character):
            if not decomposition.startswith("<"):
                decomposing.append(code)
                wants[code] |= 0 if unicodedata.normalize("NFC", character) == character else _COMPOSING
                wants[[int(part, 16) for part in decomposition.split()[1:]]] |= _COMPOSING
            elif unicodedata.category(character) == "Zs":
                replacement[code] = ord(" ")
    wants[marks] |= _MARK
    # Spaces without a compatibility decomposition, and the vowels and finals of Hangul, which compose by rule.
    replacement[[0x09, 0x1680, 0x2000, 0x2001]] = ord(" ")
    wants[0x1161:0x1176] |= _COMPOSING
    wants[0x11A8:0x11C3] |= _COMPOSING
    replacement[[code for code in (*range(0x20), *range(0x7F, 0xA0)) if code not in (0x09, 0x0A)]] = _DROPPED
    replacement[[ord(c) for c in _INVISIBLE]] = _DROPPED
    replacement[[ord(c) for c in _LINE_BREAKS]] = ord("\n")
    replacement[0xD800:0xE000] = 0xFFFD
    wants[replacement != np.arange(sys.maxunicode + 1)] |= _REPLACED
    wants[[ord(c) for c in _ZWNJ + _ZWJ + _DIRECTION_MARKS]] |= _JOINER
    wants[[ord(c) for letters in _LETTERS.values() for c in letters]] |= _LOOKALIKE
    wants[list(_presentation_forms())] |= _PRESENTATION
    wants[ord(TATWEEL)] |= _TATWEEL
    return _Tables(wants, replacement, decomposing)


@dataclass(frozen=True)
class _Plan:
    """What the compiled pass does with each code point of a language, and with pairs of them.

    Attributes:
        actions: What becomes of a code point, with flags: see :mod:`saaf.clean.normalise_kernels`.
        pairs: Open table of a base and its mark that become one character, and of those that stay as they are.
        composites: That character, for each of its entries; 0 for those that stay.
    """

    actions: npt.NDArray[np.uint32]
    pairs: npt.NDArray[np.uint64]
    composites: npt.NDArray[np.uint32]


@cache
def _plain(language: str | None) -> re.Pattern[str]:
    """Short texts of which nothing changes, as most titles and names are: told sooner than by the compiled pass."""
    actions = _plan(language).actions
    codes = np.flatnonzero((actions & (kernels.NOT_AS_IT_STANDS | kernels.WHITE) == 0) & (actions & kernels.CODE != 0))
    signs = "".join(
        re.escape(chr(code)) for code in codes.tolist() if code < _PLAIN and actions[code] & kernels.CODE == code
    )
    return re.compile(f"[{signs}]+(?: [{signs}]+)*")


@cache
def _plan(language: str | None) -> _Plan:
    """The plan for a language with letters of its own, or for all others (None), which keep theirs."""
    tables = _tables()
    wants = tables.wants[: kernels.PLANNED]
    actions = tables.replacement[: kernels.PLANNED].copy()
    actions[actions == _DROPPED] = kernels.DROPPED
    complex_ = wants & (_JOINER | (0 if language is None else _PRESENTATION | _TATWEEL)) != 0
    complex_ |= wants & (_COMPOSING | _MARK) == _COMPOSING
    actions[complex_] |= kernels.COMPLEX
    actions[ord(_ZWNJ)] = ord(_ZWNJ) | kernels.ZWNJ
    for sign in _DIRECTION_MARKS:
        actions[ord(sign)] = ord(sign) | kernels.DIRECTION
    actions[wants & _MARK != 0] |= kernels.COMBINING
    classes = character_classes()[: kernels.PLANNED]
    actions[classes & (LETTER | MARK) != 0] |= kernels.LETTER_OR_MARK
    actions[classes & MARK != 0] |= kernels.ANY_MARK
    pairs: dict[int, int] = {}
    for code in (code for code in tables.decomposing if code < kernels.PLANNED):
        parts = unicodedata.normalize("NFD", chr(code))
        actions[code] |= kernels.DECOMPOSES
        if unicodedata.normalize("NFC", parts) != chr(code):
            actions[code] |= kernels.COMPLEX
        elif len(parts) == 2:
            pairs[kernels.pair(ord(parts[0]), ord(parts[1]))] = ord(normalise_stepwise(parts, language))
    composing_marks = np.flatnonzero(wants & (_MARK | _COMPOSING) == _MARK | _COMPOSING).tolist()
    for lookalike, letter in _LETTERS.get(language or "", {}).items():
        actions[ord(lookalike)] &= ~kernels.CODE
        actions[ord(lookalike)] |= ord(letter) | kernels.LOOKALIKE
        for mark in composing_marks:
            composed = normalise_stepwise(lookalike + chr(mark), language)
            if len(composed) == 1:
                pairs[kernels.pair(ord(lookalike), mark)] = ord(composed)
    for pair in _staying_pairs(tables):
        if normalise_stepwise("".join(map(chr, pair)), language) == "".join(map(chr, pair)):
            pairs.setdefault(kernels.pair(*pair), 0)
    for pattern, flag in ((_HARAKAT, kernels.HARAKA), (_QURANIC, kernels.QUOTING)):
        actions[[code for code in range(0x600, 0x700) if pattern.match(chr(code))]] |= flag
    actions[[0xFD3E, 0xFD3F]] |= kernels.QUOTING
    actions[_anchors()] |= kernels.ANCHOR
    written = actions & kernels.CODE
    actions[(written == ord(" ")) | (written == ord("\n"))] |= kernels.WHITE
    actions[ord("\r")] |= kernels.CARRIAGE_RETURN
    keys = np.fromiter(pairs, np.uint64, len(pairs))
    return _Plan(actions, *kernels.pair_table(keys, np.fromiter(pairs.values(), np.uint32, len(pairs))))


def _staying_pairs(tables: _Tables) -> Iterator[tuple[int, int]]:
    """Two marks of Arabic, or a letter with a mark of its own and another mark, which composing leaves as they are.

    The second mark composes with nothing, and the first does not come after it in the canonical order.
    """
    marks = [code for code in (*range(0x64B, 0x660), 0x670) if not tables.wants[code] & _COMPOSING]
    for first, second in itertools.product(marks, marks):
        if unicodedata.combining(chr(first)) <= unicodedata.combining(chr(second)):
            yield first, second
    yield from itertools.product([code for code in tables.decomposing if 0x600 <= code < 0x700], marks)


@cache
def _anchors() -> list[int]:
    """Code points that become numbers, signs and punctuation once single characters are replaced."""
    replacement = _tables().replacement[: kernels.PLANNED].tolist()
    return [
        code
        for code, written in enumerate(replacement)
        if written != _DROPPED and unicodedata.category(chr(written))[0] in "NPS"
    ]


@cache
def _presentation_forms() -> dict[int, str]:
    """The letters that a glyph of Arabic stands for. Word ligatures (ﷲ, ﷺ …) stand for themselves."""
    forms: dict[int, str] = {}
    for code in (*range(0xFB50, 0xFDF0), *range(0xFE70, 0xFEFD)):
        letters = unicodedata.normalize("NFKC", chr(code))
        if unicodedata.category(chr(code)) == "Lo" and letters != chr(code):
            # A mark on its own is given a space or a tatweel to sit on: in a text it sits on the letter before it.
            forms[code] = letters.lstrip(" " + TATWEEL)
    return forms


def _codes(text: str) -> Iterator[npt.NDArray[np.uint32]]:
    for start in range(0, len(text), _BLOCK):
        yield np.frombuffer(text[start : start + _BLOCK].encode("utf-32-le", "surrogatepass"), "<u4")


def _wants(text: str) -> int:
    table = _tables().wants
    wants = 0
    for codes in _codes(text):
        wants |= int(np.bitwise_or.reduce(table[codes]))
    return wants


def _replace(text: str) -> str:
    table = _tables().replacement
    pieces = []
    for codes in _codes(text):
        replaced = table[codes]
        pieces.append(replaced[replaced != _DROPPED].tobytes().decode("utf-32-le"))
    return "".join(pieces)


def _compose(text: str, wants: int) -> str:
    """NFC, once no run of marks is long. A text without composing characters or neighbouring marks is NFC already."""
    longest = _longest_run(text) if wants & _MARK else 0
    if longest < 2 and not wants & _COMPOSING:
        return text
    return unicodedata.normalize("NFC", _limit_marks(text) if longest > MAX_MARKS else text)


def _longest_run(text: str) -> int:
    """Length of the longest run of marks, rounded down to a power of two, and to MAX_MARKS + 1 at most."""
    table = _tables().wants
    longest = 0
    carried = np.zeros(0, np.bool_)
    for codes in _codes(text):
        runs = np.concatenate([carried, (table[codes] & _MARK) != 0])
        carried = runs[-MAX_MARKS:]
        # runs[i] says: from i on, `length` marks follow one another.
        length = 1
        while length <= MAX_MARKS and runs.any():
            longest = max(longest, length)
            runs = runs[:-length] & runs[length:]
            length *= 2
        if runs.any():
            longest = max(longest, length)
    return longest


def _limit_marks(text: str) -> str:
    """Drop the marks of a run beyond the first :data:`MAX_MARKS`."""
    table = _tables().wants
    pieces = []
    run = 0  # length of the run that reaches the block's first character
    for codes in _codes(text):
        position = np.arange(1, len(codes) + 1)
        in_run = position - np.maximum.accumulate(np.where(table[codes] & _MARK, -run, position))
        run = int(in_run[-1])
        pieces.append(codes[in_run <= MAX_MARKS].tobytes().decode("utf-32-le", "surrogatepass"))
    return "".join(pieces)


def _joiners_that_matter(match: re.Match[str]) -> str:
    """Of a run of joiners and direction marks, those that change what is seen, once each."""
    text, start, end = match.string, match.start(), match.end()
    before = unicodedata.category(text[start - 1])[0] if start else "Z"
    after = unicodedata.category(text[end])[0] if end < len(text) else "Z"
    sides = before + after
    kept = ""
    for joiner in dict.fromkeys(match.group()):
        if joiner == _ZWNJ:
            matters = before in "LM" and after == "L"
        elif joiner == _ZWJ:
            # It also gives a letter on its own its joined shape, as in ۱۴۴۷ ه‍, and ties emoji together.
            matters = any(side in "LMS" for side in sides)
        else:
            matters = any(side in "NPS" for side in sides)
        kept += joiner if matters else ""
    return kept


def _letters_of(text: str, letters: dict[str, str]) -> str:
    for lookalike, letter in letters.items():
        text = text.replace(lookalike, letter)
    return _STRETCHED.sub("", text) if TATWEEL in text else text


def _split_quotations(text: str, wants: int) -> Iterator[tuple[str, bool]]:
    """Cut a text into (piece, is a quotation in Arabic)."""
    position = 0
    for start, end in _quotations(text, wants):
        if start > position:
            yield text[position:start], False
        yield text[max(start, position) : end], True
        position = max(position, end)
    yield text[position:], False


def _quotations(text: str, wants: int) -> list[tuple[int, int]]:
    """Where Arabic is quoted: between ornate brackets, and in runs of vocalised words."""
    found = [match.span() for match in _ORNATE.finditer(text)] if "\ufd3e" in text else []
    if (wants & _MARK and _TWO_HARAKAT.search(text)) or _QURANIC.search(text):
        found.extend(_vocalised_runs(text))
    return sorted(found)


def _vocalised_runs(text: str) -> Iterator[tuple[int, int]]:
    """Runs of at least two vocalised words, or one with a sign of the Quran.

    A run starts and ends with a vocalised word. Up to two plain ones may stand between, since في or لا are often
    left bare, but none with a letter that Arabic does not have.
    """
    start = end = vocalised = plain = 0
    quranic = False
    for token in _TOKEN.finditer(text):
        kind = _vocalisation(token.group())
        if kind:
            if not vocalised:
                start = token.start()
            vocalised, plain, end = vocalised + 1, 0, token.end()
            quranic = quranic or kind == 2
            continue
        plain += 1
        if vocalised and (plain > _MAX_PLAIN_IN_QUOTATION or _NEVER_ARABIC.search(token.group())):
            if vocalised > 1 or quranic:
                yield start, end
            vocalised, quranic = 0, False
    if vocalised > 1 or quranic:
        yield start, end


def _vocalisation(word: str) -> int:
    """2 for a word with a sign of the Quran, 1 for one with a mark on at least every other letter, else 0."""
    if _NEVER_ARABIC.search(word):
        return 0
    if _QURANIC.search(word):
        return 2
    marks = len(_HARAKAT.findall(word))
    if marks < 2:
        return 0
    letters = sum(character.isalpha() for character in word) - word.count(TATWEEL)
    return int(2 * marks >= letters)


def _tidy_spaces(text: str) -> str:
    if "  " in text:
        text = re.sub(" {2,}", " ", text)
    text = text.replace(" \n", "\n").replace("\n ", "\n")
    if "\n\n\n" in text:
        text = re.sub("\n{3,}", "\n\n", text)
    return text.strip(" \n")
