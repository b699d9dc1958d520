"""When what may be done, by a clock that the test turns: no file, no thread, no waiting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pipeline.live.pace import Build, Due, Ended, Pace, Rules, Why, Work
from pipeline.words import AssetId, MicroUsd

CENT = 10_000


def due(wants: str = "a", *, table: int = 10 * CENT, worst: int = 20 * CENT, needs: tuple[str, ...] = ()) -> Due:
    needed = frozenset(map(AssetId, needs))
    return Due(wants=wants, draws=1, table=MicroUsd(table), worst=MicroUsd(worst), needs=needed)


def work(free: Mapping[str, str] | None = None, **paid: Due) -> Work:
    return Work(
        {AssetId(id): wants for id, wants in (free or {}).items()}, {AssetId(id): one for id, one in paid.items()}
    )


def a_pace(**rules: Any) -> Pace:
    return Pace(Rules(**{"settle_s": 2.0, "budget": MicroUsd(100 * CENT), **rules}), quiet_since=0.0)


def begun(pace: Pace, now: float) -> Build:
    build = pace.verdict(now).build
    assert build is not None
    pace.began(build, now)
    return build


def ids(*names: str) -> frozenset[AssetId]:
    return frozenset(map(AssetId, names))


# --- free and paid ----------------------------------------------------------------------------------------------------


def test_free_work_begins_at_once_and_a_paid_draw_when_it_was_quiet() -> None:
    pace = a_pace()
    pace.saved(10.0)
    pace.found(work({"icon": "copy"}, fox=due()), 10.1)
    first = begun(pace, 10.1)
    assert (first.ids, first.max_cost, first.is_free) == (ids("icon"), 0, True)
    pace.ended(Ended())
    pace.found(work(fox=due()), 10.2)
    verdict = pace.verdict(11.9)
    assert verdict.build is None and verdict.wait is not None
    assert (verdict.wait.why, verdict.wait.until, verdict.again_at) == (Why.SETTLE, 12.1, 12.1)
    assert begun(pace, 12.1).ids == ids("fox")


def test_each_save_begins_the_wait_anew() -> None:
    pace = a_pace()
    for number in range(10):
        now = float(number)
        pace.saved(now)
        pace.found(work(fox=due(f"prompt {number}")), now + 0.05)
        assert pace.verdict(now + 0.9).build is None
    assert begun(pace, 11.05).wants == {"fox": "prompt 9"}


def test_free_and_paid_work_that_may_begin_together_is_one_build() -> None:
    pace = a_pace(settle_s=0.0)
    pace.found(work({"icon": "copy"}, fox=due()), 1.0)
    build = begun(pace, 1.0)
    assert (build.ids, build.is_free, build.agreed) == (ids("icon", "fox"), False, 10 * CENT)


def test_nothing_begins_while_the_specs_are_broken() -> None:
    pace = a_pace(settle_s=0.0)
    pace.found(work({"icon": "copy"}, fox=due()), 1.0)
    pace.broke()
    pace.ask(None, MicroUsd(10 * CENT))
    assert pace.verdict(99.0).build is None
    pace.found(work({"icon": "copy"}, fox=due()), 100.0)
    assert pace.verdict(100.0).build is not None


def test_two_clicks_are_one_build_and_another_one_after_a_save_is_another() -> None:
    pace = a_pace()
    pace.found(work(fox=due("first")), 0.0)
    pace.ask(ids("fox"), MicroUsd(10 * CENT))
    pace.ask(ids("fox"), MicroUsd(10 * CENT))
    assert begun(pace, 0.0).is_asked
    pace.ask(ids("fox"), MicroUsd(10 * CENT))
    pace.found(work(fox=due("second")), 1.0)
    pace.ask(ids("fox"), MicroUsd(10 * CENT))
    pace.ended(Ended(failed=ids("fox")))
    assert begun(pace, 1.0).wants == {"fox": "second"}
    pace.ended(Ended(failed=ids("fox")))
    assert pace.verdict(1.0).build is None


def test_what_is_saved_during_a_build_is_built_after_it_at_once_if_that_was_long_ago() -> None:
    pace = a_pace()
    pace.found(work(fox=due("first")), 0.0)
    begun(pace, 2.0)
    pace.saved(3.0)
    pace.found(work(fox=due("second")), 3.1)
    assert pace.verdict(30.0).build is None
    pace.ended(Ended(cost=MicroUsd(CENT)))
    pace.found(work(fox=due("second")), 30.0)
    assert begun(pace, 30.0).wants == {"fox": "second"}


def test_git_is_waited_for_and_what_it_wrote_settles_after_it() -> None:
    pace = a_pace()
    pace.found(work({"icon": "copy"}, fox=due()), 0.0)
    pace.git(True, 0.0)
    assert begun(pace, 0.0).is_free
    pace.ended(Ended())
    pace.found(work(fox=due()), 0.1)
    verdict = pace.verdict(50.0)
    assert verdict.build is None and verdict.wait is not None and verdict.wait.why is Why.GIT
    assert verdict.again_at is not None and 50.0 < verdict.again_at <= 50.5
    pace.git(False, 60.0)
    assert pace.verdict(61.9).build is None
    assert begun(pace, 62.0).ids == ids("fox")


def test_nothing_at_all_is_built_while_git_writes_files() -> None:
    """The lock is one of them."""
    pace = a_pace(settle_s=0.0)
    pace.found(work({"icon": "copy"}, fox=due()), 0.0)
    pace.ask(None, MicroUsd(10 * CENT))
    pace.git(True, 0.0, writes=True)
    verdict = pace.verdict(5.0)
    assert verdict.build is None and verdict.again_at is not None and verdict.again_at > 5.0
    pace.git(True, 6.0)
    assert begun(pace, 6.0).is_asked


def test_a_yes_does_not_hurry_git() -> None:
    pace = a_pace()
    pace.found(work(fox=due()), 0.0)
    pace.git(True, 0.0)
    wait = pace.verdict(0.0).wait
    assert wait is not None and pace.allow(wait.question)
    assert pace.verdict(0.1).build is None
    pace.git(False, 1.0)
    assert begun(pace, 1.0).ids == ids("fox")


# --- asking -----------------------------------------------------------------------------------------------------------


def test_a_dear_build_waits_for_a_yes_where_somebody_can_be_asked() -> None:
    pace = a_pace(ask_above=MicroUsd(15 * CENT))
    pace.found(work(fox=due(), wolf=due()), 0.0)
    wait = pace.verdict(99.0).wait
    assert wait is not None and (wait.why, wait.draws, wait.table, wait.top) == (Why.ASK, 2, 20 * CENT, 40 * CENT)
    assert not pace.allow("another question")
    assert pace.verdict(99.0).build is None
    assert pace.allow(wait.question)
    assert begun(pace, 99.0).ids == ids("fox", "wolf")


def test_a_later_save_takes_the_question_back() -> None:
    pace = a_pace(ask_above=MicroUsd(CENT))
    pace.found(work(fox=due("first")), 0.0)
    before = pace.verdict(9.0).wait
    pace.found(work(fox=due("second")), 9.5)
    now = pace.verdict(9.5).wait
    assert before is not None and now is not None and before.question != now.question
    assert not pace.allow(before.question)
    assert pace.verdict(99.0).build is None


def test_a_yes_given_before_a_save_counts_no_more_after_it() -> None:
    pace = a_pace(ask_above=MicroUsd(CENT))
    pace.found(work(fox=due("first")), 0.0)
    wait = pace.verdict(0.0).wait
    assert wait is not None and pace.allow(wait.question)
    pace.found(work(fox=due("second")), 0.1)
    assert pace.verdict(99.0).build is None


def test_a_no_counts_until_something_else_is_asked() -> None:
    pace = a_pace(ask_above=MicroUsd(CENT))
    pace.found(work(fox=due("first")), 0.0)
    wait = pace.verdict(0.0).wait
    assert wait is not None and pace.refuse(wait.question)
    pace.saved(5.0)
    pace.found(work(fox=due("first")), 5.0)
    assert pace.verdict(99.0) == pace.verdict(99.0)._replace(build=None, wait=None)
    pace.found(work(fox=due("second")), 99.0)
    assert pace.verdict(99.0).wait is not None


def test_what_is_over_the_budget_of_the_whole_watch_waits_for_a_yes_which_is_for_that_alone() -> None:
    pace = a_pace(settle_s=0.0, budget=MicroUsd(15 * CENT))
    pace.found(work(fox=due()), 0.0)
    assert begun(pace, 0.0).max_cost == 15 * CENT
    pace.ended(Ended(cost=MicroUsd(10 * CENT)))
    pace.found(work(wolf=due()), 1.0)
    wait = pace.verdict(1.0).wait
    assert wait is not None and wait.why is Why.BUDGET and pace.left == 5 * CENT
    assert pace.allow(wait.question)
    assert begun(pace, 1.0).max_cost == 20 * CENT
    pace.ended(Ended(cost=MicroUsd(10 * CENT)))
    pace.found(work(bear=due()), 2.0)
    assert pace.left == 0
    assert pace.verdict(2.0).build is None


def test_what_the_budget_held_back_waits_for_a_yes_and_the_rest_goes_on() -> None:
    pace = a_pace(settle_s=0.0)
    pace.found(work(fox=due(), wolf=due()), 0.0)
    begun(pace, 0.0)
    pace.ended(Ended(cost=MicroUsd(10 * CENT), over_budget=ids("wolf")))
    pace.found(work(wolf=due()), 1.0)
    wait = pace.verdict(99.0).wait
    assert wait is not None and wait.why is Why.BUDGET
    pace.found(work(wolf=due(), bear=due()), 100.0)
    assert begun(pace, 100.0).ids == ids("bear")
    pace.ended(Ended())
    pace.found(work(wolf=due()), 101.0)
    pace.rule(pace.rules._replace(budget=MicroUsd(500 * CENT)))
    assert begun(pace, 101.0).ids == ids("wolf")


def test_a_person_need_not_wait() -> None:
    pace = a_pace(auto=False)
    pace.found(work({"icon": "copy"}, fox=due(), wolf=due()), 0.0)
    pace.git(True, 0.0)
    assert pace.verdict(99.0) == pace.verdict(99.0)._replace(build=None, wait=None, again_at=None)
    assert pace.price(ids("fox")) == 10 * CENT
    pace.ask(ids("fox"), MicroUsd(10 * CENT))
    pace.ask(None, MicroUsd(20 * CENT))
    build = begun(pace, 0.1)
    assert (build.ids, build.agreed, build.wants) == (ids("fox"), 10 * CENT, {"fox": "a"})
    pace.ended(Ended())
    pace.found(work({"icon": "copy"}, wolf=due()), 1.0)
    assert begun(pace, 1.0).ids is None


# --- what went wrong --------------------------------------------------------------------------------------------------


def test_what_failed_is_not_paid_for_again_before_it_asks_for_something_else() -> None:
    pace = a_pace(settle_s=0.0)
    pace.found(work(fox=due("first"), den=due(needs=("fox",))), 0.0)
    begun(pace, 0.0)
    pace.ended(Ended(failed=ids("fox"), untried=ids("den")))
    pace.found(work(fox=due("first"), den=due(needs=("fox",))), 1.0)
    pace.saved(2.0)
    assert pace.verdict(99.0).build is None
    pace.found(work(fox=due("second"), den=due(needs=("fox",))), 100.0)
    assert begun(pace, 100.0).ids == ids("fox", "den")


def test_what_cost_nothing_is_tried_again_with_the_next_save() -> None:
    pace = a_pace(settle_s=0.0)
    pace.found(work(fox=due()), 0.0)
    begun(pace, 0.0)
    pace.ended(Ended(untried=ids("fox")))
    pace.found(work(fox=due()), 1.0)
    assert pace.verdict(99.0).build is None
    pace.saved(100.0)
    assert begun(pace, 100.0).ids == ids("fox")


def test_what_was_stopped_waits_for_a_yes_and_what_is_saved_later_does_not() -> None:
    pace = a_pace(settle_s=0.0)
    pace.found(work(fox=due(), wolf=due()), 0.0)
    begun(pace, 0.0)
    pace.ended(Ended(untried=ids("wolf"), was_stopped=True))
    pace.found(work(wolf=due(), bear=due()), 1.0)
    pace.saved(1.0)
    assert begun(pace, 1.0).ids == ids("bear")
    pace.ended(Ended())
    pace.found(work(wolf=due()), 2.0)
    wait = pace.verdict(99.0).wait
    assert wait is not None and wait.why is Why.ASK and wait.ids == ids("wolf")
    assert pace.allow(wait.question)
    assert begun(pace, 99.0).ids == ids("wolf")


def test_what_a_build_leaves_to_do_though_it_did_it_is_not_done_for_ever() -> None:
    pace = a_pace(settle_s=0.0)
    pace.found(work({"icon": "copy"}, fox=due()), 0.0)
    begun(pace, 0.0)
    pace.ended(Ended(cost=MicroUsd(10 * CENT)))
    pace.found(work({"icon": "copy"}, fox=due()), 1.0)
    assert pace.verdict(99.0).build is None


def test_a_yes_and_what_was_asked_for_outlast_a_build_that_found_the_look_too_old() -> None:
    pace = a_pace(settle_s=0.0, ask_above=MicroUsd(5 * CENT))
    pace.found(work(fox=due()), 0.0)
    wait = pace.verdict(0.0).wait
    assert wait is not None and pace.allow(wait.question)
    begun(pace, 0.0)
    pace.ended(Ended(is_outdated=True))
    pace.found(work(fox=due()), 1.0)
    assert begun(pace, 1.0).ids == ids("fox")
    pace.ended(Ended(is_outdated=True))
    pace.found(work(fox=due("other")), 2.0)
    assert pace.verdict(2.0).build is None
    pace.ask(None, MicroUsd(10 * CENT))
    begun(pace, 2.0)
    pace.ended(Ended(is_outdated=True))
    assert begun(pace, 3.0).is_asked
    pace.ended(Ended())
    assert pace.verdict(3.0).build is None


def test_what_was_dearer_than_agreed_is_asked_anew_and_is_left_alone_where_no_look_finds_it_dearer() -> None:
    pace = a_pace(settle_s=0.0)
    pace.found(work(fox=due(), owl=due()), 0.0)
    begun(pace, 0.0)
    pace.ended(Ended(is_dearer=True))
    pace.found(work(fox=due("more", table=30 * CENT), owl=due()), 1.0)
    build = begun(pace, 1.0)
    assert (build.ids, build.agreed) == (ids("fox", "owl"), 40 * CENT)
    pace.ended(Ended(is_dearer=True))
    pace.found(work(fox=due("more", table=30 * CENT), owl=due()), 2.0)
    assert pace.verdict(2.0).build is None
    pace.saved(3.0)
    assert begun(pace, 3.0).ids == ids("fox", "owl")


def test_two_tools_that_write_one_file_do_not_fight_all_the_time() -> None:
    pace, builds, now = a_pace(), 0, 0.0
    while now < 9.0:
        now += 0.1
        pace.found(work({"icon": "copy"}), now)
        if (build := pace.verdict(now).build) is not None:
            builds += 1
            pace.began(build, now)
            pace.ended(Ended())
            pace.found(work(), now)
    assert builds == 4


# --- any history ------------------------------------------------------------------------------------------------------

NAMES = ("fox", "wolf", "den")


class AnyHistory(RuleBasedStateMachine):
    """People save, git works, builds end as they may: what was promised about money and quiet holds all along."""

    @initialize(
        settle_s=st.sampled_from([0.0, 2.0]),
        budget=st.integers(0, 60),
        ask_above=st.none() | st.integers(0, 40),
    )
    def begin(self, settle_s: float, budget: int, ask_above: int | None) -> None:
        above = None if ask_above is None else MicroUsd(ask_above * CENT)
        self.pace = a_pace(settle_s=settle_s, budget=MicroUsd(budget * CENT), ask_above=above)
        self.now = 0.0
        self.work = work()
        self.last_save = self.git_ended = -100.0
        self.git = False
        self.said_yes = ""
        self.spent = self.allowed = 0
        self.paid: set[tuple[AssetId, str]] = set()
        self.drawn: set[tuple[AssetId, str]] = set()
        self.pace.found(self.work, self.now)

    @rule(seconds=st.sampled_from([0.01, 0.5, 1.0, 2.0, 30.0]))
    def time_goes_by(self, seconds: float) -> None:
        self.now += seconds

    @rule(
        wants=st.dictionaries(st.sampled_from(NAMES), st.sampled_from("abc"), min_size=1, max_size=3),
        free=st.dictionaries(st.sampled_from(["icon", "logo"]), st.just("copy"), max_size=1),
        price=st.integers(1, 15),
    )
    def somebody_saves(self, wants: dict[str, str], free: dict[str, str], price: int) -> None:
        table, worst = price * CENT, 2 * price * CENT
        needs = {"den": tuple(name for name in ("fox",) if name in wants)}
        paid = {
            name: due(f"{name}{text}", table=table, worst=worst, needs=needs.get(name, ()))
            for name, text in wants.items()
            if (AssetId(name), f"{name}{text}") not in self.drawn
        }
        self.pace.saved(self.now)
        self.last_save = self.now
        self.work = work(free, **paid)
        self.pace.found(self.work, self.now)

    @rule(at_work=st.booleans())
    def git_works(self, at_work: bool) -> None:
        if self.git and not at_work:
            self.git_ended = self.now
        self.git = at_work
        self.pace.git(at_work, self.now)

    @rule(yes=st.booleans())
    def somebody_answers(self, yes: bool) -> None:
        wait = self.pace.verdict(self.now).wait
        if wait is None:
            return
        if yes:
            assert self.pace.allow(wait.question)
            self.said_yes = wait.question
        else:
            assert self.pace.refuse(wait.question)

    @invariant()
    def what_may_begin_begins(self) -> None:
        """As the loop does after each thing that happens; asked once more, nothing else may begin."""
        if not hasattr(self, "pace") or self.pace.building is not None:
            return
        verdict = self.pace.verdict(self.now)
        build = verdict.build
        if build is None:
            return
        assert build.ids is not None
        if build.is_free:
            assert build.max_cost == build.agreed == 0 and not build.wants
            assert build.ids <= self.work.free.keys()
        else:
            assert verdict.wait is not None
            allowed = verdict.wait.question == self.said_yes
            assert not self.git
            if not allowed:
                assert self.now >= max(self.last_save, self.git_ended) + self.pace.rules.settle_s
                assert build.max_cost == max(0, self.pace.rules.budget - self.spent)
                above = self.pace.rules.ask_above
                assert above is None or build.agreed <= above
                assert not self.paid.intersection(build.wants.items()), "paid for twice, and nobody asked"
            self.allowed = build.max_cost
            self.paid.update(build.wants.items())
        self.pace.began(build, self.now)

    @precondition(lambda self: self.pace.building is not None)
    @rule(fates=st.lists(st.sampled_from(["done", "failed", "untried", "over"]), min_size=5, max_size=5))
    def a_build_ends(self, fates: list[str]) -> None:
        build = self.pace.building
        assert build is not None and build.ids is not None
        fate = dict(zip(sorted(build.ids), fates, strict=False))
        cost, kept = 0, dict(self.work.due)
        free = {id: same for id, same in self.work.free.items() if id not in build.ids or fate[id] != "done"}
        for id, wanted in build.wants.items():
            if fate[id] == "done" and cost + 10 * CENT > build.max_cost:
                fate[id] = "over"
            if fate[id] == "done":
                cost += 10 * CENT
                self.drawn.add((id, wanted))
                if id in kept and kept[id].wants == wanted:
                    del kept[id]
            elif fate[id] in ("untried", "over"):
                self.paid.discard((id, wanted))  # nobody was asked for it
        self.spent += cost
        named = {what: frozenset(id for id in build.ids if fate[id] == what) for what in fate.values()}
        self.pace.ended(
            Ended(
                cost=MicroUsd(cost),
                failed=named.get("failed", frozenset()),
                untried=named.get("untried", frozenset()),
                over_budget=named.get("over", frozenset()) & build.wants.keys(),
            )
        )
        self.work = Work(free, kept)
        self.pace.found(self.work, self.now)

    @invariant()
    def there_is_always_a_way_on(self) -> None:
        """Where paid work waits for no person, it is said when to ask again; and asking then is of use."""
        if not hasattr(self, "pace"):
            return
        verdict = self.pace.verdict(self.now)
        assert self.pace.spent == self.spent
        if verdict.build is None and verdict.wait is not None and verdict.wait.why in (Why.SETTLE, Why.GIT):
            assert verdict.again_at is not None and verdict.again_at > self.now
        if verdict.wait is not None and verdict.wait.why in (Why.BUDGET, Why.ASK) and verdict.build is None:
            assert verdict.wait.until is None


TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.pytestmark = [pytest.mark.timeout(300)]
TestAnyHistory.settings = settings(
    max_examples=100,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],  # what explains a failure traces each line, which takes minutes
)
