"""What `watch --json` prints; see watching.py."""

from __future__ import annotations

import time
from typing import Any

from pipeline.commands.context import Context
from pipeline.commands.summary import summary_json
from pipeline.errors import PipelineError, SpecErrors
from pipeline.live.rows import Row
from pipeline.live.state import State, Update, Waiting
from pipeline.views.planned import price_json
from pipeline.views.shown import teller_of
from pipeline.workshop import Workshop


class Documents:
    """One JSON document a line, for programs."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._has_begun = False
        self._built: Workshop | None = None
        """What the build that is under way began with: the last look may know some of its assets no more."""

    def serving(self, address: str) -> None:
        """The gallery is to be seen there."""
        self._context.tell_json_line({"event": "serving", "address": address})

    def tell(self, update: Update) -> None:
        """Print what is new."""
        for value in self._documents(update):
            self._context.tell_json_line(value)

    def close(self, state: State) -> None:
        """The watch is over."""
        self._context.tell_json_line({"event": "ended", "spent_micro_usd": state.spent})

    def _documents(self, update: Update) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        state, building = update.state, self._built
        if "error" in update.changed:
            broken = state.error is not None
            found.append({"event": "broken", "error": _error(state.error)} if broken else {"event": "mended"})
        if update.event is not None and building is not None:
            found.append(teller_of(building).event_json(update.event))
        if not self._has_begun and state.plan is not None:
            self._has_begun = True
            found.append(_watching(state))
        if "plan" in update.changed or update.rows or update.gone:
            found.append(_looked(update))
        if state.building is not None and building is None:
            ids = list(state.building.ids)
            found.append({"event": "begins", "assets": ids, "draws": state.building.total})
            self._built = state.shop
        if update.outcome is not None and building is not None:
            found.append(summary_json(update.outcome, building, teller_of(building)))
        if state.building is None:
            self._built = None
        if "unbuilt" in update.changed and state.unbuilt is not None:
            found.append({"event": "unbuilt", "error": _error(state.unbuilt)})
        if "waiting" in update.changed and state.waiting is not None:
            found.append(_waiting(state.waiting))
        return found


def _watching(state: State) -> dict[str, Any]:
    assert state.plan is not None and state.shop is not None
    return {
        "event": "watching",
        "version": 1,
        "root": str(state.shop.root),
        "assets": len(state.rows),
        "draws": not state.plan.why_not,
        "budget_micro_usd": state.budget,
    }


def _looked(update: Update) -> dict[str, Any]:
    state = update.state
    assert state.plan is not None
    return {
        "event": "looked",
        "rows": [_row(row) for row in update.rows.values()],
        "gone": sorted(update.gone),
        "price": price_json(state.plan.price, state.plan.priced_on),
        "left_micro_usd": max(0, (state.budget or 0) - state.spent),
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "asset": row.id,
        "state": str(row.state),
        "action": str(row.action),
        "why": row.why,
        "draws": row.draws,
        "price_micro_usd": row.price,
    }


def _waiting(waiting: Waiting) -> dict[str, Any]:
    return {
        "event": "waiting",
        "question": waiting.question,
        "why": waiting.why,
        "seconds_left": None if waiting.until is None else round(max(0.0, waiting.until - time.monotonic()), 3),
        "draws": waiting.draws,
        "table_micro_usd": waiting.price,
        "top_micro_usd": waiting.top,
        "assets": list(waiting.ids),
        "text": waiting.text,
    }


def _error(error: PipelineError | None) -> dict[str, Any] | None:
    if error is None:
        return None
    problems = error.problems if isinstance(error, SpecErrors) else ()
    return {
        "kind": type(error).__name__,
        "message": error.message,
        "hint": error.hint,
        "problems": [{**p.origin._asdict(), "message": p.message, "hint": p.hint} for p in problems],
    }
