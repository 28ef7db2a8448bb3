"""Personal numbers and addresses in a text: identity cards, telephones, e-mail, bank accounts, in digits of any script.

A compiled pass finds where such a thing could stand (few places in most texts), and each candidate is then verified: a
telephone number by libphonenumber's plans of the region, a bank account by its checksum. Precision comes first, since
what is taken for personal may be put out of sight: a long number without a form or a word that says what it is, is none.
Takes time linear in the text.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from saaf.clean import kernels
from saaf.clean.characters import character_classes
from saaf.clean.spans import Span
from saaf.text.fold import code_points
from saaf.text.kernels import leave_out

Kind = Literal["cnic", "phone", "email", "iban"]

PLACEHOLDER = "[***]"
"""What stands in a text in place of what was put out of sight. It holds no letter and no digit, so that the text still
has the match key of what was kept, and no word is added to it; which kind it was, the removed span says."""

KIND = "pii"
"""The kind of the removed spans; their rule is ``pii.cnic``, ``pii.phone``, ``pii.email`` or ``pii.iban``."""

COLUMNS: dict[Kind, str] = {"cnic": "n_cnics", "phone": "n_phones", "email": "n_emails", "iban": "n_ibans"}
"""The column that counts each kind."""
_COLUMN_OF_RULE = {f"{KIND}.{kind}": column for kind, column in COLUMNS.items()}

REGIONS = ("PK", "IN", "AF", "IR", "SA", "AE", "GB", "BD", "QA", "KW", "OM", "TR", "IQ")
"""Countries whose telephone numbers are known without their country code."""

_FEWEST_DIGITS, _MOST_DIGITS = 9, 15
_LONGEST_LOCAL_PART, _LONGEST_DOMAIN = 64, 255
_SHORTEST_IBAN, _LONGEST_IBAN = 15, 48
_CONTEXT = 60

_IBAN_LENGTHS = {"PK": 24, "SA": 24, "AE": 23, "GB": 22, "IR": 26, "TR": 26, "QA": 29, "KW": 30, "IQ": 23, "BH": 22}
"""Characters of an account number by country; of others the checksum alone is asked."""

_CNIC = re.compile(r"(?<!\d)[1-8]\d{4}([ -]{0,3})\d{7}([ -]{0,3})\d(?!\d)")
_CNIC_WORDS = re.compile(r"شناختی|کارڈ نمبر|CNIC|NICOP|NIC No|ID card|identity", re.IGNORECASE)
_DAY_OR_MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:1[34]|19|20)\d\d"
_DATE = re.compile(
    rf"(?<![\d+])(?:{_DAY_OR_MONTH}([-. ]){_DAY_OR_MONTH}\1{_YEAR}|{_YEAR}([-. ]){_DAY_OR_MONTH}\2{_DAY_OR_MONTH})(?!\d)"
)
_DECIMAL = re.compile(r"\d+\.\d+")
_PART = re.compile(r"[\d+().-]+")
_PARTS_OF_ONE_NUMBER = 5
_DOMAIN = re.compile(r"[A-Za-z\d-]+(?:\.[A-Za-z\d-]+)+")
_IBAN = re.compile(r"[A-Z]{2}\d{2}(?:[ -]?[A-Z\d]){11,30}")


def find_pii(text: str) -> list[Span]:
    """Find the personal numbers and addresses of a text.

    Args:
        text: Any text.

    Returns:
        Spans of the text, in order and apart; the rule of each says what it is.
    """
    return _find(text, code_points(text))


def mask(text: str) -> str:
    """A text with :data:`PLACEHOLDER` in place of what is personal."""
    return _replaced(text, lambda _: PLACEHOLDER)


def blot(text: str) -> str:
    """A text with a dot in place of each character of what is personal, so that offsets into it still hold."""
    return _replaced(text, lambda personal: "•" * len(personal))


def _replaced(text: str, instead: Callable[[str], str]) -> str:
    pieces: list[str] = []
    position = 0
    for span in find_pii(text):
        pieces.extend((text[position : span.start], instead(text[span.start : span.end])))
        position = span.end
    return "".join((*pieces, text[position:]))


def find_in_page(
    raw: str,
    removed: Sequence[Span],
    wraps: npt.NDArray[np.int32] | None = None,
    codes: npt.NDArray[np.uint32] | None = None,
) -> list[Span]:
    """Find what is personal in what is left of a page.

    Args:
        raw: The raw text.
        removed: What the rules took out, in order and apart; what they touch is left to them.
        wraps: Where hard wrapping is undone, a row each: a number may go on after the break.
        codes: The code points of the raw text, where they are at hand.

    Returns:
        Spans of the raw text, in order and apart, none of which overlaps a removed one.
    """
    codes = code_points(raw) if codes is None else codes
    if wraps is None or not len(wraps):
        found = _find(raw, codes)
    elif _could_be(codes, wraps):
        text, origin = _unwrapped(raw, wraps)
        found = [
            Span(int(origin[span.start]), int(origin[span.end - 1]) + 1, span.rule, KIND) for span in find_pii(text)
        ]
    else:
        return []
    if not found or not removed:
        return found
    starts = [span.start for span in removed]
    return [span for span in found if not _overlaps(span, removed, starts)]


def counts(spans: Iterable[Span]) -> dict[str, int]:
    """How many of each kind there are, by column."""
    found = dict.fromkeys(COLUMNS.values(), 0)
    for span in spans:
        found[_COLUMN_OF_RULE[span.rule]] += 1
    return found


def masked(row: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata of a document with what is personal put out of sight.

    Args:
        row: Its columns; those that hold text read from the page are looked at, ``text`` itself is not.
    """
    found: dict[str, Any] = {name: mask(row[name]) for name in _PRINTED if row.get(name)}
    return found | {"captions": tuple(map(mask, row["captions"]))}


