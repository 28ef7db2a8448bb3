"""Rule packs: what a YAML file of rules may say, and reading it.

The models here are the pack format; ``include/rules/schema.json`` is generated from them, and ``docs/rules.md``
teaches it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from glob import glob
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from saaf.clean import strict_yaml
from saaf.clean.patterns import PatternError, alternatives, expand, folded_pattern
from saaf.errors import RuleError

Kind = Literal[
    "date",
    "read_more",
    "image_name",
    "photo_credit",
    "caption",
    "video_label",
    "share",
    "nav",
    "related",
    "promo",
    "legal",
    "cms_label",
    "comments",
    "separator",
    "author_initial",
    "byline_avatar",
    "title_dup",
    "embed",
    "tags",
    "crawler_meta",
    "fragment",
    "continued",
    "agency_credit",
    "mojibake",
]
"""What a removed piece of a page was. The names are stable: silver tables of past years hold them."""

KINDS: tuple[str, ...] = get_args(Kind)
PROPOSED, APPROVED = "proposed", "learned"
"""First part of the name of a learned pack that no person has approved, and of one that was."""
LINE_LIMIT = 400
"""Characters of the longest line that a line rule may look at."""

RuleId = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Words = tuple[Annotated[str, Field(min_length=1, max_length=2000)], ...]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
MacroName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


class Lines(_Part):
    """Which lines: any that one of these tests holds for."""

    exact: Words = ()
    """The whole line; spaces, marks, spelling variants and punctuation at either end do not matter. `{name}` alone stands for
    all words of a list in `let`."""
    starts: Words = ()
    """How the line starts; a whole word."""
    ends: Words = ()
    """How the line ends; a whole word."""
    pattern: Words = ()
    """RE2 patterns that match the whole line."""
    max_chars: int = Field(default=200, ge=1, le=LINE_LIMIT)
    """A longer line is left alone."""

    @model_validator(mode="after")
    def _some_test(self) -> Lines:
        if not (self.exact or self.starts or self.ends or self.pattern):
            raise ValueError("needs one of exact, starts, ends and pattern")
        return self


class Where(_Part):
    """Where a line must stand, counted in lines that are not blank."""

    first: int | None = Field(default=None, ge=1)
    """Among the first so many, or above the page's first long sentence: menus may push the title down."""
    last: int | None = Field(default=None, ge=1)
    """Among the last so many, or below the page's last long sentence."""
    below: int | None = Field(default=None, ge=1)
    """Below so many lines that no rule before it removes: never a page's own title and lead."""

    @model_validator(mode="after")
    def _one(self) -> Where:
        if self.first is None and self.last is None and self.below is None:
            raise ValueError("needs first or last, or both (either will do), or below")
        return self


RELATION_LINES = 12
"""Lines at the top of a page that relations are looked for among; more where the page has a longer head."""
Relation = Literal[
    "ends_with_next_line",
    "starts_with_next_line",
    "starts_with_later_line",
    "repeats_first_line",
    "begins_later_line",
]


class LineRule(Lines):
    """Removes whole lines."""

    where: Where | None = None
    """Only here; everywhere if left out."""
    relation: Relation | None = None
    """Only if the line ends with the text of the next one (a breadcrumb before a title) or starts with it (a title with the
    site's name before the title alone) or with a long one further below, or repeats the first line that no other rule
    removed, or ends with dots and is how a line below it at the top begins. Under a menu the last copy of a line is the
    title: there, `repeats_first_line` is true of the copies before. Asked after other line rules."""
    before_blank: bool = False
    """Only if a blank line follows, or none."""
    no_sentence: bool = False
    """Only if the line does not end as a sentence does: a credit has no full stop, a text that lost its line breaks has one."""

    @model_validator(mode="after")
    def _at_the_top(self) -> LineRule:
        if self.relation and (self.where is None or self.where.first is None or self.where.first > RELATION_LINES):
            raise ValueError(f"a relation needs `where: {{first: N}}`, with {RELATION_LINES} at most")
        return self


