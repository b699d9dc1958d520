"""What SIGINT and SIGTERM do to a build: the first lets what is in flight arrive and be kept, the second ends it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_ENDS = (signal.SIGINT, signal.SIGTERM)
"""CI cancels with SIGTERM: what is in flight then has been paid for just the same."""


@contextmanager
def interruptible(interrupt: Callable[[], bool]) -> Iterator[None]:
    """Call `interrupt` at each of these signals, and cancel the present task where it gives False."""
    loop, this = asyncio.get_running_loop(), asyncio.current_task()
    assert this is not None

    def interrupted() -> None:
        if not interrupt():
            this.cancel()

    try:
        for one in _ENDS:
            loop.add_signal_handler(one, interrupted)
    except (NotImplementedError, RuntimeError, ValueError):
        # Only the main thread gets signals: a build inside another program leaves them to it.
        yield
        return
    try:
        yield
    finally:
        for one in _ENDS:
            loop.remove_signal_handler(one)
