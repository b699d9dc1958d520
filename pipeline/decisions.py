"""What people decide about assets, free: each changes the asset's own entry in the lock, and nothing else in it.

A decision never waits for a build, and a build that finds the entry changed decides anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from pipeline.errors import UsageError
from pipeline.options import drawing_mode
from pipeline.plan.graph import in_order
from pipeline.plan.planner import Outlook
from pipeline.plan.prompts import MAX_PROMPT
from pipeline.spec import strays
from pipeline.store.entry import Entry, KeptTurn, Past, all_united, decided, merged, remember, turn_to, united
from pipeline.store.lock import Lines, give_up
from pipeline.words import MATTE, Action, Asset, AssetId, Event, Request, is_internal, owner_of
from pipeline.workshop import Workshop

Ids = Iterable[AssetId]


def reroll(shop: Workshop, ids: Ids, note: str = "") -> tuple[Event, ...]:
    """Reject the pick and all takes of the present request: the next build draws. The file stays until then."""
    ids = tuple(ids)
    refuse_derived(shop, ids, "reroll")

    def rejected(entry: Entry) -> Entry:
        takes = united(entry.takes, (taken for taken in (entry.take, entry.adopted) if taken is not None))
        if not takes:
            raise UsageError(f"`{entry.asset}` has no take to reject", hint="`pipeline build` draws it")
        return replace(entry, adopted=None, rejected=tuple(sorted({*entry.rejected, *takes})))

    ids = _with_points(shop, ids)
    stuck = {asset for asset, profile, _ in shop.ledger.lost() if profile == (shop.profile or "")}
    # An asset whose first calls were all lost has nothing to reject: only their count is to start anew.
    bare = [id for id in ids if id in stuck and not shop.lock.read().of(id)]
    events = change_entries(shop, [id for id in ids if id not in bare], rejected, "rerolled", note)
    events += tuple(Event(kind="rerolled", asset=id) for id in bare)
    for event in events:
        shop.ledger.rerolled(str(event.asset), shop.profile or "")
    return events


def refuse_derived(shop: Workshop, ids: Ids, what: str) -> None:
    """Raises UsageError where one of these is made of another one's picture: that is where it is decided about."""
    for id in ids:
        source = shop.project.assets[id].source
        if source is not None:
            raise UsageError(f"`{id}` is made of the picture of `{source}`", hint=f"`pipeline {what} {source}`")


def _with_points(shop: Workshop, ids: Ids) -> tuple[AssetId, ...]:
    """The assets, with the points that have a take: those are what an asset with points is drawn by."""
    lines, assets = shop.lock.read(), shop.project.assets
    points = (
        point
        for id in ids
        for point in assets[id].points
        if lines.of(point) or lines.of(AssetId(assets[point].was or ""))
    )
    return tuple(dict.fromkeys([*ids, *points]))


def approve(shop: Workshop, ids: Ids, note: str = "") -> tuple[Event, ...]:
    """Open the gate for the present pick: another pick closes it again."""
    ids = tuple(ids)
    refuse_derived(shop, ids, "approve")

    def approved(entry: Entry) -> Entry:
        if entry.picture is None:
            raise UsageError(f"`{entry.asset}` has no picture to approve", hint="`pipeline build` draws it")
        return replace(entry, approved=entry.continued)

    return change_entries(shop, ids, approved, "approved", note)


def protect(shop: Workshop, ids: Ids, note: str = "") -> tuple[Event, ...]:
    """Never draw these again as a side effect."""
    ids = tuple(ids)
    refuse_derived(shop, ids, "protect")
    return change_entries(shop, ids, lambda e: replace(e, protected=True), "protected", note)


def unprotect(shop: Workshop, ids: Ids, note: str = "") -> tuple[Event, ...]:
    """Lift what `protect` said. What the spec says stays."""
    ids = tuple(ids)
    # One that was protected before it was made of another keeps its picture until this.
    lines = shop.lock.read()
    refuse_derived(shop, [id for id in ids if not any(line.protected for line in lines.of(id))], "unprotect")

    def unprotected(entry: Entry) -> Entry:
        asset = shop.project.assets[entry.asset]
        if asset.protect:
            origin = asset.origins.get("protect", asset.origin)
            raise UsageError(f"`{asset.id}` is protected by its spec", hint=f"change `protect: true` at {origin}")
        return replace(entry, protected=False)

    return change_entries(shop, ids, unprotected, "unprotected", note)


