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
    """The most that a call in flight may cost."""

    amount: MicroUsd


class Purse:
    """Spent and reserved never pass the budget; None is a purse without bound. For one event loop."""

    def __init__(self, budget: MicroUsd | None = None) -> None:
        self.budget = budget
        self.spent = NOTHING
        """By the facts: what settled calls cost."""
        self.kept = NOTHING
        """Reserved to the end: calls that may have been charged."""
        self._open: set[Reservation] = set()
        self._bell = Bell()

    @property
    def reserved(self) -> MicroUsd:
        """By calls in flight and calls that were lost."""
        return MicroUsd(self.kept + sum(reservation.amount for reservation in self._open))

    async def reserve(self, ceiling: MicroUsd) -> Reservation:
        """Room for a call. Waits while calls in flight could make it; raises OverBudget when none can."""
        while not self._fits(self.spent + self.reserved + ceiling):
            if not self._open or not self._fits(self.spent + self.kept + ceiling):
                raise OverBudget(
                    self._refusal(ceiling), hint="raise `budget.per_build`, or allow more with `--max-cost`"
                )
            await self._bell.wait()
        reservation = Reservation(ceiling)
        self._open.add(reservation)
        return reservation

    def settle(self, reservation: Reservation, actual: MicroUsd) -> None:
        """The call is over and cost that much, perhaps nothing; the rest is free again."""
        self._open.discard(reservation)
        self.spent = MicroUsd(self.spent + actual)
        self._bell.ring()

    def keep(self, reservation: Reservation) -> None:
        """Nobody knows what the call cost: its reservation stays until the build ends."""
        if reservation in self._open:
            self._open.discard(reservation)
            self.kept = MicroUsd(self.kept + reservation.amount)
            self._bell.ring()

    def _fits(self, total: int) -> bool:
        return self.budget is None or total <= self.budget

    def _refusal(self, ceiling: MicroUsd) -> str:
        left = max(0, (self.budget or 0) - self.spent - self.kept)
        return f"the budget has {usd(MicroUsd(left))} left, and this may cost {usd(ceiling)}"
