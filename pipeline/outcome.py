"""What a build gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline.undeclared import Undeclared
from pipeline.words import Action, AssetId, Event, MicroUsd, Step

if TYPE_CHECKING:
    from pipeline.bundle.deciding import BundleStep

PICKED = ("built", "reused", "derived", "restored")
"""What became of an asset whose take and file the build put in their places."""


@dataclass(frozen=True, kw_only=True)
class Bundled:
    """What became of a bundle."""

    step: BundleStep
    """How it stands at the end; of one that was made, with the reasons why."""
    did: str
    """made, fresh, held, edited, failed or `not tried`."""
    written: tuple[str, ...] = ()
    """The paths that were written."""

    @property
    def event(self) -> Event:
        detail: dict[str, Any] = {"bundle": self.step.name, "files": sorted(self.step.files), "written": self.written}
        detail |= {"without": self.step.lacking} if self.step.lacking else {}
        kind = f"bundle_{self.did.replace(' ', '_')}"
        return Event(kind=kind, detail={**detail, "reasons": self.step.reasons})


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of each selected asset."""

    steps: tuple[Step, ...]
    """State and reasons at the end, upstream first."""
    did: dict[AssetId, str]
    """built, reused, derived, restored, placeholder, fresh, held, failed or `not tried`."""
    messages: dict[AssetId, str]
    """Why an asset failed or was not tried."""
    spent: MicroUsd
    """As the service counted."""
    estimated: MicroUsd
    """By the table, for answers that counted nothing."""
    maybe_spent: MicroUsd
    """At most, for calls whose answer never came whole."""
    overrun: MicroUsd
    """What was spent beyond the budget: by answers that cost more than could be known."""
    exit_code: int
    bundles: tuple[Bundled, ...] = ()
    """What became of each bundle that the selection touched."""
    undeclared: Undeclared = field(default_factory=Undeclared)
    pruned: tuple[str, ...] = ()

    @property
    def picked(self) -> frozenset[AssetId]:
        """The assets whose takes and files it put in their places."""
        return frozenset(asset for asset, did in self.did.items() if did in PICKED)


def picked_how(step: Step) -> str:
    """What becomes of an asset whose take is there already, in a word."""
    if step.action is Action.REUSE:
        return "derived" if any(reason.kind == "derived" for reason in step.reasons) else "reused"
    return "derived" if any(reason.kind == "made_otherwise" for reason in step.reasons) else "restored"