def pick(shop: Workshop, id: AssetId, take: str, note: str = "") -> tuple[Event, ...]:
    """Use a take (by the start of its digest, or its call) for the present request; it is un-rejected."""
    refuse_derived(shop, [id], "pick")
    outlook, points = outlook_of(shop), shop.project.assets[id].points
    asked = {point: outlook.decisions[point].step.request for point in points}
    by_key = {request.key: request for request in asked.values() if request is not None}
    request = next(iter(by_key.values()), None) or request_of(shop, outlook, id)
    chosen = _take_named(shop, id, take, request)
    # A take of a point is picked for what that point asks.
    request = by_key.get(chosen.of or request.key, request)
    shop.store.add_request(request)
    shop.store.share(t for t in shop.store.takes(chosen.of or request.key) if t.take == chosen.take)

    lines = shop.lock.read()
    sides = lines.of(id)

    def unrejected(entry: Entry) -> Entry:
        return replace(entry, rejected=tuple(gone for gone in entry.rejected if gone != chosen.take))

    def turned(entry: Entry) -> Entry:
        return unrejected(turn_to(entry, request.key, replace(chosen, of=None if in_points else chosen.of)))

    def picked(entry: Entry) -> Entry:
        if len(sides) > 1 and chosen.take is not None:
            entry = decided(sides, chosen.take)
            if entry.take == chosen.take:
                return unrejected(entry)
        return turned(entry)

    # The point picks it too: what it has is what the asset uses.
    in_points = [point for point, wanted in asked.items() if wanted is not None and wanted.key == request.key]
    if with_takes := [point for point in in_points if lines.of(point)]:
        change_entries(shop, with_takes, turned, "picked", "", resolves=True)
    return change_entries(shop, [id], picked, "picked", note, may_be_new=True, resolves=True)


def reject(shop: Workshop, id: AssetId, take: str, note: str = "") -> tuple[Event, ...]:
    """Reject one take (by the start of its digest, or its call): another candidate or point takes its place, free.

    Where none is left, all are drawn anew.
    """
    refuse_derived(shop, [id], "reject")
    outlook, points = outlook_of(shop), shop.project.assets[id].points
    asked = [outlook.decisions[point].step.request for point in points]
    request = next((one for one in asked if one is not None), None) or request_of(shop, outlook, id)
    gone = _take_named(shop, id, take, request).take

    lines = shop.lock.read()
    with_takes = [point for point in points if lines.of(point)]
    before = {digest for entry in lines.of(id) for digest in entry.rejected}
    left = {entry.pick for point in with_takes for entry in lines.of(point)} - {None, gone, *before}
    # The asset alone passes a point over; a point itself is drawn anew once there is no other.
    also = with_takes if points and not left else []

    def rejected(entry: Entry) -> Entry:
        own = (entry.take,) if entry.asset != id else (gone,)
        return replace(entry, rejected=tuple(sorted({*entry.rejected, *(one for one in own if one is not None)})))

    return change_entries(shop, [id, *also], rejected, "rejected", note)[:1]


def annotate(shop: Workshop, ids: Ids, note: str) -> tuple[Event, ...]:
    """Put a note beside what is decided, or with an empty one take it away."""
    note = note.encode("utf-8", "replace").decode("utf-8")
    return change_entries(shop, ids, lambda entry: replace(entry, note=note), "noted", "")


def keep(shop: Workshop, ids: Ids, note: str = "") -> tuple[Event, ...]:
    """Accept the picture for a changed request, upstream first: nothing is paid."""
    ids = tuple(ids)
    refuse_derived(shop, ids, "keep")
    events: list[Event] = []
    lines, given = shop.lock.read(), frozenset(ids)
    inner = {id for id in shop.project.assets if is_internal(id) and owner_of(id) in given and lines.of(id)}
    for id in in_order(shop.graph, given | inner):
        request = request_of(shop, outlook_of(shop), id)
        shop.store.add_request(request)
        events += change_entries(shop, [id], partial(_kept, request=request), "kept", note)
    return tuple(events)


