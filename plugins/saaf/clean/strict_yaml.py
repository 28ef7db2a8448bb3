"""YAML as packs may use it: plain data with line numbers, and nothing that can surprise or explode.

Anchors, aliases, tags, duplicate keys, great depth and great size are refused before anything is built.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.parser import Parser

MAX_BYTES = 1 << 20
MAX_DEPTH = 20

Path = tuple[str | int, ...]

_PLAIN_TAGS = {"str", "int", "float", "bool", "null", "map", "seq"}


class YamlRefused(ValueError):
    """A YAML text that is refused.

    Attributes:
        line: Line of the offence, from 1.
    """

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.line = line


@dataclass
class Loaded:
    """Plain data, and where each part of it stands in the text.

    Attributes:
        data: dict, tuple, str, int, float, bool or None, nested.
        lines: Line number, from 1, of each path into the data.
    """

    data: Any
    lines: dict[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int:
        """Line of the innermost part of a path that the text holds."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def load(content: bytes) -> Loaded:
    """Read one YAML document.

    Raises:
        YamlRefused: It is not UTF-8, not YAML, empty, or uses what packs must not.
    """
    if len(content) > MAX_BYTES:
        raise YamlRefused(f"the file has {len(content)} bytes; a pack has {MAX_BYTES} at most", 1)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise YamlRefused("the file is not UTF-8", content[: error.start].count(b"\n") + 1) from None
    try:
        yaml = YAML(typ="safe", pure=True)
        yaml.Parser = _StrictParser
        node = yaml.compose(io.StringIO(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlRefused(f"not YAML: {error.problem or error.context}", mark.line + 1 if mark else 1) from None
    except YAMLError as error:
        raise YamlRefused(f"not YAML: {str(error).splitlines()[0]}", 1) from None
    if node is None:
        raise YamlRefused("the file is empty", 1)
    loaded = Loaded(None)
    loaded.data = _build(node, (), loaded.lines)
    return loaded


class _StrictParser(Parser):
    """Refuses what packs must not use before anything is made of it."""

    depth = 0

    def get_event(self) -> Event:
        event: Event = super().get_event()
        line = event.start_mark.line + 1
        if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor):
            raise YamlRefused("anchors and aliases (& and *) are not allowed in a pack", line)
        if isinstance(event, MappingStartEvent | SequenceStartEvent):
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise YamlRefused(f"nested more than {MAX_DEPTH} levels deep", line)
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            self.depth -= 1
        if isinstance(event, MappingStartEvent | SequenceStartEvent | ScalarEvent) and event.tag is not None:
            raise YamlRefused(f"tags are not allowed in a pack: {event.tag}", line)
        return event


def _build(node: Node, path: Path, lines: dict[Path, int]) -> Any:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, SequenceNode):
        return tuple(_build(item, (*path, number), lines) for number, item in enumerate(node.value))
    if isinstance(node, MappingNode):
        return _build_mapping(node, path, lines)
    return _scalar(node)


def _build_mapping(node: MappingNode, path: Path, lines: dict[Path, int]) -> dict[str, Any]:
    built: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, ScalarNode):
            raise YamlRefused("a key must be a plain word", line)
        key = str(key_node.value)
        if key in built:
            raise YamlRefused(f"the key {key!r} stands twice", line)
        built[key] = _build(value_node, (*path, key), lines)
        lines[(*path, key)] = line
    return built


def _scalar(node: Node) -> Any:
    kind = str(node.tag).rsplit(":", 1)[-1]
    value = str(node.value)
    if kind == "null":
        return None
    if kind == "bool":
        return value.lower() == "true"
    if kind == "int" and value.lstrip("+-").isdecimal() and value.isascii():
        return int(value)
    if kind == "float":
        try:
            return float(value)
        except ValueError:
            return value
    return value
