"""ONE asset: what is to happen to it, and why.

`decide` has two callers: the planner calls it as a forecast, the build calls it as the act, so what a plan says and
what a build does cannot drift apart.

Reasons, by kind: new, request_changed {fields}, rejected, file_missing, file_outdated, edited, protected, adopted,
unapproved {assets}, missing {digest}, missing_upstream {assets}, conflict, no_key, offline, lost {count},
redraw_missing {digest}, upstream_changes {assets}, upstream_absent {assets}, upstream_failed {assets},
upstream_held {assets}, upstream_stale {assets}, renamed {was}, reused {origin}, shared {assets}, awaits_approval.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pipeline.plan import reuse
from pipeline.plan.known import Known
from pipeline.plan.wanted import placeholder_of, places_of, wanted_of
from pipeline.store.entry import Entry, Past, merged
from pipeline.store.lock import Sides
from pipeline.words import NO_PRICE, Action, Asset, AssetId, Digest, Price, Reason, Request, State, Step


@dataclass(frozen=True, kw_only=True)
class Upstream:
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


@dataclass(frozen=True, kw_only=True)
class Question:
    """One asset with all that is asked of the model for it. `request` is None while an upstream take is not known."""

    asset: Asset
    prompt: str
    request: Request | None
    pixels: tuple[int, int]
    """Width and height of the picture that the model is to draw."""
    price: Price = NO_PRICE
    upstream: Upstream = Upstream()


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
    """The take to reuse."""
    restores: bool = False
    """Whether a held asset's file is to be put back meanwhile."""
    rewrites: bool = False
    """Whether the file is to come from its pick in another way than the entry says."""
    there: Digest | None = None
    """The digest of the asset's file when this was decided: another one by the time of writing is a person's."""

    @property
    def waits(self) -> bool:
        """Whether the asset is held only until somebody decides something, and is then drawn anew."""
        return self.step.action is Action.HOLD and any(reason.kind in _PASSING for reason in self.step.reasons)

    @property
    def changes_lock(self) -> bool:
        """Whether acting on this writes the lock."""
        resolved = len(self.sides) > 1 and self.entry is not None and self.step.action is not Action.HOLD
        return self.moved_from is not None or self.found is not None or resolved or self.rewrites


_PASSING = ("budget", "unapproved", "upstream_held", "upstream_absent", "missing_upstream", "conflict")


def decide(question: Question, known: Known) -> Decision:
    """What is to happen to one asset. Reads the lock, the store's index and the asset's file; writes nothing."""
    asset, key = question.asset, question.request.key if question.request else None
    sides = known.sides(asset.id)
    former = () if sides else reuse.former(asset.id, key, known)
    lines = sides or tuple(replace(line, asset=asset.id) for line in former)
    entry = merged(lines, key) if lines else None
    case = _Case(question, known, sides, entry, former[0].asset if former else None)
    if lines and entry is None:
        return case.hold(State.HELD, "conflict")
    if question.request is None or key is None:
        return case.without_key()
    if entry is not None and entry.adopted is not None:
        return case.with_pick(entry) if entry.request == key else case.hold(State.HELD, "adopted")
    if entry is not None and entry.request == key and entry.pick is not None:
        return case.with_pick(entry)
    return case.with_changed_key(key)


