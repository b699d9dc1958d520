"""A generator that does as it is told, a clock that moves when someone sleeps, a journal that can be read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from pipeline.draw.generators import Call, Drawn
from pipeline.draw.limits import Limits, Pace, Paid, Purse, Repeats
from pipeline.words import AssetId, Event, MicroUsd
from tests.draw.conftest import a_call

PRO = "gemini-3-pro-image"
PRO_1K = 134_400
"""The table price of a 1K picture of PRO."""

USAGE = {"promptTokenCount": 10, "candidatesTokenCount": 1120, "thoughtsTokenCount": 100}
PAID = 10 * 2 + 1120 * 120 + 100 * 12
"""What USAGE costs on PRO."""


class Clock:
    """Time that passes only while everyone sleeps, and then at once."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        future = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.now + seconds, future))
        await future

    async def run(self) -> None:
        """Let time pass, from sleeper to sleeper, as long as nothing else is going on."""
        while True:
            for _ in range(50):  # until all that can happen now has happened
                await asyncio.sleep(0)
            self._sleepers = [(at, future) for at, future in self._sleepers if not future.done()]
            if self._sleepers:
                at, future = min(self._sleepers, key=lambda sleeper: sleeper[0])
                self.now = max(self.now, at)
                future.set_result(None)


class Journal:
    """Lines in the order in which they were written."""

    def __init__(self) -> None:
        self.lines: list[tuple[Any, ...]] = []
        self.reserved: dict[str, int] = {}

    async def intent(self, call: Call, asset: AssetId, reserved: MicroUsd) -> None:
        self.lines.append(("intent", call.id, asset))
        self.reserved[call.id] = reserved

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
        self.lines.append(("outcome", call.id, asset, result, int(cost), cost_from))

    @property
    def results(self) -> list[str]:
        return [line[3] for line in self.lines if line[0] == "outcome"]

    @property
    def intents(self) -> int:
        return sum(line[0] == "intent" for line in self.lines)


Act = Drawn | Exception | Callable[[Call], Any]


def a_drawn(usage: Mapping[str, Any] = USAGE, **fields: Any) -> Drawn:
    return Drawn(picture=b"picture", type="image/jpeg", width=1024, height=1024, usage=usage, **fields)


class Scripted:
    """Draws, or fails, as its script says; and then as `always` does. A callable may be async."""

    name = "scripted"

    def __init__(self, *script: Act, always: Act | None = None) -> None:
        self.script = list(script)
        self.always: Act = always if always is not None else a_drawn()
        self.calls: list[Call] = []
        self.times: list[float] = []
        self.in_flight = self.most_in_flight = 0
        self.clock: Callable[[], float] = lambda: 0.0

    def missing(self) -> str | None:
        return None

    async def draw(self, call: Call) -> Drawn:
        self.calls.append(call)
        self.times.append(self.clock())
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            act = self.script.pop(0) if self.script else self.always
            done = act(call) if callable(act) else act
            done = await done if asyncio.iscoroutine(done) else done
            if isinstance(done, Exception):
                raise done
            assert isinstance(done, Drawn)
            return done
        finally:
            self.in_flight -= 1

    async def aclose(self) -> None:
        """Nothing to give back."""


@dataclass(kw_only=True)
class Bench:
    """Limits with everything round them made for looking at."""

    generator: Scripted
    limits: Limits
    clock: Clock
    purse: Purse
    journal: Journal
    events: list[Event] = field(default_factory=list)

    async def draw(self, asset: str = "a", *, model: str = PRO, ceiling: int = 200_000, **options: Any) -> Paid:
        return await self.limits.draw(
            self.generator,
            lambda id: a_call(id=id, model=model),
            model=model,
            asset=AssetId(asset),
            ceiling=MicroUsd(ceiling),
            repeats=Repeats(lost=options.get("lost_left", 0), blocked=options.get("retry_blocked", 0)),
        )

    def told(self, kind: str) -> list[Mapping[str, Any]]:
        return [event.detail for event in self.events if event.kind == kind]


def run(
    story: Callable[[Bench], Any],
    *script: Act,
    always: Act | None = None,
    jobs: int | None = 4,
    pace_of: Callable[[str], Pace] = lambda model: Pace(),
    budget: int | None = None,
) -> Bench:
    """Play a story against a scripted generator, with time passing by itself; within real seconds at most."""

    async def play() -> Bench:
        clock, journal, events = Clock(), Journal(), list[Event]()
        purse = Purse(MicroUsd(budget) if budget is not None else None)
        ids = iter(range(1, 10_000))
        limits = Limits(
            purse=purse,
            jobs=jobs,
            clock=clock,
            sleep=clock.sleep,
            random=Random(1),
            report=events.append,
            journal=journal,
            now=lambda: f"T{clock.now:g}",
            new_id=lambda: f"call-{next(ids)}",
            pace_of=pace_of,
        )
        generator = Scripted(*script, always=always)
        generator.clock = clock
        bench = Bench(generator=generator, limits=limits, clock=clock, purse=purse, journal=journal, events=events)
        time = asyncio.ensure_future(clock.run())
        try:
            async with asyncio.timeout(20):
                await story(bench)
        finally:
            time.cancel()
        return bench

    return asyncio.run(play())
