"""Writes .env for docker-compose.yaml: .env.example with new random secrets. An .env that is there stays.

It runs with the system's Python: standard library only.
"""

from __future__ import annotations

import base64
import os
import secrets
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def filled(example: str) -> str:
    """The example with a fresh secret after every name that has none."""
    return "".join(f"{line}{secret_for(line)}\n" for line in example.splitlines())


def secret_for(line: str) -> str:
    """A new secret where the line is a name without a value, else nothing."""
    if line.startswith("#") or not line.endswith("="):
        return ""
    return base64.urlsafe_b64encode(os.urandom(32)).decode() if "FERNET" in line else secrets.token_hex(32)


def main(folder: Path = ROOT) -> int:
    """Write the file, readable by its owner alone."""
    target = folder / ".env"
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        print(".env is there already and stays as it is.", file=sys.stderr)
        return 1
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(filled((ROOT / ".env.example").read_text("utf-8")))
    print("Wrote .env with new secrets. Next: docker compose up --build -d")
    return 0


if __name__ == "__main__":
    sys.exit(main())
