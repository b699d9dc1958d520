"""ONE asset: what is to happen to it, and why.

`decide` has two callers: the planner calls it as a forecast, the build calls it as the act, so what a plan says and
what a build does cannot drift apart.

Reasons, by kind: new, request_changed {fields}, rejected, file_missing, file_outdated, made_otherwise, entry_outdated,
edited, protected {assets}, adopted {assets}, unapproved {assets}, missing {digest}, missing_upstream {assets},
conflict, no_key, offline, lost {count}, redraw_missing {digest}, upstream_changes {assets}, upstream_absent {assets},
upstream_failed {assets}, upstream_held {assets}, upstream_stale {assets}, owner_kept {assets, why}, draft {profile,
why}, candidates {have, wanted}, uses_point {assets}, point_moved, source_moved, renamed {was}, reused {origin}, shared
{assets}, awaits_approval, made_of {assets}, derived {assets}.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.frozen import replace
from pipeline.plan import reuse
from pipeline.plan.decision import Decision, Question
from pipeline.plan.filed import Filed, rewrites
from pipeline.plan.known import Known
from pipeline.plan.wanted import has_matte, places_of
from pipeline.store.entry import Entry, Past, merged, turn_to, united
from pipeline.store.lock import Sides
from pipeline.words import NO_PRICE, Action, Asset, AssetId, Digest, Price, Reason, State, Step


def decide(question: Question, known: Known) -> Decision:
    """What is to happen to one asset. Reads the lock, the store's index and the asset's file; writes nothing."""
    asset, key = question.asset, question.request.key if question.request else None
    sides = known.sides(asset.id)
    former = () if sides else reuse.former(asset.id, key, known)
    source = asset.source or ""
    lines = sides or tuple(replace(line, asset=asset.id, source=line.source and source) for line in former)
    entry = merged(lines, key) if lines else None
    case = _Case(question, known, sides, entry, former[0].asset if former else None)
    if asset.source is not None:
        entry = _of_source(lines, entry, question)
    if lines and (entry is None or (asset.points and len({(e.take, e.adopted) for e in lines}) > 1)):
        return case.hold(State.HELD, "conflict")
    if asset.is_internal and (kept := case.kept_by_owner()) is not None:
        return kept
    if question.request is None or key is None:
        return case.without_key()
    if entry is not None and entry.adopted is not None:
        return case.with_pick(entry) if entry.request == key else case.hold(State.HELD, "adopted", **case.made_of)
    if entry is not None and entry.request == key and entry.pick is not None:
        moved_on = question.used is not None and question.used.take not in (None, entry.take)
        return case.with_changed_key(key) if moved_on else case.with_pick(entry)
    if entry is not None and entry.source and question.used is not None and entry.pick == question.used.take:
        return case.with_pick(entry)  # whatever is asked for now, its source still has the picture that it is made of
    return case.with_changed_key(key)


def _of_source(lines: Sides, entry: Entry | None, question: Question) -> Entry | None:
    """The entry of a derived asset: nobody has to choose among a merge's lines, for its source says which it is."""
    if len(lines) < 2 or any(line.adopted is not None for line in lines):
        return entry
    used = question.used.take if question.used is not None else None
    return next((line for line in lines if line.take == used), lines[0])


