"""THE loop: ready -> decide -> draw -> keep -> pick -> finish. The only place where the rooms meet.

Of a take that was paid for, in this order and no other:

    1. it is claimed, before anyone can see it in the store: a twin with the same request cannot have it
    2. store.add_take: picture, request, record, each synced; from here on it cannot be lost
    3. the ledger's outcome
    4. a copy in the remote, before the lock names it: a clone needs nothing else
    5. the lock entry, if it is still the one that was decided upon; a person's decision in between wins
    6. the file in output/

A build that dies in between is continued by the next: each step finds what the one before left.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import ParamSpec, TypeVar

from pipeline.allowing import allow, budget_of
from pipeline.amounts import plural
from pipeline.draw.purse import OverBudget, Purse
from pipeline.drawing import Drawing
from pipeline.errors import BudgetRefused, DrawError, Interrupted, NotFresh, PipelineError, UsageError
from pipeline.files import failure_of, locked, noted
from pipeline.interrupting import Stop, interruptible
from pipeline.options import BuildOptions, mode_of
from pipeline.outcome import Bundled, Outcome, picked_how
from pipeline.picking import Picking
from pipeline.plan.decision import Decision, entry_after
from pipeline.plan.planner import Outlook
from pipeline.plan.pricing import PlanPrice
from pipeline.ready import Ready
from pipeline.recovering import clear_away, recover
from pipeline.rest import Outdated
from pipeline.store.entry import Entry, Past, united
from pipeline.undeclared import prune
from pipeline.words import Action, AssetId, Digest, Event, Reason, State, Step
from pipeline.workshop import Workshop

Report = Callable[[Event], None]
P = ParamSpec("P")
T = TypeVar("T")


def run(
    shop: Workshop,
    selected: frozenset[AssetId],
    options: BuildOptions,
    report: Report,
    confirm: Callable[[PlanPrice], bool] | None = None,
    stop: Stop | None = None,
) -> Outcome:
    """Build the selected assets. One build at a time: a second one waits and says so.

    `confirm` is asked once where the certain price is above `ask_above` (None: nobody can be asked). `stop` is for
    whoever builds in a thread, where no signal comes. Raises BudgetRefused, Overtaken, SpecErrors, LockError,
    Interrupted, PipelineError; and Outdated, before anything is done, where the project was read in part and what was
    not read may have changed since, or where one in a thread had to wait: what it was to build is old by then.
    """
    if options.frozen and options.prune:
        raise UsageError("--frozen changes nothing in the lock, and --prune does", hint="use one of them")
    waits = partial(report, Event(kind="build_waits"))
    given_up = None if stop is None else partial(_given_up, stop)
    with locked(shop.guard, waiting=waits, given_up=given_up) as waited:
        if waited and stop is not None:
            raise Outdated
        if shop.rest is not None:
            shop.rest.check(str(shop.root))
        with noted(shop.guard) as died:
            if died:
                clear_away(shop)
            recover(shop, report)
            outlook = shop.outlook(selected, mode_of(shop, options))
            if not options.frozen:
                allow(shop, outlook, options, report, confirm)
            return asyncio.run(_Build(shop, outlook, options, report, stop).run())


def _given_up(stop: Stop) -> None:
    """Raises Interrupted where whoever waits for another build is to stop."""
    if stop.is_asked:
        raise Interrupted("interrupted before anything was built")


_HANDS = 8 + (os.cpu_count() or 1)
"""Threads that pick: they wait for the disk more than they work, and some of them make files on every core."""

_THREADS = 32
"""Threads in which answers are taken in and kept: they wait for the disk too, and no answer is to wait for another."""


class _Build:
    """One build while it runs."""

    def __init__(
        self, shop: Workshop, outlook: Outlook, options: BuildOptions, report: Report, stop: Stop | None
    ) -> None:
        self.shop, self.outlook, self.options, self.report = shop, outlook, options, report
        self.stop = stop
        self.purse = Purse(budget_of(shop, options))
        self.drawing = Drawing(shop, outlook, options, self.purse, report, began=self._called)
        self.picking = Picking(shop, outlook.known)
        self.order = [asset for asset in outlook.graph.order if asset in outlook.selected]
        models = {asset: shop.project.assets[asset].model for asset in self.order}
        self.ready = Ready(self.order, outlook.graph.upstream, models)
        self.tasks = asyncio.TaskGroup()
        self.did: dict[AssetId, str] = {}
        self.messages: dict[AssetId, str] = {}
        self.over_budget = False
        self.interrupted = self.ended = False
        self.bug: Exception | None = None
        self.stopped = ""
        self.hands = ThreadPoolExecutor(_HANDS, "hands")

    async def run(self) -> Outcome:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_THREADS, "disk"))
        with interruptible(self._interrupt, self.stop), self.hands:
            try:
                async with self.tasks:
                    self._start_ready()
            finally:
                await self.drawing.aclose()
            bundles = await self._bundle()
        if self.bug is not None:
            raise self.bug
        steps = tuple(self._final(asset) for asset in self.order)
        left = self.shop.undeclared(self.outlook)
        pruned = prune(left, self.shop.lock, self.shop.outputs, self.shop.store) if self.options.prune else ()
        return Outcome(
            steps=steps,
            did=self.did,
            messages=self.messages,
            spent=self.drawing.spent,
            estimated=self.drawing.estimated,
            maybe_spent=self.drawing.maybe_spent,
            overrun=self.purse.overrun,
            exit_code=self._exit_code(steps, bundles),
            bundles=bundles,
            undeclared=left,
            pruned=pruned,
        )

    def _start_ready(self) -> None:
        if self.ended:
            return
        for asset in self.ready.start():
            self.tasks.create_task(self._work(asset))

    def _called(self, asset: AssetId) -> None:
        """A call for the asset is about to be made: the next one may be prepared meanwhile."""
        self.ready.called(asset)
        self._start_ready()

    async def _bundle(self) -> tuple[Bundled, ...]:
        """Make bundles of what is there now, also where some assets could not be built."""
        done = []
        if self.bug is None and self.shop.project.has_bundles:
            from pipeline.bundling import Bundling

            bundling = Bundling(self.shop, self.outlook, also=self.options.bundles)
            for bundle in bundling.bundles:
                found = await self._with_hands(bundling.bundled, bundle, tried=not self.interrupted)
                self.report(found.event)
                done.append(found)
        return tuple(done)

    async def _work(self, asset: AssetId) -> None:
        """One asset; all that it needs is done."""
        try:
            await self._decide_and_act(asset)
        except Interrupted as error:
            self._not_tried(asset, self.stopped or error.message)
        except OverBudget as error:
            self.over_budget = True
            self._held(asset, "budget", error.message)
        except (PipelineError, OSError) as error:
            if isinstance(error, DrawError) and not error.tried:
                self._not_tried(asset, error.message, error.hint)
            else:
                self._failed(asset, error)
        except Exception as error:  # a bug: those in flight have been paid for, so they are kept before it is told
            self.bug = self.bug or error
            self._stop("not tried: the tool has a bug")
            self._not_tried(asset, f"the tool has a bug: {type(error).__name__}")
        self.ready.done(asset)
        self._start_ready()

    async def _decide_and_act(self, asset: AssetId) -> None:
        decision = self.outlook.decide(asset)
        while not await self._act(decision):
            # The entry or the file is another one by now: a person was there meanwhile. Their word counts.
            decision = self.outlook.decide(asset)

    async def _act(self, decision: Decision) -> bool:
        """Do one step. False when a person changed the entry or the file under it: then it is to be decided anew."""
        step, asset = decision.step, decision.step.asset
        if self.options.frozen and not self._is_allowed_frozen(decision):
            self._finish(asset, step, "held")
            return True
        match step.action:
            case Action.NOTHING:
                await self._with_hands(self.picking.secure, decision)
                self._finish(asset, step, "placeholder" if step.state is State.PLACEHOLDER else "fresh", told=False)
            case Action.HOLD | Action.AWAIT:
                if decision.restores and not (self.options.frozen and decision.changes_lock):
                    return await self._restore_held(decision)
                self._hold(decision)
            case Action.PLACEHOLD:
                if not await self._with_hands(self.picking.placehold, decision, self.outlook.subject(asset)):
                    return False
                self._finish(asset, replace(step, action=Action.NOTHING), "placeholder")
            case Action.REUSE | Action.DERIVE:
                return await self._pick(decision, picked_how(step))
            case Action.DRAW:
                self._check_stopped()
                return await self._draw(decision)
        return True

    async def _draw(self, decision: Decision) -> bool:
        """Draw all that is to be drawn of an asset at once, and pick; what else there is for it is added."""
        asset = self.shop.project.assets[decision.step.asset]
        repeats = self.drawing.repeats(asset, decision)
        arrived: list[Digest] = []

        async def one() -> None:
            arrived.append(await self.drawing.draw(asset, decision, repeats))

        results = await asyncio.gather(*(one() for _ in range(decision.step.count)), return_exceptions=True)
        failures = [result for result in results if result is not None]
        rejected = decision.entry.rejected if decision.entry is not None else ()
        # The first to arrive is picked.
        drawn = [digest for digest in arrived if digest not in rejected]
        if len(drawn) < len(arrived):
            hint = "change the prompt or the seed"
            failures.append(PipelineError("the model drew the very picture that was rejected", hint=hint))
        failures.sort(key=lambda failure: isinstance(failure, PipelineError | OSError))  # a bug first
        if not drawn:
            raise failures[0]
        found = decision.found or Past(take=drawn[0])
        takes = united((found.take,) if found.take is not None else (), found.takes, drawn)
        found = replace(found, takes=takes if len(takes) > 1 else ())
        if not await self._pick(replace(decision, found=found), "built"):
            return False
        if failures:
            self._incomplete(asset.id, failures[0], len(failures))
        return True

    async def _pick(self, decision: Decision, what: str) -> bool:
        """Pick a take that is in the store: derive its file, write the lock, put the file in its place."""
        entry = entry_after(decision)
        assert entry is not None
        picked = await self._with_hands(self.picking.pick, decision, entry)
        if picked is None:
            return False
        step = replace(decision.step, state=State.FRESH, action=Action.NOTHING)
        self._finish(step.asset, step, what, picked)
        return True

    async def _restore_held(self, decision: Decision) -> bool:
        """Put back the file of a held asset's present pick; it stays held."""
        assert decision.entry is not None
        picked = await self._with_hands(self.picking.pick, decision, decision.entry)
        if picked is None:
            return False
        path = self.shop.project.assets[decision.step.asset].path
        self.report(Event(kind="restored", asset=decision.step.asset, detail={"path": path, "reasons": ()}))
        self._hold(replace(decision, entry=picked))
        return True

    async def _with_hands(self, work: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.hands, partial(work, *args, **more))

    # --- what became of an asset: the only places that say so ---

    def _finish(self, asset: AssetId, step: Step, what: str, entry: Entry | None = None, *, told: bool = True) -> None:
        self.outlook.settle(asset, step, entry if entry is not None else self.outlook.entry(asset))
        self.did[asset] = what
        if told:
            path = self.shop.project.assets[asset].path
            self.report(Event(kind=what, asset=asset, detail={"path": path, "reasons": step.reasons}))

    def _hold(self, decision: Decision) -> None:
        step = decision.step
        failed = [reason for reason in step.reasons if reason.kind == "upstream_failed"]
        if step.state is State.FAILED and failed:
            self._not_tried(step.asset, "not tried: it needs " + ", ".join(failed[0].detail["assets"]))
        elif step.state is State.FAILED:
            self.did[step.asset] = "failed"
            self.outlook.settle(step.asset, step, decision.entry, undone=True)
            self.report(Event(kind="failed", asset=step.asset, detail={"reasons": step.reasons}))
        else:
            self._finish(step.asset, step, "held")

    def _held(self, asset: AssetId, kind: str, message: str) -> None:
        step = replace(self.outlook.decisions[asset].step, state=State.HELD, action=Action.HOLD)
        step = replace(step, reasons=(Reason(kind=kind, detail={"message": message}), *step.reasons))
        self.messages[asset] = message
        self._finish(asset, step, "held")

    def _failed(self, asset: AssetId, failure: PipelineError | OSError) -> None:
        error = failure_of(failure) if isinstance(failure, OSError) else failure
        message, hint = error.message, error.hint
        self.did[asset], self.messages[asset] = "failed", message
        self._settle_failed(asset, message)
        detail = {"message": message, "hint": hint, "error": type(error).__name__}
        self.report(Event(kind="failed", asset=asset, detail=detail))
        if self.options.fail_fast:
            self._stop(f"not tried: `{asset}` failed")

    def _incomplete(self, asset: AssetId, failure: BaseException, count: int) -> None:
        """Say that an asset has a picture, and not all the candidates that it wants."""
        if not isinstance(failure, PipelineError | OSError):
            raise failure
        message = failure.message if isinstance(failure, PipelineError) else str(failure)
        message = f"{plural(count, 'candidate')} not drawn: {message}"
        if isinstance(failure, OverBudget):
            self.over_budget = True
            return self._held(asset, "budget", message)
        untried = isinstance(failure, Interrupted) or (isinstance(failure, DrawError) and not failure.tried)
        self.did[asset], self.messages[asset] = "not tried" if untried else "failed", message
        reason = Reason(kind="failed", detail={"message": message})
        step = replace(self._final(asset), state=State.FAILED, action=Action.HOLD, reasons=(reason,))
        self.outlook.settle(asset, step, self.outlook.entry(asset))
        hint = failure.hint if isinstance(failure, PipelineError) else ""
        kind = "not_tried" if untried else "failed"
        self.report(Event(kind=kind, asset=asset, detail={"message": message, "hint": hint}))
        if self.options.fail_fast and not untried:
            self._stop(f"not tried: `{asset}` failed")
        return None

    def _not_tried(self, asset: AssetId, message: str, hint: str = "") -> None:
        self.did[asset], self.messages[asset] = "not tried", message
        self._settle_failed(asset, message)
        self.report(Event(kind="not_tried", asset=asset, detail={"message": message, "hint": hint}))

    def _settle_failed(self, asset: AssetId, message: str) -> None:
        step = self.outlook.decisions[asset].step
        reason = Reason(kind="failed", detail={"message": message})
        failed = replace(step, state=State.FAILED, action=Action.HOLD, reasons=(reason,))
        self.outlook.settle(asset, failed, self.outlook.entry(asset), undone=True)

    def _final(self, asset: AssetId) -> Step:
        return self.outlook.decisions[asset].step

    # --- ends ---

    def _is_allowed_frozen(self, decision: Decision) -> bool:
        free = (Action.NOTHING, Action.HOLD, Action.DERIVE)
        return decision.step.action in free and not decision.changes_lock

    def _stop(self, why: str) -> None:
        self.stopped = self.stopped or why
        self.drawing.stop()

    def _check_stopped(self) -> None:
        if self.stopped:
            raise Interrupted(self.stopped)

    def _exit_code(self, steps: tuple[Step, ...], bundles: tuple[Bundled, ...]) -> int:
        if self.interrupted:
            return Interrupted.exit_code
        states = {step.state for step in steps} | {bundled.step.state for bundled in bundles}
        if self.options.frozen:
            return 0 if states <= {State.FRESH, State.EDITED} else NotFresh.exit_code
        if states & {State.FAILED, State.MISSING}:
            return PipelineError.exit_code
        return BudgetRefused.exit_code if self.over_budget else 0

    def _interrupt(self) -> bool:
        """A signal came. False at the second one: then this is to end at once."""
        if self.interrupted:
            self.ended = True
            return False
        self.interrupted = True
        self.report(Event(kind="interrupting", detail={"in_flight": self.drawing.in_flight}))
        self._stop("not tried: interrupted")
        return True
