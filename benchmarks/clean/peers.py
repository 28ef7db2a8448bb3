"""The nearest that others do to parts of Saaf's clean stage, and the plain Python that one would write instead.

None of them does the same: Gopher's, FineWeb's and C4's filters judge whole documents, a normaliser changes letters,
and the plain `re` version removes lines without places, metadata, language or signals.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

Work = Callable[[Sequence[str]], object]
"""What a system does with the pages; what it returns is thrown away."""

# FineWeb-2's published thresholds for Urdu (urd_Arab.yml), without its floor of 50 words, which rejects news briefs.
_STOP_WORDS = ["کے", "میں", "،", "کی", "اور", "ہے", "سے", "کا", "نے", "اس", "پر", "کو", "ایک"]
_SENTENCE = re.compile("[^۔؟!.]+[۔؟!.]*")
_DUPLICATES = ((5, 0.125), (6, 0.115), (7, 0.107), (8, 0.098), (9, 0.089), (10, 0.081))


def datatrove() -> Work:
    """Gopher's, FineWeb's and C4's filters with the Urdu thresholds; words are cut at spaces, the cheapest way."""
    from datatrove.data import Document
    from datatrove.pipeline.filters import (
        C4QualityFilter,
        FineWebQualityFilter,
        GopherQualityFilter,
        GopherRepetitionFilter,
    )
    from datatrove.utils.word_tokenizers import WordTokenizer

    class Spaces(WordTokenizer):  # type: ignore[misc]
        def word_tokenize(self, text: str) -> list[str]:
            return text.split()

        def sent_tokenize(self, text: str) -> list[str]:
            return _SENTENCE.findall(text)

        def span_tokenize(self, text: str) -> list[tuple[int, int]]:
            return [found.span() for found in _SENTENCE.finditer(text)]

    words = Spaces()
    filters = [
        GopherRepetitionFilter(
            dup_line_frac=0.204,
            dup_para_frac=None,
            dup_line_char_frac=None,
            dup_para_char_frac=None,
            top_n_grams=((2, 0.139), (3, 0.123), (4, 0.107)),
            dup_n_grams=_DUPLICATES,
            language=words,
        ),
        GopherQualityFilter(
            min_doc_words=None,
            min_avg_word_length=2,
            max_avg_word_length=31,
            max_non_alpha_words_ratio=0.839,
            stop_words=_STOP_WORDS,
            language=words,
        ),
        FineWebQualityFilter(
            line_punct_thr=0.1,
            short_line_thr=999,
            char_duplicates_ratio=0.1,
            new_line_ratio=0.222,
            stop_chars=("۔", ".", "؟", "!", '"', "”"),
            language=words,
        ),
        C4QualityFilter(filter_no_terminal_punct=False, min_num_sentences=-1, language=words),
    ]

    def work(pages: Sequence[str]) -> int:
        # Each filter sees every page: which one refuses it first decides nothing here.
        return sum(
            filter_.filter(Document(text=page, id=str(number))) is True
            for number, page in enumerate(pages)
            for filter_ in filters
        )

    return work


_LETTERS = str.maketrans("يىكہةۃأإٱؤئ٠١٢٣٤٥٦٧٨٩" + "ﻻﻼ", "ییکہۃۃااا" + "ؤئ" + "۰۱۲۳۴۵۶۷۸۹" + "لل")
_MARKS = re.compile("[\u064b-\u065f\u0670\u06d6-\u06ed]")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\u0640]")
_BEFORE_MARK = re.compile(r"\s+([۔،؟؛!])")
_AFTER_MARK = re.compile(r"([۔،؟؛!])(?=[^\s\d۔،؟؛!])")
_ENGLISH = re.compile(r"([a-zA-Z0-9])(?=[\u0600-\u06ff])|([\u0600-\u06ff])(?=[a-zA-Z0-9])")
_SPACES = re.compile(r"[^\S\n]+")


def normaliser() -> Work:
    """Normalisation of Urdu as urduhack does it, in plain Python: letters, marks, spaces around punctuation."""

    def one(text: str) -> str:
        text = unicodedata.normalize("NFC", text).translate(_LETTERS)
        text = _INVISIBLE.sub("", _MARKS.sub("", text))
        text = _AFTER_MARK.sub(r"\1 ", _BEFORE_MARK.sub(r"\1", text))
        return _SPACES.sub(" ", _ENGLISH.sub(r"\1\2 ", text)).strip()

    return lambda pages: [one(page) for page in pages]


_RE2_CLASS = {"\\pL": "[^\\W\\d_]", "\\pN": "\\d"}


def plain_re() -> Work:
    """Saaf's own packs, line by line through Python's `re`: exact lines in a set, each pattern tried on each line."""
    from saaf.clean.cleaner import Cleaner
    from saaf.clean.page import line_key
    from saaf.config import CleanConfig, project_root
    from saaf.text.fold import fold

    rules = [rule for rule in Cleaner.load(CleanConfig(), project_root()).rules if rule.is_for("ur", None)]
    exact = {key for rule in rules for test in rule.tests.values() for key in test.keys}
    lines = [test.pattern.source for rule in rules for test in rule.tests.values() if test.pattern]
    pieces = [pattern.source for rule in rules for pattern in rule.inline]
    whole, inline = _compiled(lines), _compiled(pieces)

    def one(text: str) -> str:
        kept = []
        for line in fold(text).text.split("\n"):
            if line_key(line) in exact or (len(line) <= 400 and any(p.search(line) for p in whole)):
                continue
            for pattern in inline:
                line = pattern.sub("", line)  # noqa: PLW2901 - the line as it is so far
            kept.append(line)
        return "\n".join(kept)

    return lambda pages: [one(page) for page in pages]


def _compiled(sources: Sequence[str]) -> list[re.Pattern[str]]:
    """Patterns of RE2 as Python's; those that Python does not know are left out."""
    compiled = []
    for source in sources:
        python = re.sub(r"\\x\{([0-9a-fA-F]+)\}", lambda found: re.escape(chr(int(found.group(1), 16))), source)
        python = re.sub(r"(\[\^?[^\]]*)\\pL", r"\1a-z\\u0620-\\u06ff", python)
        for name, replacement in _RE2_CLASS.items():
            python = python.replace(name, replacement)
        python = re.sub(r"(?<!^)\(\?m\)", "", python)
        try:
            compiled.append(re.compile(python, re.MULTILINE))
        except re.error:
            continue
    return compiled


PEERS: dict[str, Callable[[], Work]] = {
    "datatrove filters": datatrove,
    "normaliser in Python": normaliser,
    "own packs by `re`": plain_re,
}