def refine(
    shop: Workshop, id: AssetId, prompt: str, *, image_size: str = "", aspect_ratio: str = "", note: str = ""
) -> tuple[Event, ...]:
    """Add a turn after those of the spec, which continues from the picture that the asset has now; the lock keeps it.

    Raises UsageError where there is no picture, where it is protected, and for what the model cannot draw.
    """
    asset = shop.project.assets[id]
    # A terminal may hand over bytes that are no text.
    prompt = " ".join(prompt.encode("utf-8", "replace").decode("utf-8").split())
    refuse_derived(shop, [id], "refine")
    if asset.ground == MATTE:
        message = f"`{id}` is made of two pictures that show the same, and a turn would change one of them"
        raise UsageError(message, hint=f"say it in the prompt of `{id}`, which draws both anew")
    _check_turn(shop, asset, prompt, image_size, aspect_ratio)
    before = request_of(shop, outlook_of(shop), id)
    turn = KeptTurn(prompt=prompt, image_size=image_size, aspect_ratio=aspect_ratio)

    def refined(entry: Entry) -> Entry:
        if entry.continued is None:
            raise UsageError(f"`{id}` has no picture to continue from", hint=f"`pipeline build {id}` draws it")
        if entry.request != before.key:
            hint = f"`pipeline build {id}` draws it, `pipeline keep {id}` accepts the picture as it is"
            raise UsageError(f"`{id}` is stale: its picture is not what its spec asks for", hint=hint)
        if entry.protected or asset.protect:
            hint = f"`pipeline unprotect {id}`" if not asset.protect else f"`protect: true` stands at {asset.origin}"
            raise UsageError(f"`{id}` is protected: a turn would draw it anew", hint=hint)
        # What a person adopted is what the turn continues from; of the asset itself it is past by then.
        if entry.adopted is not None:
            entry = replace(entry, past=remember(entry), take=None, of=None, adopted=None, takes=())
        return replace(entry, turns=(*entry.turns, turn))

    return change_entries(shop, [id], refined, "refined", note)


def unrefine(shop: Workshop, id: AssetId, note: str = "") -> tuple[Event, ...]:
    """Drop the last turn that `refine` added; the picture from before it comes back, free.

    By the lock alone: a turn that no model can draw any more must not stand in its own way. Raises UsageError.
    """

    def edit(now: Lines) -> bool:
        lines = now.get(id, ())
        if not any(line.turns for line in lines):
            raise UsageError(f"`{id}` has no turn that `refine` added", hint="turns of a spec are dropped there")
        if len(lines) > 1:
            raise UsageError(f"`{id}` has two picks since a merge", hint=f"`pipeline takes {id}`, then `pipeline pick`")
        now[id] = (replace(lines[0], turns=lines[0].turns[:-1], note=note or lines[0].note),)
        return True

    shop.lock.edit(edit)
    return (Event(kind="unrefined", asset=id, detail={"note": note} if note else {}),)


def _check_turn(shop: Workshop, asset: Asset, prompt: str, image_size: str, aspect_ratio: str) -> None:
    if asset.is_internal:
        raise UsageError(f"`{asset.id}` is a turn or point of `{asset.owner}`", hint=f"refine `{asset.owner}`")
    if not prompt:
        raise UsageError("the turn is empty", hint="say what to change, such as: arrow 15 % smaller")
    if len(prompt) > MAX_PROMPT or strays.in_prompt(prompt) is not None:
        raise UsageError("the turn is too long, or has a character in it which is no text", hint="say it in words")
    model = shop.project.models.get(asset.model)
    for given, can, what in ((image_size, model.sizes, "size"), (aspect_ratio, model.ratios, "ratio")):
        if given and given not in can:
            raise UsageError(f"`{model.id}` cannot draw the {what} `{given}`", hint=f"it draws {', '.join(can)}")


def _kept(entry: Entry, *, request: Request) -> Entry:
    if entry.picture is None:
        raise UsageError(f"`{entry.asset}` has no picture to keep", hint="`pipeline build` draws it")
    if entry.request == request.key:
        return entry
    found = Past(
        take=entry.take, of=entry.of or entry.request, adopted=entry.adopted, approved=entry.approved, takes=entry.takes
    )
    return turn_to(entry, request.key, found)


