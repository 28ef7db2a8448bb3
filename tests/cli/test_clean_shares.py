"""``saaf clean`` names a rule that takes too much of a site."""

from __future__ import annotations

import json

PACK = """\
pack: wide
about: A rule that is far too wide.
rules:
  - id: eats-stories
    kind: share
    why: To see it found.
    line:
      pattern: ['.*شہر.*']
    examples:
      match: ['یہ شہر ہے']
      no_match: ['یہ گاؤں ہے']
"""


def test_a_rule_that_matches_everything_is_named_with_its_site_and_share(saaf, tmp_path):
    rows = [
        {
            "doc_id": str(n),
            "site": "example.org",
            "text": f"شہر کی خبر نمبر {n} یہ ہے۔\nشہر میں آج بارش ہوئی۔\nگاؤں میں نہیں۔",
        }
        for n in range(20)
    ]
    given = tmp_path / "given.jsonl"
    given.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    pack = tmp_path / "wide.yaml"
    pack.write_text(PACK, "utf-8")
    spans = tmp_path / "spans.jsonl"
    wide = saaf("clean", given, "--rules", pack, "--spans", spans)
    assert wide.code == 0
    assert "wide.eats-stories" in wide.err
    assert "example.org (20 documents)" in wide.err
    usual = saaf("clean", given, "--spans", spans)
    assert "may match too much" not in usual.err
