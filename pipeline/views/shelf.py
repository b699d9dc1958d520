"""The takes of an asset and of its points, each with what is known and was decided of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.plan.decision import Decision
from pipeline.store.lock import Sides
from pipeline.words import AssetId, Digest, Take, owner_of
from pipeline.workshop import Workshop

MARKS = ("picked", "kept", "adopted", "approved", "rejected", "past")


class Shelf:
    """The takes that the asset's lines name, and those of its requests that no other asset has."""

    def __init__(self, shop: Workshop, decisions: Sequence[Decision]) -> None:
        """`decisions` are the asset's own, then those of its points."""
        self._shop = shop
        self._own, *self._points = decisions
        self._asset = self._own.step.asset
        self._sides = {decision.step.asset: _lines(decision) for decision in decisions}

    @property
    def sides(self) -> Sides:
        """The lines of the asset and of its points."""
        return tuple(entry for lines in self._sides.values() for entry in lines)

    def rows(self) -> list[dict[str, Any]]:
        """A row for each take, those without a record first, then the oldest first."""
        records: dict[Digest, Take] = {}
        for key in self._requests():
            for take in self._shop.store.takes(key):
                records.setdefault(take.take, take)
        sides = self.sides
        named = {digest for e in sides for digest in (*e.named, *e.rejected)}
        adopted = {e.adopted for e in sides} | {p.adopted for e in sides for p in e.past.values()}
        mine = [digest for digest in records if digest in named or not self._is_of_another(digest)]
        unrecorded = sorted({*named, *(digest for digest in adopted if digest is not None)} - set(records))
        ordered = sorted(mine, key=lambda digest: (records[digest].ended, digest))
        return [self._row(digest, records.get(digest)) for digest in [*unrecorded, *ordered]]

    def _requests(self) -> list[str]:
        keys = [decision.step.key for decision in (self._own, *self._points)]
        keys += [key for entry in self.sides for key in (entry.request, entry.of, *entry.past)]
        return list(dict.fromkeys(key for key in keys if key is not None))

    def _is_of_another(self, take: Digest) -> bool:
        family = owner_of(self._asset)
        return any(owner_of(id) != family for id in self._shop.lock.read().sides.naming(take))

    def _row(self, digest: Digest, take: Take | None) -> dict[str, Any]:
        shop, sides, own = self._shop, self.sides, self._sides[self._asset]
        present = {e.request for e in sides} | {e.of for e in sides} | {d.step.key for d in (self._own, *self._points)}
        point = self._point_of(digest, take)
        path = shop.project.assets[self._asset].path
        where = shop.store.local.path(digest)
        return {
            "take": digest,
            "picked": any(e.pick == digest for e in own),
            "kept": any(e.pick == digest and e.of is not None for e in own),
            "adopted": any(e.adopted == digest for e in own),
            "approved": any(e.is_approved and e.approved == digest for e in own),
            "rejected": any(digest in e.rejected for e in sides),
            "past": take is not None and take.request not in present,
            "in_reach": shop.store.in_reach(digest) or bool(path and shop.outputs.digest(path) == digest),
            "file": where.relative_to(shop.root).as_posix() if where.is_file() else None,
            "point": point,
            "varied": dict(self._varied(point)),
            "request": take.request if take else None,
            "call": take.call if take else None,
            "ended": take.ended if take else None,
            "cost_micro_usd": take.cost_micro_usd if take else None,
            "cost_from": take.cost_from if take else None,
            "generator": take.generator if take else None,
            "model": take.model if take else None,
            "model_version": take.model_version if take else None,
            "width": take.width if take else None,
            "height": take.height if take else None,
            "size": take.size if take else None,
            "type": take.type if take else None,
        }

    def _point_of(self, digest: Digest, take: Take | None) -> AssetId | None:
        """The point that a take is of: by its request, else by the lines that name it."""
        for decision in self._points:
            lines = self._sides[decision.step.asset]
            keys = {decision.step.key, *(key for line in lines for key in (line.request, *line.past))}
            if (take is not None and take.request in keys) or any(digest in line.named for line in lines):
                return decision.step.asset
        return None

    def _varied(self, point: AssetId | None) -> Mapping[str, Any]:
        return self._shop.project.assets[point].varied if point is not None else {}


def _lines(decision: Decision) -> Sides:
    return decision.sides or ((decision.entry,) if decision.entry is not None else ())
