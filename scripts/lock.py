"""Compiles the locks from pyproject.toml: requirements.txt, and a file a group in requirements/.

Versions that are locked already stay unless pyproject.toml rules them out or UPGRADE is set. Every
group is held to the versions of requirements.txt, so that any two of them can be installed together.
It runs with the system's Python: standard library only.
"""

from __future__ import annotations

import os
import sys
import tomllib

from install import ROOT, ensure_uv, run, say

OPTIONS = (
    "--quiet",
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--no-emit-find-links",
    "--no-emit-index-url",
    "--custom-compile-command=make lock",
)


def main() -> int:
    """Compile the base, then each group against it."""
    uv = ensure_uv()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    upgrade = ["--upgrade"] if os.environ.get("UPGRADE") else []
    jobs = [["--output-file", "requirements.txt"]]
    jobs += [
        ["--extra", group, "--constraints", "requirements.txt", "--output-file", f"requirements/{group}.txt"]
        for group in sorted(project["project"]["optional-dependencies"])
    ]
    for job in jobs:
        say(f"Locking {job[-1]}")
        run(uv, "pip", "compile", *OPTIONS, *upgrade, *job, "pyproject.toml")
    return 0


if __name__ == "__main__":
    sys.exit(main())
