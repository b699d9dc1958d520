"""When what may be done while a project is watched. It knows no clock, no file and no thread: it is told all of it.

Free work may be done at once. What is paid waits until people's files have been quiet for a while and git is not at
work, and for a yes where it is dear or over the budget of the whole watch. Nothing that failed is paid for again by
itself while the same is asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from pipeline import digest
from pipeline.words import NOTHING, AssetId, MicroUsd

GIT_AGAIN_S = 0.1
"""How often it is looked whether git is still at work."""

_MOST_ROUNDS, _ROUNDS_S = 4, 10.0
"""How often one asset is built for free within so many seconds: two who write one file are not to fight over it."""


class Due(NamedTuple):
    """An asset that is to be drawn, or may be once its upstream is."""

    wants: str
    """Tells whether the same is asked as before: its request, and what people rejected."""
    draws: int
    """Pictures that are certain to be drawn."""
    table: MicroUsd
    """Their price by the table."""
    worst: MicroUsd
    """The most that all of it may cost."""
    needs: frozenset[AssetId] = frozenset()
    """Others that are due, and that it waits for."""


class Work(NamedTuple):
    """What the last look found to do."""

    free: Mapping[AssetId, str] = {}
    """What costs nothing, each with what tells whether it is the same as before."""
    due: Mapping[AssetId, Due] = {}


NO_WORK = Work()


class Rules(NamedTuple):
    """How it was asked for."""

    settle_s: float = 2.0
    budget: MicroUsd = NOTHING
    """What the whole watch may spend without another yes."""
    ask_above: MicroUsd | None = None
    """What it may spend at once without a yes; None: nobody is asked."""
    auto: bool = True
    """Whether anything is built that nobody asked for."""


class Why(StrEnum):
    """What paid work waits for."""

    SETTLE = "settle"  # people's files are to be quiet for a while
    GIT = "git"  # an operation of git is under way
    BUDGET = "budget"  # it is over what is left: for a yes
    ASK = "ask"  # it is dear, or it was stopped: for a yes


class Wait(NamedTuple):
    """Paid work that may not begin yet."""

    question: str
    """What a yes has to name: another one as soon as anything about the work is another."""
    why: Why
    until: float | None
    """When the wait is over by itself, by the clock that all is told by."""
    ids: frozenset[AssetId]
    draws: int
    table: MicroUsd
    top: MicroUsd


class Build(NamedTuple):
    """A build that is to begin now."""

    ids: frozenset[AssetId] | None
    """None: all that is selected."""
    max_cost: MicroUsd
    agreed: MicroUsd
    """What it may cost by the table: dearer by then, and it is to be refused."""
    wants: Mapping[AssetId, str] = {}
    """What is asked of those that are paid for."""
    is_free: bool = False
    is_asked: bool = False
    """Whether a person asked for it, and is not to wait."""


class Verdict(NamedTuple):
    """What to do now, what waits, and when to ask again if nothing happens."""

    build: Build | None = None
    wait: Wait | None = None
    again_at: float | None = None


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What a build left undone, and what it cost."""

    cost: MicroUsd = NOTHING
    """Spent, and what may have been charged."""
    failed: frozenset[AssetId] = frozenset()
    """Are not tried again while they want the same."""
    untried: frozenset[AssetId] = frozenset()
    """Cost nothing: they are tried again at the next save."""
    over_budget: frozenset[AssetId] = frozenset()
    was_stopped: bool = False
    """By a person: what is left waits for a yes."""
    is_outdated: bool = False
    """It was not begun, for the look before was too old: it begins after the next one, if that finds the same."""
    is_dearer: bool = False
    """It was not begun, for it would have cost more than was agreed upon."""


