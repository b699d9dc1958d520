"""`decide` over the graph: as a forecast for a plan, and again, asset by asset, while a build learns what was drawn."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

from pipeline import digest
from pipeline.frozen import replace
from pipeline.plan.decide import decide, is_gated
from pipeline.plan.decision import Decision, Draft, Question, Upstream, entry_after
from pipeline.plan.graph import Graph
from pipeline.plan.known import Known, Mode
from pipeline.plan.prices import Prices
from pipeline.plan.wanted import done_in, is_of_file, places_of
from pipeline.spec import disk
from pipeline.spec.load import Project
from pipeline.store.entry import Entry, Past
from pipeline.words import (
    MATTE,
    Action,
    Asset,
    AssetId,
    Attachment,
    Digest,
    Plan,
    Price,
    Reason,
    Reference,
    Rendered,
    Request,
    Step,
    owner_of,
)


class Outlook:
    """What is decided of every declared asset so far. Only selected assets are acted on; the others stay as they are.

    `project`, `rendered` and `graph` are what the specs say, `known` is what is remembered. `drafts` are the takes in
    another profile that the present one continues from. `standing` are decisions which are known to come out as they
    are, fresh and with nothing to do; each is looked up when something asks for it.
    """

    def __init__(
        self,
        project: Project,
        rendered: Mapping[AssetId, Rendered],
        graph: Graph,
        known: Known,
        selected: frozenset[AssetId],
        drafts: Mapping[AssetId, Draft] | None = None,
        standing: Mapping[AssetId, Decision] | None = None,
    ) -> None:
        self.drafts = drafts or {}
        self.project, self.rendered, self.graph, self.known = project, rendered, graph, known
        self.selected = selected
        self.made: dict[AssetId, Decision] = {}
        """What was decided here."""
        self._standing: Mapping[AssetId, Decision] = standing if standing is not None else {}
        self._entries: dict[AssetId, Entry | None] = {}
        self._failed: set[AssetId] = set()
        self._still = known
        self._file_digests: dict[str, Digest] = {}
        self._alone: dict[AssetId, Question] = {}
        # Beside, so that no question leads back to all this: what nobody needs any more is to go at once.
        self._prices = Prices(project, rendered, self.drafts)

    def forecast(self, moved: Collection[AssetId] | None = None) -> None:
        """Decide every asset, upstream first. What a generation asks for is known before any of it is decided.

        With `moved`, only these and what lies downstream of them: the decisions about all others stand.
        """
        known = self._still = self.known.still()
        only = None if moved is None else self.graph.all_downstream(moved).union(moved)
        for generation in self.graph.generations:
            members = generation if only is None else [asset for asset in generation if asset in only]
            questions = [self._question(asset) for asset in members]
            for question in questions:
                _register(question, known)
            for question in questions:
                self._keep(question.asset.id, decide(question, known))

    def by_mode(self, mode: Mode) -> Outlook:
        """The forecast of the same build by another mode, of which only the parts about calling a generator differ."""
        known = replace(self._still, mode=mode, claims=self.known.claims.unasked())
        other = Outlook(
            self.project, self.rendered, self.graph, known, self.selected, self.drafts, standing=self.decisions
        )
        other._alone, other._file_digests, other._prices = self._alone, self._file_digests, self._prices
        # What one asset reuses is not there for the next: then who gets what may depend on the mode of all.
        reused = any(decision.found is not None for decision in self.made.values())
        other.forecast([asset for asset in self.made if reused or not self._stands(asset)])
        return other

    def resumed(self, known: Known, asset: AssetId) -> Outlook:
        """The forecast by what is known now, soon after this one and by the same mode.

        Decided anew are an asset with its turns and points, those whose lines in the lock are other ones by now, and
        all that depends on these or wants a take of the same request.
        """
        before, now = self._still.lock.read().sides, known.lock.read().sides
        other = Outlook(
            self.project, self.rendered, self.graph, known, self.selected, self.drafts, standing=self.decisions
        )
        other._alone, other._file_digests, other._prices = self._alone, self._file_digests, self._prices
        moved = {id for id in self.decisions if owner_of(id) == asset or before.text_of(id) != now.text_of(id)}
        asked = {self.decision(id).step.key for id in moved}
        moved |= {id for id, made in self.decisions.items() if not made.is_plain and made.step.key in asked}
        other.forecast(moved)
        return other

    def _stands(self, asset: AssetId) -> bool:
        """Whether an asset's decision would be the same whether a generator may be called or not."""
        return self.made[asset].is_plain and self.project.assets[asset].candidates == 1

    @property
    def decisions(self) -> Mapping[AssetId, Decision]:
        """All decisions by asset: those made here, and those that stand."""
        return ChainMap(self.made, cast(dict[AssetId, Decision], self._standing)) if self._standing else self.made

    def decision(self, asset: AssetId) -> Decision:
        """What is decided about an asset."""
        made = self.made.get(asset)
        return made if made is not None else self._standing[asset]

    def decide(self, asset: AssetId) -> Decision:
        """Decide one asset again, by what is known now."""
        question = self._question(asset)
        known = self.known.still()
        _register(question, known)
        self._keep(asset, decide(question, known))
        return self.made[asset]

    def settle(self, asset: AssetId, step: Step, entry: Entry | None, *, undone: bool = False) -> None:
        """Say what became of an asset: from now on those that refer to it see this.

        `undone`: it was to be drawn and is not, so nothing is drawn from what it picked before.
        """
        decision = self.decision(asset)
        self.made[asset] = replace(decision, step=step, entry=entry, found=None, moved_from=None)
        self._entries[asset] = entry
        if undone:
            self._failed.add(asset)

    def plan(self) -> Plan:
        """The steps of the selected assets, upstream first."""
        return Plan(steps=tuple(self._told(asset) for asset in self.graph.order if asset in self.selected))

    def entry(self, asset: AssetId) -> Entry | None:
        """The entry of an asset as it will stand after the free part of what is decided."""
        if asset in self._entries or asset not in self._standing:
            return self._entries.get(asset)
        return entry_after(self._standing[asset])

    def _told(self, asset: AssetId) -> Step:
        step = self.decision(asset).step
        stale = tuple(
            id for id in self.graph.upstream[asset] if id not in self.selected and self.decision(id).changes_picture
        )
        if step.action is Action.DRAW and stale:
            reason = Reason(kind="upstream_stale", detail={"assets": stale})
            return replace(step, reasons=(*step.reasons, reason))
        return step

    def _keep(self, asset: AssetId, decision: Decision) -> None:
        self.made[asset] = decision
        self._entries[asset] = entry_after(decision)

    def previous(self, asset: AssetId) -> Entry | None:
        """The entry that has the take which an asset continues from; None where it continues from none."""
        declared = self.project.assets[asset]
        if declared.previous is not None:
            return self.entry(declared.previous)
        draft = self.drafts.get(declared.owner) if declared.continues is not None else None
        return draft.entry if draft is not None else None

    def _question(self, id: AssetId) -> Question:
        asset = self.project.assets[id]
        if asset.points:
            return self._question_of_user(asset, self._chosen(asset))
        if asset.source is not None:
            return self._question_of_user(asset, asset.source)
        if (asked := self._alone.get(id)) is not None:
            return asked
        rendered, settings = self.rendered[id], self.project.settings
        model = self.project.models.get(asset.model)
        alone = asset.continues is None and not self.graph.upstream[id]
        upstream = self._upstream(asset, rendered) if not alone else _NOTHING_UPSTREAM
        request = None
        if not (upstream.changing or upstream.absent or upstream.draft or self._refers_to_failed(rendered)):
            previous = self.previous(id)
            request = Request(
                generator=self.known.mode.generator,
                model=model.id,
                prompt=rendered.prompt,
                system_instruction=asset.system_instruction,
                aspect_ratio=asset.aspect_ratio,
                image_size=asset.image_size,
                seed=asset.seed,
                references=tuple(map(self._attachment, rendered.references)),
                reference_limit=settings.reference_limit,
                previous=previous.continued if previous is not None else None,
            )
        question = Question(
            asset=asset,
            prompt=self.subject(id),
            request=request,
            pixels=model.shape(asset.aspect_ratio, asset.image_size),
            price_of=partial(self._prices.of, id),
            upstream=upstream,
        )
        if alone:  # then nothing that a build brings changes what is asked
            self._alone[id] = question
        return question

    def _question_of_user(self, asset: Asset, chosen: AssetId) -> Question:
        """What is asked for an asset that uses another one's take: what that one asks for."""
        decision = self.decision(chosen)
        changing = chosen in self.selected and decision.changes_picture
        request = decision.step.request
        return Question(
            asset=asset,
            prompt=self.subject(chosen),
            request=None if changing or chosen in self._failed else request,
            pixels=self.project.models.get(asset.model).shape(asset.aspect_ratio, asset.image_size),
            used=self._used(chosen, asset),
            upstream=Upstream(
                changing=(chosen,) if changing else (),
                absent=(chosen,) if request is None and not changing else (),
                failed=(chosen,) if chosen in self._failed else (),
            ),
        )

    def subject(self, id: AssetId) -> str:
        """The prompt that says what an asset shows: its own, or that of the one whose picture it uses or repeats."""
        asset = self.project.assets[id]
        if asset.points:
            return self.subject(self._chosen(asset))
        repeated = asset.previous if asset.ground == MATTE else None
        used = asset.source or repeated
        return self.subject(used) if used is not None else self.rendered[id].prompt

    def _used(self, chosen: AssetId, by: Asset) -> Past | None:
        entry = self.entry(chosen)
        if entry is None or entry.continued is None:
            return None
        if by.source is not None:  # what a person adopted there is a picture like any other here
            return Past(take=entry.continued, of=entry.of)
        return Past(take=entry.pick, of=entry.of, adopted=entry.adopted)

    def _chosen(self, asset: Asset) -> AssetId:
        """The point whose take the asset uses: the one it has, else the first that has one or may get one.

        One whose take was rejected for the asset is passed over while there is another.
        """
        refused = {digest for line in self.known.lines(asset.id) for digest in line.rejected}
        points = [p for p in asset.points if (e := self.entry(p)) is None or e.continued not in refused]
        for asked in self._used_before(asset):
            for point in points:
                lines = self.known.lines(point)
                if asked == self.decision(point).step.key or any(asked in (e.request, *e.past) for e in lines):
                    return point
        able = [point for point in points if point not in self._failed]
        found = (p for p in able if self.decision(p).changes_picture or ((e := self.entry(p)) and e.picture))
        return next(found, asset.points[0])

    def _used_before(self, asset: Asset) -> Iterator[Digest]:
        """The requests by which to know the point that was in use: the asset's own first, then those of its family.

        Turns that were added or dropped meanwhile make it another member of the family.
        """
        own = self.known.lines(asset.id)
        family = [line for line in self.known.in_family(asset.id) if line.asset not in asset.points]
        for lines in (own, family):
            yield from (line.request for line in lines if line.request is not None)
        for lines in (own, family):
            adopted_first = [key for line in lines for key, past in line.past.items() if past.adopted is not None]
            yield from (*adopted_first, *(key for line in lines for key in line.past))

    def price(self, id: AssetId) -> Price:
        """What drawing an asset costs, once."""
        return self._prices.of(id)

    def said(self, id: AssetId) -> tuple[int, int]:
        """Characters and pictures that go along with a call of an asset, the conversation before it included."""
        return self._prices.said(id)

    def _upstream(self, of: Asset, rendered: Rendered) -> Upstream:
        """What stands between an asset and its drawing.

        References must have a picture. What an asset only comes after is not in its key, so it can be compared now.
        """
        referred = {r.asset for r in rendered.references} | {rendered.previous}
        draft = self.drafts.get(of.owner) if of.continues is not None and of.previous is None else None
        changing, absent, unapproved, out_of_reach, held = [], [], [], [], []
        needs = self.graph.upstream[of.id]
        for need in needs:
            asset, entry = self.project.assets[need], self.entry(need)
            changes = need in self.selected and self.decision(need).changes_picture
            unapproved += [gate for gate in self._made_of(need) if self._is_gated(gate)]
            if need not in referred or need in self._failed:
                continue
            if changes:
                changing.append(need)
            elif entry is None or entry.picture is None:
                absent.append(need)
            elif not self._in_reach(asset, entry, rendered):
                out_of_reach.append(need)
            elif waiting := [one for one in self._made_of(need) if self.decision(one).waits]:
                held.append(waiting[-1])
        return Upstream(
            changing=tuple(changing),
            absent=tuple(absent),
            failed=tuple(need for need in needs if need in self._failed),
            unapproved=tuple(dict.fromkeys(unapproved)),
            out_of_reach=tuple(out_of_reach),
            held=tuple(dict.fromkeys(held)),
            draft=draft if draft is not None and draft.why else None,
        )

    def _is_gated(self, id: AssetId) -> bool:
        """Whether nothing may be drawn from an asset until a person has approved what it picks, or will pick."""
        asset = self.project.assets[id]
        changes = id in self.selected and self.decision(id).changes_picture
        return asset.approve and (changes or is_gated(asset, self.entry(id)))

    def _made_of(self, id: AssetId) -> Iterator[AssetId]:
        """An asset and those that its picture is made of; what a person adopted is made of nothing."""
        asset = self.project.assets[id]
        yield id
        while asset.source is not None and not ((entry := self.entry(asset.id)) and entry.adopted is not None):
            asset = self.project.assets[asset.source]
            yield asset.id

    def _in_reach(self, asset: Asset, entry: Entry, rendered: Rendered) -> bool:
        """Whether the pictures that are attached of an asset, or continued from, can be had."""
        pictures = {self._picture(reference) for reference in rendered.references if reference.asset == asset.id}
        if rendered.previous == asset.id and entry.continued is not None:
            pictures.add(entry.continued)
        return all(self.known.in_reach(picture, places_of(asset, picture, entry)) for picture in pictures)

    def _refers_to_failed(self, rendered: Rendered) -> bool:
        if not self._failed:
            return False
        needs = (rendered.previous, *(reference.asset for reference in rendered.references))
        return any(need in self._failed for need in needs)

    def _attachment(self, reference: Reference) -> Attachment:
        """What stands for a reference in the key."""
        return Attachment(digest=self._picture(reference), role=reference.role, steps=self.steps_of(reference))

    def steps_of(self, reference: Reference) -> tuple[Mapping[str, Any], ...]:
        """What is done to an asset's take before it is attached; of what a person adopted nothing."""
        asset = self.project.assets[reference.asset] if reference.asset is not None else None
        if asset is None or not asset.process or not is_of_file(reference, asset):
            return ()
        entry = self.entry(asset.id)
        if entry is None or entry.adopted is not None:
            return ()
        from pipeline.spec.steps import as_asked  # of use only to assets that have steps

        return as_asked(asset.process[done_in(asset, entry, self.known.sides) :])

    def _picture(self, reference: Reference) -> Digest:
        """The digest that stands for a reference in the key: the file's, the take's, or what a person adopted."""
        if reference.asset is None:
            assert reference.path is not None
            return self._file_digest(self.project.settings.root, reference.path)
        entry = self.entry(reference.asset)
        of_file = is_of_file(reference, self.project.assets[reference.asset])
        picture = (entry.adopted or entry.picture if of_file else entry.picture) if entry else None
        assert picture is not None
        return picture

    def _file_digest(self, root: Path, path: str) -> Digest:
        if path not in self._file_digests:
            self._file_digests[path] = said = digest.of_file(root / path)
            disk.note_said(root / path, lambda: said)
        return self._file_digests[path]


_NOTHING_UPSTREAM = Upstream()


def _register(question: Question, known: Known) -> None:
    """Say which take an asset looks for, unless it has one, or keeps what it has."""
    if question.request is None or question.asset.source is not None:
        return
    entries = known.sides(question.asset.id)
    if not entries:
        known.claims.want(question.asset.id, question.request.key)
        return
    settled = any(e.request == question.request.key and (e.pick or e.adopted) for e in entries)
    kept = any(e.adopted or (e.pick and (e.protected or question.asset.protect)) for e in entries)
    if not settled and not kept:
        known.claims.want(question.asset.id, question.request.key)