class InlineRule(_Part):
    """Removes a piece of a line, or of several."""

    text: Words = ()
    """Phrases as they stand; spaces, marks and spelling variants do not matter."""
    pattern: Words = ()
    """RE2 patterns; with a group `(?P<drop>...)` only that group is removed."""
    through: Words = ()
    """RE2 patterns: what matches goes on through the first of these, in the same line; with a group `(?P<drop>...)` through that."""
    up_to: Words = ()
    """RE2 patterns: what matches goes on up to the first of these, in the same line. If neither comes, nothing is removed."""
    unless: Words = ()
    """RE2 patterns: a piece in which one of these is found is left alone."""
    through_copy: bool = False
    """Whether what matches goes on through the words behind it where the same words follow: the title, in the trail and above the text."""
    where: Where | None = None
    """Only in these lines; everywhere if left out."""
    line_chars: int | None = Field(default=None, ge=1, le=1_000_000)
    """Only in lines of so many characters at most; in any if left out."""
    beside: bool = False
    """Only a piece that touches what other rules remove in its line; blanks, bars, dots and commas may stand between."""
    inside_words: bool = False
    """Whether the piece may begin or end in the middle of a word."""
    max_chars: int = Field(default=400, ge=1, le=1_000_000)
    """A longer match is left alone."""

    @model_validator(mode="after")
    def _some_test(self) -> InlineRule:
        if not (self.text or self.pattern):
            raise ValueError("needs one of text and pattern")
        return self


class AfterRule(_Part):
    """Removes a marker line and the lines after it, up to the first that is a sentence."""

    marker: Lines
    """The line that announces what follows."""
    where: Where | None = None
    """Only after a marker that stands here; anywhere if left out."""
    keep_marker: bool = False
    """Whether the marker itself stays."""
    lines: int = Field(ge=1, le=50)
    """So many lines after the marker at most, blank ones aside."""
    max_chars: int = Field(default=160, ge=1, le=LINE_LIMIT)
    """A longer line ends it."""
    until_sentence: bool = True
    """Whether a line that ends as a sentence does (۔ or a full stop) ends it."""
    only: Words = ()
    """RE2 patterns of whole lines: a line that none of them matches ends it."""
    blank_ends: bool = False
    """Whether a blank line ends it, once a line was taken."""


class BetweenRule(_Part):
    """Removes everything from a start line to an end line, both included."""

    start: Lines
    """The first line."""
    end: Lines
    """The last line."""
    lines: int = Field(ge=1, le=200)
    """If the end is not within so many lines, blank ones aside, nothing is removed."""


class MenuRule(_Part):
    """Removes a column of words of a menu, each alone on a line, with the short lines between them."""

    words: Lines
    """Lines that are such a word."""
    least: int = Field(ge=3, le=20)
    """So many different ones must stand together."""
    gap: int = Field(default=1, ge=0, le=5)
    """So many other lines between two of them at most; they go too."""
    max_chars: int = Field(default=24, ge=1, le=LINE_LIMIT)
    """A longer line between two of them, or one that ends as a sentence does, ends the menu, unless another rule removes it."""


class RunRule(_Part):
    """Removes the few short lines that stand between removed ones: the unmarked rest of a menu."""

    kinds: tuple[Kind, ...] = Field(min_length=1)
    """Kinds of the removed lines on both sides."""
    gap: int = Field(ge=1, le=40)
    """So many unmarked lines in a row at most."""
    only: Words = ()
    """RE2 patterns, one of which matches each of these lines whole; left out, any line."""
    foot: bool = False
    """Only below the last long sentence of the page."""
    max_chars: int = Field(default=60, ge=1, le=LINE_LIMIT)
    """A longer line, or one that ends as a sentence does, stays, and its neighbours with it."""


class PageRule(_Part):
    """Removes a whole page that is no article."""

    title: Words = ()
    """RE2 patterns, one of which matches one of the first three lines whole."""
    signs: Words = ()
    """RE2 patterns to find anywhere in the page."""
    least: int = Field(default=1, ge=1)
    """So many different signs must be found, where there are signs."""
    fewer_words_left: int | None = Field(default=None, ge=1)
    """Only where the other rules left fewer words than this, and removed more than they left."""
    max_chars: int = Field(default=20_000, ge=1)
    """A longer page is left alone."""

    @model_validator(mode="after")
    def _some_test(self) -> PageRule:
        if not (self.title or self.signs or self.fewer_words_left):
            raise ValueError("needs one of title, signs and fewer_words_left")
        return self


class Examples(_Part):
    """Texts that show what a rule does; they run as its tests, of one with `beside` together with the other rules of its pack."""

    match: Words = Field(min_length=1)
    """Texts in which the rule removes something: what stands in ⟦ ⟧, or all of it where there are none."""
    no_match: Words = Field(min_length=1)
    """Texts in which it removes nothing."""


class RuleEvidence(_Part):
    """What a learned rule rests on."""

    articles: int = Field(ge=1)
    """Distinct articles of the site that have it; of several lines, the one that most have."""
    of: int = Field(ge=1)
    """Distinct articles of the site that were read."""
    share: float = Field(ge=0, le=1)
    """The one as a share of the other."""
    samples: Words = Field(max_length=3)
    """Ids of three pages that have it."""


