"""One thread a core over a stream, with a bounded number of items in flight."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_In = TypeVar("_In")
_Out = TypeVar("_Out")


def cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_threads(function: Callable[[_In], _Out], items: Iterable[_In], threads: int | None = None) -> Iterator[_Out]:
    """Apply a function that leaves the interpreter's lock alone to each item, in the items' order.

    A thread draws an item and applies the function to it itself, while it is still in the memory next to its core; no
    two draw at the same time.

    Args:
        function: Called in other threads; must not depend on the order of its calls.
        items: Drawn in other threads, no more than one for each thread and another ahead of the results.
        threads: Threads; None for one a core.

    Yields:
        The results, in the order of the items, however the threads come out.
    """
    threads = threads or cores()
    if threads == 1:
        yield from map(function, items)
        return
    numbered = enumerate(items)
    drawing = threading.Lock()

    def apply() -> tuple[int, _Out] | None:
        with drawing:
            drawn = next(numbered, None)
        return None if drawn is None else (drawn[0], function(drawn[1]))

    done: dict[int, _Out] = {}
    wanted = 0
    with ThreadPoolExecutor(threads, thread_name_prefix="saaf-deduplicate") as pool:
        waiting = deque(pool.submit(apply) for _ in range(threads + 1))
        try:
            while waiting:
                result = waiting.popleft().result()
                if result is None:
                    continue
                done[result[0]] = result[1]
                while wanted in done:
                    yield done.pop(wanted)
                    wanted += 1
                waiting.append(pool.submit(apply))
        finally:
            for future in waiting:
                future.cancel()
