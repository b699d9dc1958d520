"""`decide` over the graph: as a forecast for a plan, and again, asset by asset, while a build learns what was drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pipeline import digest
from pipeline.plan.decide import Decision, Question, Upstream, decide, is_gated
from pipeline.plan.graph import Graph
from pipeline.plan.known import Known
from pipeline.plan.wanted import places_of
from pipeline.spec.load import Project
from pipeline.store.entry import Entry, turn_to
from pipeline.words import (
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
)

_CHANGING = (Action.DRAW, Action.AWAIT)


class Outlook:
    """What is decided of every declared asset so far. Only selected assets are acted on; the others stay as they are.

    `project`, `rendered` and `graph` are what the specs say, `known` is what is remembered.
    """

    def __init__(
        self,
        project: Project,
        rendered: Mapping[AssetId, Rendered],
        graph: Graph,
        known: Known,
        selected: frozenset[AssetId],
    ) -> None:
        self.project, self.rendered, self.graph, self.known = project, rendered, graph, known
        self.selected = selected
        self.decisions: dict[AssetId, Decision] = {}
        self._entries: dict[AssetId, Entry | None] = {}
        self._failed: set[AssetId] = set()
        self._file_digests: dict[str, Digest] = {}

    def forecast(self) -> None:
        """Decide every asset, upstream first. What a generation asks for is known before any of it is decided."""
        for generation in self.graph.generations:
            questions = [self._question(asset) for asset in generation]
            for question in questions:
                self._register(question)
            for question in questions:
                self._keep(question.asset.id, decide(question, self.known))

    def decide(self, asset: AssetId) -> Decision:
        """Decide one asset again, by what is known now."""
        question = self._question(asset)
        self._register(question)
        self._keep(asset, decide(question, self.known))
        return self.decisions[asset]

    def settle(self, asset: AssetId, step: Step, entry: Entry | None, *, undone: bool = False) -> None:
        """Say what became of an asset: from now on those that refer to it see this.

        `undone`: it was to be drawn and is not, so nothing is drawn from what it picked before.
        """
        decision = self.decisions[asset]
        self.decisions[asset] = replace(decision, step=step, entry=entry, found=None, moved_from=None)
        self._entries[asset] = entry
        if undone:
            self._failed.add(asset)

    def plan(self) -> Plan:
        """The steps of the selected assets, upstream first."""
        return Plan(steps=tuple(self._told(asset) for asset in self.graph.order if asset in self.selected))

    def entry(self, asset: AssetId) -> Entry | None:
        """The entry of an asset as it will stand after the free part of what is decided."""
        return self._entries.get(asset)

    def _told(self, asset: AssetId) -> Step:
        step = self.decisions[asset].step
        stale = tuple(
            id
            for id in self.graph.upstream[asset]
            if id not in self.selected and self.decisions[id].step.action in _CHANGING
        )
        if step.action is Action.DRAW and stale:
            reason = Reason(kind="upstream_stale", detail={"assets": stale})
            return replace(step, reasons=(*step.reasons, reason))
        return step

    def _keep(self, asset: AssetId, decision: Decision) -> None:
        self.decisions[asset] = decision
        self._entries[asset] = entry_after(decision)

    def _register(self, question: Question) -> None:
        if question.request is None:
            return
        entries = self.known.sides(question.asset.id)
        settled = any(e.request == question.request.key and (e.pick or e.adopted) for e in entries)
        kept = any(e.adopted or (e.pick and (e.protected or question.asset.protect)) for e in entries)
        if not settled and not kept:
            self.known.claims.want(question.asset.id, question.request.key)

    def _question(self, id: AssetId) -> Question:
        asset, rendered, settings = self.project.assets[id], self.rendered[id], self.project.settings
        model = self.project.models.get(asset.model)
        upstream = self._upstream(rendered)
        request = None
        if not (upstream.changing or upstream.absent or self._refers_to_failed(rendered)):
            request = Request(
                generator=self.known.mode.generator,
                model=model.id,
                prompt=rendered.prompt,
                system_instruction=asset.system_instruction,
                aspect_ratio=asset.aspect_ratio,
                image_size=asset.image_size,
                seed=asset.seed,
                references=tuple(Attachment(digest=self._picture(r), role=r.role) for r in rendered.references),
                reference_limit=settings.reference_limit,
            )
        return Question(
            asset=asset,
            prompt=rendered.prompt,
            request=request,
            pixels=model.shape(asset.aspect_ratio, asset.image_size),
            price=self._price(id),
            upstream=upstream,
        )

    def _price(self, id: AssetId) -> Price:
        asset, rendered, settings = self.project.assets[id], self.rendered[id], self.project.settings
        said = len(rendered.prompt) + len(asset.system_instruction) + sum(len(r.role) + 12 for r in rendered.references)
        repeats = settings.retry_lost + settings.retry_blocked
        model = self.project.models.get(asset.model)
        return model.price(said, len(rendered.references), asset.image_size, repeats)

    def _upstream(self, rendered: Rendered) -> Upstream:
        """What stands between an asset and its drawing.

        References must have a picture. What an asset only comes after is not in its key, so it can be compared now.
        """
        referred = {r.asset for r in rendered.references}
        changing, absent, unapproved, out_of_reach, held = [], [], [], [], []
        for need in rendered.upstream:
            asset, entry = self.project.assets[need], self._entries[need]
            changes = need in self.selected and self.decisions[need].step.action in _CHANGING
            if asset.approve and (changes or is_gated(asset, entry)):
                unapproved.append(need)
            if need not in referred or need in self._failed:
                continue
            if changes:
                changing.append(need)
            elif entry is None or entry.picture is None:
                absent.append(need)
            elif not self._in_reach(asset, entry, rendered):
                out_of_reach.append(need)
            elif self.decisions[need].waits:
                held.append(need)
        return Upstream(
            changing=tuple(changing),
            absent=tuple(absent),
            failed=tuple(need for need in rendered.upstream if need in self._failed),
            unapproved=tuple(unapproved),
            out_of_reach=tuple(out_of_reach),
            held=tuple(held),
        )

    def _in_reach(self, asset: Asset, entry: Entry, rendered: Rendered) -> bool:
        """Whether the pictures that are attached of an asset can be had."""
        pictures = {self._picture(reference) for reference in rendered.references if reference.asset == asset.id}
        return all(self.known.in_reach(picture, places_of(asset, picture, entry)) for picture in pictures)

    def _refers_to_failed(self, rendered: Rendered) -> bool:
        return any(reference.asset in self._failed for reference in rendered.references)

    def _picture(self, reference: Reference) -> Digest:
        """The digest that stands for a reference in the key: the file's, the take's, or what a person adopted."""
        if reference.asset is None:
            assert reference.path is not None
            return self._file_digest(self.project.settings.root, reference.path)
        entry = self._entries[reference.asset]
        picture = (entry.adopted or entry.picture if reference.file else entry.picture) if entry else None
        assert picture is not None
        return picture

    def _file_digest(self, root: Path, path: str) -> Digest:
        if path not in self._file_digests:
            self._file_digests[path] = digest.of_file(root / path)
        return self._file_digests[path]


def entry_after(decision: Decision) -> Entry | None:
    """The asset's entry once the free part of a decision is done: a reuse is picked."""
    if decision.found is None or decision.step.request is None:
        return decision.entry
    entry = decision.entry or Entry(asset=decision.step.asset)
    return turn_to(entry, decision.step.request.key, decision.found)
