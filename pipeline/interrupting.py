"""How a build is stopped, by SIGINT and SIGTERM or by another thread.

The first word lets what is in flight arrive and be kept, the second ends it.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

_ENDS = (signal.SIGINT, signal.SIGTERM)
"""CI cancels with SIGTERM: what is in flight then has been paid for just the same."""


class Stop:
    """Stops the build that it is given to, from any thread."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._heard: Callable[[], object] | None = None
        self._times = 0

    @property
    def is_asked(self) -> bool:
        """Whether somebody has asked."""
        return self._times > 0

    def ask(self) -> None:
        """Ask to stop; asked again, to end at once."""
        with self._guard:
            self._times += 1
            if self._heard is not None:
                self._heard()

    @contextmanager
    def heard_by(self, hear: Callable[[], object]) -> Iterator[None]:
        """For the time of the block `hear` is called for each time that somebody asks, and has asked before."""
        with self._guard:
            self._heard = hear
            for _ in range(self._times):
                hear()
        try:
            yield
        finally:
            with self._guard:
                self._heard = None


@contextmanager
def interruptible(interrupt: Callable[[], bool], stop: Stop | None = None) -> Iterator[None]:
    """Call `interrupt` at each of these signals, and cancel the present task where it gives False.

    With a `stop`, that alone is listened to: then the signals are somebody else's.
    """
    loop, this = asyncio.get_running_loop(), asyncio.current_task()
    assert this is not None

    def interrupted() -> None:
        if not interrupt():
            this.cancel()

    if stop is not None:
        with stop.heard_by(partial(loop.call_soon_threadsafe, interrupted)):
            yield
        return
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
