"""`list`, `show` and `takes`: what there is, without changing it.

With --json each prints one document with `version` 1; the fields are those of the functions ending in `_json`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.amounts import one_line, plural, size_of, usd
from pipeline.commands import bundled
from pipeline.commands.context import Context
from pipeline.commands.naming import asset_named
from pipeline.digest import short
from pipeline.options import BuildOptions, drawing_mode, mode_of
from pipeline.plan.wanted import file_size
from pipeline.spec.params import shown as shown_value
from pipeline.spec.steps import as_written
from pipeline.store.entry import Entry
from pipeline.views.planned import bundle_json, bundles_foreseen
from pipeline.views.priced import paid_so_far
from pipeline.views.shelf import MARKS, Shelf
from pipeline.views.shown import Shown, row_json, show_json, shown
from pipeline.words import Asset, AssetId, File, Reference, is_internal

# --- list -----------------------------------------------------------------------------------------------------------


def list_assets(context: Context, *, select: Sequence[str], exclude: Sequence[str]) -> int:
    """Every selected asset in a line: id, state, model, size, path; without a selection all bundles too."""
    shop = context.shop()
    mode = mode_of(shop, BuildOptions())
    selected = shop.select(select, exclude, mode)
    outlook = shop.outlook(frozenset(shop.project.assets), mode)
    decisions = outlook.decisions
    listed = bundles_foreseen(shop, outlook) if not (select or exclude) else ()
    # Turns and points belong to their assets, and have no file.
    rows = [row_json(shop, decisions[id]) for id in sorted(selected) if not is_internal(id)]
    if context.json:
        context.tell_json({"version": 1, "assets": rows, "bundles": [bundle_json(step) for step in listed]})
        return 0
    cells = [(row["asset"], row["state"], row["model"], _size(row["file"]), row["path"] or "") for row in rows]
    wide = [max((len(row[column]) for row in cells), default=0) for column in range(4)]
    for id, state, model, size, path in cells:
        told = context.paint(f"{state:<{wide[1]}}", _STATE_STYLES.get(state, ""))
        context.say(f"{id:<{wide[0]}}  {told}  {model:<{wide[2]}}  {size:<{wide[3]}}  {path}")
    bundled.say_list(context, listed)
    return 0


def _size(file: Mapping[str, Any] | None) -> str:
    if file is None:
        return ""
    return f"{'' if file['exact'] else '<='}{file['width']}x{file['height']}"


_STATE_STYLES: Mapping[str, str] = {
    "fresh": "green",
    "stale": "yellow",
    "held": "yellow",
    "edited": "yellow",
    "placeholder": "magenta",
    "missing": "red",
    "failed": "red",
}


# --- show -----------------------------------------------------------------------------------------------------------


def show(context: Context, *, id: str) -> int:
    """Everything of one asset, or of one bundle."""
    shop = context.shop()
    if id not in shop.project.assets and shop.project.has_bundles:
        outlook = shop.outlook(frozenset(shop.project.assets), mode_of(shop, BuildOptions()))
        if (step := bundled.named(bundles_foreseen(shop, outlook), id)) is not None:
            return bundled.show(context, step)
    found = shown(shop, asset_named(context, shop, id))
    if context.json:
        context.tell_json({"version": 1, **show_json(found)})
        return 0
    state = context.paint(str(found.now.state), f"bold {_STATE_STYLES.get(str(found.now.state), 'dim')}")
    context.say(f"{context.paint(found.asset.id, 'bold')}  {state}")
    for name, text in _facts(found):
        context.say(f"  {context.paint(f'{name:<12}', 'dim')} {one_line(text)}".rstrip())
    for title, text in (("prompt, as sent", found.prompt), ("system instruction", found.asset.system_instruction)):
        if text:
            context.say(f"\n{context.paint(title, 'bold')}")
            context.say("\n".join(f"  {line}".rstrip() for line in text.split("\n")))
    return 0


def _facts(found: Shown) -> Iterator[tuple[str, str]]:
    asset, entry, step = found.asset, found.entry, found.drawing.step
    model = found.shop.project.models.get(asset.model)
    width, height = model.shape(asset.aspect_ratio, asset.image_size)
    if found.now.reasons:
        yield "why", found.teller.why(found.now)
    yield "declared", str(asset.origin)
    if asset.path:
        yield "file", f"{asset.path} ({_file(found)})"
    for name, value in asset.varied.items():
        yield name, str(value)
    if asset.source is not None:
        yield "made of", f"the picture of {asset.source}, free"
    yield "model", model.id if model.known else f"{model.id} (not in the model table)"
    yield "size", f"{asset.aspect_ratio} in {asset.image_size}: {width} x {height} px, {asset.format}"
    yield from _made(asset, (width, height))
    if asset.source is None:
        yield "price", f"{usd(found.price.table)} by the table, at most {usd(found.price.worst)}, repeats and all"
    if found.measured is not None and asset.source is None:
        yield "measured", paid_so_far(found.measured, brief=True)
    if asset.seed is not None:
        yield "seed", str(asset.seed)
    if asset.tags:
        yield "tags", ", ".join(asset.tags)
    if asset.alt:
        yield "alt", asset.alt
    for number, reference in enumerate(found.rendered.references, 1):
        yield f"image {number}", _reference(found, reference, number)
    if asset.previous is not None:
        yield "continues", asset.previous
    if asset.points:
        used = next((p for p in asset.points if found.shop.lock.read().of(p) and _uses(found, p)), "")
        yield "points", ", ".join(f"{point} (used)" if point == used else point for point in asset.points)
    if found.rendered.after:
        yield "after", ", ".join(found.rendered.after)
    needed = found.shop.graph.downstream[asset.id]
    if needed:
        yield "needed by", ", ".join(needed)
    yield "request", step.key or "not known before what it refers to is drawn"
    if entry is not None:
        yield from _decided(entry, asset)


def _made(asset: Asset, drawn: tuple[int, int]) -> Iterator[tuple[str, str]]:
    """How the file comes from its take, as far as that is not a copy."""
    own = asset.process[: -1 if asset.pixels is not None else None]
    if own:
        yield "process", ", ".join(_step(step) for step in as_written(own))
    if asset.process and asset.path:
        why = ", cut to the `size` that is wanted" if asset.pixels is not None else ""
        yield "becomes", f"{_shown_size(asset.files[0], drawn)}{why}"
    for file in asset.variants:
        yield "variant", f"{file.path} ({_shown_size(file, drawn)})"
    if asset.options:
        yield "options", ", ".join(f"{name} {shown_value(value)}" for name, value in asset.options.items())
    if asset.provenance:
        yield "provenance", asset.provenance


def _shown_size(file: File, drawn: tuple[int, int]) -> str:
    across, down, exact = file_size(file, drawn)
    return f"{'' if exact else 'at most '}{across} x {down} px"


def _step(written: Any) -> str:
    """`trim`, `resize {width: 256}`."""
    if not isinstance(written, dict):
        return str(written)
    ((name, given),) = written.items()
    return f"{name} {shown_value(given)}"


def _uses(found: Shown, point: AssetId) -> bool:
    """Whether the asset's pick is a take of what that point asks for."""
    lines = found.shop.lock.read().of(point)
    asked = found.entry.request if found.entry is not None else None
    return any(asked in (line.request, *line.past) for line in lines)


