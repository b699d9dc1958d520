"""Services that take so many calls a minute, each in a way of its own, for a clock that can be turned."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from typing import Protocol

WINDOW_S = 60.0


class Rate(Protocol):
    def take(self, now: float) -> float | None:
        """None when the call is taken, else the seconds until one would be."""


class FixedWindow:
    """So many in each minute of the service's own clock, which is `ahead_s` into one at the start."""

    def __init__(self, limit: int, ahead_s: float = 0.0) -> None:
        self._limit, self._ahead_s = limit, ahead_s
        self._minute, self._taken = -1, 0

    def take(self, now: float) -> float | None:
        minute = int((now + self._ahead_s) // WINDOW_S)
        if minute != self._minute:
            self._minute, self._taken = minute, 0
        if self._taken < self._limit:
            self._taken += 1
            return None
        return (minute + 1) * WINDOW_S - self._ahead_s - now


class SlidingWindow:
    """So many in any minute."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._taken: deque[float] = deque()

    def take(self, now: float) -> float | None:
        while self._taken and self._taken[0] <= now - WINDOW_S:
            self._taken.popleft()
        if len(self._taken) < self._limit:
            self._taken.append(now)
            return None
        return self._taken[0] + WINDOW_S - now


class Bucket:
    """So many saved up, and refilled evenly; with few saved up, calls are taken one by one."""

    def __init__(self, limit: int, most: int) -> None:
        self._each_s, self._most = WINDOW_S / limit, most
        self._left, self._at = float(most), 0.0

    def take(self, now: float) -> float | None:
        self._left, self._at = min(self._most, self._left + (now - self._at) / self._each_s), now
        if self._left >= 1 - 1e-9:
            self._left -= 1
            return None
        return (1 - self._left) * self._each_s


def ideal_s(rate: Rate, calls: int, jobs: int, latency_s: float) -> float:
    """How long a client takes that knows when the service takes a call, with so many in flight."""
    free, end, now = [0.0] * jobs, 0.0, 0.0
    for _ in range(calls):
        now = max(now, heapq.heappop(free))
        while (wait_s := rate.take(now)) is not None:
            now += wait_s + 1e-9
        heapq.heappush(free, now + latency_s)
        end = max(end, now + latency_s)
    return end


RATES: dict[str, Callable[[], Rate]] = {
    "fixed window": lambda: FixedWindow(60),
    "fixed window, begun before": lambda: FixedWindow(60, ahead_s=30.0),
    "fixed window, nearly over": lambda: FixedWindow(60, ahead_s=50.0),
    "sliding window": lambda: SlidingWindow(60),
    "bucket": lambda: Bucket(60, most=60),
    "one by one": lambda: Bucket(60, most=5),
}
