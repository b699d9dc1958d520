"""Bundles as `list` and `show` tell of them."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.amounts import names, one_line, plural
from pipeline.bundle.deciding import BundleStep
from pipeline.commands.context import Context
from pipeline.tell import bundles
from pipeline.views.planned import bundle_json
from pipeline.words import State

_STYLES = {State.FRESH: "green", State.STALE: "yellow", State.HELD: "yellow", State.EDITED: "yellow"}
_MOST = 20
"""Files and assets that are named; of more there is a count."""


def say_list(context: Context, steps: tuple[BundleStep, ...]) -> None:
    """Every bundle in a line below the assets: name, state, files."""
    cells = [(step.name, str(step.state), plural(len(step.files), "file")) for step in steps]
    wide = [max((len(row[column]) for row in cells), default=0) for column in (0, 1, 2)]
    if cells:
        context.say()
    for step, (name, state, count) in zip(steps, cells, strict=True):
        told = context.paint(f"{state:<{wide[1]}}", _STYLES.get(step.state, "red"))
        first = next(iter(sorted(step.files)), "")
        context.say(f"{name:<{wide[0]}}  {told}  {count:<{wide[2]}}  {one_line(first)}".rstrip())


def named(steps: tuple[BundleStep, ...], word: str) -> BundleStep | None:
    """The one bundle that a word names: `sheet items`, `items`, or the path of one of its files."""
    found = [step for step in steps if step.name == word] or [
        step for step in steps if step.bundle.name == word or word.removeprefix("./") in step.files
    ]
    return found[0] if len(found) == 1 else None


def show(context: Context, step: BundleStep) -> int:
    """Everything of one bundle."""
    if context.json:
        context.tell_json({"version": 1, **bundle_json(step), "declared": str(step.bundle.origin)})
        return 0
    state = context.paint(str(step.state), f"bold {_STYLES.get(step.state, 'red')}")
    context.say(f"{context.paint(step.name, 'bold')}  {state}")
    for name, text in _facts(step):
        context.say(f"  {context.paint(f'{name:<12}', 'dim')} {one_line(text)}".rstrip())
    return 0


def _facts(step: BundleStep) -> Iterator[tuple[str, str]]:
    if step.reasons:
        yield "why", bundles.why(step.reasons)
    yield "declared", str(step.bundle.origin)
    paths = sorted(step.files)
    for path in paths[:_MOST]:
        yield "file", path
    if len(paths) > _MOST:
        yield "", f"and {plural(len(paths) - _MOST, 'more file')}"
    if step.items:
        yield "made of", names([item.id for item in step.items], most=_MOST)
    if step.lacking:
        yield "without", f"{names(step.lacking, most=_MOST)}, of which nothing is built"
