"""`graph`: which asset refers to which and goes into which bundle, as a tree, for Graphviz, for Mermaid, as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from pipeline.amounts import names
from pipeline.commands.context import Context
from pipeline.options import drawing_mode
from pipeline.plan.graph import in_order
from pipeline.words import AssetId, Rendered
from pipeline.workshop import Workshop

Edges = Mapping[AssetId, Sequence[AssetId]]

Bundles = Mapping[str, Sequence[AssetId]]
"""What each bundle is made of, by the name that it has beside the others; no id has a blank in it, as these have."""


def graph(context: Context, *, select: Sequence[str], exclude: Sequence[str], form: str) -> int:
    """Print the graph of the selected assets in a form: text, dot, mermaid or json."""
    shop = context.shop()
    selected = shop.select(select, exclude, drawing_mode(shop))
    order = in_order(shop.graph, selected)
    edges = {id: [need for need in shop.graph.upstream[id] if need in selected] for id in order}
    bundles = _bundles(shop, order)
    if form == "json":
        assets = [_json(id, edges[id], shop.rendered[id]) for id in order]
        packed = [{"bundle": name, "assets": list(ids)} for name, ids in bundles.items()]
        context.tell_json({"version": 1, "assets": assets, "bundles": packed})
        return 0
    only_after = {(need, id) for id in order for need in edges[id] if need not in _referred(shop.rendered[id])}
    draw: Mapping[str, Callable[[Edges, set[tuple[AssetId, AssetId]], Bundles], Iterator[str]]] = {
        "text": _tree,
        "dot": _dot,
        "mermaid": _mermaid,
    }
    for line in draw[form](edges, only_after, bundles):
        context.say(line)
    return 0


def _bundles(shop: Workshop, order: Sequence[AssetId]) -> Bundles:
    """The bundles that are made of some of these assets, among others perhaps."""
    if not shop.project.has_bundles:
        return {}
    from pipeline.bundle.declared import bundles_of, name_of

    assets = [asset for id in order if not (asset := shop.project.assets[id]).is_internal and asset.files]
    found = {
        name_of(bundle): [asset.id for asset in assets if bundle.wants(asset.id, asset.tags)]
        for bundle in bundles_of(shop.project)
    }
    return {name: ids for name, ids in found.items() if ids}


def _referred(rendered: Rendered) -> set[AssetId]:
    referred = {reference.asset for reference in rendered.references if reference.asset is not None}
    return referred.union(rendered.points, (one for one in (rendered.previous, rendered.source) if one is not None))


def _tree(edges: Edges, only_after: set[tuple[AssetId, AssetId]], bundles: Bundles) -> Iterator[str]:
    """What needs nothing at the left, and indented below it what needs that. A branch is told once. Bundles last."""
    downstream: dict[AssetId, list[AssetId]] = {id: [] for id in edges}
    for id, needs in edges.items():
        for need in needs:
            downstream[need].append(id)
    told: set[AssetId] = set()
    # A list in place of recursion: a chain of a thousand assets is a deep tree.
    todo: list[tuple[AssetId, int, str]] = [(id, 0, "") for id in reversed(list(edges)) if not edges[id]]
    while todo:
        id, depth, note = todo.pop()
        again = " (see above)" if id in told and downstream[id] else ""
        yield f"{'  ' * depth}{id}{note}{again}"
        if id not in told:
            told.add(id)
            below = ((child, depth + 1, " (after)" if (id, child) in only_after else "") for child in downstream[id])
            todo.extend(reversed(list(below)))
    for name, ids in bundles.items():
        yield f"{name}: {names(ids, quoted=str)}"


def _dot(edges: Edges, only_after: set[tuple[AssetId, AssetId]], bundles: Bundles) -> Iterator[str]:
    def quoted(id: str) -> str:
        return '"' + id.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'

    yield "digraph assets {"
    yield "  rankdir=LR;"
    yield "  node [shape=box];"
    for id in edges:
        yield f"  {quoted(id)};"
    for id, needs in edges.items():
        for need in needs:
            style = " [style=dashed]" if (need, id) in only_after else ""
            yield f"  {quoted(need)} -> {quoted(id)}{style};"
    for name, ids in bundles.items():
        yield f"  {quoted(name)} [shape=folder];"
        for id in ids:
            yield f"  {quoted(id)} -> {quoted(name)};"
    yield "}"


def _mermaid(edges: Edges, only_after: set[tuple[AssetId, AssetId]], bundles: Bundles) -> Iterator[str]:
    def label(id: str) -> str:
        # Entities by number for all that could mean something to Mermaid or to HTML.
        return "".join(c if c.isalnum() or c in "/._- " else f"#{ord(c)};" for c in id)

    number = {id: f"a{n}" for n, id in enumerate(edges)}
    yield "graph LR"
    for id in edges:
        yield f'  {number[id]}["{label(id)}"]'
    for id, needs in edges.items():
        for need in needs:
            yield f"  {number[need]} {'-.->' if (need, id) in only_after else '-->'} {number[id]}"
    for at, (name, ids) in enumerate(bundles.items()):
        yield f'  b{at}[["{label(name)}"]]'
        for id in ids:
            yield f"  {number[id]} --> b{at}"


def _json(id: AssetId, needs: Sequence[AssetId], rendered: Rendered) -> dict[str, object]:
    references = [
        {
            **({"asset": reference.asset} if reference.asset is not None else {"path": reference.path}),
            "role": reference.role,
            "file": reference.file,
        }
        for reference in rendered.references
    ]
    return {
        "asset": id,
        "upstream": list(needs),
        "after": list(rendered.after),
        "previous": rendered.previous,
        "points": list(rendered.points),
        "references": references,
    }
