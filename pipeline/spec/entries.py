"""An entry below `assets:` as it was written, and what it declares: values that assets.py takes and gives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipeline.errors import Origin
from pipeline.frozen import NamedTuple
from pipeline.spec.layers import Layer
from pipeline.spec.recipe import Recipe
from pipeline.spec.scope import Scope
from pipeline.spec.source import Node
from pipeline.words import Asset

if TYPE_CHECKING:
    from pipeline.spec.derived import Later
    from pipeline.spec.foreach import ForEach


class Instance(NamedTuple):
    """The names of one combination of row and axes, and how messages name it."""

    names: Mapping[str, Any]
    label: str


class SpecFile(NamedTuple):
    """What a file lays under its assets."""

    file: str
    prefix: str | None
    """None: there is one, but it is broken."""
    scope: Scope
    under: tuple[Layer, ...]


class Declared(NamedTuple):
    """An id that a spec declares, and its asset: not for use while there are problems, and None with grave ones."""

    id: str
    origin: Origin
    label: str
    """The row and axes it came from; empty without a for_each."""
    asset: Asset | None
    inner: tuple[Asset, ...] = ()
    """Its turns and points, upstream first."""
    was_origin: Origin | None = None
    for_each: ForEach | None = None
    template: str = ""
    """Of the id."""
    lost: frozenset[str] = frozenset()
    """The variables that the asset should have, and cannot because of a problem."""
    later: Later | None = None
    """Of one that is made of another one's picture: how it is declared once that is there."""


class Entry(NamedTuple):
    """An entry as it was written, checked once for all its assets."""

    key: str
    node: Node
    own: Layer
    matched: set[str]
    """The patterns of `overrides` that some asset has matched so far."""
    recipes: dict[tuple[int, ...], Recipe]
    """By the overrides that lie over the rest; made as they are needed."""
    id: Node | None = None
    for_each: ForEach | None = None
    overrides: tuple[tuple[re.Pattern[str], str, Origin, Layer], ...] = ()
    misspelt: bool = False
    """Is there a key that was to be `prompt`?"""

    @property
    def origin(self) -> Origin:
        return self.node.key


class Case(NamedTuple):
    """One asset of an entry while it is declared."""

    id: str
    who: str
    """How messages name it, where the place of a mistake alone does not tell which asset it is."""
    entry: Entry
    recipe: Recipe
    scope: Scope
    instance: Instance
    placed: bool
    """Whether its id is a good one, of which a path can be made."""
