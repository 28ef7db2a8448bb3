"""How much of a run its gates take: a run over generated short articles, CPU seconds and peak memory of each step.

    python benchmarks/validate/share.py [--rows 1000000] [--folder DIR]

CPU seconds (user and system) are compared, since they do not depend on what else the machine does. The peak is that
of the process up to the end of each step.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from saaf.config import CorpusConfig, SourceConfig
from saaf.pipeline import engine
from saaf.steps import STEPS

ROOT = Path(__file__).resolve().parents[2]
ROWS_A_FILE = 50_000
MOST = 0.2
"""The share that the gates may take."""

WORDS = (
    "شہر حکومت اجلاس فیصلہ عوام پانی بجلی سڑک منصوبہ وزیر اعلان سال دن لوگ کام بازار قیمت فصل بارش موسم سکول طلبہ استاد "
    "ہسپتال ڈاکٹر علاج مریض عدالت مقدمہ پولیس تفتیش کھیل میچ ٹیم کپتان گیند رنز کتاب زبان ادب شاعر مشاعرہ فلم ڈراما"
).split()
LINKS = ("کا کی کے میں نے سے پر کو اور یہ وہ جو کہ ہے ہیں تھا تھی گیا گئی رہا رہی ایک بھی تک بعد ساتھ لیے").split()


def articles(rows: int, seed: int = 1) -> Iterator[dict[str, str]]:
    """Short Urdu-like articles; one in ten repeats an earlier one with a word or two changed."""
    dice = random.Random(seed)
    earlier: list[list[str]] = []
    for number in range(rows):
        if earlier and dice.random() < 0.1:
            words = list(dice.choice(earlier))
            words[dice.randrange(len(words))] = dice.choice(WORDS)
        else:
            words = [
                dice.choice(LINKS if place % 2 else WORDS) + ("۔" if place % 12 == 11 else "")
                for place in range(dice.randint(40, 90))
            ]
            words[1:1] = [str(number)]
            if len(earlier) < 10_000:
                earlier.append(words)
        text = f"پیر 4 ستمبر 2023 17:00\n{' '.join(words)}۔\nمزید پڑھیں"
        yield {"id": str(number), "text": text, "url": f"https://site{number % 40}.example/{number}"}


def write(folder: Path, rows: int) -> None:
    """Write the articles as JSON Lines."""
    folder.mkdir(parents=True)
    made = articles(rows)
    for part in range(0, rows, ROWS_A_FILE):
        with (folder / f"{part:09}.jsonl").open("w", encoding="utf-8") as file:
            for _ in range(min(ROWS_A_FILE, rows - part)):
                file.write(json.dumps(next(made), ensure_ascii=False) + "\n")


def cpu() -> float:
    """CPU seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak() -> float:
    """Peak memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(folder: Path) -> dict[str, tuple[float, float]]:
    """CPU seconds and peak memory by step of a run over the folder."""
    config = CorpusConfig(lake=str(folder / "lake"), sources=(SourceConfig(name="bench", path=str(folder / "input")),))
    worker = engine(config, root=ROOT, run_id="bench")
    used: dict[str, tuple[float, float]] = {}

    def timed(step: str, *arguments: object) -> object:
        before = cpu()
        found = getattr(worker, step)(*arguments)
        used[step] = (used.get(step, (0.0, 0.0))[0] + cpu() - before, peak())
        print(f"  {step:16} {used[step][0]:9.1f} s so far, {used[step][1]:,.0f} MB", file=sys.stderr, flush=True)
        return found

    with worker.lock():
        plan = timed("plan", "bench", datetime.now(UTC))
        for step in STEPS[1:]:
            for arguments in [(shard,) for shard in plan.shards] if step in {"ingest", "clean"} else [()]:
                timed(step, *arguments)
    return used


def main() -> int:
    """Measure and print; fails where the gates take more than they may."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000, help="articles (default: 1,000,000)")
    parser.add_argument("--folder", type=Path, default=None, help="where to work (default: a temporary folder)")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="saaf-bench-", dir=arguments.folder))
    try:
        write(folder / "input", arguments.rows)
        used = measure(folder)
    finally:
        shutil.rmtree(folder)
    whole = sum(seconds for seconds, _ in used.values())
    gates = sum(seconds for step, (seconds, _) in used.items() if step.startswith("validate_") or step == "review")
    print(f"{arguments.rows:,} articles, CPU seconds and peak memory by step:")
    for step, (seconds, memory) in used.items():
        print(f"  {step:16} {seconds:9.1f} s  {seconds / whole:6.1%}  {memory:8,.0f} MB")
    print(f"  {'gates':16} {gates:9.1f} s  {gates / whole:6.1%}  (at most {MOST:.0%})")
    return 0 if gates <= MOST * whole else 1


if __name__ == "__main__":
    sys.exit(main())
