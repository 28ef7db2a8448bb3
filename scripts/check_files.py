"""Checks what no linter looks at: file sizes, merge marks, machine paths in tracked files.

Usage: check_files.py [FILE ...]        (without files: everything that git tracks)
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MAX_BYTES = 1024 * 1024
MERGE_MARK = re.compile(rb"^(<{7} |={7}$|>{7} )", re.MULTILINE)
HOME_PATH = re.compile(rb"/(?:h[o]me|Users)/(?!airflow/)[a-z][\w.-]*/|(?<![\w.-])/r[o]ot/")


def tracked() -> list[Path]:
    """Every file that git tracks and that is there."""
    listed = subprocess.run(["git", "ls-files", "-z"], check=True, capture_output=True, cwd=ROOT).stdout  # noqa: S607
    return [path for name in listed.decode().split("\0") if name and (path := ROOT / name).is_file()]


def problems(path: Path) -> list[str]:
    """What is wrong with a file; empty when nothing is."""
    content = path.read_bytes()
    found = []
    if len(content) > MAX_BYTES:
        found.append(f"is {len(content):,} bytes; a tracked file holds {MAX_BYTES:,} at most")
    if MERGE_MARK.search(content) and path.suffix not in {".md", ".rst"}:
        found.append("holds the mark of an unfinished merge")
    if match := HOME_PATH.search(content):
        found.append(f"holds a path of someone's machine: {match[0].decode()}")
    return found


def main(arguments: list[str]) -> int:
    """Check the files and print what is wrong with each."""
    bad = 0
    for path in [Path(name) for name in arguments] or tracked():
        for problem in problems(path):
            print(f"{path}: {problem}", file=sys.stderr)
            bad += 1
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
