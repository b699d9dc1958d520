"""A project kept up with: looked at when something changes, and built as far as it may be.

One thread runs the loop: all that is known changes there alone, and what happens elsewhere (a file that changed, an
event of a build, a word of a person) is handed to it. Builds run in a thread of their own, so the project is looked at
also while one is under way; what was saved meanwhile is built after it. Anything told to others is a value.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from pipeline import footprint
from pipeline.amounts import usd
from pipeline.draw.generators import warm
from pipeline.errors import Interrupted, Overtaken, PipelineError
from pipeline.footprint import Began
from pipeline.live import git
from pipeline.live.building import Builder, Done, Job
from pipeline.live.changes import POLLED_S, Changes
from pipeline.live.ending import ended_of, unbuilt
from pipeline.live.followed import Followed, Kind, changed_since, is_empty
from pipeline.live.inbox import Inbox
from pipeline.live.pace import GIT_AGAIN_S, NO_WORK, Build, Pace, Rules, Wait, Why
from pipeline.live.progress import Progress
from pipeline.live.reading import Look, Reading
from pipeline.live.rows import NO_ROWS, Row
from pipeline.live.state import State, Update, changed_fields
from pipeline.live.waiting import waiting_of
from pipeline.live.work import is_other, options_of, rules_of, work_of
from pipeline.options import BuildOptions, mode_of
from pipeline.outcome import Outcome
from pipeline.views.planned import Forecast
from pipeline.words import NOTHING, AssetId, Event, MicroUsd, owner_of
from pipeline.workshop import Workshop

Told = Callable[[Update], None]

_WRITING_S = 3.0
"""While git writes files they are looked at when it is done, or when none came for so long: a person may be asked."""

_BUILT_S = 0.3
"""How often the files that a build writes are looked at while it runs."""

_EMPTY_S = 0.05
"""How long it is waited for the text of a file that is empty: most editors empty it before they write."""

_REST = 4
"""And how many times as long as a look takes there is to be none of them: the build needs the time."""

_GONE_S = 1.0
"""How often it is looked whether a project's folder that went is there again."""


class Seen(NamedTuple):
    """What the last good look read and found; builds begin from it."""

    shop: Workshop
    began: Began
    selected: frozenset[AssetId]
    plan: Forecast


