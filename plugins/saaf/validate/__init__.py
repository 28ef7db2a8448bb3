"""Great Expectations as a gate on any table: what it may hold, row by row and as a whole.

The doors are :func:`load_suite`, :func:`check` and :func:`canary`. Nothing here imports Great
Expectations or pandas before one of them is called: that import takes seconds.
"""

from saaf.validate.canary import canary
from saaf.validate.gate import GateResult, check
from saaf.validate.loading import load_suite
from saaf.validate.suite import Expectation, Suite

__all__ = ["Expectation", "GateResult", "Suite", "canary", "check", "load_suite"]
