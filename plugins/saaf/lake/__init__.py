"""Where the tables lie, how a run is committed, and what has been ingested."""

from saaf.lake.catalogue import Catalogue, Held
from saaf.lake.commit import Change, Exposure
from saaf.lake.lake import Lake
from saaf.lake.ledger import Seen
from saaf.lake.log import CommitRecord, LoggedFile, Operation
from saaf.lake.staging import Staging

__all__ = [
    "Catalogue",
    "Change",
    "CommitRecord",
    "Exposure",
    "Held",
    "Lake",
    "LoggedFile",
    "Operation",
    "Seen",
    "Staging",
]
