"""Where the tables lie, how a run is committed, and what has been ingested."""

from saaf.lake.commit import Exposure
from saaf.lake.lake import Lake
from saaf.lake.ledger import Seen
from saaf.lake.log import CommitRecord, LoggedFile
from saaf.lake.staging import Staging

__all__ = ["CommitRecord", "Exposure", "Lake", "LoggedFile", "Seen", "Staging"]
