"""Saaf's clean stage and its nearest counterparts on the same pages, each in a process of its own with one thread.

    python benchmarks/clean/compare.py

Megabytes of raw text (UTF-8) a second of CPU time, the best pass after one that warms up: three passes at least, and more
while they take little time, since a machine is slower in one minute than in the next. The pages are the real ones where
they are (SAAF_DATA, or `shared/data` beside the checkout), else generated. Where the hand-labelled pages are, the scores
that the rules reach on them come with it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "POLARS_MAX_THREADS")
PASSES, SECONDS = 3, 12.0
"""Passes at least, and seconds of CPU time after which there are no more."""
SLOW = 400
"""Pages that systems other than Saaf get: enough to time them, and some are slow."""
BATCH = 500


def pages_of(data: Path | None) -> list[str]:
    """The raw texts to clean, in the order of their file, as a run reads them."""
    if data is not None:
        import pyarrow.parquet as pq

        texts: list[str] = pq.read_table(data / "news_raw.parquet", columns=["text"])["text"].to_pylist()
    else:
        from generate import rows

        texts = [row["text"] for row in rows(3000, 20, 1)]
    return texts


def saaf(packs: Sequence[Path], pages: Sequence[str]) -> Callable[[], None]:
    """The whole clean stage, Arrow to Arrow: folding, rules, metadata, language, signals, spans.

    The batches are at hand before, as the stage gets them from the one before it.
    """
    import pyarrow as pa

    from saaf.clean import Cleaner
    from saaf.config import CleanConfig, project_root
    from saaf.tables import BRONZE

    def _row(number: int, text: str) -> dict[str, object]:
        return dict.fromkeys(BRONZE.names) | _ORIGIN | {"doc_id": f"{number:032x}", "raw_text": text}

    pa.set_cpu_count(1)
    cleaner = Cleaner.load(CleanConfig(), project_root(), packs)
    rows = [_row(number, text) for number, text in enumerate(pages)]
    batches = [BRONZE.batch(rows[start : start + BATCH]) for start in range(0, len(rows), BATCH)]

    def work() -> None:
        for batch in batches:
            cleaner.clean(batch)

    return work


_ORIGIN = {
    "source": "bench",
    "uri": "bench/pages",
    "record": 0,
    "raw_sha256": "0" * 64,
    "encoding": "utf-8",
    "run_id": "bench",
    "ingested_at": datetime(2026, 1, 1, tzinfo=UTC),
}


def measure(system: str, data: Path | None, packs: Sequence[Path]) -> dict[str, float]:
    """Time one system, in this process.

    Returns:
        Megabytes a CPU second, and how many pages were taken.
    """
    from peers import PEERS

    pages = pages_of(data)
    if system.startswith("Saaf"):
        work: Callable[[], object] = saaf(packs, pages)
    else:
        pages = random.Random(1).sample(pages, min(len(pages), SLOW))
        work = partial(PEERS[system](), pages)
    work()
    size = sum(len(page.encode("utf-8", "surrogatepass")) for page in pages) / 1e6
    passes: list[float] = []
    while len(passes) < PASSES or sum(passes) < SECONDS:
        passes.append(_seconds(work))
    return {"rate": size / min(passes), "pages": len(pages)}


def _seconds(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


def apart(system: str, data: Path | None, packs: Sequence[Path]) -> dict[str, float] | str:
    """Time one system in a process of its own; why not, where it cannot run."""
    arguments = ["--measure", system, *(["--data", str(data)] if data else []), *(f"--pack={pack}" for pack in packs)]
    environment = os.environ | dict.fromkeys(ONE_THREAD, "1")
    done = subprocess.run(
        [sys.executable, __file__, *arguments], capture_output=True, text=True, env=environment, check=False
    )
    if done.returncode:
        return done.stderr.strip().splitlines()[-1][:100] if done.stderr.strip() else "failed"
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def learned(data: Path | None, folder: Path) -> Path:
    """A pack learned from the pages."""
    source = folder / "pages.parquet" if data is None else data / "news_raw.parquet"
    if data is None:
        from generate import write

        write(3000, source, sites=20)
    pack = folder / "learned.yaml"
    _saaf("learn", str(source), "--approve", "--quiet", "--output", str(pack))
    return pack


def scores(data: Path, packs: Sequence[Path], folder: Path, without: str) -> dict[str, dict[str, float]]:
    """What the rules reach on the labelled pages, over all and by site: the scorer's own figures."""
    gold, spans = data / "boilerplate_dev.jsonl", folder / "spans.jsonl"
    _saaf("clean", str(gold), "--quiet", "--spans", str(spans), *(f"--rules={pack}" for pack in packs))
    scorer = data.parent / "eval" / "score_boilerplate.py"
    options = ["--json", *(["--without", without] if without else [])]
    done = subprocess.run([sys.executable, scorer, gold, spans, *options], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    return {"all": told["all"], **told["sites"]}


def _saaf(*arguments: str) -> None:
    program = "import sys; sys.argv[0] = 'saaf'; from saaf.cli import main; main()"
    subprocess.run([sys.executable, "-c", program, *arguments], check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    """Measure, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    parser.add_argument("--data", type=Path, help="folder of the real pages")
    parser.add_argument("--pack", type=Path, action="append", default=[], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(arguments.measure, arguments.data, arguments.pack)))
        return
    data = arguments.data or Path(os.environ.get("SAAF_DATA") or ROOT.parent / "shared" / "data")
    report(data if (data / "news_raw.parquet").exists() else None)


def report(data: Path | None) -> None:
    """Print the table of speeds and, where the labelled pages are, that of scores."""
    from peers import PEERS

    what = "real pages (news_raw.parquet)" if data else "generated pages"
    print(f"Clean stage, {what}; Python {platform.python_version()}, {platform.machine()}, one thread, CPU time\n")
    with TemporaryDirectory(prefix="saaf-bench-") as name:
        folder = Path(name)
        pack = learned(data, folder)
        systems: list[tuple[str, list[Path]]] = [("Saaf", []), ("Saaf, learned lines too", [pack])]
        systems += [(peer, []) for peer in PEERS]
        results = [(system, apart(system, data, packs)) for system, packs in systems]
        _print_speeds(results)
        if data and (data / "boilerplate_dev.jsonl").exists() and (data.parent / "eval").exists():
            _print_scores("packs alone, without teasers", scores(data, [], folder, "related"))
            _print_scores("after learning, all kinds", scores(data, [pack], folder, ""))


def _print_speeds(results: Sequence[tuple[str, dict[str, float] | str]]) -> None:
    first = results[0][1]
    print(f"| {'system':28} | MB/s | Saaf is ... times as fast | pages |\n|---|---:|---:|---:|")
    for system, result in results:
        if isinstance(result, str) or isinstance(first, str):
            print(f"| {system:28} | {result} | | |")
        else:
            print(
                f"| {system:28} | {result['rate']:.1f} | {first['rate'] / result['rate']:.2f} | {result['pages']:,} |"
            )


def _print_scores(what: str, found: dict[str, dict[str, float]]) -> None:
    print(f"\n{what}\n\n| site | boilerplate | F1 | line recall | body loss |\n|---|---:|---:|---:|---:|")
    for site, rates in found.items():
        if rates["boilerplate"]:
            shown = [rates[name] for name in ("f1", "line_recall", "body_loss")]
            print(
                f"| {site} | {rates['boilerplate']:,} | {' | '.join('' if s is None else f'{s:.4f}' for s in shown)} |"
            )


if __name__ == "__main__":
    main()
