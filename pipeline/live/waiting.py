"""What paid work waits for, in a sentence."""

from __future__ import annotations

from pipeline.amounts import plural, span, usd
from pipeline.live.pace import Pace, Wait, Why
from pipeline.live.state import Waiting

WANT_A_YES = (str(Why.BUDGET), str(Why.ASK))
"""The waits that end with a word of a person."""


def waiting_of(wait: Wait, pace: Pace, git_at: str | None) -> Waiting:
    """The wait with its words. `git_at`: what git is at, where that is known."""
    what = f"{plural(wait.draws, 'picture')} to draw for {usd(wait.table)} by the table"
    if not wait.draws:
        what = f"pictures that may be drawn, for at most {usd(wait.top)}"
    match wait.why:
        case Why.SETTLE:
            words = f"{what}: begins when nothing was saved for {_seconds(pace.rules.settle_s)}"
        case Why.GIT:
            words = f"{what}: begins when git is done{f' with {git_at}' if git_at else ''}"
        case Why.BUDGET:
            budget = f"{usd(pace.left)} of {usd(pace.rules.budget)} are left for this watch"
            words = f"{what}, at most {usd(wait.top)}; {budget}"
        case Why.ASK:
            words = f"{what}, at most {usd(wait.top)}"
    return Waiting(
        question=wait.question,
        why=str(wait.why),
        price=wait.table,
        draws=wait.draws,
        ids=tuple(sorted(wait.ids)),
        text=words,
        top=wait.top,
        until=wait.until,
    )


def _seconds(settle_s: float) -> str:
    return span(settle_s) if settle_s >= 1 else f"{settle_s:g} s"
