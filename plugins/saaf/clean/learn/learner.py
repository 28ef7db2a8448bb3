"""The learner: two passes over pages, hashes counted on disk, memory bounded.

The first pass writes a hash for each line, sentence and headline, and what tells copies of one article. Between the
passes hashes are counted over distinct articles. The second pass looks at where those that recur stand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from saaf.clean.learn import articles as copies
from saaf.clean.learn import counting
from saaf.clean.learn.choice import Learned, choose
from saaf.clean.learn.config import LearnConfig
from saaf.clean.learn.counting import Evidence
from saaf.clean.learn.pieces import Form, Piece, Sheet
from saaf.clean.learn.spill import Spill
from saaf.clean.spans import Span
from saaf.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from saaf.clean.cleaner import Cleaner

_SAMPLES = 3
_HEAD_LINES = 2
"""Lines that the packs leave at the top of a page that may be its own title and lead."""
_GAP = 2
"""Spaces between two sentences that follow each other, at most."""
_MIN_TOPIC_WORDS = 15
"""Distinct words that a page must have besides what recurs, to tell what it is about."""
_MIN_WORD = 4
"""Letters of the shortest word that says something about a topic."""

Scan = Callable[[], Iterable[pa.RecordBatch]]


@dataclass(frozen=True)
class Proposal:
    """What was learned.

    Attributes:
        lines: Lines to remove, with their evidence; by site, those of most articles first.
        pages: Pages that were read.
        articles: Distinct articles among them.
        shares: Share of each site's text that the lines are, where there are any.
        refused: How many recurring lines were not learned, by why.
        cut: How many more would have been proposed, had the pack no bound.
    """

    lines: tuple[Learned, ...]
    pages: int
    articles: int
    shares: dict[str, float] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    cut: int = 0


def learn(scan: Scan, config: LearnConfig, *, cleaner: Cleaner | None = None, scratch: Path | None = None) -> Proposal:
    """Find what recurs over distinct articles of a site and belongs to none of them.

    Args:
        scan: Gives the batches, the same ones each time it is called: columns `doc_id` and `raw_text`, and where there
            are any `site`, `url` and `given_title`.
        config: How careful to be.
        cleaner: The packs in use: what they remove need not be learned. None learns on raw pages.
        scratch: Folder for files that are gone at the end; about 20 bytes a sentence. None: the system's.

    Returns:
        The lines; the same ones in whatever order the pages come.

    Raises:
        InputError: The second scan does not give the pages of the first.
    """
    with TemporaryDirectory(prefix="saaf-learn-", dir=scratch) as folder:
        return _Learner(scan, config, cleaner, Path(folder)).run()


class _Learner:
    def __init__(self, scan: Scan, config: LearnConfig, cleaner: Cleaner | None, folder: Path) -> None:
        self._scan = scan
        self._config = config
        self._cleaner = cleaner
        self._folder = folder
        self._sites: list[str] = []  # of each page
        self._ids: list[str] = []
        self._chars: Counter[str] = Counter()  # of each site
        self._texts: dict[int, tuple[Form, str, str]] = {}  # of each piece that recurs: form, text, site

    def run(self) -> Proposal:
        import numpy as np

        pieces, openings = self._first_pass()
        article = copies.articles(openings, len(self._ids), self._config.max_copies)
        hashes, has_one = counting.recurring(pieces, article, self._config.least, self._config.max_candidates)
        seen = self._second_pass(hashes, has_one)
        rank = np.empty(len(self._ids), np.uint32)
        by_id = sorted(range(len(self._ids)), key=self._ids.__getitem__)
        rank[np.array(by_id, np.int64)] = np.arange(len(by_id))
        found = counting.evidence(seen, article, rank, _SAMPLES)
        return self._proposal(found, article)

    def _first_pass(self) -> tuple[Spill, Spill]:
        pieces = Spill(self._folder / "pieces", counting.PIECE_COLUMNS, self._config.partitions)
        openings = Spill(self._folder / "openings", copies.COLUMNS, self._config.partitions)
        for number, row in enumerate(self._rows()):
            sheet = self._sheet(row)
            site = row["site"] or ""
            self._ids.append(row["doc_id"])
            self._sites.append(site)
            self._chars[site] += len(row["raw_text"])
            pieces.add((hash_, number) for hash_ in {piece.hash for piece in sheet.pieces()})
            openings.add((key, number) for key in copies.opening_keys(sheet.opening(), row.get("url"), site))
        return pieces, openings

    def _second_pass(self, hashes: NDArray[np.uint64], has_one: NDArray[np.bool_]) -> Spill:
        seen = Spill(self._folder / "seen", counting.SEEN_COLUMNS, self._config.partitions)
        wanted = set(hashes.tolist())
        for number, row in enumerate(self._rows()):
            if number >= len(self._ids) or row["doc_id"] != self._ids[number]:
                raise InputError(
                    "the input changed while it was learned from", next_step="learn again once nothing writes to it"
                )
            if not has_one[number]:
                continue
            sheet = self._sheet(row)
            found = _outermost([piece for piece in sheet.pieces() if piece.hash in wanted])
            if found:
                self._note_texts(found, sheet, row["site"] or "")
                seen.add((piece.hash, number, *place) for piece, place in _places(sheet, found))
        return seen

    def _note_texts(self, found: Sequence[Piece], sheet: Sheet, site: str) -> None:
        for piece in found:
            text = sheet.text(piece)
            known = self._texts.get(piece.hash)
            # Spellings differ: the least one is the same whichever page came first.
            if known is None or text < known[1]:
                self._texts[piece.hash] = (piece.form, text, site)

    def _rows(self) -> Iterator[dict[str, Any]]:
        for batch in self._scan():
            wanted = [n for n in ("doc_id", "site", "raw_text", "url", "given_title") if n in batch.schema.names]
            for row in batch.select(wanted).to_pylist():
                row.setdefault("site", None)
                yield row

    def _sheet(self, row: dict[str, Any]) -> Sheet:
        raw, site = row["raw_text"], row["site"]
        removed: tuple[Span, ...] = self._cleaner.removed(raw, site=site) if self._cleaner else ()
        title = row.get("given_title")
        return Sheet(raw, removed, site=site or "", title=title, max_chars=self._config.max_chars)

    def _proposal(self, found: list[Evidence], article: NDArray[np.uint32]) -> Proposal:
        totals = Counter(site for site, _ in set(zip(self._sites, article.tolist(), strict=True)))
        candidates = []
        for evidence in found:
            form, text, site = self._texts[evidence.hash]
            samples = tuple(self._ids[page] for page in evidence.pages)
            candidates.append(Learned(form, text, site, evidence, totals[site], samples))
        lines, refused, cut = choose(candidates, self._config)
        return Proposal(lines, len(self._ids), len(set(article.tolist())), self._shares(lines), refused, cut)

    def _shares(self, lines: Iterable[Learned]) -> dict[str, float]:
        removed: Counter[str] = Counter()
        for line in lines:
            removed[line.site] += len(line.text) * line.evidence.sightings
        return {site: chars / max(1, self._chars[site]) for site, chars in sorted(removed.items())}


def _outermost(found: list[Piece]) -> list[Piece]:
    """Pieces without those whose whole line recurs."""
    whole = {piece.line for piece in found if piece.form is Form.LINE}
    return [piece for piece in found if piece.form is Form.LINE or piece.line not in whole]


def _places(sheet: Sheet, found: list[Piece]) -> Iterator[tuple[Piece, tuple[int, bool, int, float]]]:
    """Where each piece stands on its page, as :data:`counting.SEEN_COLUMNS` has it."""
    lines = sheet.page.lines
    whole = {piece.line for piece in found if piece.form is Form.LINE}
    head = _head(sheet, whole)
    runs = _line_runs(sheet, whole) | _sentence_runs(found)
    words = _words(_article(sheet, found, whole))
    for piece in found:
        number = piece.line
        if piece.form is Form.LINE:
            at_head = number in head or (bool(sheet.title_key) and sheet.page.key(number) == sheet.title_key)
            run, related = runs[number, None], _related(lines[number], words)
        else:
            # What begins a line may be the lead of a page whose line breaks are lost.
            at_head = piece.start == sheet.page.start(number)
            run = runs.get((number, piece.start), 1)
            # The marker says of a headline that it is another story's.
            related = 0.0 if piece.form is Form.HEADLINE else _related(sheet.folded(piece), words)
        yield piece, (number, at_head, run, related)


def _article(sheet: Sheet, found: Sequence[Piece], whole: set[int]) -> str:
    """What the packs leave of a page, without the pieces that recur."""
    sentences = {(piece.line, piece.start, piece.end) for piece in found if piece.form is not Form.LINE}
    left: list[str] = []
    for number, line in enumerate(sheet.page.lines):
        if not sheet.kept[number] or number in whole:
            continue
        position = offset = sheet.page.start(number)
        for _, start, end in sorted(piece for piece in sentences if piece[0] == number):
            left.append(line[position - offset : start - offset])
            position = max(position, end)
        left.append(line[position - offset :])
    return " ".join(left)


def _line_runs(sheet: Sheet, recurring: set[int]) -> dict[tuple[int, int | None], int]:
    """How many recurring lines stand in one go, for each of them; what packs remove and bare marks interrupt none."""
    runs: dict[tuple[int, int | None], int] = {}
    run: list[int] = []
    for number in range(len(sheet.page.lines) + 1):
        if number in recurring:
            run.append(number)
        elif number == len(sheet.page.lines) or (sheet.kept[number] and sheet.page.key(number)):
            runs.update(((line, None), len(run)) for line in run)
            run = []
    return runs


def _sentence_runs(found: list[Piece]) -> dict[tuple[int, int | None], int]:
    runs: dict[tuple[int, int | None], int] = {}
    run: list[Piece] = []
    sentences = [piece for piece in found if piece.form is Form.SENTENCE]
    for piece, following in zip_longest(sentences, sentences[1:]):
        run.append(piece)
        if following is None or following.line != piece.line or following.start - piece.end > _GAP:
            runs.update(((one.line, one.start), len(run)) for one in run)
            run = []
    return runs


def _head(sheet: Sheet, recurring: set[int]) -> set[int]:
    """Lines that may be the page's own title and lead: the first that the packs leave, and all before one that is new."""
    kept = [number for number, keeps in enumerate(sheet.kept) if keeps]
    head = set(kept[:_HEAD_LINES])
    for number in kept:
        if number not in recurring:
            break
        head.add(number)
    return head


def _words(text: str) -> set[str]:
    return {word.strip("،.۔:؛!؟\"'()’‘“”") for word in text.split() if len(word) >= _MIN_WORD}


def _related(line: str, words: set[str]) -> float:
    """Share of a line's words that the rest of its page has; 1, so that nothing is learned, where the rest is too little."""
    if len(words) < _MIN_TOPIC_WORDS:
        return 1.0
    own = _words(line)
    return len(own & words) / len(own) if own else 0.0
