"""Memory that is asked for whole and used as far as it is needed."""

from __future__ import annotations

import mmap

import numpy as np

from saaf.deduplicate.kernels import Bytes


def unused_bytes(size: int) -> Bytes:
    """Zeros that take up memory only as they are written to, a page at a time.

    numpy asks for pages of 2 MB where an array is large. Where a virtual machine gives free memory back to its host, as
    cloud machines do, each of these has to be found again, all of it: that takes five times as long as small pages.
    """
    if not size:
        return np.zeros(0, np.uint8)
    return np.frombuffer(mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS), np.uint8)
