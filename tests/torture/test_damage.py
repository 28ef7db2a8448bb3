"""Bytes that flip, files that are cut, grow, vanish or appear: `saaf verify` finds every one, and so does the checker."""

from __future__ import annotations

import ast
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import lake_harness as harness
import pytest

from saaf.lake import Lake
from saaf.lake.storage import LocalStorage
from torture import checker

FLIPS = 150
BLOCK = 4096


@pytest.fixture(scope="module")
def lake(fast_disk: Path) -> Path:
    root = fast_disk / "damaged" / "lake"
    harness.both_runs(root, LocalStorage())
    return root


def whole_files(lake: Path) -> list[Path]:
    log = sorted((lake / "meta" / "log").iterdir())
    return [*log, *(lake / path for path in checker.table_files(lake))]


def seen_by_both(lake: Path) -> bool:
    """Whether both find something wrong; they must agree."""
    product = bool(Lake.open(lake).verify())
    try:
        records = checker.read_log(lake)
        own = bool([*checker.check_log(lake, records), *checker.check_tables(lake, records)])
    except (ValueError, KeyError):
        own = True  # a record that cannot be read
    assert product == own
    return product


def test_every_kind_of_damage_to_every_file_is_found(lake: Path) -> None:
    assert not seen_by_both(lake)
    files = whole_files(lake)
    assert len(files) >= 8
    for path in files:
        content = path.read_bytes()
        for name, damage in DAMAGES.items():
            damage(path)
            assert seen_by_both(lake), f"{name}: {path.relative_to(lake)}"
            path.write_bytes(content)
        assert not seen_by_both(lake)


def test_every_block_and_every_byte_counts(lake: Path) -> None:
    """A bit of every block of every file, and of bytes anywhere."""
    dice, files = random.Random(43), whole_files(lake)
    places = [(path, start) for path in files for start in range(0, path.stat().st_size, BLOCK)]
    for _ in range(FLIPS):
        path = dice.choice(files)
        places.append((path, dice.randrange(path.stat().st_size)))
    for path, place in places:
        content = path.read_bytes()
        flipped = bytearray(content)
        flipped[place] ^= 1 << dice.randrange(8)
        path.write_bytes(flipped)
        assert seen_by_both(lake), f"byte {place} of {path.relative_to(lake)}"
        path.write_bytes(content)


def test_a_file_too_many_is_found(lake: Path) -> None:
    some = next(path for path in whole_files(lake) if path.suffix == ".parquet")
    strange = some.with_name(f"saaf-{some.name[5:]}.parquet")
    shutil.copy(some, strange)
    assert seen_by_both(lake)
    strange.unlink()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def grow(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def blank(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


DAMAGES: dict[str, Callable[[Path], None]] = {"cut": cut, "grown": grow, "emptied": empty, "zeros": blank}


def test_a_vanished_file_is_found(lake: Path) -> None:
    for path in whole_files(lake):
        if path.suffix == ".parquet":
            content = path.read_bytes()
            path.unlink()
            assert seen_by_both(lake), path.name
            path.write_bytes(content)


def test_the_checker_shares_no_code_with_the_product() -> None:
    tree = ast.parse(Path(checker.__file__).read_text("utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= {
        *("__future__", "collections", "dataclasses", "functools", "hashlib", "itertools", "json", "pathlib", "sys"),
        *("typing", "unicodedata", "pandas", "polars", "duckdb", "pyarrow"),
    }
