"""A minute's limit and 300 calls: nearly no 429 after the first, and hardly longer than with all knowledge."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import pytest

from pipeline.draw.generators import Call, Drawn
from pipeline.draw.pace import Pace
from pipeline.errors import Throttled
from tests.draw.rate_limits import RATES, FixedWindow, Rate, SlidingWindow, ideal_s
from tests.draw.scripted import Bench, Clock, a_drawn, run

CALLS = 300
MOST_AGAIN = CALLS * 2 // 100
AUTO_JOBS = 64


@dataclass(kw_only=True)
class Service:
    """Answers by its rate: a 429 after 0.1 s, a picture after its time."""

    rate: Rate
    latency_s: float
    says_wait: bool = True
    says_quota: bool = False
    clock: Clock | None = None
    random: Random = field(default_factory=lambda: Random(7))
    began: float = 1000.0
    first_refused: float | None = None
    refused: int = 0
    again: int = 0
    """Calls that were sent after the first 429 had come, and got one."""

    async def __call__(self, call: Call) -> Drawn:
        clock = self.clock
        assert clock is not None
        sent = clock.now
        await clock.sleep(self.random.uniform(0.0, 0.05))
        wait_s = self.rate.take(clock.now - self.began)
        if wait_s is None:
            await clock.sleep(self.latency_s * self.random.uniform(0.9, 1.0))
            return a_drawn()
        await clock.sleep(0.05)
        self.refused += 1
        if self.first_refused is None:
            self.first_refused = clock.now
        elif sent >= self.first_refused:
            self.again += 1
        raise Throttled("429", wait_s=wait_s if self.says_wait else None, quota=60 if self.says_quota else None)


def drawn(service: Service, *, jobs: int | None, pace_of: Callable[[str], Pace] = lambda model: Pace()) -> Bench:
    """300 draws against the service; none fails."""

    async def story(bench: Bench) -> None:
        service.clock = bench.clock
        await asyncio.gather(*(bench.draw(f"a{n}") for n in range(CALLS)))

    return run(story, always=service, jobs=jobs, pace_of=pace_of)


def took_s(bench: Bench) -> float:
    return bench.clock.now - 1000.0


@pytest.mark.parametrize(
    ("latency_s", "jobs", "says_quota"),
    [(2.0, None, False), (2.0, 50, False), (20.0, None, False), (2.0, None, True), (20.0, 8, True)],
)
@pytest.mark.parametrize("rate", RATES.values(), ids=list(RATES))
def test_a_service_that_says_how_long_to_wait_is_filled_and_not_bounced_off(
    rate: Callable[[], Rate], latency_s: float, jobs: int | None, says_quota: bool
) -> None:
    service = Service(rate=rate(), latency_s=latency_s, says_quota=says_quota)
    bench = drawn(service, jobs=jobs)
    assert took_s(bench) <= 1.1 * ideal_s(rate(), CALLS, jobs or AUTO_JOBS, latency_s)
    assert service.again <= MOST_AGAIN


@pytest.mark.parametrize(("latency_s", "jobs", "says_quota"), [(2.0, None, False), (20.0, None, False), (2.0, 8, True)])
@pytest.mark.parametrize("name", ["fixed window", "sliding window", "one by one"])
def test_a_service_that_says_no_wait_is_found_out(
    name: str, latency_s: float, jobs: int | None, says_quota: bool
) -> None:
    service = Service(rate=RATES[name](), latency_s=latency_s, says_wait=False, says_quota=says_quota)
    bench = drawn(service, jobs=jobs)
    assert took_s(bench) <= 1.1 * ideal_s(RATES[name](), CALLS, jobs or AUTO_JOBS, latency_s)
    assert service.again <= MOST_AGAIN


def test_where_nothing_is_said_of_the_services_own_minute_at_most_one_minute_is_lost() -> None:
    service = Service(rate=FixedWindow(60, ahead_s=30.0), latency_s=2.0, says_wait=False)
    bench = drawn(service, jobs=None)
    assert took_s(bench) <= 60.0 + ideal_s(FixedWindow(60, ahead_s=30.0), CALLS, AUTO_JOBS, 2.0)
    assert service.again <= MOST_AGAIN


def test_a_limit_from_settings_gets_no_429_at_all() -> None:
    service = Service(rate=SlidingWindow(60), latency_s=2.0)
    bench = drawn(service, jobs=None, pace_of=lambda model: Pace(60))
    assert service.refused == 0
    assert took_s(bench) <= 1.1 * ideal_s(SlidingWindow(60), CALLS, AUTO_JOBS, 2.0)


def test_what_an_earlier_build_used_counts() -> None:
    rate = SlidingWindow(60)
    for _ in range(40):
        assert rate.take(-20.0) is None
    service = Service(rate=rate, latency_s=2.0)
    drawn(service, jobs=None, pace_of=lambda model: Pace(60, recent=[980.0] * 40))
    assert service.refused == 0


def test_a_limit_that_was_learnt_too_low_is_left_behind() -> None:
    """Another machine uses most of the first minute, and none of the others."""
    rate = SlidingWindow(60)
    for _ in range(50):
        assert rate.take(0.0) is None
    service = Service(rate=rate, latency_s=2.0, says_wait=False)
    bench = drawn(service, jobs=None)
    # At ten a minute, as the first 429 has it, it would take half an hour.
    assert took_s(bench) <= 900.0


def test_one_line_says_what_is_learnt() -> None:
    service = Service(rate=SlidingWindow(60), latency_s=2.0)
    bench = drawn(service, jobs=50)
    told = bench.told("slowed")
    assert service.refused > 1
    assert 58 <= told[0]["per_minute"] <= 62
    assert told[0]["waiting"] > 200
    assert len(told) == 1
    assert bench.told("retrying") == []
