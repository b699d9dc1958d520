"""A clock that jumps: what a process is told of the time of day is off by another amount at each look.

The times that the system itself gives to files are true; a test sets those with os.utime.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from pipeline import workshop


def turn(off_s: Sequence[float]) -> None:
    """From now on the time of day is off by these seconds, in turn."""
    steps, stepping = itertools.cycle(off_s), threading.Lock()
    true_time, true_time_ns = time.time, time.time_ns

    def off() -> float:
        with stepping:
            return next(steps)

    class Jumping(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            at = datetime.fromtimestamp(0, tz or UTC) + timedelta(seconds=max(0.0, true_time() + off()))
            return datetime(at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond, at.tzinfo)

    time.time = lambda: max(0.0, true_time() + off())
    time.time_ns = lambda: max(0, true_time_ns() + int(off() * 1e9))
    workshop.datetime = Jumping  # type: ignore[attr-defined]
