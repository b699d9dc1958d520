"""What a watch says: what is watched, what each save asks for and costs, what waits, and what came of it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TextIO

from pipeline.amounts import dollars, one_line, plural, usd
from pipeline.commands.context import Context
from pipeline.commands.making import screen_for
from pipeline.commands.summary import last_line
from pipeline.errors import PipelineError, SpecErrors
from pipeline.live.rows import Row
from pipeline.live.state import State, Update, Waiting
from pipeline.live.waiting import WANT_A_YES
from pipeline.tell import bundles
from pipeline.views.priced import counted, nothing_to_do
from pipeline.views.shown import teller_of
from pipeline.words import Action, AssetId, MicroUsd
from pipeline.words import State as Stands

if TYPE_CHECKING:
    from pipeline.bundle.deciding import BundleStep
    from pipeline.console import Screen

_SHUT = (Stands.EDITED, Stands.FAILED)
"""States of a bundle about which a person has something to do."""

_MOST_ROWS = 8
"""Assets that are named after a save; of more there is a count."""

_MOST_PROBLEMS = 5

_WIDEST_ID = 40

_WHAT = {
    Action.DRAW: ("to draw", "green"),
    Action.AWAIT: ("may follow", "green"),
    Action.REUSE: ("to reuse", "green"),
    Action.DERIVE: ("to restore", "green"),
    Action.PLACEHOLD: ("placeholder", "magenta"),
}


class Words:
    """Tells people of a watch. All of it is told in the loop's thread."""

    def __init__(self, context: Context, *, asks: bool) -> None:
        self._plain, self._asks = context, asks
        both = context.stdout.isatty() and context.stderr.isatty()
        self._context = replace(
            context,
            stdout=_Above(context.stdout, self._print),
            stderr=_Above(context.stderr, self._print) if both else context.stderr,
        )
        self._screen: Screen | None = None
        self._told: dict[AssetId, tuple[Stands, Action, str]] = {}
        self._asked: tuple[object, ...] | None = None
        self._built: set[AssetId] = set()
        self._shut: Mapping[str, str] = {}
        self._placed = 0
        self._has_begun = self._is_broken = False

    def serving(self, address: str) -> None:
        """The gallery is to be seen there."""
        self._context.say(f"gallery: {address}")

    def tell(self, update: Update) -> None:
        """Say what is new."""
        state = update.state
        if "error" in update.changed:
            self._error(state.error)
        if update.event is not None and self._screen is not None:
            self._placed += update.event.kind == "placeholder"
            self._screen.report(update.event)
        if "building" in update.changed and state.building is not None and self._screen is None:
            self._placed = 0
            shop = state.shop
            assert shop is not None
            self._screen = screen_for(self._plain, teller_of(shop))
        if update.outcome is not None or (state.building is None and self._screen is not None):
            self._ended(update)
        if not self._has_begun and state.plan is not None:
            self._begin(state)
        elif update.rows or update.gone:
            self._rows(state, update.rows, update.gone)
        if "plan" in update.changed and state.plan is not None:
            self._bundles(state.plan.bundles)
        if "unbuilt" in update.changed and state.unbuilt is not None:
            self._fail(state.unbuilt)
        if "waiting" in update.changed:
            self._waiting(update)

    def close(self, state: State) -> None:
        """The watch is over."""
        if self._screen is not None:
            self._screen.close()
            self._screen = None
        spent = f"; {usd(state.spent)} spent" if state.spent else ""
        self._context.say_prose(f"The watch has ended{spent}.")

    # --- one a kind ---

    def _bundles(self, steps: Iterable[BundleStep]) -> None:
        """Bundles that cannot be made, or that a person's file stands in the way of: each once."""
        shut = {step.name: bundles.why(step.reasons) for step in steps if step.state in _SHUT}
        for name, why in shut.items():
            if self._shut.get(name) != why:
                self._context.warn(f"{self._context.paint('held', 'yellow')}        {name}  {why}")
        self._shut = shut

    def _begin(self, state: State) -> None:
        """What is there when the watch begins."""
        self._has_begun = True
        plan = state.plan
        assert plan is not None
        self._told = {id: _seen(row) for id, row in state.rows.items()}
        if self._context.quiet:
            return
        assert state.shop is not None
        self._context.warn_all(state.shop)
        count = plan.counts(plan.groups)
        self._context.say_prose(f"Watching {plural(len(state.rows), 'asset')} in {state.shop.root}; Ctrl-C ends it.")
        self._context.say_prose(f"{counted(count, plan.price)}.".capitalize() if plan.acts else nothing_to_do(count))
        steps = {step.asset for step in plan.plan.steps}
        self._list([row for id, row in state.rows.items() if id in steps and _is_open(row)])

    def _rows(self, state: State, rows: Mapping[AssetId, Row], gone: Iterable[AssetId]) -> None:
        """What a save made of assets: what is to be done now and why, and for how much."""
        plan = state.plan
        selected = {step.asset for step in plan.plan.steps} if plan is not None else set()
        news = []
        for id, row in rows.items():
            before, self._told[id] = self._told.get(id), _seen(row)
            if before == _seen(row) or id not in selected:
                continue
            was_open = before is not None and before[0] is not Stands.FRESH
            if _is_open(row) or (was_open and id not in self._built):
                news.append(row)
        self._built = set()
        if self._context.quiet:
            return
        self._list(news)
        for id in gone:
            self._told.pop(id, None)
        self._line("gone", "yellow", [f"{one_line(id)} is no longer declared" for id in sorted(gone)])

    def _list(self, rows: list[Row]) -> None:
        wide = min(max((len(row.id) for row in rows), default=0), _WIDEST_ID)
        shown = rows if self._context.verbose else rows[:_MOST_ROWS]
        for row in shown:
            what, style = _WHAT.get(row.action, (str(row.state), "yellow"))
            if row.state is Stands.FRESH and row.action is Action.NOTHING:
                style = "green"
            price = f"{usd(row.price)}  " if row.action is Action.DRAW else ""
            why = "" if row.state is Stands.FRESH and row.action is Action.NOTHING else row.why
            self._line(what, style, [f"{row.id:<{wide}} {price}{self._context.paint(one_line(why), 'dim')}"])
        if len(rows) > len(shown):
            self._context.say(self._context.paint(f"{'':<11} and {len(rows) - len(shown):,} more", "dim"))

    def _line(self, what: str, style: str, texts: Iterable[str]) -> None:
        for text in texts:
            self._context.say(f"{self._context.paint(f'{what:<11}', style)} {text}".rstrip())

    def _waiting(self, update: Update) -> None:
        """A wait is told once; what wants a yes, each time that it is another question."""
        waiting = update.state.waiting
        if waiting is None:
            if self._asked is not None and self._asked[-1] and not update.rows and update.state.building is None:
                self._context.say_prose("Left as it is until something about it changes.", "dim")
            self._asked = None
            return
        wants_yes = waiting.why in WANT_A_YES
        asked = (waiting.why, waiting.draws, waiting.price, waiting.question if wants_yes else "")
        if asked == self._asked or (self._context.quiet and not wants_yes):
            return
        self._asked = asked
        if not wants_yes:
            self._context.say_prose(f"{waiting.text}.", "dim")
        elif self._asks:
            self._context.say_prose(f"{waiting.text}. Draw? y or n, and Enter.", "bold yellow")
        else:
            allow = f"`--max-cost {dollars(self._needs(waiting))}` allows it"
            self._context.say_prose(f"{waiting.text}; {allow}.", "bold yellow")

    def _needs(self, waiting: Waiting) -> MicroUsd:
        return MicroUsd(self._spent + waiting.top)

    def _ended(self, update: Update) -> None:
        state = update.state
        if self._screen is not None:
            self._screen.close()
            self._screen = None
        outcome = update.outcome
        if outcome is None:
            return
        self._spent = state.spent
        self._built.update(id for id, did in outcome.did.items() if did not in ("failed", "not tried", "held"))
        paid = outcome.spent or outcome.estimated or outcome.maybe_spent
        left = MicroUsd(max(0, (state.budget or 0) - state.spent))
        budget = f" {usd(left)} of {usd(state.budget or 0)} are left." if paid else ""
        style = "bold green" if outcome.exit_code == 0 else "bold yellow"
        if paid or not self._context.quiet or outcome.exit_code:
            self._context.say_prose(last_line(outcome, self._placed, 0) + budget, style)

    _spent = MicroUsd(0)

    def _error(self, error: PipelineError | None) -> None:
        """What is wrong with the specs, and when it is mended."""
        if error is None:
            if self._is_broken and not self._context.quiet:
                self._context.say_prose("Mended.", "bold green")
            self._is_broken = False
            return
        self._is_broken = True
        self._fail(error)
        stands = "the last good state stands, and " if self._has_begun else ""
        self._context.warn(f"{stands}nothing is built before this is mended".capitalize() + ".")

    def _fail(self, error: PipelineError) -> None:
        problems = error.problems if isinstance(error, SpecErrors) else ()
        shown = problems if self._context.verbose else problems[:_MOST_PROBLEMS]
        for problem in shown:
            self._context.warn(self._context.shown(problem))
        if len(problems) > len(shown):
            self._context.warn(f"and {plural(len(problems) - len(shown), 'more error')}; -v shows all")
        if not problems:
            head = self._context.paint("error:", "bold red", errors=True)
            self._context.warn(f"{head} {one_line(error.message)}")
            if error.hint:
                self._context.warn(f"  {one_line(error.hint)}")

    def _print(self, stream: TextIO, text: str) -> None:
        """Print above the bar, where there is one."""
        if self._screen is None or not self._screen.above(text):
            stream.write(text)
            stream.flush()


def _seen(row: Row) -> tuple[Stands, Action, str]:
    return row.state, row.action, row.why


def _is_open(row: Row) -> bool:
    """Whether there is something to say of an asset: it is not fresh, or something is to be done about it."""
    return row.action is not Action.NOTHING or row.state not in (Stands.FRESH, Stands.PLACEHOLDER)


class _Above(io.StringIO):
    """A stream on which whole texts are printed above whatever moves at the bottom of the terminal."""

    def __init__(self, stream: TextIO, print: Callable[[TextIO, str], None]) -> None:
        super().__init__()
        self._stream, self._print = stream, print

    def write(self, text: str) -> int:
        self._print(self._stream, text)
        return len(text)

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()
