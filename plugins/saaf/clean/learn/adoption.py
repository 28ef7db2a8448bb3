"""Adopting a proposed pack: a person's approval written into a file that the configuration takes.

The file is the proposal as it stands when it is adopted, with what the person deleted gone and what they wrote kept;
only its first lines change. A pack of the same name that was adopted before is replaced, and the version counts on.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import NoReturn

from saaf.clean.examples import check_examples
from saaf.clean.learn.pack import head_approved, slug_of
from saaf.clean.packs import PROPOSED, LoadedPack, find_packs, load_pack, parse_pack
from saaf.config import CleanConfig
from saaf.errors import RuleError

LEARNED_FOLDER = Path("include", "rules", "learned")
"""Where adopted packs lie in a project: the configuration's default `packs` take them from there."""


@dataclass(frozen=True)
class Adopted:
    """A pack that was adopted.

    Attributes:
        file: The file.
        name: The pack's name.
        version: How often a pack of this name has been adopted.
        rules: How many rules it has.
    """

    file: Path
    name: str
    version: int
    rules: int


def adopt(proposal: Path, folder: Path, *, by: str, at: str | None = None) -> Adopted:
    """Write a proposed pack as an approved one.

    Args:
        proposal: The file of a pack whose name begins with `proposed.`.
        folder: Where adopted packs lie; made where it is not there.
        by: Who approved it.
        at: When, in ISO form.

    Raises:
        RuleError: The pack cannot be used, is no proposal, or does not keep its examples.
    """
    proposed = load_pack(proposal)
    if not proposed.pack.is_proposed:
        _refuse(f"{proposed.pack.pack!r} is no proposal", str(proposal), "name a pack that `saaf learn` wrote")
    problems = check_examples(proposed)
    if problems:
        _refuse(f"its examples do not hold: {problems[0].reason}", problems[0].where, "mend or delete the rule")
    slug = proposed.pack.pack.removeprefix(f"{PROPOSED}.")
    target = folder / f"{slug}.yaml"
    before = load_pack(target).pack.version if target.exists() else None
    content = _approved(proposed, head_approved(slug, (before or 0) + 1, by, at))
    adopted = parse_pack(content, target).pack
    put(target, content)
    return Adopted(target, adopted.pack, adopted.version or 1, len(adopted.rules))


def beside(config: CleanConfig, root: Path, name: str) -> CleanConfig:
    """The packs in use when a pack is learned anew: all that are configured but the adopted one that it would replace.

    What that one removes must recur to be learned again, or it is lost with it.

    Args:
        config: What is configured.
        root: The project's root.
        name: The name that the pack is learned under.
    """
    replaced = root / LEARNED_FOLDER / f"{slug_of(name)}.yaml"
    packs = tuple(str(file) for file in find_packs(config.packs, root) if file != replaced)
    return config.model_copy(update={"packs": packs})


def _approved(proposed: LoadedPack, head: str) -> bytes:
    """The file with other first lines: those of the comment above the name, and the name."""
    lines = proposed.file.read_text("utf-8").split("\n")
    place = proposed.source.line(("pack",)) - 1
    if not lines[place].startswith("pack:"):
        _refuse("its name does not stand in a line of its own", f"{proposed.file}:{place + 1}", "write `pack: NAME`")
    above = [line for line in lines[:place] if line.startswith("# yaml-language-server:")]
    return "\n".join([*above, head.removesuffix("\n"), *lines[place + 1 :]]).encode()


def put(file: Path, content: bytes) -> None:
    """Write a pack's file and the folders above it; readers find the old file or the new one, whole."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}.", delete=False) as unfinished:
        unfinished.write(content)
        unfinished.flush()
        os.fsync(unfinished.fileno())
    written = Path(unfinished.name)
    written.chmod(0o644)
    written.replace(file)


def _refuse(reason: str, where: str, next_step: str) -> NoReturn:
    raise RuleError(f"the rule pack cannot be adopted: {reason}", where=where, next_step=next_step)