_PRINTED = ("title", "standfirst", "dateline", "agency", "section", "author")


def _unwrapped(raw: str, wraps: npt.NDArray[np.int32]) -> tuple[str, npt.NDArray[np.int64]]:
    """A text without its breaks, and the place of each of its characters in the raw one."""
    kept = np.ones(len(raw), np.bool_)
    pieces: list[str] = []
    position = 0
    for start, end in wraps.tolist():
        kept[start:end] = False
        pieces.append(raw[position:start])
        position = max(position, end)
    return "".join((*pieces, raw[position:])), np.flatnonzero(kept)


def _could_be(codes: npt.NDArray[np.uint32], wraps: npt.NDArray[np.int32]) -> bool:
    """Whether a text without its breaks has any place for what is personal: few texts have, and the rest is dearer."""
    unwrapped, _ = leave_out(codes, np.arange(len(codes), dtype=np.int32), wraps)
    return len(kernels.pii_places(unwrapped, character_classes(), _FEWEST_DIGITS)) > 0


def _overlaps(span: Span, others: Sequence[Span], starts: Sequence[int]) -> bool:
    before = bisect_right(starts, span.start) - 1
    return (before >= 0 and others[before].end > span.start) or (
        before + 1 < len(others) and starts[before + 1] < span.end
    )


def _find(text: str, codes: npt.NDArray[np.uint32]) -> list[Span]:
    places = kernels.pii_places(codes, character_classes(), _FEWEST_DIGITS)
    if not len(places):
        return []
    found: list[Span] = []
    for what, start, end in places.tolist():
        if what == kernels.AT_SIGN:
            found.extend(_email(text, start))
        elif what == kernels.ACCOUNT:
            found.extend(_iban(text, start))
        else:
            found.extend(_numbers(text, start, end))
    return _apart(found)


def _apart(spans: Iterable[Span]) -> list[Span]:
    """The spans in order, without those that begin within an earlier one: an account number may look like others."""
    result: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if not result or span.start >= result[-1].end:
            result.append(span)
    return result


def _span(start: int, end: int, kind: Kind) -> Span:
    return Span(start, end, f"{KIND}.{kind}", KIND)


# Numbers -------------------------------------------------------------------------------------------------------------


