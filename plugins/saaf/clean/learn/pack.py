"""The proposal as a rule pack: YAML with the evidence, for a person to read, cut and approve."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from unicodedata import category

from xxhash import xxh3_64_hexdigest

from saaf.clean.examples import CLOSE, OPEN, check_examples
from saaf.clean.learn.choice import Learned
from saaf.clean.learn.pieces import MARKERS, Form, line_key_of
from saaf.clean.packs import APPROVED, LINE_LIMIT, PROPOSED, parse_pack
from saaf.clean.page import is_sentence
from saaf.clean.strict_yaml import MAX_BYTES
from saaf.errors import InvariantBroken
from saaf.text.fold import fold_for_matching

_BELOW = 3
"""Lines at the top of what is left of a page that are never removed: its title, its standfirst and its lead, which
may be teasers on other pages."""
_MAX_GROUP = 60
_ID_CHARS = 40
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
_LABEL_CHARS = 25
_AFTER_SENTENCE = r"""[۔؟!.][\x{22}\x{27}”’»)\] ]*"""


@dataclass(frozen=True)
class Written:
    """A pack as bytes.

    Attributes:
        content: The file.
        rules: How many rules it has.
        lines: How many lines, sentences and headlines they remove.
        cut: How many had no room in a pack.
    """

    content: bytes
    rules: int
    lines: int
    cut: int


def write_pack(lines: Sequence[Learned], name: str, *, approved_by: str | None = None, about: str) -> Written:
    """Write a pack; what it says was read back and its examples ran before it is returned.

    Args:
        lines: What to remove, by site.
        name: Second part of the pack's name: letters and digits of it are used.
        approved_by: Who approved it: the pack is called `learned.NAME` then, else `proposed.NAME`.
        about: What was read, in a sentence.

    Raises:
        ValueError: There is nothing to write.
        InvariantBroken: The pack that came out does not do what it says.
    """
    usable = [line for line in lines if _is_usable(line)]
    if not usable:
        raise ValueError("there are no lines to write")
    head = _head(name, approved_by, about)
    chosen = _fitting([_Written(group) for group in _groups(usable)], MAX_BYTES - len(head))
    broken = _broken(head, chosen)
    if broken:
        # Text can hold what no one thought of: such a line is left out, the others are not lost for it.
        chosen = [rule for rule in chosen if rule.id not in broken]
        if not chosen or _broken(head, chosen):
            raise InvariantBroken(
                "the learned rules do not do what their examples say", next_step="report this; it is a fault of Saaf"
            )
    kept = sum(len(rule.lines) for rule in chosen)
    return Written(_content(head, chosen), len(chosen), kept, len(lines) - kept)


class _Written:
    """A rule as it stands in the file."""

    def __init__(self, lines: Sequence[Learned]) -> None:
        self.lines = lines
        self.id = _id(lines)
        self.content = _rule(lines, self.id).encode()
        self.articles = max(map(_count, lines))


def _fitting(rules: Sequence[_Written], room: int) -> list[_Written]:
    """As many rules as have room, those of most articles first, in the order in which they came."""
    fitting: set[str] = set()
    for rule in sorted(rules, key=lambda rule: (-rule.articles, rule.id)):
        if len(rule.content) <= room:
            room -= len(rule.content)
            fitting.add(rule.id)
    return [rule for rule in rules if rule.id in fitting]


def _content(head: bytes, rules: Sequence[_Written]) -> bytes:
    return head + b"".join(rule.content for rule in rules)


def _broken(head: bytes, rules: Sequence[_Written]) -> set[str]:
    """Ids of the rules that do not keep their examples, once the file has been read back."""
    loaded = parse_pack(_content(head, rules), Path("learned.yaml"))
    return {problem.rule.removeprefix(f"{loaded.pack.pack}.") for problem in check_examples(loaded)}


def _is_usable(line: Learned) -> bool:
    """Whether the text can stand in a pack and would be found again."""
    text = _shown(line.text)
    if not text or OPEN in text or CLOSE in text or any(map(_is_surrogate, text)):
        return False
    return len(text) <= LINE_LIMIT and line_key_of(text) == line_key_of(line.text)


def _is_surrogate(character: str) -> bool:
    return "\ud800" <= character <= "\udfff"


def _shown(text: str) -> str:
    """A line as people can read it: without invisible characters, which matching does not see either."""
    return " ".join("".join(c for c in text if category(c) != "Cf").split())


def _groups(lines: Sequence[Learned]) -> Iterator[list[Learned]]:
    """Lines that the same pages have are one block and become one rule; inline pieces stand alone."""

    def block(line: Learned) -> tuple[object, ...]:
        return (line.site, line.form, line.is_at_head, _kind(line), line.samples)

    for _, group in groupby(sorted(lines, key=lambda line: (block(line), line.text)), block):
        together = list(group)
        step = _MAX_GROUP if together[0].form is Form.LINE else 1
        for start in range(0, len(together), step):
            yield together[start : start + step]


def _kind(line: Learned) -> str:
    if line.form is Form.LINE and len(_shown(line.text)) <= _LABEL_CHARS and not is_sentence(line.text.strip()):
        return "nav"
    return "related"


def _head(name: str, approved_by: str | None, about: str) -> bytes:
    slug = slug_of(name)
    state = head_proposed(slug) if approved_by is None else head_approved(slug, 1, approved_by)
    return f"{state}about: {_quoted(about)}\n\nrules:\n".encode()


def slug_of(name: str) -> str:
    """The second part of a pack's name: what of a name may stand there."""
    return _NOT_IN_NAMES.sub("-", name.lower()).strip("-")[:40].strip("-") or "lines"


