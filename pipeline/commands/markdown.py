"""A plan for a pull request: a table by state, the prompts that changed, and nothing that could break the page.

Ids, prompts and messages come from a branch that nobody has reviewed yet. So every character that could mean something
to Markdown, to HTML or to the page (a mention) is written as an entity, and prompts stand in fences longer than any
run of backticks in them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pipeline.amounts import usd
from pipeline.commands.planned_text import bundle_groups
from pipeline.tell import Teller, bundles
from pipeline.views.comparing import Piece, changes
from pipeline.views.planned import HEADINGS, Forecast, grouped
from pipeline.views.priced import cost_lines, counted, nothing_to_do
from pipeline.words import Action, Plan, Step

_MOST_PROMPTS = 50
"""A page has a limit, and nobody reads more."""

_MOST_ROWS = 300


def plan_markdown(found: Forecast, teller: Teller, asked: Callable[[str], Mapping[str, Any] | None]) -> str:
    """The plan as GitHub's Markdown. `asked` gives the request of a key, where it is known."""
    return "\n".join(_page(found, teller, asked)) + "\n"


def _page(found: Forecast, teller: Teller, asked: Callable[[str], Mapping[str, Any] | None]) -> Iterator[str]:
    # What a reviewer decides about does not depend on who has a key: the plan is the one that draws.
    plan = found.drawing
    groups = grouped(plan)
    acts = found.bundles_to_make or any(step.action not in (Action.NOTHING, Action.HOLD) for step in plan.steps)
    count = found.counts(groups)
    title = counted(count, found.with_key) if acts else nothing_to_do(count).rstrip(".")
    yield f"### Assets: {text(title[:1].lower() + title[1:])}"
    yield ""
    costs = cost_lines(found)
    if costs:
        yield " ".join(inline(line) for line in costs)
        yield ""
    open_ends = [step for name, steps in groups.items() if name not in ("fresh", "standing") for step in steps]
    if open_ends:
        yield "| asset | what | price | why |"
        yield "|---|---|---|---|"
        names = {step.asset: name for name, steps in groups.items() for step in steps}
        for step in open_ends[:_MOST_ROWS]:
            yield _row(step, names[step.asset], teller)
        yield ""
        if len(open_ends) > _MOST_ROWS:
            yield f"… and {len(open_ends) - _MOST_ROWS} more."
            yield ""
        for remedy in teller.remedies(open_ends):
            yield inline(remedy)
            yield ""
    yield from _bundles(found)
    yield from _prompts(plan, found, asked)
    fresh = groups.get("fresh", ())
    if fresh:
        yield f"<details><summary>{len(fresh)} fresh</summary>"
        yield ""
        yield ", ".join(code(step.asset) for step in fresh)
        yield ""
        yield "</details>"


def _row(step: Step, group: str, teller: Teller) -> str:
    price = usd(step.price.table) if group == "draw" else ""
    if group == "await":
        price = f"up to {usd(step.price.worst)}"
    why = inline(teller.why(step, brief=True))
    return f"| {code(step.asset)} | {text(HEADINGS[group].lower())} | {text(price)} | {why} |"


def _bundles(found: Forecast) -> Iterator[str]:
    groups = bundle_groups(found)
    if not groups:
        return
    yield "| bundle | what | why |"
    yield "|---|---|---|"
    rows = [(title, step) for title, steps in groups for step in steps]
    for title, step in rows[:_MOST_ROWS]:
        yield f"| {code(step.name)} | {text(title.lower())} | {inline(bundles.why(step.reasons))} |"
    yield ""
    if len(rows) > _MOST_ROWS:
        yield f"… and {len(rows) - _MOST_ROWS:,} more."
        yield ""


def _prompts(plan: Plan, found: Forecast, asked: Callable[[str], Mapping[str, Any] | None]) -> Iterator[str]:
    drawn = [step for step in plan.by_action(Action.DRAW) if step.request is not None]
    if not drawn:
        return
    yield f"<details><summary>Prompts of the {len(drawn)} to draw</summary>"
    yield ""
    for step in drawn[:_MOST_PROMPTS]:
        assert step.request is not None
        before = _before(step, found, asked)
        yield code(step.asset)
        yield ""
        if before is not None:
            yield from fenced(_diff(before, step.request.preimage), "diff")
        else:
            yield from fenced(step.request.prompt.strip(), "text")
        yield ""
    if len(drawn) > _MOST_PROMPTS:
        yield f"… and {len(drawn) - _MOST_PROMPTS} more."
        yield ""
    yield "</details>"
    yield ""


def _before(step: Step, found: Forecast, asked: Callable[[str], Mapping[str, Any] | None]) -> Mapping[str, Any] | None:
    former = found.former(step.asset)
    return asked(former) if former is not None and former != step.key else None


def _diff(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    lines = []
    for change in changes(before, after, without=["references"]):
        if change.is_text:
            lines += [f"{change.name}:", *(_diff_line(piece) for piece in change.pieces)]
        else:
            lines.append(f"{change.name}: {change.before or 'default'} -> {change.after or 'default'}")
    if before.get("references") != after.get("references"):
        lines.append("references changed")
    return "\n".join(lines)


def _diff_line(piece: Piece) -> str:
    return {"removed": "- ", "added": "+ "}.get(piece.kind, "  ") + piece.text


def fenced(body: str, kind: str) -> Iterator[str]:
    """A text in a fence longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall("`+", body)), default=0)
    fence = "`" * max(3, longest + 1)
    yield f"{fence}{kind}"
    yield body
    yield fence


def text(value: str) -> str:
    """A text as itself, whatever is in it."""
    return "".join(c if c.isalnum() or c in " .,:;$/?'=%-" else f"&#{ord(c)};" for c in re.sub(r"\s+", " ", value))


def code(value: str) -> str:
    return f"<code>{text(value)}</code>"


def inline(sentence: str) -> str:
    """A sentence for people: what stands in backticks as code, all else as itself."""
    parts = sentence.split("`")
    return "".join(code(part) if number % 2 else text(part) for number, part in enumerate(parts) if part)
