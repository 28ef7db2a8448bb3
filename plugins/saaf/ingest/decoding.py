"""From bytes to text: which encoding, with what certainty, and what was repaired.

The order: a byte order mark, UTF-16 without a mark where every second byte is a control (such bytes
can be valid UTF-8 too), strict UTF-8, cp1256 and ISO 8859-6 where the result looks like Arabic-script
text, and last a general detector. What fits none is refused, never guessed: a wrong guess makes a
corpus of nonsense that nobody notices.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from saaf.ingest.failure import Refusal
from saaf.ingest.mojibake import repair
from saaf.reasons import Reason

SAMPLE = 1024 * 1024
"""Bytes from the beginning of a file of many records that decide its encoding."""

_DETECTOR_SAMPLE = 64 * 1024

# The longer mark first: that of UTF-32 begins with that of UTF-16. These codecs drop the mark.
_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)

# C0 controls that are not white space, and DEL.
_CONTROLS = bytes({*range(0x20), 0x7F} - set(b"\t\n\v\f\r"))
_UTF_16_CONTROL_SHARE = 0.2  # every second byte of UTF-16 in these scripts is 00 or 06
_UTF_8_CONTROL_SHARE = 0.3  # beyond it, a file is binary even if its bytes are valid UTF-8
_OTHER_CONTROL_SHARE = 0.02  # text in an 8-bit encoding holds none; random bytes hold a tenth

_MAGIC = {
    b"%PDF-": "a PDF document",
    b"{\\rtf": "an RTF document",
    b"PK\x03\x04": "a zip archive or an office document",
    b"\x1f\x8b": "gzip data; data that was compressed twice is not followed",
    b"\x28\xb5\x2f\xfd": "zstandard data; data that was compressed twice is not followed",
    b"BZh": "bzip2 data; data that was compressed twice is not followed",
    b"\xfd7zXZ\x00": "xz data; data that was compressed twice is not followed",
    b"PAR1": "a Parquet file",
    b"SQLite format 3\x00": "an SQLite database",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
}
_ASCII_MAGIC = (b"BZh", b"PAR1", b"GIF8")  # a text may begin so too


@dataclass(frozen=True)
class Decoded:
    """A text, and how it came from bytes.

    Attributes:
        text: The text.
        encoding: Codec, and after `+` what was repaired: `utf-8`, `cp1256`, `utf-8+mojibake-cp1256`.
    """

    text: str
    encoding: str


def decode(data: bytes) -> Decoded:
    """Decode a whole document.

    Raises:
        Refusal: `BINARY` or `UNDECODABLE`.
    """
    codec = detect(data)
    try:
        text = data.decode(codec)
    except UnicodeError as error:
        raise _undecodable(codec, error) from error
    if text.count("\0") > _UTF_8_CONTROL_SHARE * len(text):
        raise _binary(data)  # a byte order mark, and nothing behind it
    return repaired(text, codec)


def repaired(text: str, encoding: str) -> Decoded:
    """Undo mojibake where that is certain, and say so in the encoding."""
    if (done := repair(text)) is not None:
        return Decoded(done.text, f"{encoding}+{done.how}")
    return Decoded(text, encoding)


_SURROGATE = re.compile("[\ud800-\udfff]")


def without_surrogates(text: str) -> str:
    """A text that any table can hold: each lone surrogate is U+FFFD."""
    return _SURROGATE.sub("\ufffd", text)


def detect(data: bytes, *, whole: bool = True) -> str:
    """Find the codec of some bytes.

    UTF-8 with a damaged place is called UTF-8: what is mended or refused then is the caller's choice.

    Args:
        data: The bytes, or the beginning of them.
        whole: False where `data` is a beginning, which may end within a character.

    Returns:
        Name of a Python codec. `utf-8-sig`, `utf-16` and `utf-32` say that there was a byte order mark.

    Raises:
        Refusal: `BINARY` or `UNDECODABLE`.
    """
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return codec
    if _magic(data, sure=True):
        raise _binary(data)
    controls = _control_share(data)
    if controls > _UTF_16_CONTROL_SHARE and (wide := _utf_16(data, whole=whole)):
        return wide
    if _is_utf_8(data, whole=whole):
        if controls > _UTF_8_CONTROL_SHARE:
            raise _binary(data)
        return "utf-8"
    if controls > _OTHER_CONTROL_SHARE:
        raise _binary(data)
    found = "utf-8" if _is_damaged_utf_8(data) else _legacy(data)
    if found is None:
        raise Refusal(
            Reason.UNDECODABLE,
            "no encoding gives plausible text",
            next_step="convert it to UTF-8 where it comes from",
        )
    return found


def _control_share(data: bytes) -> float:
    return (len(data) - len(data.translate(None, _CONTROLS))) / max(1, len(data))


def _magic(data: bytes, *, sure: bool) -> str | None:
    for magic, what in _MAGIC.items():
        if data.startswith(magic) and not (sure and magic in _ASCII_MAGIC):
            return what
    return None


def _binary(data: bytes) -> Refusal:
    what = _magic(data, sure=False)
    return Refusal(
        Reason.BINARY,
        f"it is binary: {what}" if what else "it is binary, not text",
        next_step="take it out of the input folder, or convert it to text",
    )


def _undecodable(codec: str, error: UnicodeError) -> Refusal:
    place = f" at byte {error.start:,}" if isinstance(error, UnicodeDecodeError) else ""
    return Refusal(
        Reason.UNDECODABLE,
        f"it is {codec} with an invalid sequence{place}",
        next_step="mend or remove that byte where it comes from; a cut-off file is fetched again",
    )


# --- UTF-8 -------------------------------------------------------------------

_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = bytes(range(0x80, 0x100))


def _is_utf_8(data: bytes, *, whole: bool) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return not whole and error.reason == "unexpected end of data"
    return True


def _is_damaged_utf_8(data: bytes) -> bool:
    """Whether most bytes above 7F stand in valid sequences, as no text in another encoding has them."""
    sample = data[:SAMPLE]
    high = len(sample) - len(sample.translate(None, _HIGH))
    within = sum(len(match.group()) for match in _SEQUENCE.finditer(sample))
    return within > 0.6 * high


# --- UTF-16 ------------------------------------------------------------------

# What such a text is made of: Latin, Hebrew and Arabic script, punctuation, presentation forms.
_EXPECTED = re.compile(
    "[\t\n\r\x20-\x7e\xa0-\u024f\u0590-\u077f\u08a0-\u08ff\u2000-\u206f\u20a0-\u20bf\ufb1d-\ufdff\ufe70-\ufefe]+"
)


def _utf_16(data: bytes, *, whole: bool) -> str | None:
    even = data if whole else data[: len(data) // 2 * 2]
    for codec in ("utf-16-le", "utf-16-be"):
        try:
            text = even.decode(codec)
        except UnicodeDecodeError as error:
            if whole or error.reason != "unexpected end of data":
                continue
            text = even[:-2].decode(codec)
        if sum(match.end() - match.start() for match in _EXPECTED.finditer(text)) >= 0.9 * len(text):
            return codec
    return None


# --- 8-bit encodings ---------------------------------------------------------

_ARABIC_CODECS = ("cp1256", "iso8859_6")


def _legacy(data: bytes) -> str | None:
    sample = data[:_DETECTOR_SAMPLE]
    for codec in _ARABIC_CODECS:
        try:
            text = sample.decode(codec)
        except UnicodeDecodeError:
            continue
        if _looks_arabic(text):
            return codec
    return _guess(sample)


_ARABIC_RUN = re.compile("[\u0621-\u063a\u0641-\u064a\u066e-\u06d3]")
_BROKEN_WORD = re.compile("[\u0621-\u06d3][A-Za-z\xc0-\u024f]|[A-Za-z\xc0-\u024f][\u0621-\u06d3]")
_C1_CONTROL = re.compile("[\x80-\x9f]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_COMMON = "اآأإلمنويىہهكے"


def _looks_arabic(text: str) -> bool:
    """Whether text decoded as an 8-bit Arabic encoding can be text of a language in this script.

    French and Russian give Arabic letters too. But words do not mix these with Latin letters, and
    in Arabic, Persian and Urdu the letters of `_COMMON` are three fifths of a text: in none of a
    hundred thousand lines of news under a third, while in Russian (KOI8-R) so read an eighth.
    """
    letters = Counter(_ARABIC_RUN.findall(text))
    total = sum(letters.values())
    if total < 0.75 * sum(1 for _ in _NOT_ASCII.finditer(text)):
        return False
    broken = sum(1 for _ in _BROKEN_WORD.finditer(text))
    common = sum(letters[letter] for letter in _COMMON)
    return total > 0 and broken <= 0.1 * total and common >= 0.25 * total and not _C1_CONTROL.search(text)


# What news text may come in, of what the detector knows. Not listed: encodings of other machines
# (EBCDIC, DOS) that differ from these by chance on short texts.
_GUESSED = [
    "cp1252",
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "cp1255",
    "koi8_r",
    "iso8859_2",
    "iso8859_5",
    "iso8859_7",
    "iso8859_8",
    "iso8859_9",
    "gb18030",
    "big5",
    "shift_jis",
    "euc_jp",
    "euc_kr",
]


# The detector errs on short texts, and so it is believed only with many letters to go by, or where
# the letters that it decides on are few among those of ASCII: an accent, a quotation mark.
_LEAST_EVIDENCE = 80
_MOST_UNCERTAIN = 0.3


def _guess(sample: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=_GUESSED, preemptive_behaviour=False).best()
    if best is None or not _is_plausible(str(best)):
        return None
    same = sample.decode("cp1252", "replace") == str(best)  # of those that agree, the likeliest
    return "cp1252" if same else best.encoding


def _is_plausible(text: str) -> bool:
    """Whether a guess gave text: letters and punctuation, of one script within a word."""
    others = [character for character in text if character > "\x7f"]
    kinds = Counter(unicodedata.category(character)[0] for character in others)
    if kinds["C"] or kinds["L"] + kinds["M"] + kinds["P"] + kinds["Z"] < 0.8 * len(others):
        return False
    plain = sum(character.isalpha() for character in text) - kinds["L"]
    if kinds["L"] > _MOST_UNCERTAIN * plain and kinds["L"] < _LEAST_EVIDENCE:
        return False
    scripts = [_script(character) for character in text]
    breaks = sum(1 for a, b in pairwise(scripts) if a and b and a != b)
    return breaks <= 0.02 * len(others)


_ALPHABETS = {"LATIN", "CYRILLIC", "GREEK", "HEBREW", "ARABIC"}


def _script(character: str) -> str | None:
    name = unicodedata.name(character, "").partition(" ")[0]
    return name if name in _ALPHABETS else None
