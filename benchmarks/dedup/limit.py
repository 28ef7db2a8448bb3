"""What signing a document costs at least on this machine, and how near Saaf comes to it.

No signature can be made without reading each byte and without a multiplication, an addition and a comparison for
each shingle and permutation. ``limit.c`` does these and nothing else, in the processor's widest vectors; it is
compiled here. What a file costs to read is measured with pyarrow, on the file of the comparison.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numba
import numpy as np
import pyarrow as pa
from systems import groups

from saaf.config import DeduplicateConfig
from saaf.deduplicate import kernels, warm_up
from saaf.deduplicate.signatures import Signer, permutations

_DOCUMENTS = 5000
_ROUNDS = 7


@dataclass(frozen=True)
class Limit:
    """Microseconds of a document, of one core.

    Attributes:
        shingles: Shingles of a document, on average.
        read: Reading id and text from the file, with pyarrow.
        bytes: Reading each byte of the text once, in C; None without a compiler, as the next.
        minima: The permutations, in C.
        own_minima: The permutations, in Saaf's kernel.
        own_signing: All of signing, from bytes to band keys.
    """

    shingles: float
    read: float
    bytes: float | None
    minima: float | None
    own_minima: float
    own_signing: float

    @property
    def least(self) -> float | None:
        """What signing takes at least."""
        return None if self.bytes is None or self.minima is None else self.bytes + self.minima


@numba.njit(nogil=True)
def _minima_often(times, hashes, count, drawn, mixed, signature):  # type: ignore[no-untyped-def]  # noqa: PLR0917
    """Call the kernel from compiled code, as signing does."""
    for _ in range(times):
        kernels.minimum_hashes(hashes, count, drawn, mixed, signature)
        hashes[0] += np.uint64(signature[0])


def least_of(run: Callable[[], object], documents: int) -> float:
    """Processor time of a document, in microseconds: the least of several rounds, as others use the machine too."""
    run()
    taken = []
    for _ in range(_ROUNDS):
        start = time.process_time()
        run()
        taken.append(time.process_time() - start)
    return 1e6 * min(taken) / documents


def measure(path: Path, kind: str, size: int) -> Limit:
    """Measure on the first documents of a corpus."""
    config = DeduplicateConfig(shingle="word" if kind == "word" else "character", shingle_size=size)
    warm_up()
    texts: list[pa.Array] = []
    for batch in groups(path, ["text"]):
        texts.append(batch.column("text"))
        if sum(map(len, texts)) >= _DOCUMENTS:
            break
    count = sum(map(len, texts))
    text_bytes = sum(column.nbytes for column in texts) / count
    signer = Signer(config)
    shingles = float(np.mean(np.concatenate([signer.sign(column).shingles for column in texts])))
    whole = round(shingles)
    hashes = np.arange(1, whole + kernels.BLOCK + 1, dtype=np.uint64) * kernels.GOLDEN
    drawn, mixed = permutations(config), np.empty(whole + kernels.BLOCK, np.uint32)
    signature = np.empty(config.permutations, np.uint32)

    def minima() -> None:
        _minima_often(1000, hashes, whole, drawn, mixed, signature)

    def sign() -> None:
        for column in texts:
            signer.sign(column)

    def read() -> None:
        for number, _ in enumerate(groups(path, ["doc_id", "text"]), 1):
            if number == len(texts):
                return

    in_c = _in_c(whole, round(text_bytes))
    return Limit(
        shingles=shingles,
        read=least_of(read, count),
        bytes=in_c[1] if in_c else None,
        minima=in_c[0] if in_c else None,
        own_minima=least_of(minima, 1000),
        own_signing=least_of(sign, count),
    )


def _in_c(shingles: int, text_bytes: int) -> tuple[float, float] | None:
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        return None
    native = "-mcpu=native" if platform.machine() in ("arm64", "aarch64") else "-march=native"
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "limit"
        source = Path(__file__).with_name("limit.c")
        subprocess.run([compiler, "-O3", native, str(source), "-o", str(program)], check=True)
        done = subprocess.run(
            [str(program), str(shingles), str(text_bytes)], check=True, capture_output=True, text=True
        )
    minima, scan, _ = done.stdout.split()
    return float(minima) / 1000, float(scan) / 1000


def table(limits: dict[str, Limit]) -> str:
    """The limits as a table."""
    lines = [
        "| a document, microseconds | " + " | ".join(limits) + " |",
        "|---|" + "---|" * len(limits),
    ]

    def row(name: str, value: Callable[[Limit], float | None], form: str = "{:.2f}") -> None:
        values = [value(limit) for limit in limits.values()]
        lines.append(f"| {name} | " + " | ".join("?" if v is None else form.format(v) for v in values) + " |")

    row("shingles", lambda limit: limit.shingles, "{:.0f}")
    row("reading id and text (pyarrow)", lambda limit: limit.read)
    row("reading each byte once, in C", lambda limit: limit.bytes)
    row("permutations, in C", lambda limit: limit.minima)
    row("permutations, Saaf's kernel", lambda limit: limit.own_minima)
    row("its share of the limit", lambda limit: _share(limit.minima, limit.own_minima), "{:.0%}")
    row("signing, Saaf: bytes to band keys", lambda limit: limit.own_signing)
    row(
        "its share of the limit (bytes and permutations)",
        lambda limit: _share(limit.least, limit.own_signing),
        "{:.0%}",
    )
    return "\n".join(lines)


def _share(least: float | None, taken: float) -> float | None:
    return None if least is None else least / taken
