"""Which asset needs which: the edges that references and `after` declare, and the order that follows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from pipeline.errors import Problem, SpecErrors
from pipeline.frozen import NamedTuple
from pipeline.words import Asset, AssetId, Rendered

Edges = Mapping[AssetId, tuple[AssetId, ...]]


class Graph(NamedTuple):
    """Assets and their edges. `generations` are groups of assets that need nothing of one another, upstream first."""

    upstream: Edges
    downstream: Edges
    generations: tuple[tuple[AssetId, ...], ...]

    @property
    def order(self) -> tuple[AssetId, ...]:
        """All assets, each after those it needs; within a generation by id."""
        return tuple(asset for generation in self.generations for asset in generation)

    def all_upstream(self, assets: Iterable[AssetId]) -> frozenset[AssetId]:
        """What these need, and what that needs, and so on; without them."""
        return _reach(self.upstream, assets)

    def all_downstream(self, assets: Iterable[AssetId]) -> frozenset[AssetId]:
        """What needs these, and so on; without them."""
        return _reach(self.downstream, assets)


def graph_of(assets: Mapping[AssetId, Asset], rendered: Mapping[AssetId, Rendered]) -> Graph:
    """The graph of rendered assets. Raises SpecErrors where assets need one another in a circle, naming the path."""
    upstream = {asset: rendered[asset].upstream for asset in assets}
    downstream: dict[AssetId, list[AssetId]] = {asset: [] for asset in assets}
    for asset, needs in upstream.items():
        for need in needs:
            downstream[need].append(asset)
    generations = tuple(_generations(upstream, downstream))
    if sum(map(len, generations)) < len(upstream):
        raise SpecErrors([_told(assets, rendered, circle) for circle in _circles(upstream)])
    return Graph(
        upstream=upstream,
        downstream={asset: tuple(sorted(needed)) for asset, needed in downstream.items()},
        generations=generations,
    )


def _generations(upstream: Edges, downstream: Mapping[AssetId, Sequence[AssetId]]) -> Iterator[tuple[AssetId, ...]]:
    """Each asset right after the last of those that it needs. What stands in a circle is in no generation."""
    waiting = {asset: len(needs) for asset, needs in upstream.items() if needs}
    ready = sorted(asset for asset, needs in upstream.items() if not needs)
    while ready:
        yield tuple(ready)
        met = []
        for asset in ready:
            for needing in downstream[asset]:
                waiting[needing] -= 1
                if not waiting[needing]:
                    met.append(needing)
        ready = sorted(met)


def _circles(upstream: Edges) -> Iterator[Sequence[AssetId]]:
    """Every circle once: as each is found, one edge of it is taken out, and the rest is looked at again."""
    from graphlib import CycleError, TopologicalSorter

    left = {asset: list(needs) for asset, needs in upstream.items()}
    while True:
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            circle = error.args[1]
            yield circle
            left[circle[1]].remove(circle[0])
        else:
            return


def _told(assets: Mapping[AssetId, Asset], rendered: Mapping[AssetId, Rendered], path: Sequence[AssetId]) -> Problem:
    # graphlib names each asset after the one it is needed by; people read "a needs b".
    circle = list(reversed(path))
    start = circle.index(min(circle[:-1]))
    circle = [*circle[start:-1], *circle[: start + 1]]
    first, second = circle[0], circle[1]
    edges = (r.origin for r in rendered[first].references if r.asset == second)
    origin = next(edges, assets[first].origin)
    return Problem(
        origin,
        "assets need one another in a circle: " + " -> ".join(f"`{asset}`" for asset in circle),
        "take one of these references out",
    )


def _reach(edges: Edges, start: Iterable[AssetId]) -> frozenset[AssetId]:
    start = tuple(start)
    found: set[AssetId] = set()
    todo = [edge for asset in start for edge in edges[asset]]
    while todo:
        asset = todo.pop()
        if asset not in found:
            found.add(asset)
            todo.extend(edges[asset])
    return frozenset(found)


def in_order(graph: Graph, assets: Collection[AssetId]) -> tuple[AssetId, ...]:
    """The given assets in the graph's order."""
    return tuple(asset for asset in graph.order if asset in assets)
