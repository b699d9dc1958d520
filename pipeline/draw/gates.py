"""Which calls may start now: slots, each model's pace, and doors that have closed for the rest of a build."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pipeline.draw.pace import Pace, Start
from pipeline.draw.purse import Bell
from pipeline.errors import AccountRefused, DrawError, Interrupted, Throttled
from pipeline.words import Event

_JOBS_FIRST, _JOBS_MOST = 8, 64
"""Calls in flight where nobody says how many: one more for each answer and each tenth of a second."""
_JOB_MORE_S = 0.1

_TAKES_NOTHING_S = 900.0
"""Of 429s without an answer: then the model is not waited for any longer."""

_WORTH_TELLING_S = 5.0

_HEARD_ALL_S = 0.5
"""After a 429 until the other calls on their way have had theirs: then it is told what all of them teach."""


@dataclass(kw_only=True)
class _Model:
    """What is known of one model in this build."""

    pace: Pace
    line: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Calls wait in line: only the first of them looks at the clock."""
    waiting: int = 0
    closed: Throttled | None = None
    refuses_since: float | None = None
    """The first 429 after the last answer."""
    told: int | None = None
    """The calls a minute that were told last."""
    tell_at: float | None = None
    told_until: float = float("-inf")


class Gates:
    """The state that all calls of a build share, for one event loop. `jobs` None: as many as are of use."""

    def __init__(
        self,
        *,
        jobs: int | None,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[object]],
        report: Callable[[Event], None],
        pace_of: Callable[[str], Pace],
    ) -> None:
        self._jobs = jobs
        self._clock, self._sleep, self._report, self._pace_of = clock, sleep, report, pace_of
        self._models: dict[str, _Model] = {}
        self._refused: AccountRefused | None = None
        self._stopping = ""
        self._bell = Bell()
        self._answers = 0
        self._began: float | None = None
        self.in_flight = 0

    def stop(self, why: str = "") -> None:
        """Let nothing start any more; who waits is told at once, and why."""
        self._stopping = self._stopping or why or "interrupted before the call was made"
        self._bell.ring()

    def refuse_account(self, error: AccountRefused) -> None:
        """The breaker: no call makes sense after this."""
        self._refused = self._refused or error
        self._bell.ring()

    def throttled(self, model: str, start: Start, error: Throttled, longest_s: float) -> None:
        """The model's pace learns from it, or the model is closed, if it does not clear soon."""
        known, now = self._model(model), self._clock()
        known.refuses_since = now if known.refuses_since is None else known.refuses_since
        far = error.wait_s is not None and error.wait_s > longest_s
        until = error.until or (f"{error.wait_s:.0f} s from now" if far else "")
        if not until and now - known.refuses_since > _TAKES_NOTHING_S:
            until = "it takes calls again"
        if until:
            error.until = until
            error.hint = error.hint or f"no more calls of it until {until}"
            if known.closed is None:
                known.closed = Throttled(error.message, hint=error.hint, until=until)
                self._report(Event(kind="stopped", detail={"model": model, "until": until, "message": error.message}))
        else:
            known.pace.refused(start, now, wait_s=error.wait_s, quota=error.quota)
            known.tell_at = now + _HEARD_ALL_S if known.tell_at is None else known.tell_at
        self._bell.ring()

    def _tell_pace(self, model: str, known: _Model, now: float) -> None:
        """Once for what is learnt, not once for each call that learns it."""
        known.tell_at = None
        per_minute, opens_at = known.pace.per_minute, known.pace.opens_at(now)
        before = known.told
        as_told = per_minute == before or (per_minute and before and abs(per_minute - before) <= max(2, before // 10))
        if as_told and (per_minute or opens_at < known.told_until + _WORTH_TELLING_S):
            return
        known.told, known.told_until = per_minute, opens_at
        detail = {"model": model, "per_minute": per_minute, "wait_s": opens_at - now, "waiting": known.waiting}
        self._report(Event(kind="slowed", detail=detail))

    def succeeded(self, model: str) -> None:
        """An answer came."""
        self._model(model).refuses_since = None
        self._answers += 1
        self._bell.ring()

    def refuse_if_closed(self, model: str) -> None:
        """Raises Interrupted, AccountRefused or Throttled for a call that is not to be tried."""
        if self._stopping:
            raise Interrupted(self._stopping)
        if self._refused is not None:
            raise _untried(AccountRefused(f"not tried: {self._refused.message}", hint=self._refused.hint))
        closed = self._model(model).closed
        if closed is not None:
            raise _untried(Throttled(f"not tried: {closed.message}", hint=closed.hint, until=closed.until))

    def is_open(self, model: str, start: Start) -> bool:
        """Whether the call that was let go may still start, which is then now. Raises as `refuse_if_closed` does."""
        self.refuse_if_closed(model)
        pace, now = self._model(model).pace, self._clock()
        if pace.is_waiting(now):
            pace.forget(start)
            return False
        pace.put_off(start, now)
        return True

    @asynccontextmanager
    async def slot(self, model: str, not_before: float) -> AsyncIterator[Start]:
        """One of the calls in flight, once the moment, the model's pace and the number of jobs allow it."""
        known = self._model(model)
        known.waiting += 1
        try:
            while (left_s := not_before - self._clock()) > 0:
                self.refuse_if_closed(model)
                await self._paused(left_s)
            async with known.line:
                start = await self._admitted(model, known)
        finally:
            known.waiting -= 1
        try:
            yield start
        finally:
            self.in_flight -= 1
            self._bell.ring()

    async def _admitted(self, model: str, known: _Model) -> Start:
        while True:
            self.refuse_if_closed(model)
            now = self._clock()
            left_s = known.pace.opens_at(now) - now
            if known.tell_at is not None and now >= known.tell_at:
                self._tell_pace(model, known, now)
            elif left_s >= _WORTH_TELLING_S and known.told is None and known.tell_at is None and known.pace.per_minute:
                self._tell_pace(model, known, now)  # a limit from settings, before any 429
            if left_s > 0:
                await self._paused(left_s if known.tell_at is None else min(left_s, known.tell_at - now))
            elif self.in_flight < self._allowed(now):
                self.in_flight += 1
                return known.pace.begin(now)
            elif self._jobs is None and self._allowed(now) < _JOBS_MOST:
                await self._paused(_JOB_MORE_S)
            else:
                await self._bell.wait()

    def _allowed(self, now: float) -> int:
        """How many calls may be in flight."""
        if self._jobs is not None:
            return max(1, self._jobs)
        self._began = now if self._began is None else self._began
        return min(_JOBS_MOST, _JOBS_FIRST + self._answers + int((now - self._began) / _JOB_MORE_S))

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
        if id not in self._models:
            self._models[id] = _Model(pace=self._pace_of(id))
        return self._models[id]


def _untried(error: DrawError) -> DrawError:
    error.tried = False
    return error