@dataclass
class Pace:
    """All that is known, and what follows from it. Times are seconds of one clock that never goes back."""

    rules: Rules
    quiet_since: float
    work: Work = NO_WORK
    git_at_work: bool = False
    git_writes: bool = False
    """Whether git is writing files just now: then nothing is built, for the lock is one of them."""
    is_broken: bool = True
    """Whether the specs cannot be read just now: then nothing is built."""
    building: Build | None = None
    spent: MicroUsd = NOTHING
    _allowed: str = ""
    _asked: list[Build] = field(default_factory=list)
    _failed: set[tuple[AssetId, str]] = field(default_factory=set)
    """What was asked in vain, or refused: the same is not asked again by itself, also when it is wanted once more."""
    _untried: set[AssetId] = field(default_factory=set)
    """What is tried again at the next save."""
    _over_budget: dict[AssetId, str] = field(default_factory=dict)
    _stopped: dict[AssetId, str] = field(default_factory=dict)
    """What waits for a yes, while it wants the same."""
    _done: dict[AssetId, str] = field(default_factory=dict)
    """What the last build was to do, until the next look."""
    _dearer: Build | None = None
    """The last build, where it was dearer than the look before had found."""
    _rounds: dict[AssetId, list[float]] = field(default_factory=dict)

    @property
    def left(self) -> MicroUsd:
        """Of the budget."""
        return MicroUsd(max(0, self.rules.budget - self.spent))

    # --- what happened ---

    def saved(self, now: float) -> None:
        """A person changed something that pictures are made from."""
        self.quiet_since = now
        self._untried.clear()

    def git(self, at_work: bool, now: float, *, writes: bool = False) -> None:
        """Whether an operation of git is under way: what it writes is not quiet before it ends."""
        if self.git_at_work and not at_work:
            self.quiet_since = now
        self.git_at_work, self.git_writes = at_work, writes

    def broke(self) -> None:
        """The specs cannot be read."""
        self.is_broken = True

    def found(self, work: Work, now: float) -> None:
        """A look found this to do."""
        before, self.work, self.is_broken = self.work, work, False
        if any(id not in before.due or before.due[id].wants != due.wants for id, due in work.due.items()):
            self.quiet_since = now
        wants = {**work.free, **{id: due.wants for id, due in work.due.items()}}
        for kept in (self._over_budget, self._stopped):
            for id in [id for id, same in kept.items() if wants.get(id) != same]:
                del kept[id]
        self._untried &= wants.keys()
        if self.building is None:
            self._bar_what_stays(wants)

    def _bar_what_stays(self, wants: Mapping[AssetId, str]) -> None:
        """What a build was to do, and is still to be done, would be done, and paid, again and again."""
        dearer, self._dearer = self._dearer, None
        if dearer is not None and self.price(dearer.ids) <= dearer.agreed:
            self._untried |= {id for id, same in dearer.wants.items() if wants.get(id) == same}
        stays = {id: same for id, same in self._done.items() if wants.get(id) == same}
        known = self._untried | self._over_budget.keys() | self._stopped.keys()
        self._failed |= {(id, same) for id, same in stays.items() if id not in known and id in self.work.due}
        self._untried |= stays.keys() & self.work.free.keys()
        self._done = {}

    def rule(self, rules: Rules) -> None:
        """It is asked for otherwise from now on."""
        if rules.budget > self.rules.budget:
            self._over_budget.clear()
        self.rules = rules

    def began(self, build: Build, now: float) -> None:
        """A build that this asked for has begun."""
        self.building = build
        if build.is_asked:
            del self._asked[0]
        for id in build.ids or () if build.is_free else ():
            self._rounds.setdefault(id, []).append(now)

    def ended(self, ended: Ended) -> None:
        """It is over."""
        build, self.building = self.building, None
        self.spent = MicroUsd(self.spent + ended.cost)
        if build is None:
            return None
        if ended.is_outdated:
            return self._takes_back(build)
        if not build.is_free:
            self._allowed = ""
        if ended.is_dearer:
            self._dearer = build
            return None
        free = {id: same for id, same in self.work.free.items() if build.ids is None or id in build.ids}
        self._done = wants = {**free, **build.wants}
        self._failed |= {(id, wants[id]) for id in ended.failed & wants.keys()}
        self._over_budget.update((id, wants[id]) for id in ended.over_budget & wants.keys())
        if ended.was_stopped:
            self._stopped.update((id, wants[id]) for id in ended.untried if id in wants)
        else:
            self._untried |= ended.untried
        return None

    def _takes_back(self, build: Build) -> None:
        """A build was not begun after all: what was asked for, or said yes to, still is."""
        if build.is_asked:
            self._asked.insert(0, build)
        for id in build.ids or () if build.is_free else ():
            self._rounds[id].pop()

    def allow(self, question: str) -> bool:
        """A yes to what waits; False where that is not what waits any more."""
        wait = self._wait()
        if wait is None or wait.question != question:
            return False
        self._allowed = question
        return True

    def refuse(self, question: str) -> bool:
        """A no to what waits: it is not asked again while the same is wanted. False as for `allow`."""
        wait = self._wait()
        if wait is None or wait.question != question:
            return False
        self._failed |= {(id, self.work.due[id].wants) for id in wait.ids}
        return True

    def ask(self, ids: frozenset[AssetId] | None, agreed: MicroUsd) -> None:
        """A person wants these built now (None: all), at that price by the table.

        Once: the second of two clicks would have what the first one's build leaves undone paid for again.
        """
        due = self._all_due(ids)
        wants = {id: one.wants for id, one in due.items()}
        top = MicroUsd(sum(one.worst for one in due.values()))
        waiting = [one for one in (*self._asked, self.building) if one is not None and one.is_asked]
        if not any((one.ids, one.wants) == (ids, wants) for one in waiting):
            self._asked.append(Build(ids, max(self.left, top), agreed, wants, is_asked=True))

    def price(self, ids: frozenset[AssetId] | None) -> MicroUsd:
        """What these (None: all) would cost now by the table."""
        return MicroUsd(sum(one.table for one in self._all_due(ids).values()))

    # --- what follows ---

    def verdict(self, now: float) -> Verdict:
        """What to do now. A build that is given is expected to begin: then `began` is to be told."""
        if self.is_broken or self.building is not None:
            return Verdict()
        if self.git_writes:
            anything = self._asked or self.work.due or self.work.free
            wait = self._wait() if self.rules.auto else None
            return Verdict(None, wait, now + GIT_AGAIN_S if anything else None)
        if self._asked:
            asked = self._asked[0]
            return Verdict(asked._replace(max_cost=max(asked.max_cost, self.left)))
        if not self.rules.auto:
            return Verdict()
        wait = self._wait()
        if wait is not None and self._is_open(wait, now):
            free = self._free(now)
            wants = {id: self.work.due[id].wants for id in wait.ids}
            allowed = wait.question == self._allowed
            most = max(self.left, wait.top) if allowed else self.left
            return Verdict(Build(wait.ids | free, most, wait.table, wants), wait)
        if free := self._free(now):
            return Verdict(Build(free, NOTHING, NOTHING, is_free=True), wait, self._again_at(wait, now))
        return Verdict(None, wait, self._again_at(wait, now))

    def _free(self, now: float) -> frozenset[AssetId]:
        self._rounds = {id: since for id, all in self._rounds.items() if (since := _lately(all, now))}
        tired = {id for id, since in self._rounds.items() if len(since) >= _MOST_ROUNDS}
        return frozenset(self.work.free.keys() - self._untried - tired)

    def _all_due(self, ids: Collection[AssetId] | None) -> Mapping[AssetId, Due]:
        return {id: due for id, due in self.work.due.items() if ids is None or id in ids}

    def _wait(self) -> Wait | None:
        """The paid work that may begin next, and what it waits for. What waits for a yes lets the rest go first."""
        barred = {id for id, one in self.work.due.items() if (id, one.wants) in self._failed} | self._untried
        due = {id: one for id, one in self.work.due.items() if id not in barred and not one.needs & barred}
        shut = self._over_budget.keys() | self._stopped.keys()
        open = {id: one for id, one in due.items() if id not in shut and not one.needs & shut}
        if not due:
            return None
        if not open:
            why = Why.BUDGET if due.keys() & self._over_budget.keys() else Why.ASK
            return self._asked_of(due, why, None)
        wait = self._asked_of(open, Why.SETTLE, self.quiet_since + self.rules.settle_s)
        if wait.table > self.left:
            return wait._replace(why=Why.BUDGET, until=None)
        if self.rules.ask_above is not None and wait.table > self.rules.ask_above:
            return wait._replace(why=Why.ASK, until=None)
        if self.git_at_work:
            return wait._replace(why=Why.GIT, until=None)
        return wait

    def _asked_of(self, due: Mapping[AssetId, Due], why: Why, until: float | None) -> Wait:
        table = MicroUsd(sum(one.table for one in due.values()))
        named = sorted((str(id), one.wants) for id, one in due.items())
        question = digest.of_value([[*map(list, named)], table]).removeprefix("sha256:")[:16]
        return Wait(
            question=question,
            why=why,
            until=until,
            ids=frozenset(due),
            draws=sum(one.draws for one in due.values()),
            table=table,
            top=MicroUsd(sum(one.worst for one in due.values())),
        )

    def _is_open(self, wait: Wait, now: float) -> bool:
        """Whether the wait is over: by a yes, or by itself. Git is waited for in any case."""
        if self.git_at_work:
            return False
        if wait.question == self._allowed:
            return True
        return wait.until is not None and now >= wait.until

    def _again_at(self, wait: Wait | None, now: float) -> float | None:
        if self.work.due and self.git_at_work:
            return now + GIT_AGAIN_S
        return wait.until if wait is not None else None


def _lately(times: Iterable[float], now: float) -> list[float]:
    return [one for one in times if one > now - _ROUNDS_S]
