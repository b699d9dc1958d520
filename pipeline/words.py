"""The glossary as types: one class a word, no I/O. docs/glossary.md says the same in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NewType

from pipeline import digest, keys
from pipeline.digest import Digest
from pipeline.errors import Origin
from pipeline.frozen import NamedTuple, dataclass, field

if TYPE_CHECKING:
    from pipeline.spec import steps

__all__ = [
    "BASE",
    "MATTE",
    "NOTHING",
    "NO_PRICE",
    "Action",
    "Asset",
    "AssetId",
    "Attachment",
    "Derivation",
    "Digest",
    "Event",
    "File",
    "MicroUsd",
    "Origin",
    "Part",
    "Plan",
    "Price",
    "Reason",
    "Reference",
    "Rendered",
    "Request",
    "State",
    "Step",
    "Take",
    "is_internal",
    "owner_of",
]

AssetId = NewType("AssetId", str)
MicroUsd = NewType("MicroUsd", int)
"""Millionths of a US dollar: money is never a float."""

NOTHING = MicroUsd(0)

NO_DETAIL: Mapping[str, Any] = MappingProxyType({})


# --- declared -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A picture that an asset's request attaches: another asset's take, or a file of the project.

    Exactly one of `asset` and `path` is set once resolved (`path` is from the project's root, with slashes).
    """

    target: str
    role: str = ""
    file: bool = False
    origin: Origin
    asset: AssetId | None = None
    path: str | None = None


@dataclass(frozen=True, kw_only=True)
class File:
    """One file of an asset: how it comes from the asset's picture."""

    path: str
    """From the project's root, with slashes and an ending."""
    format: str
    """One of spec/encoding.py's."""
    steps: tuple[steps.Step, ...] = ()
    """All that is done to the picture, in order."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """How it is encoded: of quality, lossless and effort those that the spec says."""
    variant: str = ""
    """What the variant is called in messages, such as `640 wide`; empty for the asset's main file."""
    scale: int | float | None = None
    """Of one that a spec asks for by its scale: pixels of the file to those of the page."""


@dataclass(frozen=True, kw_only=True)
class Asset:
    """One image that a spec declares. Every text is rendered but the prompt, which is still a template."""

    id: AssetId
    origin: Origin
    origins: Mapping[str, Origin] = field(repr=False)
    """Where each value was written, by key; those from a default point at the default."""
    prompt: str
    names: Mapping[str, Any] = field(repr=False)
    """What the prompt's template may use: vars, axes, row."""
    references: tuple[Reference, ...] = ()
    after: tuple[str, ...] = ()
    system_instruction: str = ""
    model: str
    aspect_ratio: str
    image_size: str
    seed: int | None = None
    tags: tuple[str, ...] = ()
    alt: str = ""
    was: str | None = None
    approve: bool = False
    protect: bool = False
    format: str
    """Of the main file: one of spec/encoding.py's."""
    ground: str = ""
    """The color that the prompt asks for behind a transparent asset: `auto`, `#rrggbb`, MATTE for two; else empty."""
    process: tuple[steps.Step, ...] = ()
    """What makes the main file of the take, in order; what `size` asks for comes last. Internal assets have none.

    That of a transparent asset begins with its cut-out, or with its matte.
    """
    options: Mapping[str, Any] = field(default_factory=dict)
    """How the main file is encoded: of quality, lossless and effort those that the spec says."""
    provenance: str = ""
    """What a derived file says of its origin: `full`, `none`, or without a word what is usual."""
    pixels: tuple[int, int] | None = None
    """The width and height that `size` asks for."""
    path: str
    """Of the main file: from the project's root, with slashes and an ending. Internal assets have none, nor has a
    whole grid without a name of its own."""
    variants: tuple[File, ...] = ()
    """Further files of the same picture."""
    lineage: tuple[tuple[AssetId, int], ...] = ()
    """The assets that it is derived from, the nearest first, each with how many of the first steps are that one's.
    Then it is never drawn itself."""
    home: str = ""
    """Where its take may still lie: the path of the asset that it belongs to, or is made of."""
    candidates: int = 1
    """How many takes of the request are wanted."""
    turn: int = 0
    """Its place in a conversation, from 0."""
    previous: AssetId | None = None
    """The turn before, whose take this one continues from."""
    points: tuple[AssetId, ...] = ()
    """Internal assets of which it uses one take: it is never drawn itself."""
    varied: Mapping[str, Any] = field(default_factory=dict)
    """Of a point: its axes and their values."""
    continues: str | None = None
    """The profile whose approved take this one continues from; BASE is the project without a profile."""

    @cached_property
    def files(self) -> tuple[File, ...]:
        """The files that are built of it, the main one first; none of turns and points."""
        if not self.path:
            return ()
        main = File(path=self.path, format=self.format, steps=self.process, options=self.options)
        return (main, *self.variants)

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The paths of its files, the main one first."""
        return (self.path, *(file.path for file in self.variants)) if self.path else ()

    @property
    def source(self) -> AssetId | None:
        """The asset whose picture it uses, if it is derived from one."""
        return self.lineage[0][0] if self.lineage else None

    @property
    def owner(self) -> AssetId:
        """The asset that specs declare: of a turn or point the one it belongs to, else the asset itself."""
        return owner_of(self.id)

    @property
    def is_internal(self) -> bool:
        """Whether it is a turn or point of another asset: it has no file."""
        return is_internal(self.id)


MATTE = "matte"
"""The step that takes a ground away by two pictures; and behind an asset's id, the first of these."""
BASE = "base"
"""What `from:` in a profile calls the project without a profile."""


