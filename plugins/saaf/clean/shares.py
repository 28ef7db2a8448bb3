"""How much of a site's text each rule removes: a rule that matches everything is found by its share.

Lines that a rule should remove are a small part of any site. One that takes a large part of all that
a site's pages hold was written, or learned, wrongly, however few characters it takes of each page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

COLUMNS = ("site", "n_chars", "removed")
"""The columns of silver that are looked at."""
SITE_CHARACTERS = 200
"""Characters of a site's name that count: input may give anything for one."""


@dataclass(frozen=True)
class RuleShare:
    """What one rule took of one site, or of all sites together.

    Attributes:
        rule: Id of the rule.
        site: The site; None for all sites, those without a name among them.
        removed: Characters that the rule removed there.
        characters: Characters that cleaning saw there: what it kept and what all rules removed.
        documents: Documents of the site.
    """

    rule: str
    site: str | None
    removed: int
    characters: int
    documents: int

    @property
    def share(self) -> float:
        """Removed characters of all, 0 to 1."""
        return self.removed / self.characters

    @property
    def place(self) -> str:
        """The site, for people."""
        return self.site if self.site is not None else "all sites together"


class RuleShares:
    """Counts over batches of silver, in any order; memory grows with sites and rules, not with documents."""

    def __init__(self) -> None:
        self.documents: Counter[str | None] = Counter()
        """Documents by site; None for those whose site is not known."""
        self._kept: Counter[str | None] = Counter()
        self._removed: Counter[tuple[str | None, str]] = Counter()

    def add(self, silver: pa.RecordBatch) -> None:
        """Count a batch in.

        Args:
            silver: Rows with at least ``COLUMNS``: all that were cleaned, whether they go on or not.
        """
        site = pc.utf8_slice_codeunits(silver.column("site"), 0, SITE_CHARACTERS)
        removed = silver.column("removed")
        texts = pa.table({"site": site, "n_chars": silver.column("n_chars")})
        for row in texts.group_by("site").aggregate([("n_chars", "sum"), ([], "count_all")]).to_pylist():
            self._kept[row["site"]] += row["n_chars_sum"]
            self.documents[row["site"]] += row["count_all"]
        spans = pc.list_flatten(removed)
        lengths = pc.subtract(pc.struct_field(spans, "end"), pc.struct_field(spans, "start"))
        of_spans = pa.table(
            {
                "site": site.take(pc.list_parent_indices(removed)),
                "rule": pc.struct_field(spans, "rule"),
                "n_chars": lengths,
            }
        )
        for row in of_spans.group_by(["site", "rule"]).aggregate([("n_chars", "sum")]).to_pylist():
            self._removed[row["site"], row["rule"]] += row["n_chars_sum"]

    @property
    def characters(self) -> int:
        """All characters that cleaning saw."""
        return self._kept.total() + self.removed

    @property
    def removed(self) -> int:
        """All characters that it removed."""
        return self._removed.total()

    def by_rule(self) -> Iterator[RuleShare]:
        """What each rule took of all sites together, in the order of the rules' ids."""
        rules: Counter[str] = Counter()
        for (_, rule), removed in self._removed.items():
            rules[rule] += removed
        for rule, removed in sorted(rules.items()):
            yield RuleShare(rule, None, removed, self.characters, self.documents.total())

    def by_site(self) -> Iterator[RuleShare]:
        """What each rule took of each site whose name is known, in the order of sites and rules."""
        all_removed: Counter[str | None] = Counter()
        for (site, _), removed in self._removed.items():
            all_removed[site] += removed
        named = ((site, rule, removed) for (site, rule), removed in self._removed.items() if site is not None)
        for site, rule, removed in sorted(named):
            yield RuleShare(rule, site, removed, self._kept[site] + all_removed[site], self.documents[site])

    def over(self, limit: float, *, min_documents: int, approved: Collection[str] = ()) -> list[RuleShare]:
        """The rules that take more than they may, the largest share first.

        Args:
            limit: Share of a site's characters that one rule may remove.
            min_documents: Sites with fewer documents are not judged: the share of a few pages says little.
            approved: Rules that may remove more: ids, or ``ID SITE`` for one site alone.
        """
        found = [
            share
            for share in (*self.by_site(), *self.by_rule())
            if share.documents >= min_documents and share.share > limit and not is_approved(share, approved)
        ]
        return sorted(found, key=lambda share: (-share.share, share.rule, share.place))


def is_approved(share: RuleShare, approved: Collection[str]) -> bool:
    """Whether a list of approved rules, or rules and sites, names this one."""
    return share.rule in approved or f"{share.rule} {share.site}" in approved
