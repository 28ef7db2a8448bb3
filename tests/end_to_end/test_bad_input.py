"""Bad input is normal input: each case says what, where and what to do, and costs nothing else."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys

import pytest

from saaf.config import CorpusConfig
from saaf.errors import InputError, RuleError, SuiteError
from saaf.reasons import Reason
from shared import ROOT

GOOD = (
    "وزیر تعلیم نے پیر کے روز شہر کے نئے کتب خانے کا افتتاح کیا اور کہا کہ یہ طلبہ کے لیے بہت مفید ثابت ہو گا۔\n"
    "تقریب میں اساتذہ، طلبہ اور شہریوں کی بڑی تعداد نے شرکت کی اور کتب خانے کے قیام پر خوشی کا اظہار کیا۔"
)
OTHER = (
    "محکمہ موسمیات کے مطابق آئندہ دو روز کے دوران شمالی علاقوں میں تیز ہواؤں کے ساتھ بارش کا امکان ہے۔\n"
    "کسانوں کو مشورہ دیا گیا ہے کہ وہ فصلوں کی کٹائی میں احتیاط کریں اور نکاسی آب کا انتظام رکھیں۔"
)


def ledger(corpus) -> dict[str, dict]:
    return {row["uri"].removeprefix("input/"): row for row in corpus.rows("ledger")}


def gold_uris(corpus) -> list[str]:
    return sorted(row["uri"].removeprefix("input/") for row in corpus.rows("gold"))


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.txt", b"", Reason.EMPTY_OBJECT),
        ("picture.txt", bytes(range(256)) * 64, Reason.BINARY),
        ("zeros.txt", b"\0" * 4096, Reason.BINARY),
        ("cut.txt.gz", gzip.compress(GOOD.encode(), mtime=0)[:-12], Reason.TRUNCATED),
        ("not-gzip.txt.gz", GOOD.encode(), Reason.MALFORMED_OBJECT),
        ("not-parquet.parquet", GOOD.encode(), Reason.MALFORMED_OBJECT),
    ],
)
def test_a_file_that_cannot_be_read_is_noted_and_costs_no_other(corpus, name, content, code):
    (corpus.inputs / name).write_bytes(content)
    corpus.texts(good_txt=GOOD)
    corpus.run()
    assert gold_uris(corpus) == ["good.txt"]
    row = ledger(corpus)[name]
    assert (row["status"], row["error"]) == ("error", code)
    assert row["message"]
    assert ledger(corpus)["good.txt"]["status"] == "read"


def test_a_folder_of_unreadable_files_only_is_noted_once(corpus):
    (corpus.inputs / "empty.txt").write_bytes(b"")
    assert not corpus.run().nothing_new
    assert corpus.rows("gold") == []
    assert ledger(corpus)["empty.txt"]["error"] == Reason.EMPTY_OBJECT
    assert corpus.run(run_id="second").nothing_new


def test_a_file_of_white_space_is_a_document_without_text(corpus):
    corpus.texts(blank_txt=" \n\t\n ", good_txt=GOOD)
    corpus.run()
    assert gold_uris(corpus) == ["good.txt"]
    [row] = corpus.rows("rejected")
    assert (row["uri"], row["stage"], row["reason"]) == ("input/blank.txt", "clean", Reason.EMPTY)


def test_a_folder_that_does_not_exist(corpus):
    corpus.inputs.rmdir()
    with pytest.raises(InputError) as caught:
        corpus.run()
    assert str(corpus.inputs) in str(caught.value)


def test_a_file_without_read_permission(corpus):
    secret = corpus.inputs / "secret.txt"
    secret.write_text(GOOD, "utf-8")
    corpus.texts(good_txt=OTHER)
    secret.chmod(0)
    if os.getuid() == 0:
        os.chown(secret, 65534, 65534)
        _run_without_the_superuser_s_right_to_read_all(corpus)
    else:
        corpus.run()
    assert gold_uris(corpus) == ["good.txt"]
    assert ledger(corpus)["secret.txt"]["error"] == Reason.NO_PERMISSION


def _run_without_the_superuser_s_right_to_read_all(corpus) -> None:
    code = (
        "import sys; from pathlib import Path; from datetime import datetime, UTC\n"
        "from saaf.config import CorpusConfig; from saaf.pipeline import run\n"
        "config = CorpusConfig.model_validate_json(sys.stdin.read())\n"
        "run(config, source='input', root=Path(sys.argv[1]), run_id='first', started_at=datetime.now(UTC))\n"
    )
    subprocess.run(
        ["setpriv", "--bounding-set=-dac_override,-dac_read_search", sys.executable, "-c", code, str(ROOT)],
        input=corpus.config.model_dump_json(by_alias=True),
        text=True,
        check=True,
        timeout=240,
    )


def test_fifty_megabytes_on_one_line(corpus):
    sentence = "یہ ایک بہت لمبی سطر ہے جس میں کوئی وقفہ نہیں آتا اور یہ چلتی رہتی ہے "
    corpus.texts(long_txt=sentence * (50_000_000 // len(sentence.encode())), good_txt=GOOD)
    corpus.run()
    assert "good.txt" in gold_uris(corpus)
    accounted = gold_uris(corpus) + [row["uri"].removeprefix("input/") for row in corpus.rows("rejected")]
    assert sorted(accounted) == ["good.txt", "long.txt"]


def test_nul_bytes_do_not_reach_gold(corpus):
    corpus.texts(nul_txt=GOOD.replace("طلبہ", "طلبہ\0", 1))
    corpus.run()
    [row] = corpus.rows("gold")
    assert "\0" not in row["text"]
    assert row["text"] == GOOD


def test_a_lone_surrogate_costs_no_other_document(corpus):
    lines = [
        json.dumps({"doc_id": "a", "text": GOOD}),
        '{"doc_id": "b", "text": "\\ud800 ' + OTHER.replace("\n", " ") + '"}',
    ]
    (corpus.inputs / "lines.jsonl").write_text("\n".join(lines), "utf-8")
    corpus.run()
    accounted = {row["given_id"] for row in corpus.rows("bronze")}
    assert accounted == {"a", "b"}
    assert GOOD in {row["text"] for row in corpus.rows("gold")}


def test_names_with_spaces_and_urdu_and_the_same_name_twice(corpus):
    for folder, text in {"پہلا فولڈر": GOOD, "second folder": OTHER}.items():
        (corpus.inputs / folder).mkdir()
        (corpus.inputs / folder / "خبر 1.txt").write_text(text, "utf-8")
    corpus.run()
    assert gold_uris(corpus) == sorted(["پہلا فولڈر/خبر 1.txt", "second folder/خبر 1.txt"])


def test_a_broken_rule_is_refused_with_its_line(corpus, tmp_path):
    pack = tmp_path / "broken.yaml"
    pack.write_text("name: broken\nrules:\n  - id: x\n    pattern: '('\n", "utf-8")
    clean = corpus.config.clean.model_copy(update={"packs": (str(pack),)})
    corpus.texts(good_txt=GOOD)
    with pytest.raises(RuleError) as caught:
        corpus.with_settings(clean=clean).run()
    assert f"{pack}:" in str(caught.value.where)
    assert corpus.rows("gold") == []


def test_an_expectation_that_does_not_exist_is_refused(corpus, tmp_path):
    suites = tmp_path / "expectations"
    suites.mkdir()
    for file in (ROOT / "expectations").glob("*.json"):
        suite = json.loads(file.read_text("utf-8"))
        if file.stem == "silver":
            suite["expectations"][0]["type"] = "expect_the_unexpected"
        (suites / file.name).write_text(json.dumps(suite), "utf-8")
    validate: CorpusConfig = corpus.config.validate_.model_copy(update={"suites": str(suites)})
    corpus.texts(good_txt=GOOD)
    with pytest.raises(SuiteError) as caught:
        corpus.with_settings(validate_=validate).run()
    assert "expect_the_unexpected" in str(caught.value)
    assert corpus.rows("gold") == []
