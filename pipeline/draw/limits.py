"""How calls are made, whatever generator makes them: within the budget, so many at a time, again if that may help.

One call of `Limits.draw` goes through these in turn, and through the loop again after a failure that may pass:

    gate       nothing starts after an interruption, a refused account or a used-up quota
    slot       at most `jobs` calls in flight, and of each model as fast as its pace allows
    purse      the most that the call may cost is reserved
    journal    a line of intent
    generator  the call
    purse      what it cost, or the reservation for ever when nobody knows; then the journal's line of outcome
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from pipeline.draw.booking import cost_of_failure, cost_of_picture, result_of
from pipeline.draw.gates import Gates
from pipeline.draw.pace import Pace, Start
from pipeline.draw.port import Call, Drawn, Generator
from pipeline.draw.purse import OverBudget, Purse, Reservation
from pipeline.errors import AccountRefused, Blocked, DrawError, Lost, Throttled, Unavailable
from pipeline.words import NOTHING, AssetId, Event, MicroUsd

if TYPE_CHECKING:
    from random import Random

__all__ = ["Journal", "Limits", "OverBudget", "Pace", "Paid", "Purse", "Repeats"]

MOST_ATTEMPTS = 6
"""Of calls that cost nothing because they were not carried out."""

MOST_SECONDS = 900.0
"""From the first such failure: then the last one stands."""

LONGEST_WAIT_S = 120.0
"""A service that asks for more is not coming back soon."""

_LONGEST_BACK_OFF_S = 60.0


class Journal(Protocol):
    """Where paid calls are written down. Both return once the line is on the disk."""

    async def intent(self, call: Call, asset: AssetId, reserved: MicroUsd) -> None:
        """The call is about to be made; where this raises, it is not, and no line is left that says so."""

    def outcome(
        self,
        call: Call,
        asset: AssetId,
        result: str,
        cost: MicroUsd,
        cost_from: str,
        usage: Mapping[str, Any],
        message: str,
    ) -> None:
        """The call gave no take: throttled, unavailable, lost, blocked, bad or refused.

        The cost of a lost call is not known: it is given as nothing, and its reservation stands. The outcome of a call
        that gave a take is written by whoever stores the take.
        """


@dataclass(frozen=True, kw_only=True)
class Paid:
    """A drawn picture, the call that drew it, and what it cost."""

    drawn: Drawn
    call: Call
    started: str
    ended: str
    """ISO 8601, UTC."""
    cost: MicroUsd
    cost_from: str
    """`usage` or `table`."""


@dataclass(kw_only=True)
class Repeats:
    """How many lost or blocked calls may still be repeated; the candidates of an asset share them."""

    lost: int = 0
    blocked: int = 0


@dataclass(kw_only=True)
class _Tries:
    """How often one call may still be made, and when."""

    repeats: Repeats
    made: int = 0
    failures: int = 0
    """Of the kind that may pass by itself."""
    first_failure: float | None = None
    not_before: float = 0.0


class Limits:
    """The loop round every generator, for one build on one event loop. The world is handed in: clock, sleep, chance."""

    def __init__(
        self,
        *,
        purse: Purse,
        jobs: int | None,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[object]],
        random: Random,
        report: Callable[[Event], None],
        journal: Journal,
        now: Callable[[], str],
        new_id: Callable[[], str],
        pace_of: Callable[[str], Pace] = lambda model: Pace(),
    ) -> None:
        """`jobs` is the most calls in flight (None: as many as are of use); `pace_of` gives a model's first pace."""
        self.purse = purse
        self._clock, self._random = clock, random
        self._report, self._journal = report, journal
        self._now, self._new_id = now, new_id
        self._gates = Gates(jobs=jobs, clock=clock, sleep=sleep, report=report, pace_of=pace_of)

    @property
    def in_flight(self) -> int:
        """Calls on the wire now."""
        return self._gates.in_flight

    def stop(self, why: str = "") -> None:
        """Start no further attempt: who waits gets Interrupted, with `why`; calls in flight go on to their end."""
        self._gates.stop(why)

    async def draw(
        self,
        generator: Generator,
        make_call: Callable[[str], Call],
        *,
        model: str,
        asset: AssetId,
        ceiling: MicroUsd,
        repeats: Repeats,
    ) -> Paid:
        """One picture, by as many attempts as are allowed.

        `make_call` is given a fresh call id for each, and is not asked before there is a slot for it: a call holds the
        bytes of its references. `model` is the id whose limits apply. Raises OverBudget, Interrupted, or the DrawError
        of the last attempt ("not tried: ..." when there was none).
        """
        tries = _Tries(repeats=repeats)
        while True:
            try:
                return await self._attempt(generator, make_call, model, asset, ceiling, tries)
            except (Throttled, Unavailable, Lost, Blocked) as error:
                if not self._goes_on(error, tries):
                    raise
                if isinstance(error, Throttled):
                    continue  # the gates tell of all calls of the model at once
                wait_s = max(0.0, tries.not_before - self._clock())
                detail = {"wait_s": wait_s, "attempt": tries.made + 1, "message": error.message}
                self._report(Event(kind="retrying", asset=asset, detail=detail))

    async def _attempt(
        self,
        generator: Generator,
        make_call: Callable[[str], Call],
        model: str,
        asset: AssetId,
        ceiling: MicroUsd,
        tries: _Tries,
    ) -> Paid:
        while True:
            async with self._gates.slot(model, tries.not_before) as start:
                reservation = await self.purse.reserve(model, ceiling)
                try:
                    # Waiting for room can take as long as a whole call: look again what has closed since.
                    if not self._gates.is_open(model, start):
                        self.purse.settle(reservation, NOTHING)
                        continue
                    call = make_call(self._new_id())
                    await self._journal.intent(call, asset, reservation.amount)
                except BaseException:
                    self.purse.settle(reservation, NOTHING)
                    raise
                tries.made += 1
                return await self._made(generator, call, model, asset, reservation, start)

    async def _made(
        self, generator: Generator, call: Call, model: str, asset: AssetId, reservation: Reservation, start: Start
    ) -> Paid:
        """Make the call and book it, whatever becomes of it."""
        started = self._now()
        try:
            drawn = await generator.draw(call)
        except Lost as error:
            self._book_lost(call, asset, reservation, error.message)
            raise
        except DrawError as error:
            self._book_failure(call, model, asset, reservation, error)
            if isinstance(error, Throttled):
                self._gates.throttled(model, start, error, LONGEST_WAIT_S)
            raise
        except BaseException as error:
            # Cancelled, or a bug, with the call on the wire: nobody knows whether it was charged.
            self._book_lost(call, asset, reservation, f"broken off here: {type(error).__name__}")
            raise
        cost, cost_from = cost_of_picture(call.model, call.request.image_size, drawn.usage)
        self._settle(model, asset, reservation, cost)
        self._gates.succeeded(model)
        self._tell_oddities(asset, drawn)
        return Paid(
            drawn=drawn,
            call=call,
            started=started,
            ended=self._now(),
            cost=cost,
            cost_from=cost_from,
        )

    def _book_lost(self, call: Call, asset: AssetId, reservation: Reservation, message: str) -> None:
        self.purse.keep(reservation)
        self._journal.outcome(call, asset, "lost", NOTHING, "", {}, message)
        self._report(Event(kind="lost", asset=asset, detail={"message": message}))

    def _book_failure(self, call: Call, model: str, asset: AssetId, reservation: Reservation, error: DrawError) -> None:
        """Book what a failure cost, write it down, and close the gates if the account was refused."""
        cost, cost_from = cost_of_failure(call.model, call.request.image_size, error)
        self._settle(model, asset, reservation, cost)
        self._journal.outcome(call, asset, result_of(error), cost, cost_from, error.usage, error.message)
        if isinstance(error, AccountRefused):
            self._gates.refuse_account(error)

    def _settle(self, model: str, asset: AssetId, reservation: Reservation, cost: MicroUsd) -> None:
        most = self.purse.most(model, reservation.ceiling)
        self.purse.settle(reservation, cost)
        if cost > most:
            detail = {"model": model, "cost_micro_usd": cost, "ceiling_micro_usd": most}
            self._report(Event(kind="above_ceiling", asset=asset, detail=detail))

    def _goes_on(self, error: DrawError, tries: _Tries) -> bool:
        """Whether the call is made again after this failure; if so, `tries` says when."""
        if isinstance(error, Blocked):
            tries.repeats.blocked -= 1
            return tries.repeats.blocked >= 0
        wait_s = error.wait_s or 0.0 if isinstance(error, Unavailable) else 0.0
        if isinstance(error, Lost):
            tries.repeats.lost -= 1
            if tries.repeats.lost < 0:
                return False
        elif wait_s > LONGEST_WAIT_S or (isinstance(error, Throttled) and error.until):
            return False
        tries.failures += 1
        if isinstance(error, Throttled):
            return tries.failures < MOST_ATTEMPTS  # when is the pace's to say
        now = self._clock()
        tries.first_failure = now if tries.first_failure is None else tries.first_failure
        tries.not_before = now + max(wait_s, self._back_off_s(tries.failures))
        return tries.failures < MOST_ATTEMPTS and tries.not_before - tries.first_failure <= MOST_SECONDS

    def _back_off_s(self, failures: int) -> float:
        """Full jitter: anywhere between nothing and a bound that doubles."""
        import tenacity  # whose arithmetic this is; the SDK needs it anyway

        state = tenacity.RetryCallState(retry_object=None, fn=None, args=(), kwargs={})  # type: ignore[arg-type]
        state.attempt_number = failures
        bound = tenacity.wait_exponential(multiplier=1, max=_LONGEST_BACK_OFF_S)(state)
        return self._random.uniform(0.0, bound)

    def _tell_oddities(self, asset: AssetId, drawn: Drawn) -> None:
        """Say what was odd about an answer that was good all the same."""
        if drawn.spare:
            self._report(Event(kind="spare_pictures", asset=asset, detail={"count": len(drawn.spare)}))
        if drawn.declared_type and drawn.declared_type != drawn.type:
            detail = {"declared": drawn.declared_type, "type": drawn.type}
            self._report(Event(kind="misnamed_type", asset=asset, detail=detail))
