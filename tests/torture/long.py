"""The long forms: as many deaths, power failures, faults and commits as are asked for, each with the seed that repeats it."""

from __future__ import annotations

import itertools
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from shared import ROOT

sys.path.append(str(ROOT / "tests" / "lake"))


@dataclass
class Torture:
    """What is wanted, and what came of it.

    Attributes:
        seed: Everything but the load of the machine follows from it.
        until: When to stop, however much is left, by the monotonic clock.
        faults: What was found wrong, with what repeats it.
        told: When this last said how far it is, by the monotonic clock.
    """

    seed: int
    until: float = float("inf")
    faults: list[str] = field(default_factory=list)
    told: float = field(default_factory=time.monotonic)

    def kills(self, wanted: int) -> str:
        """Whole runs, killed one to three times before they are carried to their end."""
        from torture.killed_runs import Disk, Point, Runs
        from torture.scene import prepared

        with fast_folder() as folder:
            runs = Runs()
            scene = prepared(folder / "scene", runs)
            trace = folder / "trace"
            runs.run(scene.again(folder / "traced"), Disk(trace=trace))
            operations, lakes = trace.read_text("utf-8").count("\n"), 0
            while runs.killed < wanted and self._goes_on():
                dice = random.Random(f"{self.seed}/{lakes}")
                job, deaths = scene.again(folder / "corpus"), []
                for _ in range(dice.randint(1, 3)):
                    if dice.random() < 0.5:
                        deaths.append(Disk(dies_at=Point(count=dice.randint(1, operations))))
                        runs.run(job, deaths[-1])
                    else:
                        deaths.append(dice.uniform(0, scene.seconds))
                        runs.kill_after(deaths[-1], job)
                    self._note(scene.faults_at_any_moment(job), f"lake {lakes}, {deaths}")
                runs.finish(job)
                self._note(scene.faults_in_the_end(job), f"lake {lakes}, {deaths}")
                shutil.rmtree(job.lake.parent)
                lakes += 1
                self._tell(f"{runs.killed:,} of {wanted:,} kills, {lakes:,} lakes")
            return f"{runs.killed:,} kills of whole runs over {lakes:,} lakes ({operations} operations a run)"

    def states(self, wanted: int) -> str:
        """Disks that a power failure can leave of two runs that go on after a death at every operation in turn."""
        from power_disk import FaultFound, changing_operations

        from torture.power import expected_tables, states_after_a_death

        expected, seen, deaths = expected_tables(), 0, 0
        numbers = [0, *random.Random(self.seed).sample(operations := changing_operations(), len(operations))]
        for around, number in itertools.product(range(1_000_000), numbers):
            if seen >= wanted or not self._goes_on():
                break
            try:
                seen += states_after_a_death(number, expected, seed=self.seed + around, most=400)
            except FaultFound as fault:
                self._note([str(fault)], f"death {number}, seed {self.seed + around}")
            deaths += 1
            self._tell(f"{seen:,} of {wanted:,} states, {deaths:,} histories")
        return f"{seen:,} states of a disk after a power failure, {deaths:,} histories"

    def fault_pairs(self, wanted: int) -> str:
        """Two faults at two operations, one after the other, in the same lake."""
        import lake_harness

        from saaf.lake.storage import LocalStorage
        from torture.faults import calls_of_two_runs, drawn, faults_after, meet

        with fast_folder() as folder:
            lake_harness.both_runs(folder / "undisturbed", LocalStorage())
            undisturbed = lake_harness.table_files(folder / "undisturbed")
            calls, done = calls_of_two_runs(folder / "counted"), 0
            while done < wanted and self._goes_on():
                dice, root = random.Random(f"{self.seed}/{done}"), folder / "lake"
                pair = [drawn(dice, calls) for _ in range(2)]
                for fault, number in pair:
                    meet(root, fault, number)
                self._note(faults_after(root, undisturbed), f"pair {done}: {pair}")
                shutil.rmtree(root)
                done += 1
                self._tell(f"{done:,} of {wanted:,} pairs")
            return f"{done:,} pairs of faults"

    def crowds(self, seconds: float) -> str:
        """Two, four and eight writers with four readers, and rebuilds between them, for so long each."""
        from torture.crowd import Crowd, gather

        total = Crowd()
        for writers, swapping in ((2, True), (4, True), (8, False)):
            if self._goes_on():
                with fast_folder() as folder:
                    crowd = gather(
                        folder / "lake", writers=writers, commits=1, seconds=seconds, swapping=swapping, seed=self.seed
                    )
                self._note(crowd.faults[:5], f"{writers} writers")
                total.add(crowd)
        looks = ", ".join(f"{reader} {count:,}" for reader, count in sorted(total.looks.items()))
        loud = sum(total.loud.values())
        return (
            f"{total.commits:,} commits and {total.swaps:,} rebuilds by 2, 4 and 8 writers, {seconds:.0f} s each; "
            f"looks: {looks}; {loud:,} of them met a rebuild with an error, {len(total.faults):,} saw what they may not"
        )

    def _goes_on(self) -> bool:
        return time.monotonic() < self.until

    def _tell(self, done: str) -> None:
        """Say once a minute how far it is: an hour of silence looks like a hang, and what is stopped has still shown this much."""
        if time.monotonic() - self.told >= 60:
            self.told = time.monotonic()
            print(f"         {done}, {len(self.faults)} faults", file=sys.stderr, flush=True)

    def _note(self, faults: list[str], how: str) -> None:
        self.faults += [f"{fault}  [seed {self.seed}, {how}]" for fault in faults]


@contextmanager
def fast_folder() -> Iterator[Path]:
    """A folder in memory where there is one."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None, prefix="saaf-torture-") as folder:
        yield Path(folder)


Part = tuple[str, Callable[[Torture], str]]


def carry_out(parts: list[Part], *, seed: int, minutes: float | None) -> int:
    """Go through the parts, each with its share of the time, and print the figures.

    Returns:
        How many faults were found.
    """
    begun, found = time.monotonic(), 0
    for left, (name, part) in zip(range(len(parts), 0, -1), parts, strict=True):
        torture = Torture(seed)
        if minutes is not None:
            torture.until = time.monotonic() + max(0.0, begun + 60 * minutes - time.monotonic()) / left
        started = time.monotonic()
        said = part(torture)
        print(
            f"{name:8} {said}: {len(torture.faults)} faults, {time.monotonic() - started:.0f} s, seed {seed}",
            flush=True,
        )
        for fault in torture.faults[:20]:
            print(f"         {fault}", flush=True)
        found += len(torture.faults)
    return found