def head_proposed(slug: str) -> str:
    """The first lines of a pack that nobody has approved."""
    note = "Proposed: nobody has approved it yet. Delete what belongs to articles, then: saaf rules approve PACK"
    return f"# {note}\npack: {PROPOSED}.{slug}\n"


def head_approved(slug: str, version: int, by: str, at: str | None = None) -> str:
    """The first lines of a pack that a person approved."""
    when = f"approved_at: {_quoted(at)}\n" if at else ""
    return f"# Learned, and approved.\npack: {APPROVED}.{slug}\nversion: {version}\napproved_by: {_quoted(by)}\n{when}"


def _id(group: Sequence[Learned]) -> str:
    said = "\n".join([group[0].site, group[0].form.name, *(line_key_of(line.text) for line in group)])
    return f"{group[0].form.name.lower()}-{xxh3_64_hexdigest(said.encode('utf-8', 'surrogatepass'))}"


def _rule(group: Sequence[Learned], rule_id: str) -> str:
    first = group[0]
    texts = [_shown(line.text) for line in group]
    parts = [
        f"  - id: {rule_id}",
        f"    kind: {_kind(first)}",
        f"    why: {_quoted(_why(group))}",
    ]
    if first.site:
        parts.append(f"    sites: [{_quoted(first.site)}]")
    parts.append(f"    evidence: {_evidence(group)}")
    parts += _line_rule(group, texts) if first.form is Form.LINE else _inline_rule(first, texts[0])
    return "\n".join(parts) + "\n"


def _line_rule(group: Sequence[Learned], texts: Sequence[str]) -> Iterator[str]:
    yield "    line:"
    yield "      exact:"
    for line, text in zip(group, texts, strict=True):
        yield f"        - {_quoted(text)}  # {_count(line)} articles"
    yield f"      where: {_where(group)}"
    yield f"      max_chars: {LINE_LIMIT}"
    yield "    examples:"
    yield f"      match: [{_quoted(_example(group, texts[0]))}]"
    yield f"      no_match: [{_quoted(f'{texts[0]} {texts[0]}')}]"


def _example(group: Sequence[Learned], text: str) -> str:
    return text if group[0].is_at_head else "\n".join(["۔۔", "۔۔۔", "۔۔۔۔", f"{OPEN}{text}{CLOSE}"])


def _inline_rule(line: Learned, text: str) -> Iterator[str]:
    before = _AFTER_SENTENCE if line.form is Form.SENTENCE else f"(?:{'|'.join(MARKERS)})[ :؛;،,–-]*"
    example = "۔" if line.form is Form.SENTENCE else MARKERS[0]
    yield "    inline:"
    yield f"      pattern: [{_quoted(f'{before}(?P<drop>{_escaped(text)})')}]"
    yield f"      max_chars: {2 * LINE_LIMIT}"
    yield "    examples:"
    yield f"      match: [{_quoted(f'{example} {OPEN}{text}{CLOSE}')}]"
    yield f"      no_match: [{_quoted(text)}]"


def _escaped(text: str) -> str:
    """A pattern for a text; no sign in it is syntax, neither RE2's nor a macro's, and what folding drops is left out."""
    return "".join(map(_escaped_sign, text))


def _escaped_sign(sign: str) -> str:
    folded = fold_for_matching(sign)
    if not folded or folded.isspace():
        return folded
    return sign if sign.isalnum() else "".join(f"\\x{{{ord(part):x}}}" for part in folded)


def _where(group: Sequence[Learned]) -> str:
    if group[0].is_at_head:
        return f"{{first: {max(line.evidence.farthest for line in group) + 1}}}"
    return f"{{below: {_BELOW}}}"


def _why(group: Sequence[Learned]) -> str:
    site = group[0].site[:80] or "the input"
    if len(group) > 1:
        return f"Lines that stand together and recur over distinct articles of {site}."
    return f"A {group[0].form.name.lower()} that recurs over distinct articles of {site}."


def _evidence(group: Sequence[Learned]) -> str:
    """The evidence as a mapping in one line, which is JSON too."""
    articles, total = max(map(_count, group)), max(line.site_articles for line in group)
    samples = [sample for sample in map(_shown_id, group[0].samples) if sample]
    said: dict[str, float | Sequence[str]] = {
        "articles": articles,
        "of": total,
        "share": articles / total,
        "samples": samples,
    }
    return ", ".join(f"{name}: {_quoted_values(value)}" for name, value in said.items()).join("{}")


def _quoted_values(value: float | Sequence[str]) -> str:
    if isinstance(value, float):
        return f"{value:.4f}"
    if isinstance(value, int):
        return str(value)
    return ", ".join(map(_quoted, value)).join("[]")


def _shown_id(sample: str) -> str:
    """An id as it may stand in a pack, which holds no surrogates."""
    return "".join("\N{REPLACEMENT CHARACTER}" if _is_surrogate(c) else c for c in sample)[:_ID_CHARS]


def _count(line: Learned) -> int:
    return line.evidence.articles or line.evidence.head


def _quoted(text: str) -> str:
    """A text as a YAML scalar in double quotes, whatever is in it; what cannot be seen is spelled out."""
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in quoted)
