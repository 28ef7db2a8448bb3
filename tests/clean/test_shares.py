"""How much of a site each rule removes, against a count that is as plain as can be."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saaf.clean.shares import RuleShares
from saaf.tables import SILVER

RULES = ["ur.date", "ur.share", "learned.everything"]
SITES = [None, "a.example", "b.example"]

documents = st.lists(
    st.tuples(
        st.sampled_from(SITES),
        st.integers(0, 50),
        st.lists(st.tuples(st.sampled_from(RULES), st.integers(1, 20)), max_size=4),
    ),
    max_size=12,
)


def silver(rows):
    """Silver rows of a site, kept characters, and (rule, characters) of what was removed."""
    found = []
    for number, (site, kept, removed) in enumerate(rows):
        spans, position = [], 0
        for rule, length in removed:
            spans.append({"start": position, "end": position + length, "rule": rule, "kind": "x"})
            position += length + 1
        found.append({"doc_id": f"{number:032x}", "site": site, "n_chars": kept, "removed": spans})
    return SILVER.batch(found)


def counted(*batches):
    shares = RuleShares()
    for batch in batches:
        shares.add(batch)
    return shares


@settings(deadline=None)  # the first batch loads Arrow's kernels
@given(documents, st.integers(0, 12))
def test_shares_are_what_counting_one_by_one_gives(rows, cut):
    shares = counted(silver(rows[:cut]), silver(rows[cut:]))
    seen, taken = Counter(), Counter()
    for site, kept, removed in rows:
        seen[site] += kept + sum(length for _, length in removed)
        for rule, length in removed:
            taken[site, rule] += length
    assert shares.characters == sum(seen.values())
    assert shares.removed == sum(taken.values())
    by_site = {(share.site, share.rule): share for share in shares.by_site()}
    assert set(by_site) == {(site, rule) for site, rule in taken if site is not None}
    for key, share in by_site.items():
        assert (share.removed, share.characters) == (taken[key], seen[key[0]])
        assert share.documents == sum(site == key[0] for site, _, _ in rows)
    assert {s.rule: s.removed for s in shares.by_rule()} == {
        rule: sum(n for (_, r), n in taken.items() if r == rule) for _, rule in taken
    }


def test_a_rule_that_matches_everything_is_named_with_its_site():
    pages = [("a.example", 10, [("ur.date", 5), ("learned.everything", 85)])] * 20
    others = [("b.example", 95, [("ur.date", 5)])] * 200
    [over] = counted(silver(pages + others)).over(0.2, min_documents=20)
    assert (over.rule, over.site, over.share, over.documents) == ("learned.everything", "a.example", 0.85, 20)


def test_where_no_page_has_a_site_all_are_judged_together():
    [over] = counted(silver([(None, 50, [("ur.share", 50)])] * 20)).over(0.2, min_documents=20)
    assert (over.rule, over.site, over.place) == ("ur.share", None, "all sites together")


@pytest.mark.parametrize(("documents", "limit"), [(19, 0.2), (20, 0.5)])
def test_few_pages_and_the_limit_itself_are_let_pass(documents, limit):
    shares = counted(silver([("a.example", 50, [("ur.share", 50)])] * documents))
    assert shares.over(limit, min_documents=20) == []


@pytest.mark.parametrize(
    ("approved", "left"),
    [
        (["ur.share"], []),
        (["ur.share a.example"], ["b.example", None]),
        (["ur.share c.example"], ["a.example", "b.example", None]),
    ],
)
def test_a_rule_is_approved_everywhere_or_for_one_site(approved, left):
    pages = [(site, 50, [("ur.share", 50)]) for site in ("a.example", "b.example") for _ in range(20)]
    assert sorted(
        [o.site for o in counted(silver(pages)).over(0.2, min_documents=20, approved=approved)], key=str
    ) == sorted(left, key=str)
