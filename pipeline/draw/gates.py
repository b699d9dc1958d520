"""Which calls may start now: slots, models that must wait, and doors that have closed for the rest of a build."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.draw.purse import Bell
from pipeline.errors import AccountRefused, DrawError, Interrupted, Throttled
from pipeline.words import Event

if TYPE_CHECKING:
    from random import Random

_PAUSE_S = 5.0
"""For a 429 that names no wait."""

_SPREAD_S = 1.0
"""Calls that waited for the same moment do not all start in it."""


@dataclass(kw_only=True)
class _Model:
    """What is known of one model in this build."""

    limit: int
    """Calls in flight: halved by a 429, and one more for each answer that comes through."""
    in_flight: int = 0
    not_before: float = 0.0
    closed: Throttled | None = None


class Gates:
    """The state that all calls of a build share. For one event loop."""

    def __init__(
        self,
        *,
        jobs: int,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[object]],
        random: Random,
        report: Callable[[Event], None],
    ) -> None:
        self._jobs = max(1, jobs)
        self._clock, self._sleep, self._random, self._report = clock, sleep, random, report
        self._models: dict[str, _Model] = {}
        self._refused: AccountRefused | None = None
        self._stopping = False
        self._bell = Bell()
        self.in_flight = 0

    def stop(self) -> None:
        """Let nothing start any more; who waits is told at once."""
        self._stopping = True
        self._bell.ring()

    def refuse_account(self, error: AccountRefused) -> None:
        """The breaker: no call makes sense after this."""
        self._refused = self._refused or error
        self._bell.ring()

    def throttled(self, model: str, error: Throttled, longest_s: float) -> None:
        """All calls of the model wait, and fewer go at a time; or it is closed, if it does not clear soon."""
        known = self._model(model)
        wait_s = error.wait_s if error.wait_s is not None else self._random.uniform(0.0, _PAUSE_S)
        until = error.until or (f"{wait_s:.0f} s from now" if wait_s > longest_s else "")
        if until:
            error.until = until
            error.hint = error.hint or f"no more calls of it until {until}"
            if known.closed is None:
                known.closed = Throttled(error.message, hint=error.hint, until=until)
                self._report(Event(kind="stopped", detail={"model": model, "until": until, "message": error.message}))
        elif self._clock() + wait_s > known.not_before + _SPREAD_S:
            self._report(Event(kind="slowed", detail={"model": model, "wait_s": wait_s}))
        known.not_before = max(known.not_before, self._clock() + wait_s)
        known.limit = max(1, min(known.limit, known.in_flight) // 2)
        self._bell.ring()

    def succeeded(self, model: str) -> None:
        """One more call of the model may be in flight."""
        known = self._model(model)
        known.limit = min(self._jobs, known.limit + 1)
        self._bell.ring()

    def refuse_if_closed(self, model: str) -> None:
        """Raises Interrupted, AccountRefused or Throttled for a call that is not to be tried."""
        if self._stopping:
            raise Interrupted("interrupted before the call was made")
        if self._refused is not None:
            raise _untried(AccountRefused(f"not tried: {self._refused.message}", hint=self._refused.hint))
        closed = self._model(model).closed
        if closed is not None:
            raise _untried(Throttled(f"not tried: {closed.message}", hint=closed.hint, until=closed.until))

    def must_wait(self, model: str) -> bool:
        """Whether the model was told to wait. Raises as `refuse_if_closed` does."""
        self.refuse_if_closed(model)
        return self._model(model).not_before > self._clock()

    @asynccontextmanager
    async def slot(self, model: str, not_before: float) -> AsyncIterator[None]:
        """One of the calls in flight, once the moment, the model and the number of jobs allow it."""
        known = self._model(model)
        await self._admitted(model, known, not_before)
        try:
            yield
        finally:
            self.in_flight -= 1
            known.in_flight -= 1
            self._bell.ring()

    async def _admitted(self, model: str, known: _Model, not_before: float) -> None:
        spread_s = 0.0
        while True:
            self.refuse_if_closed(model)
            left_s = max(not_before, known.not_before + spread_s) - self._clock()
            if left_s > 0:
                spread_s = spread_s or self._random.uniform(0.0, _SPREAD_S)
                await self._paused(left_s)
            elif self.in_flight >= self._jobs or known.in_flight >= known.limit:
                await self._bell.wait()
            else:
                self.in_flight += 1
                known.in_flight += 1
                return

    async def _paused(self, seconds: float) -> None:
        """Until the time is over, or anything has changed."""
        waits = [asyncio.ensure_future(self._sleep(seconds)), asyncio.ensure_future(self._bell.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    def _model(self, id: str) -> _Model:
        return self._models.setdefault(id, _Model(limit=self._jobs))


def _untried(error: DrawError) -> DrawError:
    error.tried = False
    return error
