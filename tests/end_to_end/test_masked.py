"""Personal numbers that a run masks are not shown by its report or by ``saaf explain`` either."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from generated import article
from saaf.clean.pii import blot, find_pii
from saaf.report.explain import explain

PHONE, ADDRESS, CARD = "0300-1234567", "info@example.org", "42101-1234567-1"


def test_neither_the_report_nor_an_explanation_shows_what_was_masked(corpus):
    body = article(random.Random(1))
    text = f"مزید پڑھیں\n{body}\nرابطے کے لیے {PHONE} اور {ADDRESS} لکھیں۔ شناختی کارڈ {CARD} ساتھ لائیں۔\n{body}"
    clean = corpus.config.clean.model_copy(update={"mask_pii": True})
    masked = corpus.with_settings(clean=clean)
    masked.texts(a_txt=text, b_txt=text)  # the copy is shown beside what it is a copy of
    outcome = masked.run()
    shown = [outcome.report_path.read_text("utf-8"), outcome.report_path.with_suffix(".json").read_text("utf-8")]
    doc_id = masked.rows("gold")[0]["doc_id"]
    tables = ("bronze", "silver", "rejected", "duplicates", "gold")
    explained = explain(doc_id, **{name: masked.lake.read(name, doc_ids={doc_id}) for name in tables})
    shown.append(explained.model_dump_json())
    assert all("pii.phone" in page for page in shown)
    for page in shown:
        assert not [secret for secret in (PHONE, ADDRESS, CARD) if secret in page]
    assert {span.rule for _, span in explained.segments() if span} >= {"pii.phone", "pii.email", "pii.cnic"}


@given(
    st.lists(st.sampled_from([PHONE, ADDRESS, CARD, "خبر", " ", "\n", "12", "۰۳۰۰۱۲۳۴۵۶۷"]), max_size=12).map("".join)
)
def test_blotting_changes_what_is_personal_and_no_offset(text):
    spans = find_pii(text)
    expected = list(text)
    for span in spans:
        expected[span.start : span.end] = "•" * (span.end - span.start)
    assert blot(text) == "".join(expected)
