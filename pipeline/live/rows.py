"""What the wall shows of an asset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from pipeline.digest import of_value, short
from pipeline.live.books import Books
from pipeline.live.pictures import Picture, Pictures
from pipeline.plan.decision import Decision
from pipeline.plan.planner import Outlook
from pipeline.plan.wanted import file_size
from pipeline.tell import Teller
from pipeline.views.shown import teller_of
from pipeline.words import Action, Asset, AssetId, Digest, MicroUsd, State, Step, is_internal, owner_of
from pipeline.workshop import Workshop


class Row(NamedTuple):
    """An asset as it is now, and what a build would do about it."""

    id: AssetId
    state: State
    action: Action
    why: str
    """One sentence, or nothing."""
    file: str
    line: int
    """Where the spec declares it."""
    tags: tuple[str, ...]
    path: str
    paths: tuple[str, ...]
    """Of all its files, the main one first."""
    model: str
    width: int
    height: int
    """What is asked for, in pixels."""
    picture: Picture | None
    price: MicroUsd
    """What is drawn of it now, its turns and points with it, by the table."""
    draws: int
    gate: bool
    """Whether nothing is drawn from it before it is approved."""
    approved: bool
    protected: bool
    adopted: bool
    takes: int
    """Of the present request, without the rejected ones."""
    undecided: bool
    note: str
    alt: str
    version: str
    failure: str
    """The words of the model, or of the tool, for why it could not be drawn."""
    needs: tuple[AssetId, ...]
    """The assets that it, its turns and its points refer to or come after."""

    @property
    def decided(self) -> str:
        """The part of its version that is about decisions."""
        return version_parts(self.version)[0]


NO_ROWS: Mapping[AssetId, Row] = {}


class Rows:
    """Makes the rows of one look."""

    def __init__(self, shop: Workshop, outlook: Outlook, pictures: Pictures, books: Books) -> None:
        self._shop, self._outlook = shop, outlook
        self._pictures, self._books = pictures, books
        self._teller: Teller = teller_of(shop)
        self._members = _members(shop.project.assets)

    def all(self) -> Iterator[Row]:
        """A row for each asset that was read; turns and points are told with what they belong to."""
        for id, asset in self._shop.project.assets.items():
            if not is_internal(id):
                yield self.row(asset)

    def row(self, asset: Asset) -> Row:
        """What the wall shows of an asset."""
        decisions = [self._outlook.decision(id) for id in (asset.id, *self._members.get(asset.id, ()))]
        own, steps = decisions[0], [decision.step for decision in decisions]
        step, entry = own.step, own.entry
        model = self._shop.project.models.get(asset.model)
        whole = model.shape(asset.aspect_ratio, asset.image_size)
        asked = file_size(asset.files[0], whole)[:2] if asset.path else whole
        drawn = [one for one in steps if one.action in (Action.DRAW, Action.AWAIT) and one.price.worst]
        takes = len(_standing(decisions))
        approved = entry is not None and entry.is_approved
        failure = next((words for one in drawn if (words := self._books.failure(one))), "")
        return Row(
            id=asset.id,
            state=State.FAILED if failure else step.state,
            action=step.action,
            why=self._teller.why(step) if step.reasons else "",
            file=asset.origin.file,
            line=asset.origin.line,
            tags=asset.tags,
            path=asset.path,
            paths=asset.paths,
            model=model.id,
            width=asked[0],
            height=asked[1],
            picture=self._pictures.of(self._shop, own, self._outlook.known, asked),
            price=MicroUsd(sum(one.price.table for one in drawn)),
            draws=sum(one.count for one in drawn),
            gate=asset.approve,
            approved=approved,
            protected=asset.protect or (entry is not None and entry.protected),
            adopted=entry is not None and entry.adopted is not None,
            takes=takes,
            undecided=not approved and takes > 0 and (asset.approve or takes > 1),
            note=entry.note if entry is not None else "",
            alt=asset.alt,
            version=self._version(asset.id, steps, own),
            failure=failure,
            needs=self._needs(asset.id, steps),
        )

    def _needs(self, asset: AssetId, steps: Sequence[Step]) -> tuple[AssetId, ...]:
        upstream = self._outlook.graph.upstream
        if len(steps) == 1 and not upstream[asset]:
            return ()
        needs = (owner_of(need) for step in steps for need in upstream[step.asset])
        return tuple(dict.fromkeys(need for need in needs if need != asset))

    def _version(self, asset: AssetId, steps: Sequence[Step], own: Decision) -> str:
        """What was decided of an asset, what it asks for, and the file that a person left there: what is decided on."""
        file = left_there(own)
        return f"{self._outlook.known.lock.read().version(asset)}.{asks(steps)}{f'.{file}' if file else ''}"


def version_parts(version: str) -> tuple[str, str, str]:
    """Of a row's version what was decided, what is asked for, and the file that a person left; empty what it lacks."""
    decided, _, rest = version.partition(".")
    asked, _, file = rest.partition(".")
    return decided, asked, file


def left_there(decision: Decision) -> str:
    """The files where a person left some in the place of built ones, in short; empty where nobody did."""
    if decision.step.state is not State.EDITED:
        return ""
    there = [digest for digest in decision.there.values() if digest is not None]
    return short(there[0]) if len(there) == 1 else short(of_value(there))


def asks(steps: Sequence[Step]) -> str:
    """What an asset, its turns and its points ask for now, in short."""
    keys = [step.key or "" for step in steps]
    return short(keys[0]) if len(keys) == 1 else short(of_value(keys))


def _members(assets: Mapping[AssetId, Asset]) -> Mapping[AssetId, Sequence[AssetId]]:
    """The turns and points of each asset that has some."""
    found: dict[AssetId, list[AssetId]] = {}
    for id in assets:
        if is_internal(id):
            found.setdefault(owner_of(id), []).append(id)
    return found


def _standing(decisions: Sequence[Decision]) -> set[Digest]:
    """The takes among which to choose: of the present requests of an asset and of its points, not rejected."""
    own, *members = decisions
    points = [one for one in members if "=" in one.step.asset] or [own]
    refused = {digest for one in decisions for side in one.sides for digest in side.rejected}
    return {
        digest
        for one in points
        if one.entry is not None and one.entry.request == one.step.key
        for digest in one.entry.accepted
    } - refused
