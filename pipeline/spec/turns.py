"""`refine` and `candidates` of an asset: its turns and points become internal assets.

    logo, refine [a, b]                  logo#0 -> logo#1 -> logo
    tree, candidates {vary: {light}}     tree#light=dusk, tree#light=noon -> tree

The asset itself is the last turn: it has the file and the decisions. Of points it uses the one that is picked. Each
internal asset has a lock entry of its own, so a change of the last turn pays for the last turn alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pipeline.errors import Origin
from pipeline.frozen import dataclass, field, replace
from pipeline.spec import drawable
from pipeline.spec.filters import Unprintable, slug
from pipeline.spec.layers import check_name
from pipeline.spec.models import Models
from pipeline.spec.problems import Problems
from pipeline.spec.scalars import kind_of
from pipeline.spec.scope import Renderer, Scope, Told
from pipeline.spec.source import Node
from pipeline.words import Asset, AssetId, Reference

MAX_POINTS: Final = 100
_MAX_LABEL: Final = 100


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What a turn has of its own; all else is as the asset has it."""

    prompt: str
    origin: Origin
    references: tuple[Reference, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    """Of aspect_ratio, image_size and seed those that it sets."""
    origins: Mapping[str, Origin] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Point:
    """One combination of the values of all axes."""

    label: str
    """As ids have it: light=dusk,angle=low."""
    names: Mapping[str, Any]


def family_of(asset: Asset, turns: Sequence[Turn], points: Sequence[Point]) -> tuple[Asset, ...]:
    """The asset with its internal ones, each after those that it continues from; the asset itself comes last."""
    chain = [asset]
    for turn in turns:
        chain.append(_after(asset, chain[-1], turn))
    last = len(chain) - 1
    named = [
        replace(
            step,
            id=turn_id(asset.id, number) if number < last else asset.id,
            previous=turn_id(asset.id, number - 1) if number else None,
            was=turn_id(asset.was, number) if number < last and asset.was is not None else asset.was,
        )
        for number, step in enumerate(chain)
    ]
    *before, whole = named
    inner = tuple(internal(step) for step in before)
    if not points:
        return (*inner, whole)
    varied = tuple(_at(whole, point) for point in points)
    # It refers to nothing itself: what it uses is the take of one of its points.
    whole = replace(whole, points=tuple(point.id for point in varied), references=(), after=(), previous=None)
    return (*inner, *varied, whole)


def internal(asset: Asset) -> Asset:
    """The asset as one without a file and without decisions in its spec: those are about the asset itself."""
    return replace(asset, path="", home=asset.path, process=(), approve=False, protect=False, candidates=1)


def turn_id(id: str, number: int) -> AssetId:
    """The id of a turn that is not the last one."""
    return AssetId(f"{id}#{number}")


def _after(asset: Asset, before: Asset, turn: Turn) -> Asset:
    """The next turn: it has all of the asset's settings, and only what it says itself of the rest."""
    return replace(
        asset,
        prompt=turn.prompt,
        references=turn.references,
        after=(),
        origins={**asset.origins, **turn.origins, "prompt": turn.origin},
        turn=before.turn + 1,
        **turn.values,
    )


def _at(asset: Asset, point: Point) -> Asset:
    was = AssetId(f"{asset.was}#{point.label}") if asset.was is not None else None
    names = {**asset.names, **point.names}
    return replace(internal(asset), id=AssetId(f"{asset.id}#{point.label}"), was=was, names=names, varied=point.names)


def points_of(vary: Mapping[str, Node], scope: Scope, renderer: Renderer, problems: Problems, who: str) -> list[Point]:
    """The points of `vary`, the last axis turning fastest. Raises Told."""
    axes = {name: _values(name, node, scope, renderer, problems, who) for name, node in vary.items()}
    count = 1
    for values in axes.values():
        count *= len(values)
    at = next(iter(vary.values())).key
    if count > MAX_POINTS:
        problems.add(at, f"`vary` gives {count:,} points, more than {MAX_POINTS}", "each is a paid picture", who=who)
        raise Told
    found: dict[str, Point] = {}
    for point in itertools.product(*axes.values()):
        names = dict(zip(axes, point, strict=True))
        try:
            label = ",".join(f"{name}={slug(value)}" for name, value in names.items())
        except Unprintable as error:
            problems.add(at, error.message.replace("|slug", "an id"), error.hint, who=who)
            raise Told from None
        if len(label) > _MAX_LABEL:
            message = f"the point `{label[:40]}...` has a name of more than {_MAX_LABEL} characters"
            problems.add(at, message, "let the values be short, and the prompt make more of them", who=who)
            raise Told
        if label.casefold() in found:
            problems.add(at, f"two points of `vary` are called `{label}`", "let their values differ in words", who=who)
            raise Told
        found[label.casefold()] = Point(label=label, names=names)
    return list(found.values())


def _values(
    name: str, node: Node, scope: Scope, renderer: Renderer, problems: Problems, who: str
) -> list[str | int | float]:
    if not check_name(name, node.key, problems, "axis"):
        raise Told
    listed = renderer.value(node, scope, who)
    if not isinstance(listed, list) or not listed:
        shown = "an empty list" if isinstance(listed, list) else kind_of(listed)
        problems.add(node.origin, f"the axis `{name}` is a list of values, not {shown}", "light: [dusk, noon]", who=who)
        raise Told
    for value in listed:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            message = f"a value of the axis `{name}` is a text or a number, not {kind_of(value)}"
            problems.add(node.origin, message, 'put it in quotes: "yes"', who=who)
            raise Told
    return listed


def check_turns(family: Sequence[Asset], models: Models, problems: Problems, who: str) -> None:
    """Whether the model can draw each turn; the first one is checked as the asset itself."""
    for asset in family:
        if asset.turn:
            at = {name: asset.origins.get(name, asset.origin) for name in drawable.Wanted._fields}
            wanted = drawable.Wanted(asset.model, asset.aspect_ratio, asset.image_size)
            drawable.check(wanted, at, models, problems, Problems(), who=dict.fromkeys(at, who))
