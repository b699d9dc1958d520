"""Work that several threads ask for at the same moment, done once for all of them."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

_LONGEST_WAIT_S = 0.1


@dataclass(eq=False)
class _Asked(Generic[T]):
    part: T
    is_open: bool = True
    error: Exception | None = None


class Together(Generic[T]):
    """`work` is given the parts of all who wait: whoever comes while it is being done waits for the next time.

    It does all of them or raises and does none; then each is tried alone, so that only those fail that must.
    """

    def __init__(self, work: Callable[[Sequence[T]], None]) -> None:
        self._work = work
        self._waiting: deque[_Asked[T]] = deque()
        self._working = threading.Lock()
        self._took_s = 0.0

    def do(self, part: T) -> None:
        """Returns when the part is done, by this thread or another. Raises what `work` raised."""
        mine = _Asked(part)
        self._waiting.append(mine)
        with self._working:
            if mine.is_open:
                # The longer it takes, the more are to share it: so it takes no more than half of the time.
                time.sleep(min(self._took_s, _LONGEST_WAIT_S))
                self._do_all([self._waiting.popleft() for _ in range(len(self._waiting))])
        if mine.error is not None:
            raise mine.error

    def _do_all(self, asked: Sequence[_Asked[T]]) -> None:
        began = time.monotonic()
        try:
            self._work([one.part for one in asked])
        except Exception as error:
            if len(asked) == 1:
                asked[0].error = error
            else:  # what is wrong with one part is not to stop the others
                for one in asked:
                    self._do_all([one])
        finally:
            for one in asked:
                one.is_open = False
            self._took_s = time.monotonic() - began
