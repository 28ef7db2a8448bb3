"""What a page says about its article: title, standfirst, dateline, date, agency, section, author, captions.

It is read from what the rules took out (a date line, a breadcrumb, a caption) and from the first and last lines of what
they left. Nothing is guessed: a page that does not say has None.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from saaf.clean import credits as tables
from saaf.clean.dates import find_date
from saaf.clean.metadata import author as authors
from saaf.clean.metadata import credit, dates, headline, section
from saaf.clean.metadata.names import after_label
from saaf.clean.metadata.page import Page
from saaf.clean.page import NO_BREAKS, wrap_breaks
from saaf.clean.spans import Span
from saaf.text.fold import code_points

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LOOKED_AT = 24
_WRAP_WIDEST = 160
"""Characters of the lines at a page's start, of which one that is longer says that it is not hard-wrapped."""


class Metadata(NamedTuple):
    """What a page says about its article; the columns of the same names in table `silver`."""

    title: str | None = None
    standfirst: str | None = None
    dateline: str | None = None
    page_date: datetime.date | None = None
    published: datetime.date | None = None
    agency: str | None = None
    section: str | None = None
    author: str | None = None
    captions: tuple[str, ...] = ()


def describe(
    raw: str,
    spans: Sequence[Span],
    *,
    site: str | None = None,  # noqa: ARG001 - part of the door: what a site prints where may come to matter
    language: str | None = None,
    given_title: str | None = None,
    given_date: str | None = None,
    wraps: NDArray[np.int32] | None = None,
    codes: NDArray[np.uint32] | None = None,
) -> Metadata:
    """Read a page's metadata.

    Args:
        raw: The raw text.
        spans: What was removed from it, in order and apart.
        site: Host of the page.
        language: ISO 639 code; it decides how what is printed is normalised.
        given_title: Title that the input gives; it comes before the page's.
        given_date: Publication date that the input gives, in any form that pages print.
        wraps: Where hard wrapping is to be undone, a row each (:attr:`saaf.clean.page.Page.wrap_breaks`); None: it is looked for.
        codes: Code points of the raw text (:attr:`saaf.text.fold.Folded.raw_codes`), where they are known already.

    Returns:
        What the page says; each text normalised, on one line.
    """
    codes = code_points(raw) if codes is None else codes
    if wraps is None:
        wraps = wrap_breaks(raw, codes) if _may_be_wrapped(raw) else NO_BREAKS
    page = Page(raw, codes, spans, wraps, language)
    breadcrumb = section.breadcrumb(page)
    alone = section.section_line(page) if breadcrumb is None else None
    author, byline = authors.author(page)
    title = (page.clean(given_title) if given_title else None) or headline.title(page, byline, breadcrumb, alone)
    page_date, published = dates.dates(page)
    given = find_date(given_date) if given_date else None
    return Metadata(
        title=title,
        standfirst=headline.standfirst(page, title, byline),
        dateline=credit.dateline(page),
        page_date=page_date,
        published=given.date if given else published,
        agency=credit.agency(page),
        section=section.section(page, breadcrumb, alone, title),
        author=author,
        captions=_captions(page),
    )


def _may_be_wrapped(raw: str) -> bool:
    """Whether a look at the first lines leaves it open that the text is hard-wrapped: such lines are short."""
    return all(len(line) <= _WRAP_WIDEST for line in raw.split("\n", _LOOKED_AT)[:_LOOKED_AT])


def _captions(page: Page) -> tuple[str, ...]:
    """The removed captions without their labels."""
    if "caption" not in page.kinds:
        return ()
    cleaned = (page.clean(after_label(line, tables.CAPTION_LABELS)) for line in page.texts("caption"))
    return tuple(caption for caption in cleaned if caption and any(map(str.isalpha, caption)))
