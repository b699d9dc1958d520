"""How other threads hand work to the one that runs the loop."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import Any, TypeVar

from pipeline.errors import PipelineError

T = TypeVar("T")

_ANSWER_S = 60.0

_LONGEST_S = 0.5
"""So long it is waited at once: a signal that comes right before a wait is only heard after it."""


class Inbox:
    """Work for the loop's thread, done in the order in which it came. May be put in from a signal's handler too."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        self._thread: int | None = None
        self._asked: set[Future[Any]] = set()
        self._is_closed = False

    def open(self) -> None:
        """The thread that calls this is the loop's."""
        self._thread = threading.get_ident()

    def put(self, work: Callable[[], object]) -> None:
        """Have it done; nobody waits for it."""
        self._queue.put(work)

    def answer(self, work: Callable[[], T]) -> T:
        """Have it done and wait for what it gives. Raises what it raises, and PipelineError where nobody answers."""
        if threading.get_ident() == self._thread:
            return work()
        answer: Future[T] = Future()

        def do() -> None:
            try:
                answer.set_result(work())
            except PipelineError as error:
                answer.set_exception(error)

        self._asked.add(answer)
        self.put(do)
        if self._is_closed:
            self.close()
        try:
            return answer.result(timeout=_ANSWER_S)
        except TimeoutError:
            raise PipelineError("the watch is too busy to answer") from None
        finally:
            self._asked.discard(answer)

    def close(self) -> None:
        """Nothing is done any more: whoever waits for an answer, now or later, is told so."""
        self._is_closed = True
        for answer in tuple(self._asked):
            with suppress(InvalidStateError):  # answered already
                answer.set_exception(PipelineError("the watch has ended"))

    def work_off(self, timeout_s: float | None) -> None:
        """Wait for work for at most so long (None: for a while), and do all that has come."""
        try:
            self._queue.get(timeout=_LONGEST_S if timeout_s is None else min(timeout_s, _LONGEST_S))()
            while True:
                self._queue.get_nowait()()
        except queue.Empty:
            return
