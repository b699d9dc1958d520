"""How far a build is, put together from its events: each gives a new value."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from pipeline.live.pace import Due
from pipeline.live.state import Building
from pipeline.words import AssetId, Event, MicroUsd

_ENDS = ("built", "reused", "derived", "restored", "failed", "held", "not_tried")
_UNDONE = ("failed", "held", "not_tried")


class Progress:
    """One build, from its beginning to its end."""

    def __init__(
        self,
        asked: Collection[AssetId],
        due: Mapping[AssetId, Due],
        began: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`asked`: the assets to build; `due`: those that are to be drawn, upstream first."""
        ids = [id for id in due if id in asked]
        self._clock = clock
        self._first: float | None = None
        self.errors: dict[AssetId, str] = {}
        """Of assets that failed: the name of the error."""
        self.ids = frozenset(ids)
        self.building = Building(
            began=began, ids=tuple(sorted(asked)), total=sum(due[id].draws for id in ids), queued=tuple(ids)
        )

    def take(self, event: Event) -> bool:
        """Take in an event; whether it is another picture now."""
        before, id = self.building, event.asset
        if event.kind == "planned":
            total = int(event.detail.get("draws", 0)) + int(event.detail.get("possible", 0))
            self.building = replace(before, total=total)
        elif event.kind == "interrupting":
            self.building = replace(before, is_stopping=True)
        elif id is not None and event.kind == "drawing" and id not in before.drawing:
            self._first = self._first if self._first is not None else self._clock()
            queued = tuple(one for one in before.queued if one != id)
            self.building = replace(before, drawing=(*before.drawing, id), queued=queued)
        elif event.kind == "drawn":
            spent = MicroUsd(before.spent + int(event.detail.get("cost_micro_usd", 0)))
            self.building = self._counted(replace(before, spent=spent))
        elif id is not None and event.kind in _ENDS:
            if event.kind == "failed":
                self.errors[id] = str(event.detail.get("error", ""))
            self.building = self._without(before, id, undone=event.kind in _UNDONE)
        return self.building != before

    def _without(self, before: Building, id: AssetId, *, undone: bool) -> Building:
        if id not in before.drawing and id not in before.queued:
            return before
        drawing = tuple(one for one in before.drawing if one != id)
        queued = tuple(one for one in before.queued if one != id)
        after = replace(before, drawing=drawing, queued=queued)
        return self._counted(after) if undone and id in before.drawing else after

    def _counted(self, building: Building) -> Building:
        done = building.done + 1
        total = max(building.total, done)
        left = None
        if self._first is not None and done < total:
            left = round((self._clock() - self._first) / done * (total - done))
        return replace(building, done=done, total=total, seconds_left=left)
