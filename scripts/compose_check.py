"""Checks docker-compose.yaml without an engine: the schema always, Compose's own parser where it is installed.

The parser is asked with every secret given, and then once for each secret left out: it must refuse
and name the one that is missing.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMPOSE_FILE = ROOT / "docker-compose.yaml"
REQUIRED = re.compile(r"\$\{(\w+):\?")


def main() -> int:
    """Run every check that this machine can; 0 when all hold."""
    schema = [Path(sys.executable).with_name("check-jsonschema"), "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*schema, COMPOSE_FILE], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        print(done.stdout + done.stderr, file=sys.stderr)
        return 1
    print("compose: the schema holds", flush=True)
    parser = find_parser()
    if parser is None:
        print("compose: docker-compose is not installed here, so its own parser was not asked")
        return 0
    problems = parser_problems(parser, required_variables(COMPOSE_FILE.read_text("utf-8")))
    for problem in problems:
        print(f"compose: {problem}", file=sys.stderr)
    if not problems:
        print(f"compose: {' '.join(parser)} accepts the file, and refuses it without any one of its secrets")
    return 1 if problems else 0


def required_variables(text: str) -> tuple[str, ...]:
    """The variables that the file cannot do without."""
    return tuple(sorted(set(REQUIRED.findall(text))))


def find_parser() -> list[str] | None:
    """The Compose command of this machine, in either form; None when there is none."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) is None:
            continue
        asked = subprocess.run([*command, "version"], check=False, capture_output=True)
        if asked.returncode == 0:
            return command
    return None


def parser_problems(parser: list[str], variables: tuple[str, ...]) -> list[str]:
    """What the parser says that it should not, or does not say that it should."""
    complete = dict.fromkeys(variables, "0123456789abcdef")
    status, message = parse(parser, complete)
    problems = [f"refused with every variable set: {message}"] if status else []
    for missing in variables:
        status, message = parse(parser, {k: v for k, v in complete.items() if k != missing})
        if status == 0 or missing not in message:
            problems.append(f"without {missing} it should stop and name it, but it ended with {status}: {message}")
    return problems


def parse(parser: list[str], variables: dict[str, str]) -> tuple[int, str]:
    """Let the parser read the file with these variables and no others; its exit code and words."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    with tempfile.NamedTemporaryFile(suffix=".env") as nothing:  # an .env of this checkout must not fill a gap
        options = ["--env-file", nothing.name, "--file", str(COMPOSE_FILE), "config", "--quiet"]
        done = subprocess.run(
            [*parser, *options], check=False, capture_output=True, text=True, cwd=ROOT, env=kept | variables
        )
    return done.returncode, (done.stdout + done.stderr).strip()


if __name__ == "__main__":
    sys.exit(main())