class Keeper:
    """Keeps up with one project until it is stopped.

    `auto`: whether it builds by itself; if not, only what is asked for. `asks`: whether somebody can be asked for a yes
    (at a terminal, on a page). `settle_s`: instead of what pipeline.yaml says.
    """

    def __init__(
        self,
        open_shop: Callable[[], Workshop],
        *,
        select: Sequence[str] = (),
        exclude: Sequence[str] = (),
        options: BuildOptions,
        auto: bool = True,
        asks: bool = True,
        settle_s: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_shop, self._options, self._clock = open_shop, options, clock
        self._auto, self._asks, self._settle_s = auto, asks, settle_s
        self._is_whole = not select and not exclude and options.generator is None
        self._reading = Reading(open_shop, select=select, exclude=exclude, options=options)
        self._inbox = Inbox()
        self._listeners: list[Told] = []
        self._state = State()
        self._is_warm = False
        self._seen: Seen | None = None
        self._wait: Wait | None = None
        self._pace = Pace(Rules(auto=auto), clock())
        self._builder = Builder(
            report=lambda event: self._inbox.put(partial(self._happened, event)),
            ended=lambda done: self._inbox.put(partial(self._built, done)),
            remembered=lambda: self._inbox.put(self._remembered),
        )
        self._progress: Progress | None = None
        self._decided: set[AssetId] = set()
        self._unlooked = True
        self._look_at = self._changed_at = clock()
        self._looked_at = self._built_at = self._took = 0.0
        self._is_remembering = self._is_outdated = self._is_held = False
        self._was_stopped = False
        self._stopping = 0
        self._is_over = False
        shop = open_shop()
        self._root = shop.root
        self._followed = Followed(shop.root)
        self._git = git.git_folder(shop.root)
        self._changes = Changes(lambda paths: self._inbox.put(partial(self._changed, paths)), shop.environ)

    # --- for anyone, in any thread ---

    def state(self) -> State:
        """All that is known now."""
        return self._state

    def subscribe(self, told: Told) -> Callable[[], None]:
        """Have all updates told from now on, in the loop's thread; gives what ends that."""
        self._listeners = [*self._listeners, told]
        return lambda: self._unsubscribe(told)

    def decided(self, id: AssetId) -> None:
        """Somebody decided about an asset: look now, and tell how it looks, also where that is as it was before."""
        self._inbox.put(partial(self._decided.add, id))
        self._inbox.put(lambda: self._look_soon(self._clock()))

    def stop(self) -> None:
        """End the loop: the first time calls in flight may arrive, the second time it ends at once."""
        if self._is_over:
            self._builder.stop()  # nobody hears any more, and a build is still waited for
        self._inbox.put(self._stop)

    def stop_build(self) -> None:
        """Let what is in flight arrive, and begin nothing more of this build: that waits for a yes."""
        self._inbox.put(self._stop_build)

    def build(self, ids: Collection[AssetId] | None, price: MicroUsd) -> None:
        """Build these (None: all) now, or after the build that is under way, as a person asks.

        Raises Overtaken where it would be dearer than `price` by the table, PipelineError where the specs are broken.
        """
        self._inbox.answer(lambda: self._asked(None if ids is None else frozenset(ids), price))

    def allow(self, question: str) -> None:
        """Yes to what waits. Raises Overtaken where it is not that any more."""
        self._inbox.answer(lambda: self._said(self._pace.allow(question)))

    def refuse(self, question: str) -> None:
        """No to what waits: it does not wait any more, until something about it changes. Raises Overtaken likewise."""
        self._inbox.answer(lambda: self._said(self._pace.refuse(question)))

    # --- the loop ---

    def run(self) -> int:
        """Keep up with the project, in the thread that calls, until it is stopped. The exit code."""
        self._inbox.open()
        try:
            self._changes.follow({str(self._open_shop().root)})
            while not self._is_over:
                self._work()
                if not self._is_over:  # a word of the end that came during a look has been heard by now
                    self._hear()
        except BaseException:
            self._builder.stop()  # what is in flight has been paid for: it is kept before anything is told
            raise
        finally:
            self._is_over = True
            self._inbox.close()
            self._changes.close()
            self._builder.join()
        return Interrupted.exit_code

    def _hear(self) -> None:
        """Wait until something is to be done, and take in all that has come."""
        self._inbox.work_off(max(0.0, self._next_at() - self._clock()))
        if self._state.error is None and not self._root.is_dir():  # nobody tells reliably that it was moved away
            self._look_soon(self._clock())

    def _next_at(self) -> float:
        times = [self._look_at] if self._unlooked and not self._is_remembering else [self._clock() + _GONE_S]
        if (again := self._pace.verdict(self._clock()).again_at) is not None:
            times.append(again)
        return min(times)

    def _work(self) -> None:
        """Look if that is due, and begin what may begin."""
        now = self._clock()
        due = self._unlooked and not self._is_remembering and now >= self._look_at
        if due and not self._git_writes(now):
            self._look()
            self._inbox.work_off(0.0)  # what was saved meanwhile comes first
        if self._pace.work != NO_WORK or self._pace.git_writes:
            at_work, writes = git.at_work(self._git) is not None, git.is_writing(self._git)
            self._pace.git(at_work, self._clock(), writes=writes)
            self._tell_held(git.held(self._git) if writes else None)
        verdict = self._pace.verdict(self._clock())
        if verdict.build is not None and not (self._unlooked or self._is_remembering or self._stopping):
            self._begin(verdict.build)
        elif not (self._unlooked or self._is_remembering):  # else nobody knows yet what there is to wait for
            self._tell_waiting(verdict.wait if verdict.build is None else None)

    def _git_writes(self, now: float) -> bool:
        """Whether git is writing files, so that the look is put off a little."""
        if not git.is_writing(self._git) or now - self._changed_at > _WRITING_S:
            return False
        self._look_at = now + GIT_AGAIN_S
        return True

    # --- looks ---

    def _changed(self, paths: frozenset[str]) -> None:
        found = self._followed.kinds(paths)
        kinds = set(found.values())
        if not kinds:
            return
        now = self._changed_at = self._clock()
        if Kind.INPUT in kinds:
            self._pace.saved(now)
        rest_s = max(_BUILT_S, _REST * self._took)
        by_build = self._pace.building is not None or now < self._built_at + _BUILT_S
        if Kind.INPUT not in kinds:
            self._look_soon(self._looked_at + rest_s if by_build else now)
        else:
            self._look_soon(now + _EMPTY_S if any(map(is_empty, found)) else now)

    def _look_soon(self, at: float) -> None:
        self._look_at = min(self._look_at, at) if self._unlooked else at
        self._unlooked = True

    def _look(self) -> None:
        self._unlooked, began, start = False, footprint.Began(), self._clock()
        look = self._reading.look(is_outdated=self._is_outdated)
        self._is_outdated = False
        self._followed.learn(look.shop, began, look.rows, look.gone)
        if changed_since(self._changes.follow(self._followed.folders), began.clock_ns):
            self._look_soon(self._clock())
        self._looked_at = self._clock()
        self._took = self._looked_at - start
        if self._changes.is_polling and self._looked_at - self._changed_at < POLLED_S:
            self._look_soon(self._looked_at + POLLED_S)
        if look.error is not None and git.is_writing(self._git) and git.held(self._git) is None:
            self._look_soon(self._clock() + GIT_AGAIN_S)  # it came upon the half of a checkout
        elif look.error is not None:
            self._pace.broke()
            if not self._root.is_dir():  # of a folder that comes back nobody tells
                self._look_soon(self._clock() + _GONE_S)
            self._tell(error=look.error)
        else:
            self._take_in(look, began)

    def _take_in(self, look: Look, began: Began) -> None:
        """What a good look found: what may be done about it, and what is news."""
        assert look.shop is not None and look.plan is not None
        self._seen = Seen(look.shop, began, look.selected, look.plan)
        settings = look.shop.project.settings
        rules = rules_of(settings, self._options, settle_s=self._settle_s, asks=self._asks, auto=self._auto)
        work, before, known = work_of(look.plan, look.shop.graph), self._pace.work, self._state.plan
        self._pace.rule(rules)
        self._pace.found(work, self._looked_at)
        decided = {id: self._reading.rows[id] for id in self._decided if id in self._reading.rows}
        self._decided.clear()
        is_news = look.rows or look.gone or work != before or known is None or is_other(known, look.plan)
        plan = look.plan if is_news else known
        self._tell(error=None, shop=look.shop, plan=plan, rows={**look.rows, **decided}, gone=look.gone)
        self._warm(look.shop)

    def _warm(self, shop: Workshop) -> None:
        """Load what the first call needs, meanwhile: once."""
        mode = mode_of(shop, self._options)
        if not self._is_warm and mode.draws:
            self._is_warm = True
            work = partial(warm, mode.generator, shop.environ, shop.project.settings.api_version)
            threading.Thread(target=work, name="warm", daemon=True).start()

    # --- builds ---

    def _begin(self, build: Build) -> None:
        seen = self._seen
        assert seen is not None
        self._pace.began(build, self._clock())
        self._was_stopped = False
        ids = (seen.selected if build.ids is None else build.ids) & seen.shop.project.assets.keys()
        self._progress = Progress(ids, self._pace.work.due, seen.shop.now())
        self._wait = None
        self._tell(building=self._progress.building, waiting=None)
        self._builder.begin(
            Job(
                shop=seen.shop,
                began=seen.began,
                ids=frozenset(ids),
                steps=seen.plan.plan.steps,
                options=options_of(self._options, build, seen.plan),
                is_whole=self._is_whole,
            )
        )

    def _happened(self, event: Event) -> None:
        self._reading.heard(event)
        if self._progress is not None and self._progress.take(event):
            self._tell(building=self._progress.building, event=event)
        else:
            self._tell(event=event)

    def _built(self, done: Done) -> None:
        progress, build = self._progress, self._pace.building
        assert progress is not None and build is not None
        self._progress, self._built_at = None, self._clock()
        if done.error is not None and not isinstance(done.error, PipelineError | asyncio.CancelledError):
            raise done.error
        self._is_outdated = done.is_outdated
        self._pace.ended(ended_of(done, progress, was_stopped=self._was_stopped))
        self._tell(building=None, unbuilt=unbuilt(done), outcome=done.outcome)
        # A look that knows what was remembered takes a fifth of the time, so it waits for that.
        self._is_remembering = self._builder.remember()
        self._look_soon(self._clock())
        self._is_over = self._stopping > 0

    def _remembered(self) -> None:
        self._is_remembering = False
        self._look_soon(self._clock())

    def _stop_build(self) -> None:
        if self._pace.building is not None:
            self._was_stopped = True
            self._builder.stop()

    def _stop(self) -> None:
        self._stopping += 1
        if self._pace.building is None:
            self._is_over = True
        else:
            self._builder.stop()

    # --- words of people ---

    def _asked(self, ids: frozenset[AssetId] | None, price: MicroUsd) -> None:
        if self._unlooked:
            self._look()
        if self._state.error is not None:
            raise PipelineError("nothing is built while the specs have errors", hint=self._state.error.message)
        if ids is not None and self._seen is not None:  # turns and points belong to what is named
            ids |= {id for id in self._seen.shop.project.assets if owner_of(id) in ids}
        now = self._pace.price(ids)
        if now > price:
            raise Overtaken(f"this would cost {usd(now)} by now", hint="look at the plan again")
        self._pace.ask(ids, price)

    def _said(self, was_heard: bool) -> None:
        if not was_heard:
            raise Overtaken("that is not what waits any more", hint="look at the plan again")

    # --- telling ---

    def _unsubscribe(self, told: Told) -> None:
        self._listeners = [one for one in self._listeners if one is not told]

    def _tell_waiting(self, wait: Wait | None) -> None:
        if wait != self._wait:
            self._wait = wait
            git_at = git.at_work(self._git) if wait is not None and wait.why is Why.GIT else None
            self._tell(waiting=waiting_of(wait, self._pace, git_at) if wait is not None else None)

    def _tell_held(self, held: PipelineError | None) -> None:
        """Say that git, or what it left behind, keeps all from being built; and no more when that is over."""
        if (held is not None) != self._is_held:
            self._is_held = held is not None
            self._tell(unbuilt=held)

    def _tell(
        self,
        *,
        rows: Mapping[AssetId, Row] = NO_ROWS,
        gone: frozenset[AssetId] = frozenset(),
        event: Event | None = None,
        outcome: Outcome | None = None,
        **known: Any,
    ) -> None:
        """Put what is known now in place of what was, and tell those who listen. Nothing new is not told."""
        before, now = self._state, self._progress.building.spent if self._progress is not None else NOTHING
        if rows or gone:
            known["rows"] = dict(self._reading.rows)
        after = replace(before, **known, spent=MicroUsd(self._pace.spent + now), spent_ever=self._reading.spent_ever)
        if after.plan is not None:
            after = replace(after, budget=self._pace.rules.budget)
        changed = changed_fields(before, after)
        if not (changed or rows or gone or event or outcome):
            return
        self._state = after = replace(after, revision=before.revision + 1)
        update = Update(state=after, rows=rows, gone=gone, changed=changed, event=event, outcome=outcome)
        for told in self._listeners:
            told(update)
