"""The runs of the corpus, and the report of each."""

# Annotations stay evaluated in this module: FastAPI looks them up when a route is declared.
from datetime import UTC, datetime
from pathlib import Path

from airflow.api_fastapi.core_api.security import get_user, requires_access_dag
from fastapi import Depends, FastAPI, HTTPException, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, select_autoescape

from saaf.airflow.runs import configuration
from saaf.config import project_root
from saaf.lake import Lake

RUNS_SHOWN = 200
_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
# A report shows scraped text. It is escaped; should that ever fail, a sandbox keeps it from acting for its reader.
_REPORT_HEADERS = {**_PAGE_HEADERS, "Content-Security-Policy": f"sandbox; {_PAGE_HEADERS['Content-Security-Policy']}"}


def create_application() -> FastAPI:
    """The pages as one application; every route of it wants a user who may see the DAG `corpus`."""
    application = FastAPI(
        dependencies=[Depends(get_user), Depends(requires_access_dag("GET", param_dag_id="corpus"))],
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    templates = Environment(loader=PackageLoader("saaf.web"), autoescape=select_autoescape(default=True))

    @application.get("/runs")
    def runs() -> Response:
        """The last runs, newest first."""
        lake = _lake()
        shown = [
            {
                "number": record.n,
                "run_id": record.run_id,
                "finished": _minute(record.facts["finished_at"]),
                "source": record.facts["source"],
                "ingested": record.facts["ingested"],
                "gold": record.facts["gold"],
                "rejected": sum(record.facts["rejected"].values()),
                "has_report": lake.report_path(record.run_id).exists(),
            }
            for record in reversed(lake.log()[-RUNS_SHOWN:])
        ]
        return HTMLResponse(templates.get_template("runs.html").render(runs=shown), headers=_PAGE_HEADERS)

    @application.get("/runs/{number}")
    def report(number: int) -> Response:
        """One run's report, by the number of its commit."""
        lake = _lake()
        found = next((record for record in lake.log() if record.n == number), None)
        if found is None:
            raise HTTPException(404, f"There is no commit {number} in the log of the lake.")
        path = lake.report_path(found.run_id)
        if not path.exists():
            raise HTTPException(404, f"Commit {number} has no report: make it with `saaf report`.")
        return HTMLResponse(path.read_text("utf-8"), headers=_REPORT_HEADERS)

    return application


def _lake() -> Lake:
    return Lake.open(project_root() / Path(configuration().lake))


def _minute(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
