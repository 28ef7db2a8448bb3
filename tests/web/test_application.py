"""The plugin's pages inside Airflow's own API server: closed to strangers, harmless to readers."""

from __future__ import annotations

import json
import shutil

import pytest

from corpus_fixtures import corpus_in

pytestmark = pytest.mark.airflow

PATHS = ["/saaf/runs", "/saaf/runs/1", "/saaf/runs/999", "/saaf/report?run_id=x", "/saaf/docs", "/saaf/openapi.json"]
OURS = ("/saaf/runs", "/saaf/report")
RUN_ID = "manual__<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    from airflow.api_fastapi.app import create_app
    from airflow.utils.db import initdb
    from fastapi.testclient import TestClient

    initdb()
    with TestClient(create_app(), base_url="http://127.0.0.1:8080") as client:
        yield client


@pytest.fixture(scope="module")
def token(client):
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    return get_auth_manager().generate_jwt(SimpleAuthManagerUser(username="reader", role="viewer"))


@pytest.fixture(scope="module")
def chromium():
    executable = shutil.which("chromium")
    if executable is None:
        pytest.skip("there is no Chromium on this machine: on Debian, `apt-get install chromium`")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A corpus with one run, which the pages read."""
    folder = tmp_path_factory.mktemp("published")
    corpus = corpus_in(folder)
    corpus.texts(
        a_txt="<script>alert(1)</script> یہ ایک خبر ہے جس میں ایک شہر کے نئے کتب خانے کا ذکر کیا گیا ہے اور کچھ نہیں۔"
    )
    corpus.run(run_id=RUN_ID)
    file = folder / "corpus.yaml"
    file.write_text(corpus.config.model_dump_json(by_alias=True), "utf-8")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SAAF_CONFIG", str(file))
        yield corpus


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer junk"}])
def test_strangers_see_nothing(client, path, headers):
    answer = client.get(path, headers=headers)
    assert answer.status_code in {401, 403, 404}
    if path.startswith(OURS):
        assert answer.status_code in {401, 403}
    assert "Runs of the corpus" not in answer.text


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_pages_only_read(client, token, method):
    answer = getattr(client, method)("/saaf/runs", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 405


def test_a_reader_sees_the_runs_and_their_reports(client, token, published):
    headers = {"Authorization": f"Bearer {token}"}
    page = client.get("/saaf/runs", headers=headers)
    assert page.status_code == 200
    assert "Runs of the corpus" in page.text
    assert "<img" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    report = client.get("/saaf/runs/1", headers=headers)
    assert report.status_code == 200
    assert report.headers["content-security-policy"].startswith("sandbox")
    assert "<script" not in report.text.lower()
    assert client.get("/saaf/report", params={"run_id": RUN_ID}, headers=headers).text == report.text
    assert client.get("/saaf/runs/2", headers=headers).status_code == 404
    assert client.get("/saaf/runs/..%2f..%2f..%2fetc%2fpasswd", headers=headers).status_code in {400, 404, 422}


@pytest.mark.parametrize(
    "run_id", ["", "x", "../../../etc/passwd", "..%2f..%2fetc/passwd", "\x00", RUN_ID + " ", "a" * 9000]
)
def test_only_runs_of_the_log_have_a_report(client, token, published, run_id):
    answer = client.get("/saaf/report", params={"run_id": run_id}, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 404
    assert "root:" not in answer.text


def test_the_list_is_accessible_and_runs_no_script(client, token, published, chromium):
    from axe_playwright_python.sync_playwright import Axe

    answer = client.get("/saaf/runs", headers={"Authorization": f"Bearer {token}"})
    page = chromium.new_page()
    errors = []
    page.on("console", lambda message: errors.append(message.text))
    page.on("dialog", lambda dialog: errors.append(dialog.message))
    page.route("**/*", lambda route: route.fulfill(status=200, headers=dict(answer.headers), body=answer.content))
    page.goto("http://saaf.test/saaf/runs")
    assert page.locator("table tbody tr").count() == 1
    assert page.locator("th").first.evaluate("e => getComputedStyle(e).textAlign") == "right"  # the style applies
    page.close()
    assert errors == []

    # The policy of the page keeps the checker's script out, so it looks at the same page without one.
    bare = chromium.new_page()
    bare.set_content(answer.text)
    found = Axe().run(bare)
    bare.close()
    assert found.violations_count == 0, found.generate_report()


def test_importing_the_plugin_is_cheap():
    import subprocess
    import sys

    code = (
        "import sys, json; sys.path.insert(0, 'plugins'); import airflow.plugins_manager; before = set(sys.modules);"
        "import saaf_plugin; print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    from shared import ROOT

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = json.loads(done.stdout.strip().splitlines()[-1])
    assert "saaf_plugin" in loaded
    heavy = {"great_expectations", "pandas", "numba", "pyarrow", "polars", "airflow.api_fastapi.core_api.security"}
    assert not heavy & set(loaded)