def change_entries(
    shop: Workshop,
    ids: Ids,
    change: Callable[[Entry], Entry],
    kind: str,
    note: str,
    *,
    may_be_new: bool = False,
    resolves: bool = False,
) -> tuple[Event, ...]:
    """Put other entries in place of these assets', all or none; a renamed asset's entry is carried over.

    `resolves` says that the decision settles a conflict. Raises UsageError, LockError, OSError.
    """
    ids = tuple(ids)
    note = note.encode("utf-8", "replace").decode("utf-8")  # a terminal may hand over bytes that are no text
    seen = shop.lock.read()
    unclear = any(len(seen.of(id)) != 1 for id in ids)
    decisions = outlook_of(shop).decisions if unclear else {}

    def one(now: Lines, id: AssetId) -> None:
        former = decisions[id].moved_from if id in decisions else None
        sides = now.get(id, ()) or tuple(replace(e, asset=id) for e in now.get(former or id, ()))
        key = decisions[id].step.key if id in decisions else None
        entry = all_united(sides) if resolves and sides else merged(sides, key) if sides else None
        if sides and entry is None:
            raise UsageError(f"`{id}` has two picks since a merge", hint=f"`pipeline takes {id}`, then `pipeline pick`")
        if entry is None and not may_be_new:
            raise UsageError(f"`{id}` has no take yet", hint="`pipeline build` draws it")
        entry = change(entry or Entry(asset=id))
        if former is not None:
            now.pop(former, None)
        now[id] = (replace(entry, note=note) if note else entry,)
        give_up(now, {digest for digest in (entry.take, *entry.takes) if digest is not None}, shop.owners)

    def edit(now: Lines) -> bool:
        for id in ids:
            one(now, id)
        return True

    shop.lock.edit(edit)
    return tuple(Event(kind=kind, asset=id, detail={"note": note} if note else {}) for id in ids)


def outlook_of(shop: Workshop) -> Outlook:
    """What is decided of every asset now, as a build with a generator would see it."""
    return shop.outlook(frozenset(shop.project.assets), drawing_mode(shop))


def request_of(shop: Workshop, outlook: Outlook, id: AssetId) -> Request:
    """The present request of an asset. Raises UsageError, naming them, while upstream takes are not decided."""
    request = outlook.decisions[id].step.request
    if request is None:
        undecided = [
            f"`{need}`"
            for need in sorted(shop.graph.all_upstream([id]))
            if outlook.decisions[need].step.action in (Action.DRAW, Action.AWAIT)
            or (entry := outlook.entry(need)) is None
            or entry.picture is None
        ]
        raise UsageError(
            f"what `{id}` asks for is not known yet: {', '.join(undecided)} must be decided first",
            hint="build, keep or adopt these first",
        )
    return request


def _take_named(shop: Workshop, id: AssetId, name: str, request: Request) -> Past:
    """The take that a digest's or a call's first characters name."""
    points = shop.project.assets[id].points
    entries = [entry for member in (id, *points) for entry in shop.lock.read().of(member)]
    keys = {request.key, *(key for e in entries for key in (e.request, e.of, *e.past) if key is not None)}
    start = name.removeprefix("sha256:")
    takes = {take.call: take for key in sorted(keys) for take in shop.store.takes(key)}.values()
    found = {t.take: t.request for t in takes if t.take[7:].startswith(start) or t.call.startswith(start)}
    for entry in entries:  # what the lock names can be picked even where its record is out of reach
        named = [digest for digest in (entry.take, *entry.takes) if digest is not None]
        found |= {
            d: entry.of or entry.request or request.key for d in named if d[7:].startswith(start) and d not in found
        }
    if len(start) < 4 or len(found) != 1:
        what = "more than one take" if len(found) > 1 else "no take"
        raise UsageError(f"`{name}` names {what} of `{id}`", hint=f"`pipeline takes {id}` lists them")
    ((digest, drawn_under),) = found.items()
    others = outlook_of(shop).known.claims.others(id, digest)
    if others:
        raise UsageError(
            f"that take is {', '.join(f'`{other}`' for other in sorted(others))}'s",
            hint=f"`pipeline reroll {id}` draws",
        )
    return Past(take=digest, of=drawn_under)