class _Case:
    """One decision in the making: the question, and what is known of its asset."""

    def __init__(
        self, question: Question, known: Known, sides: Sides, entry: Entry | None, moved_from: AssetId | None
    ) -> None:
        self.question, self.known = question, known
        self.asset = question.asset
        self.sides, self.entry, self.moved_from = sides, entry, moved_from
        self.rewrites = False
        self.there = known.files.digest(self.asset.path)
        self.notes = (_reason("renamed", was=moved_from),) if moved_from is not None else ()

    # --- the three situations ---

    def with_pick(self, entry: Entry) -> Decision:
        """The key is the present one, and there is a pick: is its file there?"""
        path, derivation = self.asset.path, wanted_of(self.asset, entry).key
        there = self.there
        picture = entry.adopted or entry.pick
        assert picture is not None
        self.rewrites = entry.files.get(path, ("",))[0] != derivation
        if there is None:
            return self._derive(picture, "file_missing") if self._in_reach(picture) else self._missing(picture)
        written = self.known.files.written(path)
        by_lock = entry.files.get(path) == (derivation, there)
        if by_lock or (written is not None and (written.derivation, written.digest) == (derivation, there)):
            if self.moved_from is not None or len(self.sides) > 1:
                return self._derive(picture, "file_outdated")
            told = (*self._shared(picture), *self._awaits_approval(entry))
            return self._decision(State.FRESH, Action.NOTHING, *told, take=picture)
        if not self._is_ours(there):
            return self.hold(State.EDITED, "edited")
        if self._in_reach(picture):
            return self._derive(picture, "file_outdated")
        if self.known.mode.redraw_missing or self.known.files.mark(path) == "placeholder":
            return self._missing(picture)
        return self.hold(State.HELD, "missing", digest=picture)

    def with_changed_key(self, key: Digest) -> Decision:
        """No entry, another key, or a rejected pick: reuse what is paid for, else draw."""
        entry, why = self.entry, self._why(key)
        if self.there is not None and not self._is_ours(self.there):
            return self.hold(State.EDITED, "edited", *why)
        if entry is not None and entry.pick is not None and (self.asset.protect or entry.protected):
            return self.hold(State.HELD, "protected", *why)
        offered = reuse.offer(self.asset, entry, key, self.known)
        if offered is not None:
            origin, found = offered
            picture = found.adopted or found.take
            if picture is not None and self._in_reach(picture):
                self.known.claims.served(self.asset.id, key)
                self.known.claims.claim(self.asset.id, picture)
                reasons = (*why, _reason("reused", origin=origin))
                return self._decision(State.STALE, Action.REUSE, *reasons, take=picture, found=found)
            if not self.known.mode.redraw_missing:
                return self.hold(State.HELD, "missing", *why, digest=picture)
        return self._draw(why)

    def without_key(self) -> Decision:
        """An upstream take is not known: it will be drawn, or cannot be."""
        upstream = self.question.upstream
        if self.there is not None and not self._is_ours(self.there):
            return self.hold(State.EDITED, "edited")
        if upstream.failed:
            return self.hold(State.FAILED, "upstream_failed", assets=upstream.failed)
        if not self.known.mode.draws:
            return self._placehold(())
        if upstream.absent:
            return self.hold(State.HELD, "upstream_absent", assets=upstream.absent)
        if upstream.unapproved:
            return self.hold(State.HELD, "unapproved", assets=upstream.unapproved)
        kept = self.entry is not None and (
            self.entry.adopted is not None
            or (self.entry.pick is not None and (self.asset.protect or self.entry.protected))
        )
        price = NO_PRICE if kept else self.question.price
        reason = _reason("upstream_changes", assets=upstream.changing)
        return self._decision(State.STALE, Action.AWAIT, reason, price=price)

    # --- what may come of them ---

    def _draw(self, why: tuple[Reason, ...]) -> Decision:
        known, upstream, request = self.known, self.question.upstream, self.question.request
        assert request is not None
        if not known.mode.draws:
            return self._placehold(why)
        if upstream.failed:
            return self.hold(State.FAILED, "upstream_failed", *why, assets=upstream.failed)
        if upstream.unapproved:
            return self.hold(State.HELD, "unapproved", *why, assets=upstream.unapproved)
        if upstream.held:
            return self.hold(State.HELD, "upstream_held", *why, assets=upstream.held)
        if upstream.out_of_reach:
            return self.hold(State.HELD, "missing_upstream", *why, assets=upstream.out_of_reach)
        lost = known.lost.get((self.asset.id, request.key), 0)
        if lost > known.retry_lost:
            return self.hold(State.FAILED, "lost", *why, count=lost)
        return self._decision(State.STALE, Action.DRAW, *why, price=self.question.price)

    def _placehold(self, why: tuple[Reason, ...]) -> Decision:
        """No generator may be called: a placeholder where there is no picture; a real one stays, however stale."""
        reason = _reason(self.known.mode.why_not)
        path, there = self.asset.path, self.there
        written = self.known.files.written(path)
        derivation = placeholder_of(self.asset, self.question.prompt, *self.question.pixels).key
        current = written is not None and (written.derivation, written.digest) == (derivation, there)
        real = there is not None and not current and self.known.files.mark(path) != "placeholder"
        if real or self._lacking_file():
            if there is not None and not self._is_ours(there):
                return self.hold(State.EDITED, "edited", *why)
            return self.hold(State.STALE, self.known.mode.why_not, *why)
        if not self.known.mode.placeholders:
            return self._decision(State.FAILED, Action.HOLD, *why, reason)
        action = Action.NOTHING if current else Action.PLACEHOLD
        return self._decision(State.PLACEHOLDER, action, *why, reason)

    def _missing(self, picture: Digest) -> Decision:
        decided = self.entry is not None and (self.entry.adopted is not None or self.entry.protected)
        if self.known.mode.redraw_missing and not (decided or self.asset.protect):
            return self._draw((_reason("redraw_missing", digest=picture),))
        return self._decision(State.MISSING, Action.HOLD, _reason("missing", digest=picture), take=picture)

    def _derive(self, picture: Digest, why: str) -> Decision:
        return self._decision(State.STALE, Action.DERIVE, _reason(why), take=picture)

    def hold(self, state: State, kind: str, *why: Reason, **detail: Any) -> Decision:
        """The old file stays, and it is told. Where it is not there, and its picture is, it is put back."""
        take = self.entry.picture if self.entry is not None else None
        lacking = self._lacking_file()
        decision = self._decision(state, Action.HOLD, _reason(kind, **detail), *why, *lacking, take=take)
        return replace(decision, restores=bool(lacking), rewrites=self.rewrites and bool(lacking))

    def _lacking_file(self) -> tuple[Reason, ...]:
        """Why the file of the present pick is to be put back, if it is."""
        entry = self.entry
        picture = (entry.adopted or entry.pick) if entry is not None else None
        if entry is None or picture is None or not self._in_reach(picture):
            return ()
        derivation, there = wanted_of(self.asset, entry).key, self.there
        self.rewrites = entry.files.get(self.asset.path, ("",))[0] != derivation
        if there is None:
            return (_reason("file_missing"),)
        written = self.known.files.written(self.asset.path)
        current = written is not None and (written.derivation, written.digest) == (derivation, there)
        if current or entry.files.get(self.asset.path) == (derivation, there) or not self._is_ours(there):
            return ()
        return (_reason("file_outdated"),)

    def _decision(
        self,
        state: State,
        action: Action,
        *reasons: Reason,
        take: Digest | None = None,
        price: Price = NO_PRICE,
        found: Past | None = None,
    ) -> Decision:
        step = Step(
            asset=self.asset.id,
            state=state,
            action=action,
            reasons=(*self.notes, *reasons),
            request=self.question.request,
            take=take,
            price=price,
        )
        return Decision(
            step=step,
            sides=self.sides,
            entry=self.entry,
            moved_from=self.moved_from,
            found=found,
            rewrites=self.rewrites and action is Action.DERIVE,
            there=self.there,
        )

    # --- facts ---

    def _in_reach(self, picture: Digest) -> bool:
        return self.known.in_reach(picture, places_of(self.asset, picture, self.entry))

    def _is_ours(self, there: Digest) -> bool:
        """Whether the tool wrote the file: then it may be replaced. Anything else is a person's."""
        written = self.known.files.written(self.asset.path)
        if written is not None and written.digest == there:
            return True
        entries = [*self.sides, *((self.entry,) if self.entry else ()), *self.known.in_other_profiles(self.asset.id)]
        if any(there in entry.written for entry in entries):
            return True
        return self.known.files.mark(self.asset.path) is not None

    def _why(self, key: Digest) -> tuple[Reason, ...]:
        entry = self.entry
        if entry is None or entry.request is None:
            return (_reason("new"),)
        if entry.request == key:
            return (_reason("rejected"),)
        before = self.known.store.request(entry.request)
        assert self.question.request is not None
        fields = changed_fields(before, self.question.request.preimage) if before is not None else ()
        return (_reason("request_changed", fields=fields),)

    def _shared(self, picture: Digest) -> tuple[Reason, ...]:
        others = self.known.claims.others(self.asset.id, picture)
        return (_reason("shared", assets=tuple(sorted(others))),) if others else ()

    def _awaits_approval(self, entry: Entry) -> tuple[Reason, ...]:
        return (_reason("awaits_approval"),) if is_gated(self.asset, entry) else ()


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields of a request that differ, by the names of request.json."""
    names = sorted({*before, *after})
    return tuple(name for name in names if before.get(name) != after.get(name))


def _reason(kind: str, **detail: Any) -> Reason:
    return Reason(kind=kind, detail=detail)


def is_gated(asset: Asset, entry: Entry | None) -> bool:
    """Whether nothing may be drawn from this asset before a person has approved what it picks."""
    return asset.approve and not (entry is not None and entry.is_approved)
