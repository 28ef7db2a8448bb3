"""Pages of made-up news sites: articles, and what the sites put around them on every page.

    python benchmarks/clean/generate.py 1000000 pages.parquet [--sites 200] [--seed 1] [--briefs]

Each site has a menu, a share row, a copyright line, and under each article a list of teasers: the leads of its articles
of the last days. One page in twenty is a second scrape of another page. The same numbers give the same bytes. Briefs are
the same in a third of the text.
"""

from __future__ import annotations

import argparse
import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

LETTERS = "ابپتٹجچدڈرڑزسشکگلمنںوہیے"
SCHEMA = pa.schema([("id", pa.string()), ("site", pa.string()), ("text", pa.string())])
_WORDS = 20_000
_BATCH = 5_000
_TEASERS = 8
_COPIES = 0.05
_SENTENCES, _BRIEF_SENTENCES = (4, 10), (2, 3)
_SENTENCE_WORDS, _BRIEF_WORDS = (8, 16), (6, 9)


@dataclass
class Site:
    """A site and what stands on its pages."""

    name: str
    menu: str
    slogan: str
    leads: deque[str] = field(default_factory=lambda: deque(maxlen=_TEASERS))
    last: list[str] = field(default_factory=list)


def rows(pages: int, sites: int, seed: int, *, briefs: bool = False) -> Iterator[dict[str, str]]:
    """The pages, one after the other.

    Args:
        pages: How many.
        sites: Of how many sites.
        seed: Other pages for another number.
        briefs: Whether articles are a few short sentences.
    """
    chance = random.Random(seed)
    sentences, length = (_BRIEF_SENTENCES, _BRIEF_WORDS) if briefs else (_SENTENCES, _SENTENCE_WORDS)
    words = ["".join(chance.choices(LETTERS, k=chance.randint(3, 8))) for _ in range(_WORDS)]

    def sentence() -> str:
        return " ".join(chance.choices(words, k=chance.randint(*length))) + "۔"

    known = [
        Site(f"site{n}.example", " | ".join(chance.choices(words, k=7)), " ".join(chance.choices(words, k=6)))
        for n in range(sites)
    ]
    for number in range(pages):
        site = chance.choice(known)
        if site.last and chance.random() < _COPIES:
            article = site.last
        else:
            article = [sentence() for _ in range(chance.randint(*sentences))]
        text = "\n".join([site.menu, "شیئر کریں", *article, "مزید خبریں", *site.leads, site.slogan, "© 2025"])
        yield {"id": f"p{number}", "site": site.name, "text": text}
        if article is not site.last:
            site.leads.append(article[0])
        site.last = article


def write(pages: int, file: Path, *, sites: int = 200, seed: int = 1, briefs: bool = False) -> None:
    """Write the pages as Parquet, a few thousand at a time."""
    with pq.ParquetWriter(file, SCHEMA, compression="zstd") as writer:
        batch: list[dict[str, str]] = []
        for row in rows(pages, sites, seed, briefs=briefs):
            batch.append(row)
            if len(batch) == _BATCH:
                writer.write_batch(pa.RecordBatch.from_pylist(batch, SCHEMA))
                batch = []
        if batch:
            writer.write_batch(pa.RecordBatch.from_pylist(batch, SCHEMA))


def main() -> None:
    """Read the arguments and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=int)
    parser.add_argument("file", type=Path)
    parser.add_argument("--sites", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--briefs", action="store_true")
    arguments = parser.parse_args()
    write(arguments.pages, arguments.file, sites=arguments.sites, seed=arguments.seed, briefs=arguments.briefs)


if __name__ == "__main__":
    main()
