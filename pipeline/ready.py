"""Which assets of a build may start: all that they need is done, and only a few ahead of the calls.

Those behind which the longest chain waits come first, since each link of it takes a call's time: else a chain would go
on only when all that nothing depends on is drawn. What has equally long ones starts in its order.

An asset that is started holds a decision, a request and a place in a line. So of each model only `AT_HAND` are started
whose call is not on its way yet: enough that a call never waits for one, and no more, however many assets there are.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Mapping, Sequence

from pipeline.words import AssetId

AT_HAND = 8


class Ready:
    """The assets of `order` (upstream first) that are still to come; each waits for those of its `upstream` in there.

    `models` says whose calls an asset waits for.
    """

    def __init__(
        self,
        order: Sequence[AssetId],
        upstream: Mapping[AssetId, Collection[AssetId]],
        models: Mapping[AssetId, str],
    ) -> None:
        self._models = models
        self._place = {asset: place for place, asset in enumerate(order)}
        self._order = order
        self._needs: dict[AssetId, int] = {}
        self._needed_by: dict[AssetId, list[AssetId]] = {}
        self._lines: dict[str, list[tuple[int, int]]] = {}
        """By model, the assets that may start: the length of the chain behind each, negative, and its place."""
        self._at_hand: dict[str, set[AssetId]] = {}
        self._behind = dict.fromkeys(order, 0)
        for asset in reversed(order):
            needs = [need for need in set(upstream[asset]) if need in self._place]
            for need in needs:
                self._needed_by.setdefault(need, []).append(asset)
                self._behind[need] = max(self._behind[need], self._behind[asset] + 1)
            if needs:
                self._needs[asset] = len(needs)
        for asset in order:
            if asset not in self._needs:
                self._line_up(asset)

    def start(self) -> Iterator[AssetId]:
        """The assets that are to start now."""
        for model, line in self._lines.items():
            at_hand = self._at_hand.setdefault(model, set())
            while line and len(at_hand) < AT_HAND:
                asset = self._order[heapq.heappop(line)[1]]
                at_hand.add(asset)
                yield asset

    def called(self, asset: AssetId) -> None:
        """A call for the asset is on its way: another one may be prepared."""
        self._at_hand[self._models[asset]].discard(asset)

    def done(self, asset: AssetId) -> None:
        """The asset is as it will be: those that waited for it may start."""
        self.called(asset)
        for waiting in self._needed_by.pop(asset, ()):
            self._needs[waiting] -= 1
            if not self._needs[waiting]:
                del self._needs[waiting]
                self._line_up(waiting)

    def _line_up(self, asset: AssetId) -> None:
        line = self._lines.setdefault(self._models[asset], [])
        heapq.heappush(line, (-self._behind[asset], self._place[asset]))
