"""The keys `process` and `transparent`: what was written becomes steps, every mistake is told where it stands.

    process: [cutout, {trim: 4}, {resize: {width: 256, height: 256, fit: contain}}]

A step is a name, or a mapping of one name to its parameters; `{trim: 4}` gives the one that the table calls short. Any
text in it may be a template. So it is read twice: by `check` as a layer is read, where templates are still unknown, and
by `steps_of` for each asset.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from pipeline.errors import Origin
from pipeline.spec import hints, params
from pipeline.spec.palettes import Palettes
from pipeline.spec.params import UNKNOWN
from pipeline.spec.problems import Problems
from pipeline.spec.scalars import kind_of
from pipeline.spec.schema import Kind
from pipeline.spec.scope import Told
from pipeline.spec.source import BROKEN, Broken, Node, plain
from pipeline.spec.step_table import MATTE, STEPS, Fault, Param, ParamKind, Params, StepKind
from pipeline.spec.steps import Step, step
from pipeline.spec.templates import has_template
from pipeline.spec.values import WrongValue

Render: TypeAlias = Callable[[Node], Any]
"""Gives the value of a node with its templates rendered. Raises Told."""

MAX_STEPS: Final = 50

_OTHER_NAMES: Final = {
    "remove_background": "cutout",
    "remove_bg": "cutout",
    "rembg": "cutout",
    "chroma_key": "cutout",
    "chromakey": "cutout",
    "key": "cutout",
    "transparent": "cutout",
    "autocrop": "trim",
    "border": "pad",
    "extend": "pad",
    "scale": "resize",
    "thumbnail": "resize",
    "size": "resize",
    "pixelize": "pixelate",
    "pixel": "pixelate",
    "quantize": "palette",
    "posterize": "palette",
    "colors": "palette",
    "recolor": "recolour",
    "hue": "recolour",
    "tint": "recolour",
    "corners": "round",
    "circle": "round",
    "flip": "mirror",
    "flop": "mirror",
    "seamless": "tile",
    "background": "flatten",
    "grayscale": "convert",
    "greyscale": "convert",
    "gray": "convert",
    "grey": "convert",
    "srgb": "convert",
}
_OTHER_PARAMS: Final = {
    "colour": "color",
    "colours": "colors",
    "background": "color",
    "kernel": "filter",
    "resample": "filter",
    "upscale": "enlarge",
    "position": "gravity",
    "focus": "gravity",
    "aspect_ratio": "ratio",
    "size": "width",
    "w": "width",
    "h": "height",
    "mode": "fit",
    "fuzz": "tolerance",
    "direction": "axis",
    "horizontal": "x",
    "vertical": "y",
}
_CUTOUT: Final = STEPS["cutout"]

_YES_OR_NO: Final = {
    **dict.fromkeys(("yes", "on", "true"), "true"),
    **dict.fromkeys(("no", "off", "false"), "false"),
}
_NO_STEP: Final = {
    "matte": "it needs a second picture, which `transparent: {matte: true}` asks for",
    "rotate": "say in the prompt how it should lie",
    "sharpen": "`resize` keeps a picture sharp; else say it in the prompt",
    "blur": "say it in the prompt",
    "format": "`format` is a key of its own, beside `process`",
    "quality": "it belongs to the format, beside `process`",
}


def _matte_fault(params: Params) -> Fault | None:
    told = [param.name for param in _CUTOUT.params if params[param.name] != param.default]
    if not params[MATTE.name] or not told:
        return None
    return f"a matte cannot be told `{told[0]}`: it cuts out no color", "leave it out, or leave `matte` out"


TRANSPARENT: Final = _CUTOUT._replace(
    name="transparent",
    params=(
        *_CUTOUT.params,
        Param(MATTE.name, ParamKind.BOOL, False, "Pay for a second picture on another ground: for glass and glow."),
    ),
    fault=_matte_fault,
)
"""What `transparent` can be told, by the name that people wrote."""


def check(node: Node, problems: Problems) -> bool:
    """Tell what is wrong with a `process` before its templates are rendered. Whether nothing is."""
    return _Reader(problems, "", None, None).steps(node) is not None


def steps_of(
    node: Node, problems: Problems, palettes: Palettes, render: Render = plain, who: str = ""
) -> tuple[Step, ...] | None:
    """The steps of a `process`; None with a problem for each mistake, told of the asset `who`."""
    return _Reader(problems, who, palettes, render).steps(node)


def check_transparent(node: Node, problems: Problems) -> bool:
    """Tell what is wrong with a `transparent` before its templates are rendered. Whether nothing is."""
    try:
        _Reader(problems, "", None, None).transparent(node)
    except Told:
        return False
    return True


def cutout_of(node: Node, problems: Problems, render: Render = plain, who: str = "") -> Step | None:
    """The step that a `transparent` asks for; None where it asks for none. Raises Told with a problem."""
    found = _Reader(problems, who, None, render).transparent(node)
    return found if isinstance(found, Step) else None


class _Reader:
    """Reads one `process`. Without `render`, what is a template is left alone, and files of colors are not read."""

    def __init__(self, problems: Problems, who: str, palettes: Palettes | None, render: Render | None) -> None:
        self._problems, self._who = problems, who
        self._palettes, self._render = palettes, render

    def steps(self, node: Node) -> tuple[Step, ...] | None:
        try:
            node = self._rendered(node)
        except Told:
            return None
        value = node.value
        if value is UNKNOWN or value is None:
            return ()
        if not isinstance(value, list):
            if not isinstance(value, Broken):
                hint = "put it in brackets, or each step on a line of its own behind a `-`"
                self._tell(node.origin, f"`process` is a list of steps, not {kind_of(value)}", hint)
            return None
        if len(value) > MAX_STEPS:
            self._tell(node.origin, f"`process` has {len(value)} steps, more than {MAX_STEPS}")
            return None
        found = [self._step(item) for item in value if item.value is not None]
        steps = tuple(step for step in found if isinstance(step, Step))
        return None if None in found else steps

    def transparent(self, node: Node) -> Step | object | None:
        """The cut-out; None for false and null, UNKNOWN for what is a template before that is rendered. Raises Told."""
        node = self._rendered(node)
        value = node.value
        word = value.strip().lower() if isinstance(value, str) else ""
        if value is None or value is False or value is UNKNOWN:
            return None
        if value is not True and (word in _YES_OR_NO or not isinstance(value, str | dict)):
            if not isinstance(value, Broken):
                hint = f"write {_YES_OR_NO[word]}, without quotes" if word in _YES_OR_NO else "such as {holes: true}"
                shown = f"`{value}`" if word else kind_of(value)
                self._tell(node.origin, f"`transparent` is {Kind.CUTOUT.value}, not {shown}", hint)
            raise Told
        found = self._with_params(TRANSPARENT, node if value is not True else node._replace(value={}))
        if found is None:
            raise Told
        if not isinstance(found, Step):
            return found
        given = found.given
        return step(MATTE.name) if given.pop(MATTE.name) else step(_CUTOUT.name, **given)

    def _tell(self, origin: Origin, message: str, hint: str = "") -> None:
        self._problems.add(origin, message, hint, who=self._who)

    def _rendered(self, node: Node) -> Node:
        """The node with its own text rendered, values within it still as they were. Raises Told."""
        if isinstance(node.value, str) and has_template(node.value):
            value = _noded(self._render(node), node.origin).value if self._render else UNKNOWN
            return node._replace(value=value)
        return node

    def _step(self, node: Node) -> Step | object | None:
        """UNKNOWN for one that is a template, or has one, before that is rendered."""
        try:
            node = self._rendered(node)
        except Told:
            return None
        value = node.value
        if value is UNKNOWN:
            return UNKNOWN
        if isinstance(value, str) and (kind := self._kind(value.strip(), node.origin)):
            return self._made(kind, {}, node.origin)
        if isinstance(value, dict) and len(value) == 1:
            [(name, given)] = value.items()
            kind = self._kind(name.strip(), given.key)
            return self._with_params(kind, given) if kind else None
        if not isinstance(value, str | Broken):
            message = f"a step is a name, or a mapping with one, not {kind_of(value)}"
            if isinstance(value, dict):
                message = f"a step has one name, this one has {len(value)}" if value else "a step without a name"
            self._tell(node.origin, message, "such as - trim, or - trim: {padding: 4}")
        return None

    def _kind(self, name: str, origin: Origin) -> StepKind | None:
        if (kind := STEPS.get(name)) is not None:
            return kind
        folded = name.casefold().replace("-", "_").replace(" ", "_")
        meant = folded if folded in STEPS else _OTHER_NAMES.get(folded) or hints.nearest(folded, STEPS, 0.7)
        known = f"the steps are {', '.join(STEPS)}"
        hint = _NO_STEP.get(folded) or (f"did you mean `{meant}`?" if meant else known)
        self._tell(origin, f"there is no step `{name[:60]}`", hint)
        return None

    def _with_params(self, kind: StepKind, node: Node) -> Step | object | None:
        try:
            node = self._rendered(node)
        except Told:
            return None
        value = node.value
        if value is UNKNOWN:
            return UNKNOWN
        if isinstance(value, Broken):
            return None
        if value is None:
            return self._made(kind, {}, node.key)
        if isinstance(value, dict) and not self._is_short(kind, value):
            return self._made(kind, value, node.key)
        if not kind.short:
            self._tell(node.origin, f"`{kind.name}` is told its parameters by name", _names(kind))
            return None
        return self._made(kind, {kind.short: node}, node.key)

    def _is_short(self, kind: StepKind, given: dict[str, Node]) -> bool:
        """Is the mapping itself the value, as colors to colors are?"""
        short = kind.named.get(kind.short)
        return (
            short is not None
            and params.is_mapping(short)
            and bool(given)
            and given.keys().isdisjoint(kind.named)
            and all(params.is_color(name) for name in given)
        )

    def _made(self, kind: StepKind, given: dict[str, Node], origin: Origin) -> Step | object | None:
        named = kind.named
        good = True
        found: dict[str, Any] = {}
        for name, node in given.items():
            if (param := named.get(name)) is None:
                self._tell(node.key, *_unknown(kind, name))
                good = False
            elif (value := self._value(param, node)) is BROKEN:
                good = False
            elif value is not None:
                found[name] = value
        if not good:
            return None
        lacking = [param for param in kind.params if param.needed and param.name not in found]
        for param in lacking:
            hint = f"such as {params.shown(kind.example)}"
            self._tell(origin, f"`{kind.name}` needs `{param.name}`: {_lowered(param.doc)}", hint)
        if lacking:
            return None
        whole = {param.name: found.get(param.name, param.default) for param in kind.params}
        if any(value is UNKNOWN for value in whole.values()):
            return UNKNOWN
        if (fault := kind.fault(whole)) is not None:
            self._tell(origin, *fault)
            return None
        return Step(kind.name, tuple(sorted(whole.items())))

    def _value(self, param: Param, node: Node) -> Any:
        """The value of one parameter; UNKNOWN while it is a template, BROKEN with a problem."""
        try:
            node = self._whole(node)
            if node.value is None or isinstance(node.value, Broken):
                return node.value
            return params.value_of(param, node, self._palettes, self._problems, self._who)
        except WrongValue as wrong:
            self._tell(node.origin, wrong.message, wrong.hint)
        except Told:
            pass
        return BROKEN

    def _whole(self, node: Node) -> Node:
        """The node with all templates in it rendered; UNKNOWN where one cannot be yet. Raises Told."""
        node = self._rendered(node)
        if isinstance(node.value, list):
            items = [self._whole(item) for item in node.value]
            return node._replace(value=UNKNOWN if any(item.value is UNKNOWN for item in items) else items)
        if isinstance(node.value, dict):
            inner = {name: self._whole(item) for name, item in node.value.items()}
            return node._replace(value=UNKNOWN if any(item.value is UNKNOWN for item in inner.values()) else inner)
        return node


def _noded(value: Any, origin: Origin) -> Node:
    """Plain values as nodes that all stand at one place: a template gave them."""
    if isinstance(value, dict):
        return Node({str(name): _noded(item, origin) for name, item in value.items()}, origin)
    if isinstance(value, list | tuple):
        return Node([_noded(item, origin) for item in value], origin)
    return Node(value, origin)


def _unknown(kind: StepKind, name: str) -> tuple[str, str]:
    known = kind.named
    folded = name.casefold().replace("-", "_")
    meant = folded if folded in known else _OTHER_PARAMS.get(folded)
    if meant not in known:
        meant = hints.nearest(folded, known, 0.6)
    return f"`{kind.name}` has no `{name[:60]}`", f"did you mean `{meant}`?" if meant else _names(kind)


def _names(kind: StepKind) -> str:
    return f"it has {', '.join(f'`{name}`' for name in kind.named)}"


def _lowered(doc: str) -> str:
    return doc[:1].lower() + doc[1:].rstrip(".")
