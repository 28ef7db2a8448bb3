"""How loops are compiled: what the modules of kernels share.

numba keeps a compiled function beside the file that the function stands in, so sharing this decorator renews nothing by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba
import numpy as np

if TYPE_CHECKING:

    def int64(value: object) -> int:
        """What compiled code counts with is an int to its callers."""
        ...
else:
    int64 = np.int64

_F = TypeVar("_F", bound=Callable[..., Any])


def kernel(function: _F) -> _F:
    """Compile without the interpreter's lock; keep the result where some folder can be written."""
    try:
        return cast("_F", numba.njit(nogil=True, cache=True)(function))
    except RuntimeError:  # neither the installation nor the user's cache folder can be written
        return cast("_F", numba.njit(nogil=True)(function))