class _Plain(dict[int, str]):
    """Digits of any script as ASCII, dashes as hyphens, all else that parts a number as a space; one for one."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if unicodedata.category(character) == "Nd":
            plain = str(unicodedata.digit(character))
        elif unicodedata.category(character) == "Pd" or character in "\u2212\u0640":
            plain = "-"
        else:
            plain = character if character in "+()." or character.isalpha() else " "
        self[code] = plain
        return plain


@cache
def _plain() -> _Plain:
    return _Plain()


def _numbers(text: str, start: int, end: int) -> Iterator[Span]:
    """Identity cards and telephones in a run of digits and of what may part them."""
    plain = text[start:end].translate(_plain())
    cards = [match for match in _CNIC.finditer(plain) if _is_card(match, text[max(0, start - _CONTEXT) : start])]
    for match in cards:
        yield _span(start + match.start(), start + match.end(), "cnic")
        plain = _blanked(plain, *match.span())
    for match in _DATE.finditer(plain):
        plain = _blanked(plain, *match.span())
    for first, last in _phones(plain):
        yield _span(start + first, start + last, "phone")


def _blanked(text: str, start: int, end: int) -> str:
    return f"{text[:start]}{'x' * (end - start)}{text[end:]}"


def _is_card(match: re.Match[str], before: str) -> bool:
    """Whether thirteen digits are written as on the card, or words before them say that they are one."""
    written_so = match[1] and match[2] and "-" in match[1] + match[2]
    return bool(written_so) or _CNIC_WORDS.search(before) is not None


def _phones(plain: str) -> Iterator[tuple[int, int]]:
    """The telephone numbers of a run: of the parts that begin like one, as many as a number's plan allows."""
    parts = [(match.start(), match.end()) for match in _PART.finditer(plain)]
    number = 0
    while number < len(parts):
        start = parts[number][0]
        taken = 0
        if plain[start] in "+0(9":
            for last in range(min(number + _PARTS_OF_ONE_NUMBER, len(parts)) - 1, number - 1, -1):
                candidate = plain[start : parts[last][1]]
                if "x" not in candidate and not _DECIMAL.fullmatch(candidate) and _is_phone(_dialled(candidate)):
                    candidate = candidate.rstrip("+().-")
                    bracket = candidate[0] == "(" and ")" not in candidate
                    yield start + bracket, start + len(candidate)
                    taken = last + 1 - number
                    break
        number += taken or 1


def _dialled(candidate: str) -> str:
    digits = "".join(filter(str.isdigit, candidate))
    if candidate.lstrip("(").startswith("+"):
        return f"+{digits}"
    return f"+{digits[2:]}" if digits.startswith("00") else digits


@lru_cache(maxsize=4096)
def _is_phone(dialled: str) -> bool:
    """Whether digits are a number that can be called: with its country's code, or from within one of the region."""
    if not _FEWEST_DIGITS <= len(dialled.lstrip("+")) <= _MOST_DIGITS:
        return False
    if dialled.startswith("+"):
        return _fits_plan(dialled, None)
    if dialled.startswith("923") and len(dialled) == len("923001234567"):
        return _fits_plan(f"+{dialled}", None)
    return dialled.startswith("0") and any(_fits_plan(dialled, region) for region in REGIONS)


def _fits_plan(number: str, region: str | None) -> bool:
    """Whether a number is in use by a region's plan; with a country's code before it, its length is enough."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(parsed) if region else phonenumbers.is_possible_number(parsed)


# Addresses and accounts ----------------------------------------------------------------------------------------------


def _email(text: str, at: int) -> Iterator[Span]:
    start = at
    while start > max(0, at - _LONGEST_LOCAL_PART) and _is_local(text[start - 1]):
        start -= 1
    while start < at and text[start] in ".-+%":
        start += 1
    domain = _DOMAIN.match(text, at + 1, at + 1 + _LONGEST_DOMAIN)
    if start == at or text[at - 1] == "." or domain is None:
        return
    labels = domain[0].split(".")
    while len(labels) > 1 and not (labels[-1].isalpha() and len(labels[-1]) > 1):
        labels.pop()
    if len(labels) > 1 and all(label and label[0] != "-" != label[-1] for label in labels):
        yield _span(start, at + 1 + len(".".join(labels)), "email")


def _is_local(character: str) -> bool:
    return character.isdigit() or (character.isascii() and (character.isalnum() or character in "._%+-"))


def _iban(text: str, start: int) -> Iterator[Span]:
    window = text[start : start + _LONGEST_IBAN].translate(_plain())
    match = _IBAN.match(window)
    if match is None:
        return
    ends = [end for end in range(4, match.end() + 1) if window[end - 1] not in " -"]
    length = _IBAN_LENGTHS.get(window[:2])
    for end in ends if length is None else ends[length - 4 : length - 3]:
        account = window[:end].replace(" ", "").replace("-", "")
        follows = window[end : end + 1]
        if len(account) >= _SHORTEST_IBAN and not follows.isalnum() and _has_checksum(account):
            yield _span(start, start + end, "iban")
            return


def _has_checksum(account: str) -> bool:
    """ISO 7064, modulus 97 and remainder 1, the country and the check digits moved to the end, letters as numbers."""
    return int("".join(str(int(character, 36)) for character in account[4:] + account[:4])) % 97 == 1
