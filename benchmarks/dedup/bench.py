"""Deduplication measured: against its peers, against the limit of the machine, and at size. One command.

    make bench-dedup                                everything: an hour or two on a quiet machine
    make bench-dedup SIZE=10k PARTS='compare limit' a first look, minutes
    make bench-dedup PARTS=compare PEERS='rensa gaoya'

    python benchmarks/dedup/bench.py --parts compare limit --size 100k --peers datasketch rensa gaoya datatrove

Prints Markdown. Every measurement is a process of its own; what can be compared under load is CPU seconds.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import re
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import compare
import limit
from growth import draw
from scale import LONG, SHORT
from systems import SYSTEMS

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PEERS = tuple(name for name in SYSTEMS if name != "saaf")
BARS = {
    "word": {"datasketch": 30, "datatrove": 100, "rensa": 8, "gaoya": 8},
    "character": {"datasketch": 50},
}
"""How many times Saaf's CPU seconds each peer should take."""
COMPRESSIONS = ("zstd", "lz4")
"""How the comparison's corpus is compressed: zstd as the lake's files; lz4, which is read in half the time, shows what
of that is a system's own."""
_UNITS = {"": 1, "k": 1000, "m": 1_000_000}
_GROWTH = (10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)


def number(text: str) -> int:
    """A number such as 10k, 100k or 1M."""
    found = re.fullmatch(r"(\d+)([kKmM]?)", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number such as 10k or 1M")
    return int(found[1]) * _UNITS[found[2].lower()]


@dataclass(frozen=True)
class Bench:
    """The parts, each printing its table.

    Attributes:
        folder: Where corpora are kept.
        size: Documents of the comparison.
        most: Documents of the largest run.
        peers: Which peers to compare with.
        rounds: How often Saaf is measured in the comparison; the median counts.
        compressions: How the comparison's corpus is compressed: once more for each.
    """

    folder: Path
    size: int
    most: int
    peers: list[str]
    rounds: int
    compressions: list[str]

    def compare(self) -> None:
        """Ours and the peers', words and characters, on one core each; and ours on all."""
        for compression, kind in itertools.product(self.compressions, compare.SIZES):
            what = f"{self.size:,} documents, {compare.SIZES[kind]} {kind}s a shingle"
            print(f"\n### {what}, file compressed with {compression}\n", flush=True)
            path = compare.corpus(self.folder, self.size, compression)
            truth = compare.find_truth(path, kind, compare.SIZES[kind])
            ids = compare.ids_of(path)
            print("| system | CPU s | times Saaf's | bar | wall s | MB | found, J >= .8 | found, .7 to .8 | just |")
            print("|---|---|---|---|---|---|---|---|---|")
            own = compare.middle_of(self.rounds, "saaf", path, kind)
            if isinstance(own, str):
                print(f"| saaf | did not run: {own} |" + " |" * 7)
                continue
            cores = os.cpu_count() or 1
            systems: dict[str, Callable[[], compare.Measured | str]] = {
                "saaf": lambda own=own: own,
                f"saaf, {cores} cores": partial(compare.middle_of, self.rounds, "saaf", path, kind, cores),
                **{peer: partial(compare.measure, peer, path, kind) for peer in self.peers},
            }
            for system, measure in systems.items():
                run = measure()
                if isinstance(run, str):
                    print(f"| {system} | did not run: {run} |" + " |" * 7, flush=True)
                    continue
                found = compare.quality(run.kept, truth, ids)
                bar = BARS[kind].get(system, "")
                print(
                    f"| {system} | {run.cpu:.2f} | {run.cpu / own.cpu:.1f} | {bar} | {run.wall:.2f} | {run.rss // 1024} "
                    f"| {found.high:.4f} | {found.middle:.4f} | {found.just:.4f} |",
                    flush=True,
                )

    def limit(self) -> None:
        """The least that signing takes on this machine, and Saaf's share of it."""
        path = compare.corpus(self.folder, min(self.size, 100_000))
        print("\n### The limit\n")
        kinds = {f"{size} {kind}s": (kind, size) for kind, size in compare.SIZES.items()}
        print(limit.table({name: limit.measure(path, *kind) for name, kind in kinds.items()}), flush=True)

    def million(self) -> None:
        """A million stories."""
        documents = min(self.most, 1_000_000)
        self._at_size(f"{documents:,} stories of 3.4 KB", documents, LONG)

    def large(self) -> None:
        """Ten million briefs."""
        self._at_size(f"{self.most:,} briefs of 0.35 KB", self.most, SHORT)

    def _at_size(self, what: str, documents: int, words: tuple[int, int]) -> None:
        self._scale("corpus", documents, words)
        result = self._scale("once", documents, words)
        print(f"\n### {what}\n\n| wall s | CPU s | peak MB | kept |\n|---|---|---|---|")
        print(f"| {result['wall']:.1f} | {result['cpu']:.1f} | {result['rss'] // 1024} | {result['stats']['kept']:,} |")

    def growth(self) -> None:
        """How time grows with the documents, as a plot."""
        points = []
        print("\n### Growth\n\n| briefs | CPU s | microseconds a document | peak MB |\n|---|---|---|---|", flush=True)
        for documents in [count for count in _GROWTH if count <= self.most]:
            self._scale("corpus", documents, SHORT)
            runs = [self._scale("once", documents, SHORT) for _ in range(3 if documents <= 1_000_000 else 1)]
            cpu = statistics.median(run["cpu"] for run in runs)
            points.append((documents, cpu))
            print(f"| {documents:,} | {cpu:.2f} | {1e6 * cpu / documents:.2f} | {runs[0]['rss'] // 1024} |", flush=True)
        if len(points) > 1:
            plot = ROOT / "docs" / "dedup-growth.svg"
            plot.write_text(draw(points), "utf-8")
            print(f"\nWrote {plot.relative_to(ROOT)}")

    def increment(self) -> None:
        """A day's documents against an index of many kept ones."""
        lake = self.folder / f"lake-{self.most}" / "meta" / "log"
        if not lake.is_dir():
            self._scale("history", self.most, SHORT)
        result = self._scale("increment", self.most, SHORT)
        print(f"\n### 10,000 new documents against an index of {self.most:,} kept ones\n")
        print("| wall s | CPU s | peak MB | files before | new files | files touched |\n|---|---|---|---|---|---|")
        names = ("files_before", "files_new", "files_touched")
        counts = " | ".join(str(result[name]) for name in names)
        print(f"| {result['wall']:.1f} | {result['cpu']:.1f} | {result['rss'] // 1024} | {counts} |", flush=True)

    def template(self) -> None:
        """Briefs of one template, two of each price."""
        documents = min(self.most, 100_000)
        result = self._scale("template", documents, SHORT)
        stats = result["stats"]
        print(f"\n### {documents:,} briefs of one template, two of each price\n")
        print("| wall s | CPU s | peak MB | kept (half is right) | largest family |\n|---|---|---|---|---|")
        print(
            f"| {result['wall']:.1f} | {result['cpu']:.1f} | {result['rss'] // 1024} | {stats['kept']:,} "
            f"| {stats['largest_template_family']:,} |",
            flush=True,
        )

    def _scale(self, what: str, documents: int, words: tuple[int, int]) -> dict[str, object] | object:
        command = [sys.executable, str(HERE / "scale.py"), what, str(self.folder), "--documents", str(documents)]
        done = subprocess.run(
            [*command, "--words", *map(str, words)], stdout=subprocess.PIPE, text=True, check=True, cwd=HERE
        )
        return json.loads(done.stdout.splitlines()[-1])


PARTS: dict[str, Callable[[Bench], None]] = {
    "compare": Bench.compare,
    "limit": Bench.limit,
    "template": Bench.template,
    "million": Bench.million,
    "large": Bench.large,
    "growth": Bench.growth,
    "increment": Bench.increment,
}


def machine() -> str:
    """The processor and how many of it, and how busy they are."""
    cpuinfo = Path("/proc/cpuinfo")
    names = re.findall(r"model name\s*: (.*)", cpuinfo.read_text()) if cpuinfo.exists() else []
    load = f", load {os.getloadavg()[0]:.1f} as this began" if hasattr(os, "getloadavg") else ""
    return (
        f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}{load}"
    )


def main() -> None:
    """Measure the parts that the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--size", type=number, default=100_000, metavar="N", help="documents of the comparison")
    parser.add_argument("--most", type=number, default=10_000_000, metavar="N", help="documents of the largest run")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS))
    parser.add_argument("--rounds", type=int, default=3, help="how often Saaf is measured beside the peers")
    parser.add_argument("--compressions", nargs="+", choices=COMPRESSIONS, default=list(COMPRESSIONS))
    parser.add_argument("--folder", type=Path, default=ROOT / "lake" / "bench", help="where corpora are kept")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    print(f"## Deduplication\n\n{machine()}", flush=True)
    bench = Bench(
        folder=given.folder.resolve(),
        size=given.size,
        most=given.most,
        peers=given.peers,
        rounds=given.rounds,
        compressions=given.compressions,
    )
    for part in given.parts:
        PARTS[part](bench)


if __name__ == "__main__":
    main()
