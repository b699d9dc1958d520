"""What is called when, how often, and what it is booked as. Hours of back-off pass in milliseconds."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.draw.generators import Call, Drawn, DrawnPart
from pipeline.draw.limits import MOST_ATTEMPTS, OverBudget, Purse
from pipeline.errors import (
    AccountRefused,
    BadAnswer,
    BadCall,
    Blocked,
    DrawError,
    Interrupted,
    Lost,
    Throttled,
    Unavailable,
)
from pipeline.words import MicroUsd
from tests.draw.scripted import PAID, PRO, PRO_1K, USAGE, Bench, a_drawn, run

LITE = "gemini-3.1-flash-lite-image"


async def one(bench: Bench, **options: Any) -> None:
    await bench.draw(**options)


def failing(kind: type[Exception], **options: Any) -> Any:
    async def story(bench: Bench) -> None:
        with pytest.raises(kind):
            await bench.draw(**options)

    return story


async def outcomes(bench: Bench, count: int, **options: Any) -> list[Any]:
    """What became of that many draws, all asked for at once."""
    draws = (bench.draw(f"a{n}", **options) for n in range(count))
    return list(await asyncio.gather(*draws, return_exceptions=True))


# --- one call ---


def test_an_intent_is_written_before_the_call_and_the_cost_is_by_usage() -> None:
    async def story(bench: Bench) -> None:
        def on_the_wire(call: Call) -> Drawn:
            bench.journal.lines.append(("on the wire", call.id))
            return a_drawn()

        bench.generator.script = [on_the_wire]
        paid = await bench.draw()
        assert (paid.cost, paid.cost_from, paid.call.id) == (PAID, "usage", "call-1")
        assert (paid.started, paid.ended) == ("T1000", "T1000")

    bench = run(story)
    assert bench.journal.lines == [("intent", "call-1", "a"), ("on the wire", "call-1")]
    assert (bench.purse.spent, bench.purse.reserved) == (PAID, 0)


def test_an_answer_that_counts_nothing_costs_what_the_table_says() -> None:
    async def story(bench: Bench) -> None:
        paid = await bench.draw()
        assert (paid.cost, paid.cost_from) == (PRO_1K, "table")

    run(story, a_drawn(usage={}))


def test_oddities_of_a_good_answer_are_told() -> None:
    parts = tuple(DrawnPart(data=data, type="image/jpeg") for data in (b"one", b"two"))
    bench = run(one, a_drawn(turn=parts, declared_type="image/png"))
    assert bench.told("spare_pictures") == [{"count": 1}]
    assert bench.told("misnamed_type") == [{"declared": "image/png", "type": "image/jpeg"}]


def test_no_more_calls_are_in_flight_than_jobs() -> None:
    started = 0

    async def together(_: object) -> Drawn:
        """The first three wait for one another: they can only come together."""
        nonlocal started
        started += 1
        while started < 3:
            await asyncio.sleep(0)
        return a_drawn()

    bench = run(lambda bench: outcomes(bench, 20), always=together, jobs=3)
    assert bench.generator.most_in_flight == 3
    assert len(bench.generator.calls) == 20


def test_a_call_is_not_made_up_before_there_is_a_slot_for_it() -> None:
    async def story(bench: Bench) -> None:
        gate = asyncio.Event()

        async def held(_: object) -> Drawn:
            await gate.wait()
            return a_drawn()

        bench.generator.always = held
        draws = asyncio.gather(*(bench.draw(f"a{n}") for n in range(10)))
        while bench.journal.intents < 2:
            await asyncio.sleep(0)
        await bench.clock.sleep(1.0)
        assert bench.journal.intents == 2
        assert bench.limits.in_flight == 2
        gate.set()
        await draws

    run(story, jobs=2)


# --- what may pass by itself ---


@pytest.mark.parametrize(("error", "told"), [(Throttled("429"), []), (Unavailable("503"), [2, 3])])
def test_what_was_not_carried_out_is_tried_again_and_costs_nothing(error: DrawError, told: list[int]) -> None:
    bench = run(one, error, error)
    assert bench.journal.results == [type(error).__name__.lower()] * 2
    assert len({call.id for call in bench.generator.calls}) == bench.journal.intents == 3
    assert bench.purse.spent == PAID
    assert [detail["attempt"] for detail in bench.told("retrying")] == told


def test_attempts_come_to_an_end() -> None:
    bench = run(failing(Unavailable), always=Unavailable("503"))
    assert len(bench.generator.calls) == MOST_ATTEMPTS
    assert bench.purse.reserved == bench.purse.spent == 0


def test_back_off_grows_and_is_never_the_same() -> None:
    bench = run(failing(Unavailable), always=Unavailable("503"))
    waits = [after - before for before, after in zip(bench.generator.times, bench.generator.times[1:], strict=False)]
    assert all(0 <= wait <= 2**n for n, wait in enumerate(waits))
    assert len(set(waits)) == len(waits)


def test_the_wait_that_was_asked_for_is_kept() -> None:
    bench = run(one, Throttled("429", wait_s=34.0), Unavailable("503", wait_s=50.0))
    first, second, third = bench.generator.times
    assert second - first >= 34.0
    assert third - second >= 50.0
    assert bench.told("slowed") == [{"model": PRO, "per_minute": None, "wait_s": 33.5, "waiting": 1}]


def test_a_429_makes_every_call_of_that_model_wait_and_no_other() -> None:
    async def story(bench: Bench) -> None:
        await asyncio.gather(*(bench.draw(f"a{n}") for n in range(6)), bench.draw("b", model=LITE))

    bench = run(story, Throttled("429", wait_s=30.0), jobs=2)
    started = {PRO: list[float](), LITE: list[float]()}
    for call, time in zip(bench.generator.calls, bench.generator.times, strict=True):
        started[call.model.id].append(time - 1000.0)
    assert started[LITE] == [0.0]
    first, *others = sorted(started[PRO])
    assert first == 0.0
    assert len(others) == 6
    assert all(time >= 30.0 for time in others)


def test_a_model_that_takes_nothing_for_a_quarter_of_an_hour_is_waited_for_no_longer() -> None:
    async def story(bench: Bench) -> None:
        done = await outcomes(bench, 60)
        assert all(isinstance(error, Throttled) for error in done)
        assert sum("not tried" in error.message for error in done) > 30

    bench = run(story, always=Throttled("429"))
    assert bench.clock.now - 1000.0 < 1200.0
    assert bench.told("stopped")


def test_in_flight_are_as_many_as_were_asked_for_or_else_soon_as_many_as_are_of_use() -> None:
    async def two_seconds(_: object) -> Drawn:
        await clock[0].sleep(2.0)
        return a_drawn()

    async def story(bench: Bench) -> None:
        clock[0] = bench.clock
        await outcomes(bench, 200)

    clock: list[Any] = [None]
    assert run(story, always=two_seconds, jobs=8).generator.most_in_flight == 8
    assert 32 <= run(story, always=two_seconds, jobs=None).generator.most_in_flight <= 64


def test_a_wait_of_hours_is_not_waited_for() -> None:
    async def story(bench: Bench) -> None:
        first, *rest = await outcomes(bench, 4)
        assert isinstance(first, Throttled)
        assert "4000 s" in first.until
        assert all("not tried" in str(error) for error in rest)
        await bench.draw("b", model=LITE)

    bench = run(story, Throttled("429", wait_s=4000.0), jobs=1)
    assert bench.clock.now == 1000.0
    assert len(bench.generator.calls) == 2


def test_a_quota_per_day_stops_its_model_and_says_when_it_clears() -> None:
    async def story(bench: Bench) -> None:
        first, second = await outcomes(bench, 2)
        assert isinstance(first, Throttled)
        assert isinstance(second, Throttled)
        assert second.until == "midnight Pacific time"
        assert second.message.startswith("not tried")
        await bench.draw("b", model=LITE)

    bench = run(story, Throttled("429", until="midnight Pacific time"), jobs=1)
    assert bench.journal.intents == 2
    assert bench.told("stopped") == [{"model": PRO, "until": "midnight Pacific time", "message": "429"}]


def test_hours_of_trouble_end_within_the_bound() -> None:
    bench = run(failing(Unavailable), always=Unavailable("503", wait_s=119.0))
    assert bench.clock.now - 1000.0 <= 900.0


# --- what does not ---


@pytest.mark.parametrize(
    ("error", "result", "cost"),
    [
        (Blocked("no", usage={"promptTokenCount": 9, "thoughtsTokenCount": 1}), "blocked", 9 * 2 + 12),
        (Blocked("no"), "blocked", 0),
        (BadAnswer("wrong size", usage=USAGE, kept=b"x"), "bad", PAID),
        (BadAnswer("wrong size", kept=b"x"), "bad", PRO_1K),
        (BadAnswer("no JSON"), "bad", 0),
        (BadCall("400"), "refused", 0),
        (AccountRefused("403"), "refused", 0),
    ],
)
def test_a_failure_is_booked_and_not_repeated(error: DrawError, result: str, cost: int) -> None:
    bench = run(failing(type(error)), error)
    assert len(bench.generator.calls) == 1
    assert bench.journal.lines[-1][3:5] == (result, cost)
    assert (bench.purse.spent, bench.purse.reserved) == (cost, 0)


def test_a_blocked_call_is_repeated_as_often_as_is_allowed() -> None:
    blocked = Blocked("no", usage={"promptTokenCount": 9})
    assert len(run(failing(Blocked, retry_blocked=2), always=blocked).generator.calls) == 3
    assert run(lambda bench: one(bench, retry_blocked=2), blocked, blocked).purse.spent == 2 * 18 + PAID


def test_after_a_refused_account_nothing_more_is_sent() -> None:
    async def story(bench: Bench) -> None:
        first, *rest = await outcomes(bench, 10)
        assert isinstance(first, AccountRefused)
        assert all(isinstance(error, AccountRefused) and "not tried: bad key" in error.message for error in rest)
        with pytest.raises(AccountRefused, match="not tried"):
            await bench.draw("b", model=LITE)

    bench = run(story, AccountRefused("bad key"), jobs=1)
    assert len(bench.generator.calls) == bench.journal.intents == 1


# --- lost ---


def test_a_lost_call_is_repeated_once_and_keeps_its_reservation() -> None:
    bench = run(lambda bench: one(bench, lost_left=1), Lost("time-out"))
    assert bench.journal.lines[1] == ("outcome", "call-1", "a", "lost", 0, "")
    assert bench.journal.results == ["lost"]
    assert (bench.purse.spent, bench.purse.reserved, bench.purse.kept) == (PAID, 200_000, 200_000)
    assert bench.told("lost") == [{"message": "time-out"}]


def test_no_more_repeats_are_made_than_are_left() -> None:
    assert len(run(failing(Lost, lost_left=0), always=Lost("cut")).generator.calls) == 1
    assert len(run(failing(Lost, lost_left=2), always=Lost("cut")).generator.calls) == 3


def test_a_repeat_that_no_longer_fits_is_over_the_budget() -> None:
    bench = run(failing(OverBudget, lost_left=1), Lost("cut"), budget=300_000)
    assert len(bench.generator.calls) == 1
    assert bench.purse.reserved == 200_000


def test_a_bug_with_the_call_on_the_wire_is_booked_as_lost() -> None:
    bench = run(failing(ZeroDivisionError), ZeroDivisionError("bug"))
    assert bench.journal.results == ["lost"]
    assert bench.purse.kept == 200_000


def test_a_cancelled_call_is_booked_as_lost() -> None:
    async def story(bench: Bench) -> None:
        async def forever(_: object) -> Drawn:
            await asyncio.Event().wait()
            raise AssertionError

        bench.generator.always = forever
        task = asyncio.ensure_future(bench.draw())
        while not bench.generator.calls:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    bench = run(story)
    assert bench.journal.results == ["lost"]
    assert bench.purse.kept == 200_000
    assert bench.limits.in_flight == 0


def test_a_journal_that_cannot_be_written_makes_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(bench: Bench) -> None:
        def full(*_: object) -> None:
            raise OSError("no space left on device")

        monkeypatch.setattr(bench.journal, "intent", full)
        with pytest.raises(OSError, match="no space"):
            await bench.draw()

    bench = run(story)
    assert bench.generator.calls == []
    assert bench.purse.reserved == 0


# --- interrupted ---


def test_after_a_stop_nothing_starts_and_what_is_in_flight_arrives() -> None:
    async def story(bench: Bench) -> None:
        gate = asyncio.Event()

        async def held(_: object) -> Drawn:
            await gate.wait()
            return a_drawn()

        bench.generator.always = held
        draws = [asyncio.ensure_future(bench.draw(f"a{n}")) for n in range(5)]
        while len(bench.generator.calls) < 2:
            await asyncio.sleep(0)
        bench.limits.stop()
        done = await asyncio.gather(*draws[2:], return_exceptions=True)
        assert all(isinstance(error, Interrupted) for error in done)
        gate.set()
        assert [paid.cost for paid in await asyncio.gather(*draws[:2])] == [PAID, PAID]

    bench = run(story, jobs=2)
    assert len(bench.generator.calls) == 2


def test_a_stop_wakes_who_backs_off() -> None:
    async def story(bench: Bench) -> None:
        task = asyncio.ensure_future(bench.draw())
        while not bench.told("slowed"):
            await asyncio.sleep(0)
        bench.limits.stop()
        with pytest.raises(Interrupted):
            await task
        assert bench.clock.now < 1100.0

    bench = run(story, Throttled("429", wait_s=110.0))
    assert bench.journal.results == ["throttled"]


# --- money ---


def test_a_call_that_does_not_fit_waits_for_those_in_flight() -> None:
    async def story(bench: Bench) -> None:
        done = await outcomes(bench, 2)
        assert [paid.cost for paid in done] == [PAID, PAID]

    async def slow(_: object) -> Drawn:
        await asyncio.sleep(0.001)
        return a_drawn()

    bench = run(story, always=slow, budget=PAID + 200_000)
    assert bench.generator.most_in_flight == 1


def test_a_call_that_can_never_fit_is_over_the_budget_at_once() -> None:
    bench = run(failing(OverBudget, ceiling=500_000), budget=499_999)
    assert bench.journal.lines == []


def test_a_build_spends_its_budget_and_holds_the_rest() -> None:
    async def story(bench: Bench) -> None:
        done = await outcomes(bench, 10)
        held = [error for error in done if isinstance(error, OverBudget)]
        assert len(held) == 6
        assert "$" in held[0].message

    bench = run(story, budget=PAID * 4 + 100_000)
    assert bench.purse.spent == PAID * 4


def test_who_waits_for_room_does_not_start_on_a_model_that_was_throttled_meanwhile() -> None:
    async def throttled(_: object) -> Drawn:
        await asyncio.sleep(0.001)
        raise Throttled("429", wait_s=60.0)

    async def story(bench: Bench) -> None:
        await outcomes(bench, 2)

    bench = run(story, throttled, budget=PAID + 200_000, jobs=2)
    assert [time >= 1060.0 for time in bench.generator.times] == [False, True, True]


def test_an_answer_above_its_ceiling_is_told_and_raises_the_ceiling() -> None:
    async def story(bench: Bench) -> None:
        await bench.draw("a", ceiling=PAID - 1000)
        await bench.draw("b", ceiling=PAID - 1000)
        await bench.draw("c", ceiling=PAID - 1000, model=LITE)

    bench = run(story)
    assert bench.journal.reserved == {"call-1": PAID - 1000, "call-2": PAID, "call-3": PAID - 1000}
    assert bench.told("above_ceiling") == [{"model": PRO, "cost_micro_usd": PAID, "ceiling_micro_usd": PAID - 1000}]


def test_what_is_in_flight_is_reckoned_as_dear_as_an_answer_has_shown() -> None:
    async def play() -> None:
        purse = Purse(MicroUsd(400))
        one, two, other = [await purse.reserve(model, MicroUsd(100)) for model in (PRO, PRO, LITE)]
        purse.settle(one, MicroUsd(150))
        assert purse.reserved == 150 + 100, "also of the call that was made before it was known"
        with pytest.raises(OverBudget, match=r"may cost \$0.00035"):
            await purse.reserve(PRO, MicroUsd(300))
        purse.settle(two, MicroUsd(150))
        purse.settle(other, MicroUsd(100))
        assert purse.most(PRO, MicroUsd(100)) == 150, "and no dearer for having been seen twice"
        assert purse.spent == 400
        assert purse.overrun == 0

    asyncio.run(play())


def test_a_lost_call_is_kept_at_what_it_may_have_cost_and_an_overrun_is_known() -> None:
    async def play() -> None:
        purse = Purse(MicroUsd(200))
        one, two = [await purse.reserve(PRO, MicroUsd(100)) for _ in range(2)]
        purse.settle(one, MicroUsd(230))
        purse.keep(two)
        assert (purse.kept, purse.spent, purse.overrun) == (230, 230, 30)

    asyncio.run(play())


@settings(max_examples=60, deadline=None)
@given(
    budget=st.integers(0, 40),
    calls=st.lists(
        st.tuples(st.integers(0, 15), st.integers(0, 15), st.sampled_from(["settle", "keep"]), st.integers(0, 3)),
        max_size=12,
    ),
)
def test_spent_and_reserved_never_pass_the_budget(budget: int, calls: list[tuple[int, int, str, int]]) -> None:
    async def play() -> None:
        purse = Purse(MicroUsd(budget))

        async def call(ceiling: int, actual: int, end: str, steps: int) -> None:
            try:
                reservation = await purse.reserve(PRO, MicroUsd(ceiling))
            except OverBudget:
                return
            assert purse.spent + purse.reserved <= budget
            for _ in range(steps):
                await asyncio.sleep(0)
            if end == "keep":
                purse.keep(reservation)
            else:
                purse.settle(reservation, MicroUsd(min(actual, ceiling)))
            assert purse.spent + purse.reserved <= budget

        async with asyncio.timeout(10):  # nobody waits for ever
            await asyncio.gather(*(call(*spec) for spec in calls))
        assert purse.reserved == purse.kept

    asyncio.run(play())


@settings(max_examples=60, deadline=None)
@given(
    script=st.lists(
        st.sampled_from(
            [
                a_drawn(),
                a_drawn(usage={}),
                Throttled("429"),
                Throttled("429", wait_s=20.0),
                Throttled("429", until="midnight"),
                Unavailable("503"),
                Lost("cut"),
                Blocked("no", usage={"promptTokenCount": 9}),
                BadAnswer("size", usage=USAGE, kept=b"x"),
                BadCall("400"),
                AccountRefused("403"),
            ]
        ),
        max_size=25,
    ),
    jobs=st.integers(1, 5),
    budget=st.none() | st.integers(0, 2_000_000),
    lost_left=st.integers(0, 2),
    retry_blocked=st.integers(0, 2),
)
def test_whatever_happens_every_call_is_booked_once_and_the_sums_agree(
    script: list[Any], jobs: int, budget: int | None, lost_left: int, retry_blocked: int
) -> None:
    done: list[Any] = []

    async def story(bench: Bench) -> None:
        done.extend(await outcomes(bench, 8, lost_left=lost_left, retry_blocked=retry_blocked))

    bench = run(story, *script, jobs=jobs, budget=budget)
    drawn = [paid for paid in done if not isinstance(paid, Exception)]
    assert all(isinstance(error, DrawError | OverBudget) for error in done if isinstance(error, Exception))
    outcomes_of = [line[1] for line in bench.journal.lines if line[0] == "outcome"]
    assert sorted([*outcomes_of, *(paid.call.id for paid in drawn)]) == sorted(
        call.id for call in bench.generator.calls
    )
    failed = sum(line[4] for line in bench.journal.lines if line[0] == "outcome")
    assert bench.purse.spent == failed + sum(paid.cost for paid in drawn)
    assert bench.purse.kept == 200_000 * bench.journal.results.count("lost") == bench.purse.reserved
    assert budget is None or bench.purse.spent + bench.purse.reserved <= budget
    assert bench.limits.in_flight == 0
