"""The plugin's pages inside Airflow's own API server: closed to strangers, harmless to readers."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.airflow

PATHS = ["/saaf/runs", "/saaf/runs/1", "/saaf/runs/999", "/saaf/docs", "/saaf/openapi.json"]


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


@pytest.fixture
def published(corpus, monkeypatch, tmp_path):
    corpus.texts(
        a_txt="<script>alert(1)</script> یہ ایک خبر ہے جس میں ایک شہر کے نئے کتب خانے کا ذکر کیا گیا ہے اور کچھ نہیں۔"
    )
    corpus.run(run_id="manual__<img src=x onerror=alert(1)>")
    file = tmp_path / "corpus.yaml"
    file.write_text(corpus.config.model_dump_json(by_alias=True), "utf-8")
    monkeypatch.setenv("SAAF_CONFIG", str(file))
    return corpus


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer junk"}])
def test_strangers_see_nothing(client, path, headers):
    answer = client.get(path, headers=headers)
    assert answer.status_code in {401, 403, 404}
    if path.startswith("/saaf/runs"):
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
    assert client.get("/saaf/runs/2", headers=headers).status_code == 404
    assert client.get("/saaf/runs/..%2f..%2f..%2fetc%2fpasswd", headers=headers).status_code in {400, 404, 422}


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
