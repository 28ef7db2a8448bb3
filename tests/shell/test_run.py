"""`make run` as a person meets it: a folder of one's own, nothing new the second time, a folder that is not there."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STORY = (
    "لاہور میں آج صبح سے وقفے وقفے سے بارش ہو رہی ہے اور موسم خوشگوار ہو گیا ہے۔ محکمہ موسمیات کے مطابق کل بھی بارش کا امکان ہے۔ "
    "ضلعی انتظامیہ نے نشیبی علاقوں سے پانی نکالنے کے لیے عملہ تعینات کر دیا ہے اور شہریوں سے احتیاط کی اپیل کی ہے۔"
)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a project whose lake and Airflow lie in a folder of their own."""
    folder = tmp_path_factory.mktemp("project")
    config = (ROOT / "include" / "corpus.yaml").read_text("utf-8")
    (folder / "corpus.yaml").write_text(re.sub(r"(?m)^lake: .*$", f"lake: {folder}/lake", config), "utf-8")
    kept = {k: v for k, v in os.environ.items() if not k.startswith("AIRFLOW")}
    return kept | {"SAAF_CONFIG": str(folder / "corpus.yaml"), "SAAF_AIRFLOW_HOME": str(folder / "airflow")}


def run(machine: dict[str, str], given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "scripts" / "run.sh"], check=False, capture_output=True, text=True, env=machine | {"INPUT": given}
    )


@pytest.mark.airflow
@pytest.mark.slow
def test_a_folder_of_ones_own_goes_to_gold_once(machine: dict[str, str], tmp_path: Path) -> None:
    texts = tmp_path / "my texts" / "خبریں"
    texts.mkdir(parents=True)
    (texts / "پہلی خبر.txt").write_text(f"{STORY}\n", "utf-8")
    first = run(machine, str(tmp_path / "my texts"))
    assert first.returncode == 0, first.stderr
    assert "1 ingested = 1 gold + 0 rejected" in first.stdout
    assert "پہلی خبر.txt" in first.stdout
    assert re.search(r"^Parquet +\S+/lake/gold$", first.stdout, re.MULTILINE)
    report = re.search(r"^Report +(\S+\.html)$", first.stdout, re.MULTILINE)
    assert report is not None
    assert Path(report[1]).stat().st_size > 0
    assert "[info" not in first.stdout + first.stderr, "Airflow's own words belong to the log"

    second = run(machine, str(tmp_path / "my texts"))
    assert second.returncode == 0, second.stderr
    assert "Nothing new" in second.stdout
    assert "Preparing" not in second.stdout, "the database is prepared once"


@pytest.mark.airflow
@pytest.mark.slow
def test_a_folder_that_is_not_there_is_said_without_a_traceback(machine: dict[str, str]) -> None:
    failed = run(machine, "no/such/folder")
    assert failed.returncode != 0
    assert f"there is no input at '{ROOT}/no/such/folder'" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert "make-run.log" in failed.stderr
