"""The steps of a `process`, in their order: what becomes of size and transparency, and how keys have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pipeline.spec import colors
from pipeline.spec.step_sizes import Size
from pipeline.spec.step_table import KINDS, STEPS, Alpha

__all__ = ["STEPS", "Size", "Step", "alpha_after", "as_asked", "as_derived", "as_written", "size_after", "step"]


class Step(NamedTuple):
    """One step as a spec asks for it: all parameters, sorted by name, as values that JSON has (lists are tuples)."""

    name: str
    params: tuple[tuple[str, Any], ...]

    @property
    def given(self) -> dict[str, Any]:
        return dict(self.params)


def step(name: str, **given: Any) -> Step:
    """A step with the defaults for what is not given, whose values are right already."""
    params = {param.name: given.get(param.name, param.default) for param in KINDS[name].params}
    assert given.keys() <= params.keys(), name
    return Step(name, tuple(sorted(params.items())))


def size_after(steps: Sequence[Step], size: Size) -> Size:
    """The size that the steps make of a picture of that size.

    Its `exact` is False where that depends on what is painted; then it is the largest that it can be.
    """
    for step in steps:
        size = KINDS[step.name].sizes(step.given, size)
    return size


def alpha_after(steps: Sequence[Step], before: bool = False) -> bool:
    """Whether the steps leave a picture that can be transparent, of one that can or cannot."""
    for step in steps:
        before = _alpha(step, before)
    return before


def _alpha(step: Step, before: bool) -> bool:
    match KINDS[step.name].alpha:
        case Alpha.MAKES:
            return True
        case Alpha.DROPS:
            return False
        case Alpha.FILLS:
            return before or (_adds(step) and not colors.is_opaque(step.given.get("color", colors.TRANSPARENT)))
        case _:
            return before


def _adds(step: Step) -> bool:
    """Whether a step adds ground around the picture."""
    given = step.given
    match step.name:
        case "trim":
            return bool(given["padding"])
        case "resize":
            return bool(given["fit"] == "contain")
        case _:
            return True


def as_derived(steps: Sequence[Step]) -> list[list[Any]]:
    """The steps as the key of a derivation has them: name, version, and all parameters."""
    return [[step.name, KINDS[step.name].version, _json(step.given)] for step in steps]


def as_asked(steps: Sequence[Step]) -> tuple[dict[str, Any], ...]:
    """The steps as a request has them: no versions, and only the parameters that are not the defaults."""
    return tuple({step.name: _json(_own(step))} for step in steps)


def as_written(steps: Sequence[Step]) -> list[Any]:
    """The steps as short as a spec can say them."""
    return [_short(step.name, _json(_own(step))) for step in steps]


def _own(step: Step) -> dict[str, Any]:
    named = KINDS[step.name].named
    return {name: value for name, value in step.params if value != named[name].default}


def _short(name: str, own: dict[str, Any]) -> Any:
    if not own:
        return name
    short = KINDS[name].short
    return {name: own[short] if own.keys() == {short} and not isinstance(own[short], dict) else own}


def _json(params: Mapping[str, Any]) -> dict[str, Any]:
    def value(of: Any) -> Any:
        return [value(item) for item in of] if isinstance(of, tuple) else of

    return {name: dict(given) if name == "map" else value(given) for name, given in params.items()}
