"""Putting a document's text together: what its raw text has left once spans are taken out, in the form it is published in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from saaf.clean.characters import assigned
from saaf.clean.normalise import normalise_codes
from saaf.clean.normalise_kernels import BLANK, WORD, take_out
from saaf.clean.page import Page
from saaf.clean.pii import KIND, PLACEHOLDER
from saaf.clean.spans import Span
from saaf.text.fold import code_points

if TYPE_CHECKING:
    import numpy.typing as npt


def text_of(raw: str, removed: Sequence[Span], language: str | None) -> str:
    """The text of a document, from its raw text and what was removed: the same function that cleaning uses.

    A line of which nothing is left disappears with its line break; what is personal leaves a placeholder; the breaks
    of hard-wrapped text disappear and its words are whole again; all else is what :func:`saaf.clean.normalise.normalise` makes of the remainder.

    Args:
        raw: The raw text.
        removed: What was removed, in order.
        language: ISO 639 code of the document.
    """
    return str(assemble(Page(raw), rows_of(removed), language).data, "utf-32-le")


def assemble(page: Page, removed: npt.NDArray[np.int32], language: str | None) -> npt.NDArray[np.uint32]:
    """As :func:`text_of`, of a page that has been folded already, of the :func:`rows_of` spans, and as code points."""
    codes = page.folded.raw_codes
    if len(removed) or len(page.wrap_breaks):
        codes = take_out(codes, removed, page.wrap_breaks, _classes(), _placeholder())
    return normalise_codes(codes, language)


def rows_of(removed: Sequence[Span]) -> npt.NDArray[np.int32]:
    """Spans as compiled loops take them, a row each: start, end, whether a placeholder takes its place."""
    numbers = [number for start, end, _, kind in removed for number in (start, end, kind == KIND)]
    return np.array(numbers, np.int32).reshape(-1, 3)


@cache
def _placeholder() -> npt.NDArray[np.uint32]:
    return code_points(PLACEHOLDER).copy()  # writable: loops are compiled for one kind of array


@cache
def _classes() -> npt.NDArray[np.uint8]:
    """For each code point whether it is white space, or part of a word: see :data:`~saaf.clean.normalise_kernels.BLANK`."""
    classes = np.zeros(0x110000, np.uint8)
    for code in assigned():
        sign = chr(code)
        classes[code] = BLANK if sign.isspace() else WORD * (sign.isalnum() or sign == "_")
    return classes
