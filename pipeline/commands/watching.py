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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Protocol

from pipeline.commands.answers import Answers
from pipeline.commands.context import Context
from pipeline.errors import Overtaken
from pipeline.live.keeping import Keeper
from pipeline.options import BuildOptions

if TYPE_CHECKING:
    from types import FrameType

    from pipeline.live.state import State, Update


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
    teller = _teller(context, asks=answers)
    keeper.subscribe(teller.tell)
    with (
        _stopped_by_signals(keeper),
        nullcontext() if gallery is None else _served(context, keeper, options, gallery, teller),
        _answered(context, keeper) if answers else nullcontext(),
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
    """The first SIGINT or SIGTERM lets what is in flight arrive, the second ends at once."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread gets signals: they are somebody else's
        return

    def stop(number: int, frame: FrameType | None) -> None:
        keeper.stop()

    before = {one: signal.signal(one, stop) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@contextmanager
def _answered(context: Context, keeper: Keeper) -> Iterator[None]:
    """For the time of the block, y and n that are typed answer what waits just then."""

    def heard(line: str) -> None:
        waiting = keeper.state().waiting
        if waiting is None or line.lower() not in ("y", "yes", "n", "no"):
            return
        with suppress(Overtaken):  # a save came first: it is asked anew
            (keeper.allow if line.lower().startswith("y") else keeper.refuse)(waiting.question)

    answers = Answers(context.stdin, heard)
    try:
        yield
    finally:
        answers.close()
