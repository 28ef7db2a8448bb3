"""The runs of the corpus, and the report of each."""

# Annotations stay evaluated in this module: FastAPI looks them up when a route is declared.
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from airflow.api_fastapi.core_api.security import get_user, requires_access_dag
from fastapi import Depends, FastAPI, HTTPException, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, select_autoescape

from saaf.airflow.runs import configuration
from saaf.config import project_root
from saaf.lake import CommitRecord, Lake

RUNS_SHOWN = 200
_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; style-src {style}"
_HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
# A report shows scraped text. It is escaped, and brings a policy of its own; should both fail, a sandbox keeps it from
# acting for its reader.
_REPORT_POLICY = "sandbox; " + _POLICY.format(style="'unsafe-inline'") + "; font-src data:; img-src data:"


def create_application() -> FastAPI:
    """The pages as one application; every route of it wants a user who may see the DAG `corpus`."""
    application = FastAPI(
        dependencies=[Depends(get_user), Depends(requires_access_dag("GET", param_dag_id="corpus"))],
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    templates = Environment(loader=PackageLoader("saaf.web"), autoescape=select_autoescape(default=True))

    style = templates.get_template("runs.css").render()
    policy = _POLICY.format(style=f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'")

    @application.get("/runs")
    def runs() -> Response:
        """The last runs, newest first."""
        lake = _lake()
        shown = [_shown(lake, record) for record in reversed(lake.log()[-RUNS_SHOWN:])]
        return HTMLResponse(
            templates.get_template("runs.html").render(runs=shown, style=style), headers=_headers(policy)
        )

    @application.get("/runs/{number}")
    def report_of_commit(number: int) -> Response:
        """One run's report, by the number of its commit."""
        lake = _lake()
        return _report(lake, next((record for record in lake.log() if record.n == number), None), f"commit {number}")

    @application.get("/report")
    def report_of_run(run_id: str) -> Response:
        """One run's report, by the run's name: where the links of tasks and asset events lead."""
        lake = _lake()
        return _report(lake, next((record for record in lake.log() if record.run_id == run_id), None), "that run")

    return application


def _shown(lake: Lake, record: CommitRecord) -> dict[str, object]:
    """A commit as the list shows it; what is no daily run has none of some counts."""
    facts = record.facts
    finished, rejected = facts.get("finished_at"), facts.get("rejected")
    return {
        "number": record.n,
        "run_id": record.run_id,
        "finished": _minute(finished) if finished else "",
        "source": facts.get("source", ""),
        "ingested": facts.get("ingested"),
        "gold": facts.get("gold"),
        "rejected": sum(rejected.values()) if isinstance(rejected, dict) else rejected,
        "approved_by": (facts.get("approval") or {}).get("by"),
        "has_report": lake.report_path(record.run_id).exists(),
    }


def _headers(policy: str) -> dict[str, str]:
    return {**_HEADERS, "Content-Security-Policy": policy}


def _report(lake: Lake, record: CommitRecord | None, asked_for: str) -> Response:
    """A report as a page; only names that the lake's log holds become paths."""
    if record is None:
        raise HTTPException(404, f"There is no {asked_for} in the log of the lake: it may not have published yet.")
    path = lake.report_path(record.run_id)
    if not path.exists():
        raise HTTPException(404, f"Commit {record.n} has no report: make it with `saaf report`.")
    return HTMLResponse(path.read_text("utf-8"), headers=_headers(_REPORT_POLICY))


def _lake() -> Lake:
    return Lake.open(project_root() / Path(configuration().lake))


def _minute(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
