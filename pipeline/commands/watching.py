"""`watch`.

`watch --json` prints one JSON document a line, as `build --json` does: the events and the summary of each build, and

    {"event": "watching", version, root, assets, draws, budget_micro_usd}    the first look is done
    {"event": "serving", address}                               with --serve: what to open in a browser
    {"event": "looked", "rows": [{asset, state, action, why, draws, price_micro_usd}], "gone": [ids],
     "price": {certain_draws, possible_draws, table_micro_usd, ...}, "left_micro_usd"}          something is another now
    {"event": "waiting", question, why, seconds_left, draws, table_micro_usd, top_micro_usd, assets, text}
    {"event": "begins", assets, draws}                          a build begins; its own events follow
    {"event": "broken", "error": {kind, message, hint, problems [...]}}, {"event": "mended"}
    {"event": "unbuilt", "error": {...}}                        a build could not be done at all
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Protocol

from pipeline.commands.answers import Answers
from pipeline.commands.context import Context
from pipeline.errors import PipelineError
from pipeline.live.keeping import Keeper
from pipeline.live.waiting import WANT_A_YES
from pipeline.options import BuildOptions

if TYPE_CHECKING:
    from types import FrameType

    from pipeline.live.state import State, Update


_READ_S = 1.0
"""Nobody reads a question and answers it within that time."""


class _Teller(Protocol):
    def serving(self, address: str) -> None: ...
    def tell(self, update: Update) -> None: ...
    def close(self, state: State) -> None: ...


def watch(
    context: Context,
    *,
    select: Sequence[str],
    exclude: Sequence[str],
    options: BuildOptions,
    settle_s: float | None,
    gallery: tuple[int | None, bool] | None = None,
) -> int:
    """Look at each save, and build what it reaches, until somebody stops it.

    `gallery`: serve it meanwhile, at that port (None: whichever is free), and open it in a browser or not.
    """
    answers = not context.json and context.stdin.isatty() and context.stdout.isatty()
    asks = answers or gallery is not None
    keeper = Keeper(context.shop, select=select, exclude=exclude, options=options, asks=asks, settle_s=settle_s)
    asked, teller = Asked(), _teller(context, asks=answers)
    keeper.subscribe(asked.tell)  # before it is told: nobody can answer what is not noted yet
    keeper.subscribe(teller.tell)
    with (
        _stopped_by_signals(keeper),
        nullcontext() if gallery is None else _served(context, keeper, options, gallery, teller),
        _answered(context, keeper, asked) if answers else nullcontext(),
    ):
        try:
            return keeper.run()
        finally:
            teller.close(keeper.state())


def _teller(context: Context, *, asks: bool) -> _Teller:
    if context.json:
        from pipeline.commands.watched_json import Documents

        return Documents(context)
    from pipeline.commands.watched_text import Words

    return Words(context, asks=asks)


@contextmanager
def _served(
    context: Context, keeper: Keeper, options: BuildOptions, gallery: tuple[int | None, bool], teller: _Teller
) -> Iterator[None]:
    from pipeline.commands.serving import served

    port, opens = gallery
    with served(context, keeper, context.shop, options, auto=True, port=port, opens=opens) as address:
        teller.serving(address)
        yield


@contextmanager
def _stopped_by_signals(keeper: Keeper) -> Iterator[None]:
    """The first signal lets what is in flight arrive, the second ends at once. A closed terminal is one too."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread gets signals: they are somebody else's
        return

    def stop(number: int, frame: FrameType | None) -> None:
        keeper.stop()

    ends = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup has it
        ends.append(signal.SIGHUP)
    before = {one: signal.signal(one, stop) for one in ends}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@contextmanager
def _answered(context: Context, keeper: Keeper, asked: Asked) -> Iterator[None]:
    """For the time of the block, y and n that are typed answer what waits just then."""

    def heard(line: str) -> None:
        waiting, word = keeper.state().waiting, line.lower()
        if waiting is None or waiting.why not in WANT_A_YES or word not in ("y", "yes", "n", "no"):
            return
        if word.startswith("y") and not asked.was_read(waiting.question):
            again = f"That is another question by now: {waiting.text}. Draw? y or n, and Enter."
            context.say_prose(again, "bold yellow")
            return
        with suppress(PipelineError):  # a save came first, and it is asked anew; or the watch has ended
            (keeper.allow if word.startswith("y") else keeper.refuse)(waiting.question)
            asked.answered(waiting.question)

    answers = Answers(context.stdin, heard)
    try:
        yield
    finally:
        answers.close()


class Asked:
    """Which question stands on the terminal, and whether who says yes can have read that one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: str | None = None
        """The last question that nobody answered."""
        self._replaced_at: float | None = None

    def tell(self, update: Update) -> None:
        """Take note of a question that is asked now."""
        waiting = update.state.waiting
        if waiting is None or waiting.why not in WANT_A_YES or waiting.question == self._open:
            return
        self._replaced_at = self._clock() if self._open is not None else None
        self._open = waiting.question

    def was_read(self, question: str) -> bool:
        """Not when it took the place of another right before the answer, which was meant for that one then."""
        replaced = self._replaced_at
        return question == self._open and (replaced is None or self._clock() - replaced >= _READ_S)

    def answered(self, question: str) -> None:
        """Whatever is asked next, or has been asked meanwhile, replaces nothing."""
        self._open = None if self._open == question else self._open
        self._replaced_at = None