class _Case:
    """One decision in the making: the question, and what is known of its asset."""

    def __init__(
        self, question: Question, known: Known, sides: Sides, entry: Entry | None, moved_from: AssetId | None
    ) -> None:
        self.question, self.known = question, known
        self.asset = question.asset
        self.sides, self.entry, self.moved_from = sides, entry, moved_from
        self.rewrites = False
        self.filed = Filed(self.asset, known, (*sides, *((entry,) if entry else ())))
        self.notes = (_reason("renamed", was=moved_from),) if moved_from is not None else ()

    # --- the three situations ---

    def with_pick(self, entry: Entry) -> Decision:
        """The key is the present one, and there is a pick: is its file there, and are there as many takes as wanted?"""
        decision = self._standing(entry)
        if self.asset.candidates == 1 or decision.step.action not in (Action.NOTHING, Action.DERIVE):
            return decision
        return self._with_candidates(entry, decision)

    def _standing(self, entry: Entry) -> Decision:
        if not self.asset.path:  # a turn or point, or a whole grid
            assert entry.continued is not None
            if self.known.mode.redraw_missing and not self._in_reach(entry.continued):
                return self._missing(entry.continued)
            if self.moved_from is not None or len(self.sides) > 1:
                return self._derive(entry.continued, "entry_outdated")
            return self._decision(State.FRESH, Action.NOTHING, take=entry.continued)
        picture = entry.adopted or entry.pick
        assert picture is not None
        wrong = self.filed.wrong(entry)
        self.rewrites = rewrites(entry, wrong)
        if not wrong:
            if self.moved_from is not None or len(self.sides) > 1:
                return self._derive(picture, "file_outdated")
            told = (*self._shared(picture), *self._awaits_approval(entry))
            return self._decision(State.FRESH, Action.NOTHING, *told, take=picture)
        if edited := self.filed.edited(wrong):
            return self.hold(State.EDITED, "edited", **edited)
        lost = self._out_of_reach(picture, entry)
        if lost is None:
            return self._derive(picture, self.filed.why_wrong(entry, wrong))
        absent = self.filed.there[self.asset.path] is None
        if absent or self.known.mode.redraw_missing or self.filed.is_placeholder(wrong):
            return self._missing(lost)
        return self.hold(State.HELD, "missing", digest=lost)

    def with_changed_key(self, key: Digest) -> Decision:
        """No entry, another key, or a rejected pick: reuse what is paid for, else draw."""
        entry, why = self.entry, self._why(key)
        if edited := self.filed.edited(self.asset.paths):
            return self.hold(State.EDITED, "edited", *why, **edited)
        if entry is not None and entry.pick is not None and (self.asset.protect or entry.protected):
            return self.hold(State.HELD, "protected", *why, **self.made_of)
        used = self.question.used
        if self.asset.source is not None:
            offered = ("source", used) if used is not None else None
        else:
            offered = reuse.offer(self.asset, entry, key, self.known)
            if used is not None and (offered is None or offered[1].take != used.take):
                offered = ("family", used)
        if offered is not None:
            origin, found = offered
            picture = found.picture
            then = turn_to(entry or Entry(asset=self.asset.id), key, found) if has_matte(self.asset) else entry
            lost = self._out_of_reach(picture, then) if picture is not None else None
            if picture is not None and lost is None:
                return self._reuse(key, origin, found, why)
            if not self.known.mode.redraw_missing:
                return self.hold(State.HELD, "missing", *why, digest=lost)
        return self._draw(why)

    def _reuse(self, key: Digest, origin: str, found: Past, why: tuple[Reason, ...]) -> Decision:
        """Use what is paid for; draw the candidates that it lacks."""
        self.known.claims.served(self.asset.id, key)
        for digest in (found.picture, *found.takes) if self.asset.source is None else ():
            if digest is not None:
                self.known.claims.claim(self.asset.id, digest)
        told = _reason("reused", origin=origin)
        if self.asset.source is not None:
            told = _reason("derived", assets=(self.asset.source,))
        reasons = (*why, told)
        lacking = 0 if found.adopted else self._lacking(key, max(1, len(found.takes)))
        if lacking > 0 and self.known.mode.draws:
            more = (*reasons, self._candidates(max(1, len(found.takes))))
            decision = self._draw(more, lacking, found)
            if decision.step.action is Action.DRAW:
                return decision
        return self._decision(State.STALE, Action.REUSE, *reasons, take=found.picture, found=found)

    def _with_candidates(self, entry: Entry, decision: Decision) -> Decision:
        """The pick stands: take up, or draw, the further takes that are wanted."""
        key, have = self.question.request.key if self.question.request else None, entry.accepted
        lacking = self._lacking(key, len(have))
        chosen = entry.is_approved or entry.adopted is not None or self.asset.protect or entry.protected
        if key is None or lacking <= 0 or chosen:
            return decision
        more = reuse.further(self.asset, key, self.known, entry.named | have, lacking)
        for digest in more:
            self.known.claims.claim(self.asset.id, digest)
        takes = united((taken for taken in (entry.take,) if taken is not None), entry.takes, more)
        found = Past(take=entry.take, of=entry.of, takes=takes)
        told = tuple(r for r in decision.step.reasons if r not in self.notes and r.kind != "awaits_approval")
        reasons = (*told, self._candidates(len(have) + len(more)))
        if lacking > len(more) and self.known.mode.draws:
            drawing = self._draw(reasons, lacking - len(more), found)
            if drawing.step.action is Action.DRAW:
                return drawing
        if more:
            return self._decision(State.STALE, Action.REUSE, *reasons, take=entry.take, found=found)
        return decision

    def _lacking(self, key: Digest | None, have: int) -> int:
        """How many candidates are still to be drawn beside those that stand.

        One that a person rejected was there to choose from: it is not replaced while another stands. Only when all of
        them are rejected as many again are drawn.
        """
        entry = self.entry
        own = {entry.take, *entry.takes} if entry is not None and entry.request == key else set()
        gone = len(own.intersection(entry.rejected)) if entry is not None else 0
        return self.asset.candidates - have - gone % self.asset.candidates

    def _candidates(self, have: int) -> Reason:
        return _reason("candidates", have=have, wanted=self.asset.candidates)

    def kept_by_owner(self) -> Decision | None:
        """A turn or point of an asset whose picture stays whatever is drawn: nothing is paid for what nobody uses.

        None where that is not so, and where a person rejected this very pick.
        """
        known, owner = self.known, self.known.declared.get(self.asset.owner)
        entries = known.lines(self.asset.owner)
        if owner is None or (self.entry is not None and self.entry.take is not None and self.entry.pick is None):
            return None
        key = self.question.request.key if self.question.request else None
        if key is not None and self.entry is not None and self.entry.request == key:
            return None
        why = ""
        if any(entry.adopted is not None for entry in entries):
            why = "adopted"
        elif any(entry.pick is not None and (entry.protected or owner.protect) for entry in entries):
            why = "protected"
        elif any(known.is_a_persons(owner, path) for path in owner.paths):
            why = "edited"
        return self.hold(State.HELD, "owner_kept", assets=(owner.id,), why=why) if why else None

    def without_key(self) -> Decision:
        """An upstream take is not known: it will be drawn, or cannot be."""
        upstream = self.question.upstream
        if edited := self.filed.edited(self.asset.paths):
            return self.hold(State.EDITED, "edited", **edited)
        if upstream.failed:
            return self.hold(State.FAILED, "upstream_failed", assets=upstream.failed)
        if not self.known.mode.draws:
            return self._placehold(())
        if upstream.draft is not None:
            return self.hold(State.HELD, "draft", profile=upstream.draft.profile, why=upstream.draft.why)
        if upstream.absent:
            return self.hold(State.HELD, "upstream_absent", assets=upstream.absent)
        if upstream.unapproved:
            return self.hold(State.HELD, "unapproved", assets=upstream.unapproved)
        kept = self.entry is not None and (
            self.entry.adopted is not None
            or (self.entry.pick is not None and (self.asset.protect or self.entry.protected))
        )
        # What has points draws nothing itself.
        kind = "uses_point" if self.asset.points else "made_of" if self.asset.source is not None else "upstream_changes"
        draws = kind == "upstream_changes" and not kept
        price = self.question.price.times(self.asset.candidates) if draws else NO_PRICE
        reason = _reason(kind, assets=upstream.changing)
        return self._decision(State.STALE, Action.AWAIT, reason, price=price, count=self.asset.candidates)

    # --- what may come of them ---

    def _draw(self, why: tuple[Reason, ...], count: int | None = None, found: Past | None = None) -> Decision:
        """Draw so many takes (all that are wanted) beside what is found already, or say what stands against it."""
        known, upstream, request = self.known, self.question.upstream, self.question.request
        assert request is not None
        count = self.asset.candidates if count is None else count
        if not known.mode.draws:
            return self._placehold(why)
        if self.asset.points or self.asset.source is not None:
            # What it uses is there, and has no take for it.
            used = self.asset.points or (self.asset.source,)
            return self.hold(State.HELD, "upstream_absent", *why, assets=used)
        if upstream.failed:
            return self.hold(State.FAILED, "upstream_failed", *why, assets=upstream.failed)
        if upstream.unapproved:
            return self.hold(State.HELD, "unapproved", *why, assets=upstream.unapproved)
        if upstream.held:
            return self.hold(State.HELD, "upstream_held", *why, assets=upstream.held)
        if upstream.out_of_reach:
            return self.hold(State.HELD, "missing_upstream", *why, assets=upstream.out_of_reach)
        lost = known.lost.get((self.asset.id, request.key), 0)
        if lost > known.retry_lost * self.asset.candidates:
            return self.hold(State.FAILED, "lost", *why, count=lost)
        if count > 1 and found is None:
            why = (*why, self._candidates(0))
        price = self.question.price.times(count)
        take = found.picture if found is not None else None
        return self._decision(State.STALE, Action.DRAW, *why, take=take, price=price, found=found, count=count)

    def _placehold(self, why: tuple[Reason, ...]) -> Decision:
        """No generator may be called: a placeholder where there is no picture; a real one stays, however stale."""
        reason = _reason(self.known.mode.why_not)
        if not self.asset.path:
            return self._decision(State.PLACEHOLDER, Action.NOTHING, *why, reason)
        current = self.filed.standing_in(self.question.prompt, self.question.pixels)
        others = [path for path in self.asset.paths if path not in current]
        if self.filed.is_real(others) or self._lacking_file():
            if edited := self.filed.edited(others):
                return self.hold(State.EDITED, "edited", *why, **edited)
            return self.hold(State.STALE, self.known.mode.why_not, *why)
        if not self.known.mode.placeholders:
            return self._decision(State.FAILED, Action.HOLD, *why, reason)
        action = Action.PLACEHOLD if others else Action.NOTHING
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
        picture = entry.continued if entry is not None else None
        if entry is None or picture is None or not self.asset.path:
            return ()
        if self._out_of_reach(picture, entry) is not None:
            return ()
        ours = self.filed.ours(self.filed.wrong(entry))
        self.rewrites = rewrites(entry, ours)
        return (_reason(self.filed.why_wrong(entry, ours)),) if ours else ()

    def _decision(
        self,
        state: State,
        action: Action,
        *reasons: Reason,
        take: Digest | None = None,
        price: Price = NO_PRICE,
        found: Past | None = None,
        count: int = 1,
    ) -> Decision:
        step = Step(
            asset=self.asset.id,
            state=state,
            action=action,
            reasons=(*self.notes, *reasons),
            request=self.question.request,
            take=take,
            count=count,
            has_file=bool(self.asset.path),
            price=price,
        )
        return Decision(
            step=step,
            sides=self.sides,
            entry=self.entry,
            moved_from=self.moved_from,
            found=found,
            rewrites=self.rewrites and action is Action.DERIVE,
            there=self.filed.there,
            source=self.asset.source or "",
        )

    # --- facts ---

    @property
    def made_of(self) -> dict[str, tuple[AssetId, ...]]:
        """The asset whose picture this one is made of, as a reason names it."""
        return {"assets": (self.asset.source,)} if self.asset.source is not None else {}

    def _in_reach(self, picture: Digest) -> bool:
        return self.known.in_reach(picture, places_of(self.asset, picture, self.entry))

    def _out_of_reach(self, picture: Digest, entry: Entry | None) -> Digest | None:
        """Of what an entry's files are made of the picture whose bytes are nowhere: its own, or a matte's first one."""
        if not self._in_reach(picture):
            return picture
        first = self.filed.first(entry) if entry is not None and self.asset.path and has_matte(self.asset) else None
        return first if first is not None and not self.known.in_reach(first, ()) else None

    def _why(self, key: Digest) -> tuple[Reason, ...]:
        entry = self.entry
        if entry is None or entry.request is None or entry.take is None:
            return (_reason("new"),)
        if entry.request == key and self.question.used is not None and entry.pick is not None:
            return (_reason("point_moved" if self.asset.source is None else "source_moved"),)
        if entry.request == key or (self.question.used is not None and entry.pick is None):
            return (_reason("rejected"),)
        before = self.known.store.request(entry.request)
        assert self.question.request is not None
        fields = changed_fields(before, self.question.request.preimage) if before is not None else ()
        return (_reason("request_changed", fields=fields),)

    def _shared(self, picture: Digest) -> tuple[Reason, ...]:
        others = self.known.claims.others(self.asset.id, picture) if self.asset.source is None else ()
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
