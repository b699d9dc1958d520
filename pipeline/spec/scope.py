"""The names that templates see, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from pipeline.errors import Origin
from pipeline.spec.problems import Problems
from pipeline.spec.source import Broken, Node
from pipeline.spec.templates import TemplateFailed, Templates, has_template, problem_of

_NOTHING: Final[Mapping[str, Any]] = {}


class Told(Exception):
    """A value cannot be had; the problem is told already."""


class Scope:
    """The variables so far, and the names of the one asset: its axes, its row, its id.

    `lost` are the variables that are declared, but have no value because of a problem.
    """

    def __init__(
        self, vars: Mapping[str, Any] = _NOTHING, own: Mapping[str, Any] = _NOTHING, lost: frozenset[str] = frozenset()
    ) -> None:
        self.vars, self.own, self.lost = vars, own, lost

    @cached_property
    def names(self) -> dict[str, Any]:
        """What a template sees: an asset's own names hide variables."""
        return {**self.vars, **self.own, "vars": self.vars}

    def with_own(self, own: Mapping[str, Any]) -> Scope:
        return Scope(self.vars, {**self.own, **own}, self.lost)


class Renderer:
    """Renders nodes; a failure becomes a problem at the right line."""

    def __init__(self, root: Path, templates: Templates, problems: Problems) -> None:
        self._root = root
        self._templates = templates
        self._problems = problems

    def value(self, node: Node, scope: Scope, who: str = "") -> Any:
        """The node as plain values, its texts rendered. Raises Told."""
        value = node.value
        if isinstance(value, str):
            return self._text(value, node.origin, scope, who) if has_template(value) else value
        if isinstance(value, dict):
            return {name: self.value(item, scope, who) for name, item in value.items()}
        if isinstance(value, list):
            return [self.value(item, scope, who) for item in value]
        if isinstance(value, Broken):
            raise Told
        return value

    def expression(self, source: str, origin: Origin, scope: Scope, who: str = "") -> Any:
        """The value of an expression without braces. Raises Told."""
        try:
            return self._templates.expression(source, scope.names)
        except TemplateFailed as failed:
            raise self.told(failed, origin, scope, who) from None

    def with_vars(self, scope: Scope, layer: Mapping[str, Node], who: str = "") -> Scope:
        """The scope with a layer's variables over it; each may use those below and above it."""
        for name, node in layer.items():
            try:
                value = self.value(node, scope, who)
            except Told:
                vars = {key: item for key, item in scope.vars.items() if key != name}
                scope = Scope(vars, scope.own, scope.lost | {name})
            else:
                scope = Scope({**scope.vars, name: value}, scope.own, scope.lost - {name})
        return scope

    def _text(self, text: str, origin: Origin, scope: Scope, who: str) -> Any:
        try:
            return self._templates.value(text, scope.names)
        except TemplateFailed as failed:
            raise self.told(failed, origin, scope, who) from None

    def told(self, failed: TemplateFailed, origin: Origin, scope: Scope, who: str = "") -> Told:
        """The failure as a problem, unless it only follows from one that is told."""
        if failed.undefined not in scope.lost:
            problem = problem_of(self._root, origin, failed)
            if failed.file is not None:
                who = who or str(scope.own.get("id", ""))
            self._problems.add(*problem, who=who)
        return Told()


def has_templates(node: Node) -> bool:
    """Is there a template anywhere in the node?"""
    value = node.value
    if isinstance(value, str):
        return has_template(value)
    if isinstance(value, dict):
        return any(has_templates(item) for item in value.values())
    return isinstance(value, list) and any(has_templates(item) for item in value)