def owner_of(id: AssetId) -> AssetId:
    """`logo` of `logo`, of its turn `logo#0` and of its point `logo#light=dusk`."""
    return AssetId(id.partition("#")[0])


def is_internal(id: AssetId) -> bool:
    return "#" in id


class Rendered(NamedTuple):
    """A prompt as text, and the references in the order in which it names them."""

    prompt: str
    references: tuple[Reference, ...] = ()
    after: tuple[AssetId, ...] = ()
    previous: AssetId | None = None
    points: tuple[AssetId, ...] = ()
    source: AssetId | None = None
    partials: tuple[str, ...] = ()
    """The template files that the text came from, by their paths from the project's root."""

    @property
    def upstream(self) -> tuple[AssetId, ...]:
        """The assets that this one refers to or comes after, each once, in order."""
        named = [r.asset for r in self.references if r.asset is not None]
        before = (one for one in (self.previous, self.source) if one is not None)
        return tuple(dict.fromkeys([*before, *named, *self.points, *self.after]))


# --- asked and paid -------------------------------------------------------------------------------------------------


class Attachment(NamedTuple):
    """A reference inside a request: bytes by their digest, and what derivations were made of them."""

    digest: Digest
    role: str = ""
    steps: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Request:
    """All that is sent to the model for one image. It holds no asset id, no path and no layout of the YAML."""

    generator: str = keys.GENERATOR
    model: str
    prompt: str
    system_instruction: str = ""
    aspect_ratio: str = keys.ASPECT_RATIO
    image_size: str = keys.IMAGE_SIZE
    seed: int | None = None
    references: tuple[Attachment, ...] = ()
    reference_limit: int = keys.REFERENCE_LIMIT
    """Longest side in pixels of an attached picture; larger ones are shrunk."""
    previous: Digest | None = None

    @cached_property
    def preimage(self) -> dict[str, Any]:
        """The value whose canonical JSON is hashed and stored as request.json."""
        return keys.preimage(self)

    @cached_property
    def key(self) -> Digest:
        return digest.of_value(self.preimage)


class Part(NamedTuple):
    """One part of the model's turn, kept whole. A picture is named by its digest."""

    text: str | None = None
    picture: Digest | None = None
    type: str | None = None
    thought: bool = False
    signature: str | None = None
    """The thought signature, base64."""


