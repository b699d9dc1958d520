"""The budget of one build: what was spent, what is reserved, and who waits for room."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from pipeline.amounts import usd
from pipeline.errors import PipelineError
from pipeline.words import NOTHING, MicroUsd


class OverBudget(PipelineError):
    """A call does not fit the budget, and no call in flight can make room for it: the asset is held."""

    exit_code = 3


class Bell:
    """Wakes all who wait, whenever it rings; each looks for itself whether anything has changed for it."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

    def wait(self) -> Coroutine[Any, Any, object]:
        """For awaiting the next ring from now on, also where the awaiting begins later."""
        return self._event.wait()


@dataclass(frozen=True, eq=False)
class Reservation:
    """Room for a call in flight."""

    model: str
    ceiling: MicroUsd
    """The most that it may cost, as it was reckoned beforehand."""
    amount: MicroUsd
    """What was reserved when it was made: its ceiling, raised by what was known by then."""


class Purse:
    """Spent and reserved never pass the budget; None is a purse without bound. For one event loop.

    An answer that costs more than its ceiling raises the ceilings of its model, of calls in flight too: those may pass
    the budget, since they were made before it was known, and until there is room again nothing new is.
    """

    def __init__(self, budget: MicroUsd | None = None) -> None:
        self.budget = budget
        self.spent = NOTHING
        """By the facts: what settled calls cost."""
        self.kept = NOTHING
        """Reserved to the end: calls that may have been charged."""
        self._open: set[Reservation] = set()
        self._surplus: dict[str, MicroUsd] = {}
        """By how much an answer of a model has cost more than its ceiling."""
        self._bell = Bell()

    @property
    def reserved(self) -> MicroUsd:
        """By calls in flight and calls that were lost."""
        return MicroUsd(self.kept + sum(self.most(one.model, one.ceiling) for one in self._open))

    @property
    def overrun(self) -> MicroUsd:
        """What was spent beyond the budget: by answers that cost more than could be known."""
        return NOTHING if self.budget is None else MicroUsd(max(0, self.spent - self.budget))

    def most(self, model: str, ceiling: MicroUsd) -> MicroUsd:
        """The most that a call of the model may cost, by all that is known now."""
        return MicroUsd(ceiling + self._surplus.get(model, NOTHING))

    async def reserve(self, model: str, ceiling: MicroUsd) -> Reservation:
        """Room for a call. Waits while calls in flight could make it; raises OverBudget when none can."""
        while not self._fits(self.spent + self.reserved + self.most(model, ceiling)):
            most = self.most(model, ceiling)
            if not self._open or not self._fits(self.spent + self.kept + most):
                raise OverBudget(self._refusal(most), hint="raise `budget.per_build`, or allow more with `--max-cost`")
            await self._bell.wait()
        reservation = Reservation(model, ceiling, self.most(model, ceiling))
        self._open.add(reservation)
        return reservation

    def settle(self, reservation: Reservation, actual: MicroUsd) -> None:
        """The call is over and cost that much, perhaps nothing; the rest is free again."""
        self._open.discard(reservation)
        if actual > self.most(reservation.model, reservation.ceiling):
            self._surplus[reservation.model] = MicroUsd(actual - reservation.ceiling)
        self.spent = MicroUsd(self.spent + actual)
        self._bell.ring()

    def keep(self, reservation: Reservation) -> None:
        """Nobody knows what the call cost: its reservation stays until the build ends."""
        if reservation in self._open:
            self._open.discard(reservation)
            self.kept = MicroUsd(self.kept + self.most(reservation.model, reservation.ceiling))
            self._bell.ring()

    def _fits(self, total: int) -> bool:
        return self.budget is None or total <= self.budget

    def _refusal(self, ceiling: MicroUsd) -> str:
        left = max(0, (self.budget or 0) - self.spent - self.kept)
        return f"the budget has {usd(MicroUsd(left))} left, and this may cost {usd(ceiling)}"
