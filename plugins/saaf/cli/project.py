"""Where the command line finds the project: configuration, lake, sources named on the spot."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any

import typer

from saaf.errors import ConfigError, InputError

if TYPE_CHECKING:
    from saaf.config import CorpusConfig, SourceConfig
    from saaf.lake import Lake

_NOT_IN_NAMES = re.compile(r"[^a-z0-9_-]+")

ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", "-c", metavar="FILE", help="Configuration; by default the project's include/corpus.yaml."),
]
LakeFolder = Annotated[
    Path | None,
    typer.Option("--lake", metavar="DIR", help="Folder of the lake; by default the one that the configuration names."),
]


def load(config: Path | None, lake: Path | None, input_: str | None = None) -> CorpusConfig:
    """The configuration of a run, its lake as an absolute path.

    Args:
        config: The file; None for the project's own.
        lake: A lake that takes the place of the configured one; it counts from the current folder.
        input_: Input named on the spot: where the project has no configuration file, this alone makes one.

    Raises:
        ConfigError: The file is not there or not valid.
    """
    from saaf.config import CorpusConfig, load_config, project_root

    file = config or project_root() / "include" / "corpus.yaml"
    if config is None and input_ is not None and not file.exists():
        loaded = CorpusConfig(sources=(source_of(input_),))
    else:
        loaded = load_config(file)
    folder = lake.expanduser().absolute() if lake is not None else _lakes_home() / loaded.lake
    return loaded.model_copy(update={"lake": str(folder)})


def _lakes_home() -> Path:
    """What a relative lake counts from: the checkout, or the current folder where Saaf was installed as a package."""
    from saaf.config import project_root

    root = project_root()
    return Path.cwd() if root.name == "_project" else root


def open_lake(config: Path | None, lake: Path | None) -> Lake:
    """The lake to look into.

    Raises:
        InputError: There is none: looking must not make one.
    """
    from saaf.lake import Lake

    root = lake.expanduser().absolute() if lake is not None else Path(load(config, None).lake)
    if not (root / "meta" / "log").is_dir():
        raise InputError(
            f"there is no lake at {str(root)!r}", next_step="name its folder with --lake, or make one: saaf run"
        )
    return Lake.open(root)


def source_of(location: str, name: str | None = None, **settings: Any) -> SourceConfig:
    """A source for a folder, file or URL that is named on the spot.

    Args:
        location: Where the text lies; a relative path counts from the current folder.
        name: Name of the source; None for that of the folder.
        settings: Other fields of the source.

    Raises:
        ConfigError: The name or a setting is not allowed.
    """
    from pydantic import ValidationError

    from saaf.config import SourceConfig

    path = location if "://" in location else str(Path(location).expanduser().absolute())
    try:
        return SourceConfig(name=name or name_of(path), path=path, **settings)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "source"
        raise ConfigError(
            f"{field}: {first['msg']} (found {first['input']!r})",
            next_step="a name has lower-case letters, digits, `-` and `_`, such as: --source my-texts",
        ) from None


def name_of(path: str) -> str:
    """A source's name for a path: that of its folder, so that a file has the same uri alone and in its folder."""
    from saaf.ingest import INPUT_COMPRESSIONS, INPUT_FORMATS

    pure = PurePosixPath(path.split("://", 1)[-1])
    suffixes = {suffix.lower() for suffix in pure.suffixes[-2:]}
    folder = pure.parent if suffixes & {*INPUT_FORMATS, *INPUT_COMPRESSIONS} and not Path(path).is_dir() else pure
    return _NOT_IN_NAMES.sub("-", folder.name.lower()).strip("-_")[:63] or "input"