class Rule(_Part):
    """One rule: what it removes, why, and examples of both sides."""

    id: RuleId
    """Name within the pack: small letters, digits and hyphens. Tables show it as `pack.id`."""
    kind: Kind
    """What the removed text was."""
    why: str = Field(min_length=10, max_length=400)
    """One sentence for the person who meets the removal later."""
    languages: tuple[Language, ...] | None = None
    """ISO 639 codes of documents that it is for; the pack's if left out, all if empty."""
    sites: Words | None = None
    """Hosts that it is for, subdomains included; the pack's if left out, all if empty."""
    line: LineRule | None = None
    """Removes whole lines."""
    inline: InlineRule | None = None
    """Removes pieces of lines."""
    after: AfterRule | None = None
    """Removes a marker line and what follows it."""
    between: BetweenRule | None = None
    """Removes all from a start line to an end line."""
    menu: MenuRule | None = None
    """Removes a column of words of a menu."""
    run: RunRule | None = None
    """Removes unmarked lines between removed ones."""
    page: PageRule | None = None
    """Removes the whole page."""
    evidence: RuleEvidence | None = None
    """What a learned rule rests on; nothing that a rule does depends on it."""
    examples: Examples | None = None
    """Examples; needed by every rule but `run` and `page` rules with `fewer_words_left`, which work on other rules' removals."""

    @model_validator(mode="after")
    def _one_action(self) -> Rule:
        actions = [
            name for name in ("line", "inline", "after", "between", "menu", "run", "page") if getattr(self, name)
        ]
        if len(actions) != 1:
            found = ", ".join(actions) or "none"
            raise ValueError(f"needs exactly one of line, inline, after, between, menu, run and page; found {found}")
        if self.examples is None and not (self.run or (self.page and self.page.fewer_words_left)):
            raise ValueError("needs examples")
        return self


