"""Builds in a thread of their own, one after the other, while the project is looked at in another."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from pipeline.build import run
from pipeline.bulk import in_bulk
from pipeline.files import failure_of
from pipeline.footprint import Began
from pipeline.interrupting import Stop
from pipeline.options import BuildOptions
from pipeline.outcome import Outcome
from pipeline.remembering import is_foreseeable, remember
from pipeline.rest import Outdated
from pipeline.words import Action, AssetId, Event, State, Step
from pipeline.workshop import Workshop

Report = Callable[[Event], None]


@dataclass(frozen=True, kw_only=True)
class Job:
    """A build that is to be done."""

    shop: Workshop
    """As the last look read it."""
    began: Began
    """When that look began."""
    ids: frozenset[AssetId]
    steps: tuple[Step, ...] = ()
    """What the look found of all assets."""
    options: BuildOptions
    is_whole: bool
    """Whether the steps are of all that the project declares."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """What became of it."""

    outcome: Outcome | None = None
    error: BaseException | None = None
    """Why there is no outcome. What is no PipelineError is a bug."""
    is_outdated: bool = False
    """Nothing was begun, for somebody built or decided since the look: there is to be another one first."""


class Builder:
    """Does one job at a time, and remembers it when it is told to.

    `ended` and `remembered` are called in the thread that works.
    """

    def __init__(
        self,
        report: Report,
        ended: Callable[[Done], None],
        remembered: Callable[[], None],
    ) -> None:
        self._report, self._ended, self._remembered = report, ended, remembered
        self._thread: threading.Thread | None = None
        self._stop = Stop()
        self._left: tuple[Job, Outcome] | None = None

    def begin(self, job: Job) -> None:
        """Begin a job; the one before has ended."""
        self._left = None
        self._stop = Stop()
        self._start(partial(self._work, job, self._stop), "build")

    def remember(self) -> bool:
        """Begin to write down what the last job left behind for the next look; False where there is nothing."""
        if self._left is None:
            return False
        (job, outcome), self._left = self._left, None
        self._start(partial(self._remember, job, outcome), "remember")
        return True

    def stop(self) -> None:
        """The first time, let what is in flight arrive; the second, end at once."""
        self._stop.ask()

    def join(self) -> None:
        """Wait until all is done."""
        if self._thread is not None:
            self._thread.join()

    def _start(self, work: Callable[[], None], name: str) -> None:
        self.join()
        # No daemon: what is in flight when the program ends has been paid for.
        self._thread = threading.Thread(target=work, name=name)
        self._thread.start()

    def _work(self, job: Job, stop: Stop) -> None:
        try:
            outcome = run(job.shop, job.ids, job.options, self._report, stop=stop)
        except Outdated:  # what people saved since may be half typed: what is built then is not for a build to say
            return self._ended(Done(is_outdated=True))
        except OSError as error:
            return self._ended(Done(error=failure_of(error)))
        except BaseException as error:
            return self._ended(Done(error=error))
        if is_foreseeable(job.shop, job.options, outcome):
            self._left = (job, outcome)
        return self._ended(Done(outcome=outcome))

    def _remember(self, job: Job, outcome: Outcome) -> None:
        with in_bulk():
            steps = tuple(_all_steps(job, outcome).values())
            remember(job.shop, job.began, steps, None, picked=outcome.picked, everything=job.is_whole)
        self._remembered()


def _all_steps(job: Job, outcome: Outcome) -> Mapping[AssetId, Step]:
    """How all assets stand after the build: those that it was not asked about as they were seen before."""
    before = {step.asset: step for step in job.steps}
    for id, step in before.items():
        if step.state is State.FRESH and step.action is not Action.NOTHING:
            before[id] = replace(step, state=State.STALE)
    return {**before, **{step.asset: step for step in outcome.steps}}
