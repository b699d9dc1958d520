"""Steps as keys and requests have them, become steps again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.errors import PipelineError
from pipeline.spec.step_table import KINDS
from pipeline.spec.steps import Step, step


def step_again(name: str, params: Mapping[str, Any]) -> Step:
    """The step of that name, with the defaults for what is not given. Raises PipelineError."""
    kind = KINDS.get(name)
    if kind is None or not params.keys() <= kind.named.keys():
        raise PipelineError(f"this version does not know the step `{name}` as it was asked for", hint="update the tool")
    return step(name, **{param: _as_steps_have(value) for param, value in params.items()})


def _as_steps_have(value: Any) -> Any:
    """A value of JSON: lists are tuples, and mappings tuples of pairs."""
    if isinstance(value, Mapping):
        return tuple(value.items())
    return tuple(map(_as_steps_have, value)) if isinstance(value, list | tuple) else value