class Pack(_Part):
    """A file of rules."""

    pack: Annotated[str, Field(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$", max_length=60)]
    """Name of the pack: the first part of its rules' names."""
    about: str = Field(min_length=10, max_length=1000)
    """What the pack is for, in a sentence or two."""
    version: int | None = Field(default=None, ge=1)
    """How often a pack of this name has been adopted; learned packs have one once a person approved them."""
    approved_by: str | None = Field(default=None, min_length=1, max_length=200)
    """Who approved a learned pack."""
    approved_at: str | None = Field(default=None, min_length=1, max_length=40)
    """When, in ISO form."""
    languages: tuple[Language, ...] = ()
    """ISO 639 codes of documents that the rules are for; all if empty."""
    sites: Words = ()
    """Hosts that the rules are for, subdomains included; all if empty."""
    let: dict[MacroName, str | Words] = Field(default_factory=dict)
    """Macros: `{name}` in a pattern stands for a pattern, or for any word of a list."""
    rules: tuple[Rule, ...] = Field(min_length=1)
    """The rules. Where two want the same line, the first one gets it."""

    @model_validator(mode="after")
    def _learned_is_approved(self) -> Pack:
        if self.pack.startswith(f"{APPROVED}.") and self.approved_by is None:
            raise ValueError(
                f"a pack whose name begins with `{APPROVED}.` needs approved_by: saaf rules approve writes it"
            )
        if self.is_proposed and self.approved_by is not None:
            raise ValueError(f"the name begins with `{PROPOSED}.`, and yet somebody approved it")
        return self

    @property
    def is_proposed(self) -> bool:
        """Whether it was learned and no person has approved it."""
        return self.pack.startswith(f"{PROPOSED}.")


@dataclass(frozen=True)
class LoadedPack:
    """A pack and the file it came from.

    Attributes:
        pack: What the file says.
        file: The file.
        macros: The pack's macros as patterns, folded.
        source: Lines of the file's parts, for error messages.
    """

    pack: Pack
    file: Path
    macros: dict[str, str]
    source: strict_yaml.Loaded

    def name(self, rule: Rule) -> str:
        """The rule's name as tables show it."""
        return f"{self.pack.pack}.{rule.id}"

    def place(self, rule_number: int, *path: str | int) -> str:
        """File and line of a rule or a part of it."""
        return f"{self.file}:{self.source.line(('rules', rule_number, *path))}"


def load_pack(file: Path) -> LoadedPack:
    """Read one pack and check all of it that can be checked without compiling its patterns.

    Raises:
        RuleError: The file cannot be read, is not plain YAML, or says something that the format does not know.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise RuleError(
            f"the rule pack cannot be read: {error.strerror}",
            where=str(file),
            next_step="name an existing pack under `clean: packs:`, or with --rules",
        ) from None
    return parse_pack(content, file)


@lru_cache(maxsize=64)
def parse_pack(content: bytes, file: Path) -> LoadedPack:
    """Read a pack from its bytes; ``file`` is for messages. The same bytes are read once, which takes half a second.

    Raises:
        RuleError: As :func:`load_pack`.
    """
    try:
        loaded = strict_yaml.load(content)
    except strict_yaml.YamlRefused as error:
        raise refusal(str(error), f"{file}:{error.line}") from None
    try:
        pack = Pack.model_validate(loaded.data)
    except ValidationError as error:
        raise _first_offence(error, loaded, file) from None
    _refuse_twins(pack, loaded, file)
    return LoadedPack(pack, file, _macros(pack, loaded, file), loaded)


def refusal(reason: str, where: str) -> RuleError:
    """The error for a pack that is refused."""
    return RuleError(
        f"the rule pack is refused: {reason}",
        where=where,
        next_step="mend the line; docs/rules.md describes the format",
    )


def refuse_proposal(loaded: LoadedPack) -> None:
    """Refuse a learned pack that nobody has approved.

    Raises:
        RuleError: It is one.
    """
    if loaded.pack.is_proposed:
        raise RuleError(
            f"the rule pack {loaded.pack.pack!r} is a proposal: nobody has approved it",
            where=str(loaded.file),
            next_step=f"read it and run `saaf rules approve {loaded.file}`; to try it first: saaf clean INPUT --rules PACK",
        )


def _first_offence(error: ValidationError, loaded: strict_yaml.Loaded, file: Path) -> RuleError:
    errors = error.errors()
    # A part that is wrong makes the parts around it wrong: only the innermost are told.
    inner = [e for e in errors if not any(_is_around(e["loc"], other["loc"]) for other in errors)]
    offences = [(loaded.line(e["loc"]), ".".join(map(str, e["loc"])), e["msg"], e["input"]) for e in inner]
    line, path, message, found = min(offences, key=lambda o: o[:3])
    shown = f", found {found!r}" if isinstance(found, str | int | float) and len(str(found)) <= 60 else ""
    more = f" (and {len(offences) - 1} more)" if len(offences) > 1 else ""
    return refusal(f"{path or 'the file'}: {message.removeprefix('Value error, ')}{shown}{more}", f"{file}:{line}")


def _is_around(outer: strict_yaml.Path, inner: strict_yaml.Path) -> bool:
    return len(outer) < len(inner) and inner[: len(outer)] == outer


def _refuse_twins(pack: Pack, loaded: strict_yaml.Loaded, file: Path) -> None:
    seen: set[str] = set()
    for number, rule in enumerate(pack.rules):
        if rule.id in seen:
            raise refusal(f"two rules are called {rule.id!r}", f"{file}:{loaded.line(('rules', number, 'id'))}")
        seen.add(rule.id)


def _macros(pack: Pack, loaded: strict_yaml.Loaded, file: Path) -> dict[str, str]:
    macros: dict[str, str] = {}
    for name, value in pack.let.items():
        try:
            # A macro may use those above it, so no chain of them can grow without end.
            # It is folded here, once, and not in each pattern that it stands in.
            macros[name] = expand(folded_pattern(value), macros) if isinstance(value, str) else alternatives(value)
        except PatternError as error:
            raise refusal(str(error), f"{file}:{loaded.line(('let', name))}") from None
    return macros


def find_packs(packs: Sequence[str], root: Path) -> tuple[Path, ...]:
    """The files that a configuration's `packs` name, in its order, those of one glob by name.

    Args:
        packs: Paths or globs below ``root / "include/rules"``, or absolute ones.
        root: The project's root.

    Raises:
        RuleError: A path without wildcard that no file has.
    """
    files: dict[Path, None] = {}
    folder = root / "include" / "rules"
    for entry in packs:
        wild = any(sign in entry for sign in "*?[")
        found = sorted(map(Path, glob(str(folder / entry), recursive=True))) if wild else [folder / entry]  # noqa: PTH207 - entries may be absolute
        if not wild and not found[0].is_file():
            raise RuleError(
                f"there is no rule pack {entry!r}",
                where=str(found[0]),
                next_step="correct `clean: packs:` in the configuration",
            )
        files.update(dict.fromkeys(found))
    return tuple(files)


def json_schema() -> str:
    """The JSON Schema of a pack, as ``include/rules/schema.json`` holds it."""
    schema = Pack.model_json_schema()
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Saaf rule pack"} | schema
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def every_text(part: Any) -> Iterator[str]:
    """All texts within a part of a pack: for tests that look at the whole of it."""
    if isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from every_text(getattr(part, name))
    elif isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        for value in part.values():
            yield from every_text(value)
    elif isinstance(part, tuple):
        for value in part:
            yield from every_text(value)
