"""Files in, bronze out: discovery, safe opening, decompression, decoding, one reader a format.

The doors are `discover`, `fingerprint` and `read_objects`. Whatever a file holds, it costs nothing
but itself: an object that cannot be read becomes a row of the ledger with a stable code, a record
that cannot be read a row of rejected.
"""

from saaf.ingest.discovery import discover
from saaf.ingest.failure import Refusal
from saaf.ingest.formats import INPUT_COMPRESSIONS, INPUT_FORMATS
from saaf.ingest.objects import Discovery, Ingested, InputObject
from saaf.ingest.opening import fingerprint
from saaf.ingest.reading import read_objects

__all__ = [
    "INPUT_COMPRESSIONS",
    "INPUT_FORMATS",
    "Discovery",
    "Ingested",
    "InputObject",
    "Refusal",
    "discover",
    "fingerprint",
    "read_objects",
]
