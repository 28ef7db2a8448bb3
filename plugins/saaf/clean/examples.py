"""The examples of a pack, run as its tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from saaf.clean.engine import CompiledRule, Engine, compile_pack
from saaf.clean.packs import LoadedPack
from saaf.clean.spans import Span

OPEN, CLOSE = "⟦", "⟧"


@dataclass(frozen=True)
class Problem:
    """An example that its rule does not keep.

    Attributes:
        rule: Name of the rule.
        where: File and line of the example.
        text: The example.
        reason: What was expected, and what happened.
    """

    rule: str
    where: str
    text: str
    reason: str

    def __str__(self) -> str:
        return f"{self.where}: rule {self.rule}: {self.reason}: {self.text!r}"


def check_examples(loaded: LoadedPack) -> list[Problem]:
    """Run every example of a pack, whatever the languages and sites of its rules.

    Each rule runs alone. One that asks what stands beside a piece runs with the rules of its pack that remove less than
    a page, and only what it removes counts.

    Returns:
        The examples that fail; none where the pack is sound.

    Raises:
        RuleError: A pattern cannot be compiled.
    """
    problems: list[Problem] = []
    rules = compile_pack(loaded)
    with_others = {number for number, rule in enumerate(rules) if rule.rule.inline and rule.rule.inline.beside}
    # Most packs, and all that are learned, have none.
    together = Engine([rule for rule in rules if not rule.rule.page] if with_others else [])
    for number, rule in enumerate(rules):
        engine = together if number in with_others else Engine([rule])
        problems.extend(_check_rule(loaded, number, rule, engine))
    return problems


def _check_rule(loaded: LoadedPack, number: int, rule: CompiledRule, engine: Engine) -> Iterator[Problem]:
    examples = rule.rule.examples
    if examples is None:
        return

    def removed(text: str) -> tuple[Span, ...]:
        return tuple(span for span in engine.remove(text).spans if span.rule == rule.name)

    for place, marked in enumerate(examples.match):
        text, expected = unmark(marked)
        spans = removed(text)
        if _inked(text, spans) != expected:
            where = loaded.place(number, "examples", "match", place)
            yield Problem(rule.name, where, marked, f"should remove what is marked, but removes {_taken(text, spans)}")
    for place, text in enumerate(examples.no_match):
        spans = removed(text)
        if _inked(text, spans):
            where = loaded.place(number, "examples", "no_match", place)
            yield Problem(rule.name, where, text, f"should remove nothing, but removes {_taken(text, spans)}")


def unmark(marked: str) -> tuple[str, set[int]]:
    """An example without its ⟦ ⟧, and the offsets of the inked characters that stood in them: all where there are none."""
    text: list[str] = []
    inside: set[int] = set()
    depth = OPEN not in marked
    for character in marked:
        if character in (OPEN, CLOSE):
            depth = character == OPEN
            continue
        if depth and not character.isspace():
            inside.add(len(text))
        text.append(character)
    return "".join(text), inside


def _inked(text: str, spans: tuple[Span, ...]) -> set[int]:
    return {i for span in spans for i in range(span.start, span.end) if not text[i].isspace()}


def _taken(text: str, spans: tuple[Span, ...]) -> str:
    return " and ".join(repr(text[span.start : span.end]) for span in spans) or "nothing"
