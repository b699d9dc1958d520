"""What is asked about one asset, and what the answer is: values that decide.py takes and gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pipeline.frozen import NamedTuple, dataclass, field, replace
from pipeline.store.entry import Entry, Past, turn_to
from pipeline.store.lock import Sides
from pipeline.words import NO_PRICE, Action, Asset, AssetId, Digest, Price, Request, State, Step


class Draft(NamedTuple):
    """A take in another profile: to be continued from once it is fresh and approved."""

    profile: str
    picture: Digest | None = None
    entry: Entry | None = None
    said: tuple[int, int] = (0, 0)
    """Characters and pictures of the conversation so far."""
    why: str = ""
    """absent, stale, unapproved or missing; empty where it can be continued from."""


class Upstream(NamedTuple):
    """What an asset's decision needs of those that it refers to; each a tuple of ids."""

    changing: tuple[AssetId, ...] = ()
    """Will be drawn, or depend on one that will be: their takes are not known yet."""
    absent: tuple[AssetId, ...] = ()
    """Have no picture, and get none in this build."""
    failed: tuple[AssetId, ...] = ()
    unapproved: tuple[AssetId, ...] = ()
    """Have `approve: true`, and nobody approved what they pick."""
    held: tuple[AssetId, ...] = ()
    """Are to be drawn once somebody has decided: what they pick now is not what they will."""
    out_of_reach: tuple[AssetId, ...] = ()
    """Have a pick, but its bytes are nowhere: nothing can be drawn from them."""
    draft: Draft | None = None
    """Of an asset that continues from another profile's take: why it cannot yet; None where it can."""


class Question(NamedTuple):
    """One asset with all that is asked of the model for it. `request` is None while an upstream take is not known."""

    asset: Asset
    prompt: str
    request: Request | None
    pixels: tuple[int, int]
    """Width and height of the picture that the model is to draw."""
    price_of: Callable[[], Price] = lambda: NO_PRICE
    """What drawing it once may cost: nobody needs to know while nothing is to be drawn."""
    used: Past | None = None
    """Of an asset with points: what the point has whose take it uses."""
    upstream: Upstream = Upstream()

    @property
    def price(self) -> Price:
        return self.price_of()


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A step, and what its act starts from."""

    step: Step
    sides: Sides = ()
    """The asset's lines in the lock as they were read: a write is refused when they are others by then."""
    entry: Entry | None = None
    """The entry after a rename was carried over and a merge resolved."""
    moved_from: AssetId | None = None
    found: Past | None = None
    """What is paid for already: to be reused, and where more candidates are drawn, to be added to."""
    restores: bool = False
    """Whether a held asset's file is to be put back meanwhile."""
    rewrites: bool = False
    """Whether the file is to come from its pick in another way than the entry says."""
    there: Mapping[str, Digest | None] = field(default_factory=dict)
    """What lay in the places of the asset's files when this was decided: another one by then is a person's."""

    source: str = ""
    """Of a derived asset the one whose picture it is made of."""

    @property
    def main_file(self) -> Digest | None:
        """What lay in the place of the asset's main file."""
        return next(iter(self.there.values()), None)

    @property
    def is_plain(self) -> bool:
        """Whether the asset is fresh, and nothing is to be done about it."""
        return self.step.state is State.FRESH and self.step.action is Action.NOTHING

    @property
    def waits(self) -> bool:
        """Whether the asset is held only until somebody decides something, and is then drawn anew."""
        return self.step.action is Action.HOLD and any(reason.kind in _PASSING for reason in self.step.reasons)

    @property
    def changes_lock(self) -> bool:
        """Whether acting on this writes the lock."""
        resolved = len(self.sides) > 1 and self.entry is not None and self.step.action is not Action.HOLD
        return self.moved_from is not None or self.found is not None or resolved or self.rewrites

    @property
    def changes_picture(self) -> bool:
        """Whether the asset is drawn in such a way that its pick may be another one afterwards."""
        drawn = self.step.action is Action.DRAW and self.found is None
        return drawn or self.step.action is Action.AWAIT


_PASSING = ("budget", "unapproved", "upstream_held", "upstream_absent", "missing_upstream", "conflict", "draft")


def entry_after(decision: Decision) -> Entry | None:
    """The asset's entry once the free part of a decision is done: a reuse is picked."""
    if decision.found is None or decision.step.request is None:
        return decision.entry
    entry = decision.entry or Entry(asset=decision.step.asset)
    return replace(turn_to(entry, decision.step.request.key, decision.found), source=decision.source)
