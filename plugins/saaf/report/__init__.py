"""What a run did, for people: as data, as one HTML file, as text; and why one document is as it is."""

from saaf.report.build import build
from saaf.report.html import render_html
from saaf.report.model import RunFacts, RunReport, read_report
from saaf.report.tally import RUNS_LOOKED_BACK
from saaf.report.text import print_text

__all__ = ["RUNS_LOOKED_BACK", "RunFacts", "RunReport", "build", "print_text", "read_report", "render_html"]