def _decided(entry: Entry, asset: Asset) -> Iterator[tuple[str, str]]:
    if entry.take is not None:
        rejected = " (rejected)" if entry.pick is None else ""
        yield "take", f"{entry.take}{rejected}"
        yield "drawn by", " ".join(part for part in (entry.generator, entry.model) if part)
    if entry.of is not None and entry.adopted is None:
        yield "kept", f"drawn for another request, {short(entry.of)}, and kept for this one"
    if entry.adopted is not None:
        yield "adopted", entry.adopted
    if asset.approve or entry.approved:
        yield "approved", "yes" if entry.is_approved else "no"
    if asset.protect or entry.protected:
        yield "protected", "by the spec" if asset.protect else "by decision"
    if entry.past:
        yield "past", plural(len(entry.past), "earlier request")
    for number, turn in enumerate(entry.turns, 1):
        yield (
            f"kept turn {number}",
            " ".join(part for part in (turn.prompt, turn.image_size, turn.aspect_ratio) if part),
        )
    if entry.note:
        yield "note", entry.note.replace("\n", "; ")


def _file(found: Shown) -> str:
    try:
        return size_of((found.shop.root / found.asset.path).stat().st_size)
    except OSError:
        return "not there"


def _reference(found: Shown, reference: Reference, number: int) -> str:
    request = found.drawing.step.request
    what = f"`{reference.asset}`" if reference.asset is not None else str(reference.path)
    digest = request.references[number - 1].digest if request is not None else "its take is not known yet"
    role = f", {reference.role}" if reference.role else ""
    steps = request.references[number - 1].steps if request is not None else ()
    done = (
        f" after {', '.join(_step(step if any(step.values()) else next(iter(step))) for step in steps)}"
        if steps
        else ""
    )
    return f"{what}{role} ({digest}{done})"


# --- takes ----------------------------------------------------------------------------------------------------------


def takes(context: Context, *, id: str) -> int:
    """Every take that an asset has, of its present request and of earlier ones; of its points too."""
    shop = context.shop()
    asset = shop.project.assets[asset_named(context, shop, id)]
    decisions = shop.outlook(frozenset(shop.project.assets), drawing_mode(shop)).decisions
    shelf = Shelf(shop, [decisions[member] for member in (asset.id, *asset.points)])
    rows = shelf.rows()
    note = "\n".join(dict.fromkeys(entry.note for entry in shelf.sides if entry.note))
    if context.json:
        context.tell_json({"version": 1, "asset": asset.id, "takes": rows, "note": note})
        return 0
    if not rows:
        made_of = f"is made of the picture of `{asset.source}`, and has no take of its own"
        context.say(f"`{asset.id}` {made_of if asset.source is not None else 'has no take yet'}.")
    told = {row["take"]: " ".join(mark for mark in MARKS if row[mark]) for row in rows}
    points = {row["take"]: ", ".join(f"{name} {value}" for name, value in row["varied"].items()) for row in rows}
    wide, wider = (max(map(len, texts.values()), default=0) for texts in (told, points))
    for row in rows:
        marks = told[row["take"]]
        style = "green" if row["picked"] or row["adopted"] else "red" if row["rejected"] else "dim"
        cost = usd(row["cost_micro_usd"]) if row["cost_micro_usd"] is not None else ""
        size = f"{row['width']}x{row['height']}" if row["width"] else ""
        reach = "" if row["in_reach"] else "out of reach"
        when = str(row["ended"] or "")[:16].replace("T", " ")
        point = f"{points[row['take']]:<{wider}}" if wider else ""
        parts = [point, f"{when:<16}", f"{cost:<7}", f"{size:<9}", str(row["model_version"] or ""), reach]
        line = " ".join(part for part in [*parts, row["file"] or _call(row)] if part)
        context.say(f"{short(row['take'])}  {context.paint(f'{marks:<{wide}}', style)} {line}".rstrip())
    if note:
        context.say(f"note: {note.replace(chr(10), '; ')}")
    return 0


def _call(row: Mapping[str, Any]) -> str:
    return f"call {str(row['call'])[:12]}" if row["call"] else ""
