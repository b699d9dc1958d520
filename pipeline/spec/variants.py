"""The key `variants`: further files of an asset, in other sizes and formats.

    variants:
      - {widths: [640, 1280], formats: [avif, webp]}
      - {name: apple-touch-icon, size: 180x180, format: png}
      - {max: 512, to: thumbs}

Each is made of what `process` makes. One that says no size has that of the main file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, Final, NamedTuple

from pipeline.errors import Origin
from pipeline.spec import encoding, hints, ids
from pipeline.spec.folders import Folders
from pipeline.spec.problems import Problems
from pipeline.spec.schema import Place, keys_of
from pipeline.spec.scope import Renderer, Scope, Told
from pipeline.spec.source import Broken, Node
from pipeline.spec.step_sizes import Size
from pipeline.spec.steps import Step, alpha_after, size_after, step
from pipeline.spec.values import WrongValue, typed
from pipeline.words import File

_KEYS: Final = keys_of(Place.VARIANT)
_SIZES: Final = ("widths", "width", "heights", "height", "max", "size")
_MOST: Final = 100


class Main(NamedTuple):
    """What the variants of an asset are made from, and what they have where they say nothing."""

    folder: str
    name: str
    format: str
    options: Mapping[str, Any]
    """As its layers say them, also those that its own format does not take."""
    steps: tuple[Step, ...]
    drawn: tuple[int, int]
    """Width and height of the picture before all steps."""


class _Shape(NamedTuple):
    """One size that a variant asks for."""

    label: str
    suffix: str
    resize: Mapping[str, Any] | None = None
    scale: int | float | None = None
    names: Mapping[str, Any] = {}


def variants_of(
    node: Node, main: Main, scope: Scope, renderer: Renderer, folders: Folders, problems: Problems, who: str
) -> tuple[File, ...]:
    """The files that the `variants` of one asset ask for. Raises Told, with a problem for each mistake."""
    reader = _Reader(main, scope, renderer, folders, problems, who)
    items = node.value if isinstance(node.value, list) else []
    found: list[File] = []
    good = True
    for item in items:
        if item.value is None:
            continue
        if isinstance(item.value, Broken):
            good = False
            continue
        try:
            found += reader.files(item)
        except WrongValue as wrong:
            problems.add(item.origin, wrong.message, wrong.hint, who=who)
            good = False
        except Told:
            good = False
    if len(found) > _MOST:
        problems.add(node.origin, f"`variants` asks for {len(found)} files, more than {_MOST}", who=who)
        good = False
    if not good:
        raise Told
    return tuple(found)


class _Reader:
    """Reads the variants of one asset."""

    def __init__(
        self, main: Main, scope: Scope, renderer: Renderer, folders: Folders, problems: Problems, who: str
    ) -> None:
        self._main, self._scope, self._renderer = main, scope, renderer
        self._folders, self._problems, self._who = folders, problems, who
        self._whole = size_after(main.steps, Size(*main.drawn))

    def files(self, item: Node) -> Iterator[File]:
        """The files of one item of the list. Raises WrongValue, Told."""
        assert isinstance(item.value, dict)
        nodes = {name: node for name, node in item.value.items() if node.value is not None}
        values = {name: self._value(name, node) for name, node in nodes.items() if name not in ("name", "to")}
        for shape in self._shapes(values):
            for format in self._formats(values, nodes):
                yield self._file(item.origin, shape, format, values, nodes)

    def _value(self, name: str, node: Node, scope: Scope | None = None) -> Any:
        try:
            return typed(_KEYS[name], self._renderer.value(node, scope or self._scope, self._who))
        except WrongValue as wrong:
            self._problems.add(node.origin, wrong.message, wrong.hint, who=self._who)
            raise Told from None

    def _formats(self, values: Mapping[str, Any], nodes: Mapping[str, Node]) -> list[str]:
        if "format" in values and "formats" in values:
            raise WrongValue("a variant has `format` or `formats`, not both", "put all into `formats`")
        wanted = values.get("formats") or [values.get("format") or self._main.format]
        for name in wanted:
            if name not in encoding.FORMATS:
                hint = hints.did_you_mean(name, encoding.FORMATS) or f"one of {', '.join(encoding.FORMATS)}"
                self._problems.add(nodes["formats"].origin, f"a format cannot be `{name}`", hint, who=self._who)
                raise Told
        return list(dict.fromkeys(wanted))

    def _shapes(self, values: Mapping[str, Any]) -> list[_Shape]:
        given = [name for name in _SIZES if values.get(name) is not None]
        if len(given) > 1:
            raise WrongValue(f"a variant has one size, not {' and '.join(f'`{name}`' for name in given)}")
        bases = self._bases(given[0], values[given[0]]) if given else [_Shape("", "")]
        scales = values.get("scales")
        if not scales:
            return bases
        return [self._scaled(base, scale, max(scales)) for base in bases for scale in scales]

    def _bases(self, name: str, value: Any) -> list[_Shape]:
        match name:
            case "widths" | "width":
                sides = value if name == "widths" else (value,)
                return [_Shape(f"{side} wide", f"-{side}", {"width": side}, names={"width": side}) for side in sides]
            case "heights" | "height":
                sides = value if name == "heights" else (value,)
                return [_Shape(f"{side} high", f"-h{side}", {"height": side}, names={"height": side}) for side in sides]
            case "max":
                return [
                    _Shape(f"at most {value}", f"-{value}", {"width": value, "height": value}, names={"max": value})
                ]
            case _:
                across, down = value
                how = {"width": across, "height": down, "fit": "cover"}
                return [_Shape(f"{across}x{down}", f"-{across}x{down}", how, names={"width": across, "height": down})]

    def _scaled(self, base: _Shape, scale: int | float, largest: int | float) -> _Shape:
        """A size for screens of that many pixels to a pixel of the page."""
        label, suffix = f"{base.label} @{scale}x".strip(), f"{base.suffix}@{scale}x"
        if base.resize is None:
            # The picture is made for the finest screen.
            if scale == largest:
                return base._replace(label=label, suffix=suffix, scale=scale, names={"scale": scale})
            part = Fraction(str(scale)) / Fraction(str(largest))
            across, down = (max(1, round(side * part)) for side in self._whole[:2])
            if not self._whole.exact:
                raise WrongValue(
                    "how large this picture will be depends on what is painted, so it has no part of its size",
                    "say the size at scale 1: {width: 64, scales: [1, 2]}",
                )
            how: dict[str, Any] = {"width": across, "height": down, "fit": "stretch"}
        else:
            sides = {side: base.resize[side] for side in ("width", "height") if side in base.resize}
            how = {**base.resize, **{side: max(1, round(pixels * scale)) for side, pixels in sides.items()}}
        return _Shape(label, suffix, how, scale, {**base.names, "scale": scale})

    def _file(
        self, at: Origin, shape: _Shape, format: str, values: Mapping[str, Any], nodes: Mapping[str, Node]
    ) -> File:
        steps = self._main.steps
        if shape.resize is not None:
            enlarge = bool(values.get("enlarge"))
            steps = (*steps, step("resize", **shape.resize, enlarge=enlarge))
            self._check_large_enough(at, shape, enlarge)
        size = size_after(steps, Size(*self._main.drawn))
        named = {name: values[name] for name in encoding.OPTIONS if values.get(name) is not None}
        stated = {**self._main.options, **named}
        formats = values.get("formats") or [format]
        for name, (message, hint) in encoding.refused(format, named).items():
            if not any(encoding.takes(one, name) for one in formats if one in encoding.FORMATS):
                self._refuse(nodes[name].origin, message, hint)
        if alpha_after(steps) and not encoding.FORMATS[format].has_alpha:
            message = f"the picture can be seen through, and a {format} cannot be"
            self._refuse(at, message, "take png, webp or avif, or let the last step of `process` be `flatten`")
        if (wrong := encoding.too_large(format, size.width, size.height, stated.get("sizes"))) and size.exact:
            self._refuse(at, *wrong)
        return File(
            path=self._path(at, shape, format, nodes),
            format=format,
            steps=steps,
            options={name: value for name, value in stated.items() if encoding.takes(format, name)},
            variant=shape.label or (format if format != self._main.format else "as the main file"),
            scale=shape.scale,
        )

    def _check_large_enough(self, at: Origin, shape: _Shape, enlarge: bool) -> None:
        assert shape.resize is not None
        if enlarge or not self._whole.exact or shape.names.get("max") is not None:
            return
        width, height = shape.resize.get("width", 0), shape.resize.get("height", 0)
        if width > self._whole.width or height > self._whole.height:
            whole = f"{self._whole.width} x {self._whole.height}"
            message = f"the variant `{shape.label}` is larger than the picture, which is {whole}"
            self._refuse(at, message, "a larger `image_size` draws more, `enlarge: true` blows it up")

    def _path(self, at: Origin, shape: _Shape, format: str, nodes: Mapping[str, Node]) -> str:
        main = self._main
        names = {"name": main.name, "width": None, "height": None, "max": None, "scale": None, "format": format}
        scope = self._scope.with_own({**names, **shape.names})
        own = self._value("name", nodes["name"], scope) if "name" in nodes else f"{main.name}{shape.suffix}"
        to = self._value("to", nodes["to"], scope) if "to" in nodes else ""
        folder = ids.cleaned(to[1:]) if to.startswith("/") else ids.cleaned(f"{main.folder}/{to}")
        wrong = (ids.wrong_path(folder) if folder else "") or self._folders.wrong(folder)
        if wrong:
            self._refuse(nodes["to"].origin if "to" in nodes else at, f"`to`: `{to}` {wrong}")
        if wrong := ids.wrong_name(own):
            self._refuse(nodes["name"].origin if "name" in nodes else at, f"`name`: `{own}` {wrong}")
        path = ids.path_of(folder, own, format)
        if wrong := self._folders.wrong(path.rpartition("/")[0]):
            self._refuse(at, f"the file would be {path}, which {wrong}")
        return path

    def _refuse(self, at: Origin, message: str, hint: str = "") -> None:
        self._problems.add(at, message, hint, who=self._who)
        raise Told
