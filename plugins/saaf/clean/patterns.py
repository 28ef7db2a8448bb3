"""From what a pack says to what the linear-time engine runs: folding and macros.

A pack is written in everyday spelling; text is matched folded. So the letters of a pattern are folded when it is
loaded, and a space in a pattern stands for any number of spaces, none included, since Urdu is typed with and
without them. Everything else is RE2 syntax.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from saaf.text.fold import fold_for_matching

if TYPE_CHECKING:
    from saaf.clean.literals import Clues

_MACRO = re.compile(r"(?<!\\[pPx])\{([a-z][a-z0-9_]*)\}")
UNIT = re.compile(
    r"""
      (?P<escape> \\(?:[pP]\{\^?[A-Za-z_]+\} | [pP][A-Z] | x\{[0-9A-Fa-f]+\} | x[0-9A-Fa-f]{2} | .) )
    | (?P<group>  \(\?P<[A-Za-z_]+> | \(\?[a-zA-Z-]*:? )
    | (?P<spaces> [ ]+[?*+]? )
    | (?P<count>  \{[0-9]+(?:,[0-9]*)?\} )
    | (?P<other>  . )
    """,
    re.VERBOSE | re.DOTALL,
)
"""The units of a pattern: what is folded on its own, and what is syntax."""
_ASCII_ONLY = {"\\b", "\\B", "\\w", "\\W"}
_MAX_MEMORY = 256 << 20
_MAX_EXPANDED = 20_000


class PatternError(ValueError):
    """A pattern that cannot be used; the message says why."""


def expand(pattern: str, macros: Mapping[str, str]) -> str:
    """Put the pack's macros in the place of their names.

    Args:
        pattern: A pattern with `{name}` where a macro stands, folded or not.
        macros: What each name stands for, itself without macros.

    Raises:
        PatternError: A name that no macro bears.
    """

    def one(found: re.Match[str]) -> str:
        name = found.group(1)
        if name not in macros:
            raise PatternError(
                f"there is no macro {{{name}}} under `let:`; there are: {', '.join(sorted(macros)) or 'none'}"
            )
        return f"(?:{macros[name]})"

    expanded = _MACRO.sub(one, pattern)
    if len(expanded) > _MAX_EXPANDED:
        raise PatternError(f"the pattern grows to {len(expanded)} characters; {_MAX_EXPANDED} are allowed")
    return expanded


def folded_pattern(pattern: str) -> str:
    """Fold the literals of a pattern and loosen its spaces; leave its syntax alone.

    Raises:
        PatternError: The pattern uses an escape that knows ASCII only.
    """
    folded: list[str] = []
    in_class = False
    for unit in UNIT.finditer(pattern):
        text = unit.group()
        if text in _ASCII_ONLY:
            raise PatternError(
                f"{text} knows ASCII letters only: write \\pL for a letter, and drop \\b (pieces end at words anyway)"
            )
        if unit.lastgroup == "escape" or (unit.lastgroup in ("group", "count") and not in_class):
            folded.append(text)
        elif unit.lastgroup == "spaces" and not in_class:
            folded.append(" *")
        else:
            folded.append("".join(map(_fold_literal, text)))
            in_class = text == "[" or (in_class and text != "]")
    return "".join(folded)


@lru_cache(maxsize=4096)
def _fold_literal(character: str) -> str:
    if character.isascii():
        return character.lower()
    return "".join(re.escape(part) for part in fold_for_matching(character))


def literal(text: str) -> str:
    """A pattern for a text as it stands, folded, spaces loose.

    Raises:
        PatternError: Nothing of the text is left once it is folded.
    """
    words = [re.escape("".join(map(fold_for_matching, word))) for word in text.split()]
    pattern = " *".join(word for word in words if word)
    if not pattern:
        raise PatternError(f"nothing of {text!r} is left once it is folded")
    return pattern


def alternatives(texts: tuple[str, ...]) -> str:
    """A pattern for any of several texts, the longest first, so that none hides another."""
    return "|".join(sorted({literal(text) for text in texts}, key=lambda p: (-len(p), p)))


def options(*, never_capture: bool) -> Any:
    """Options of RE2 that all patterns share: UTF-8, `.` and classes never match a line feed, no log."""
    import re2

    chosen = re2.Options()
    chosen.never_nl = True
    chosen.never_capture = never_capture
    chosen.log_errors = False
    chosen.max_mem = _MAX_MEMORY
    return chosen


@dataclass(frozen=True)
class Compiled:
    """A pattern ready to run on UTF-8 bytes.

    Attributes:
        source: The RE2 pattern, without the anchors of a whole line.
        group: Group number of `(?P<drop>...)`, 0 where the whole match is meant.
        whole_line: Whether it matches lines from end to end, spaces aside.
        engine: The compiled RE2 object.
    """

    source: str
    group: int
    whole_line: bool
    engine: Any

    def is_in(self, line: bytes) -> bool:
        """Whether it matches in a line; the whole line, where it is for whole lines."""
        return self.test(line) is not None

    @cached_property
    def clues(self) -> Clues:
        """What tells where it may match; worked out once, for all the sets of rules that it is a part of."""
        from saaf.clean.literals import clues_of

        return clues_of(self.source, whole_line=self.whole_line)

    @cached_property
    def test(self) -> Callable[[bytes], object]:
        """What :meth:`is_in` asks: a function of a line that returns None where the pattern does not match."""
        if not self.whole_line:
            return self.engine.search  # type: ignore[no-any-return]
        import re2

        # A set of one pattern tells whether it matches and not where, which takes half the time.
        one = re2.Set.FullMatchSet(options(never_capture=True))
        one.Add(_loose_ends(self.source))
        one.Compile()
        return one.Match  # type: ignore[no-any-return]


def _loose_ends(source: str) -> str:
    return f" *(?:{source}) *"


@lru_cache(maxsize=8192)
def compile_pattern(source: str, *, whole_line: bool = False) -> Compiled:
    """Compile a folded pattern; refuse what RE2 refuses, and what matches nothing at all.

    A process that loads the packs again, for its next run, finds them compiled, and their clues with them.

    Args:
        source: The pattern.
        whole_line: Whether it is to match lines from end to end, spaces aside.

    Raises:
        PatternError: RE2 refuses it, it matches the empty text, or it names a group that is not `drop`.
    """
    import re2

    try:
        engine = re2.compile(_loose_ends(source) if whole_line else source, options(never_capture="(?P<" not in source))
    except re2.error as error:
        reason = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
        raise PatternError(f"RE2 refuses the pattern: {reason}") from None
    groups = engine.groupindex
    if set(groups) - {"drop"}:
        raise PatternError("the only group that may bear a name is (?P<drop>...)")
    if engine.fullmatch("") is not None:
        raise PatternError("the pattern matches the empty text")
    return Compiled(source, groups.get("drop", 0), whole_line, engine)