@dataclass(frozen=True, kw_only=True)
class Take:
    """One image that a generator returned for a request."""

    call: str
    request: Digest
    take: Digest
    asset: AssetId
    """The asset it was drawn for: a hint, in no key."""
    profile: str = ""
    size: int
    """Bytes."""
    type: str
    """Media type by its magic bytes."""
    width: int
    height: int
    generator: str
    model: str
    model_version: str = ""
    response_id: str = ""
    finish_reason: str = ""
    usage: Mapping[str, Any] = field(default_factory=dict)
    cost_micro_usd: MicroUsd
    cost_from: str
    """`usage` or `table`."""
    started: str
    ended: str
    """ISO 8601, UTC."""
    sent: Mapping[str, Any] = field(default_factory=dict)
    turn: tuple[Part, ...] = ()


class Derivation(NamedTuple):
    """A free, deterministic way from pictures to one file. Its key changes with our version of it, at no cost."""

    name: str
    version: int = 1
    params: Mapping[str, Any] = NO_DETAIL
    inputs: tuple[Digest, ...] = ()

    @property
    def key(self) -> Digest:
        if not self.params:  # of most files: the same bytes, put together at once
            named = ",".join(f'"{one}"' for one in self.inputs)
            text = f'{{"inputs":[{named}],"name":"{self.name}","params":{{}},"version":{self.version}}}'
            return digest.of_bytes(text.encode("ascii"))
        params, inputs = dict(self.params), list(self.inputs)
        return digest.of_value({"name": self.name, "version": self.version, "params": params, "inputs": inputs})


# --- decided --------------------------------------------------------------------------------------------------------


class State(StrEnum):
    FRESH = "fresh"
    STALE = "stale"
    MISSING = "missing"  # picked, but its bytes are nowhere in reach
    PLACEHOLDER = "placeholder"
    EDITED = "edited"  # changed by hand
    HELD = "held"  # the old file stays, and it is told
    FAILED = "failed"


class Action(StrEnum):
    NOTHING = "nothing"
    REUSE = "reuse"  # a take of this key exists: free
    DERIVE = "derive"  # the pick stands, a file is to be written: free
    DRAW = "draw"  # pays
    AWAIT = "await"  # decided when the upstream's take is known
    PLACEHOLD = "placehold"  # an offline placeholder where there is no picture
    HOLD = "hold"


class Reason(NamedTuple):
    """Why an asset is in its state: a kind (see plan/decide.py), and the facts to tell it with."""

    kind: str
    detail: Mapping[str, Any] = NO_DETAIL


class Price(NamedTuple):
    """What drawing may cost: by the table if drawn at once, and the ceiling with every allowance and repeat."""

    table: MicroUsd = NOTHING
    ceiling: MicroUsd = NOTHING
    worst: MicroUsd = NOTHING
    """The ceiling times the calls that may be needed."""

    def times(self, count: int) -> Price:
        """The price of that many."""
        if count == 1:
            return self
        table, ceiling, worst = (MicroUsd(part * count) for part in (self.table, self.ceiling, self.worst))
        return Price(table=table, ceiling=ceiling, worst=worst)


NO_PRICE = Price()


@dataclass(frozen=True, kw_only=True)
class Step:
    """What is to happen to one asset, and why."""

    asset: AssetId
    state: State
    action: Action
    reasons: tuple[Reason, ...] = ()
    request: Request | None = None
    take: Digest | None = None
    count: int = 1
    """Pictures to draw, where it is to be drawn."""
    has_file: bool = True
    price: Price = NO_PRICE
    """Of all of them."""

    @property
    def key(self) -> Digest | None:
        return self.request.key if self.request else None


class Plan(NamedTuple):
    """The steps of the selected assets, upstream first."""

    steps: tuple[Step, ...]

    def by_action(self, *actions: Action) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.action in actions)


class Event(NamedTuple):
    """All that console, `--json` and tests ever see of a build: a fact, told in English elsewhere."""

    kind: str
    asset: AssetId | None = None
    detail: Mapping[str, Any] = NO_DETAIL
