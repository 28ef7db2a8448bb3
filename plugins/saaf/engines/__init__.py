"""Where the stages run: an engine reads and writes, so that the stages only compute."""

from saaf.engines.local import LocalEngine
from saaf.engines.rebuild import RebuildEngine

__all__ = ["LocalEngine", "RebuildEngine"]
