"""Pictures that people drew or retouched, put in an asset's place; and the built file put back."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

from pipeline import marks
from pipeline.amounts import names
from pipeline.decisions import change_entries, outlook_of, request_of
from pipeline.digest import of_bytes
from pipeline.errors import PipelineError, UsageError
from pipeline.finish.decode import Measured, measure
from pipeline.finish.derivations import is_copy
from pipeline.picking import described, made_of
from pipeline.plan.graph import in_order
from pipeline.plan.picture_heads import fault
from pipeline.plan.wanted import wanted_files
from pipeline.spec.encoding import FORMATS, format_of
from pipeline.store.entry import PERSON, Entry, Past, turn_to
from pipeline.store.records import new_call
from pipeline.words import Asset, AssetId, Digest, Event, MicroUsd, Request, Take
from pipeline.workshop import Workshop

Ids = Iterable[AssetId]

_ENDINGS = (".jpeg", *(format.suffix for format in FORMATS.values()))


def adopt(
    shop: Workshop,
    id: AssetId,
    file: Path | None = None,
    *,
    as_take: bool = False,
    note: str = "",
    called: str = "",
) -> tuple[Event, ...]:
    """Use a picture that a person drew or retouched; without `file` the one that stands in the asset's place.

    `called` is what the person knows the file as, where that is not its path.
    As the finished file it must be of the file's type; `as_take` makes it the take, from which the file is derived.
    """
    asset, request = shop.project.assets[id], request_of(shop, outlook_of(shop), id)
    if not asset.path and not (as_take and file is not None):
        raise UsageError(_no_file(asset), hint=f"`pipeline adopt {id} FILE --take` makes a file its take")
    if asset.source is not None and as_take:
        hint = f"`pipeline adopt {asset.source} FILE --take`, or without `--take` as the finished file"
        raise UsageError(f"`{id}` is made of the picture of `{asset.source}`", hint=hint)
    if asset.points and as_take:
        raise UsageError(f"`{id}` uses the take of one of its points", hint=f"adopt for one of {names(asset.points)}")
    data, seen = _picture(shop, asset, file, as_take=as_take, called=called)
    digest = shop.store.put(data)
    shop.store.add_request(request)
    if as_take:
        take = _person_s_take(shop, asset, request, digest, len(data), seen)
        shop.store.add_take(request.preimage, take, ())
        shop.store.share((take,))

    def adopted(entry: Entry) -> Entry:
        same = entry.request == request.key
        found = Past(take=digest) if as_take else Past(take=entry.take if same else None, of=entry.of, adopted=digest)
        turned = turn_to(entry, request.key, found)
        turned = replace(turned, rejected=tuple(gone for gone in turned.rejected if gone != digest))
        if as_take or not turned.type:
            turned = replace(turned, type=seen.type, width=seen.width, height=seen.height)
        if as_take:
            turned = replace(turned, generator=PERSON)
        return _with_files(shop, turned, data) if asset.path else turned

    events = change_entries(shop, [id], adopted, "adopted", note, may_be_new=True)
    if asset.path:
        _put_back(shop, asset)
    return events


def adopt_from(shop: Workshop, folder: Path, ids: Ids, note: str = "") -> tuple[Event, ...]:
    """Adopt every picture in a folder that has an asset's place: FOLDER/PATH, or FOLDER/ID with the file's ending."""
    if not folder.is_dir():
        raise UsageError(f"there is no folder `{folder}`")
    with_files = frozenset(id for id in ids if shop.project.assets[id].path)
    found = {id: _picture_in(folder, shop.project.assets[id]) for id in in_order(shop.graph, with_files)}
    files = {id: file for id, file in found.items() if file is not None}
    if not files:
        raise UsageError(f"no picture in `{folder}` is named like an asset", hint="name them FOLDER/ID.png, say")
    for id, file in files.items():  # a wrong one is told before any is adopted
        _picture(shop, shop.project.assets[id], file, as_take=False)
    events = [event for id, file in files.items() for event in adopt(shop, id, file, note=note)]
    others = sorted({path for path in folder.rglob("*") if _looks_like_a_picture(path)} - set(files.values()))
    if others:
        names = [path.relative_to(folder).as_posix() for path in others]
        events.append(Event(kind="left_alone", detail={"files": names}))
    return tuple(events)


def _looks_like_a_picture(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() in _ENDINGS


def restore(shop: Workshop, ids: Ids, note: str = "") -> tuple[Event, ...]:
    """Put the built file back in place of an edited one; what was adopted is dropped. The edited file is kept aside."""
    events = []
    for id in ids:
        asset = shop.project.assets[id]
        outlook = outlook_of(shop)
        entry = outlook.entry(id)
        if not asset.path:
            raise UsageError(_no_file(asset))
        if entry is None or (entry.pick is None and entry.adopted is None):
            raise UsageError(f"`{id}` has no built file to put back", hint="`pipeline build` draws it")
        if entry.adopted is not None:
            source = outlook.entry(asset.source) if asset.source is not None else None
            take = source.continued if source is not None else entry.pick
            if take is None:
                hint = f"`pipeline reroll {asset.source or id}` draws one"
                raise UsageError(f"`{id}` has no take but the adopted file", hint=hint)
            dropped = partial(_without_adopted, shop, source=source, picture=shop.store.read(take))
            change_entries(shop, [id], dropped, "restored", note)
        kept = _put_back(shop, asset)
        events.append(Event(kind="restored", asset=id, detail={"path": asset.path, "kept": kept}))
    return tuple(events)


def _picture(
    shop: Workshop, asset: Asset, file: Path | None, *, as_take: bool, called: str = ""
) -> tuple[bytes, Measured]:
    """The picture to adopt, and its type and size. Raises UsageError where it cannot be the asset's."""
    path = file if file is not None else shop.root / asset.path
    name = called or file or asset.path
    if path.is_dir():
        raise UsageError(f"`{name}` is a folder", hint="`adopt --from DIR` takes all pictures of a folder")
    if not path.is_file():
        raise UsageError(f"there is no file `{name}`")
    data = path.read_bytes()
    if marks.read_mark(data) == "placeholder":
        raise UsageError(f"`{name}` is a placeholder, not a picture", hint="adopt what a person drew")
    # The usual damage, told in words of ours; libraries have others, or none before all pixels are decoded.
    if (broken := fault(io.BytesIO(data), marks.sniff(data) or "")) is not None:
        raise UsageError(f"`{name}` cannot be adopted: it {broken[0]}", hint=broken[1])
    try:
        seen = measure(data)
    except PipelineError as error:
        raise UsageError(f"`{name}` cannot be adopted: {error.message}", hint=error.hint) from None
    format = format_of(seen.type)
    if not as_take and format != asset.format:
        fits = f"set `format: {format}` at {asset.origin}" if format is not None else f"convert it to {asset.format}"
        shown = format or seen.type.removeprefix("image/")
        raise UsageError(
            f"`{asset.path}` is to be {asset.format}, and `{name}` is {shown}", hint=f"{fits}, or use `adopt --take`"
        )
    return data, seen


def _without_adopted(shop: Workshop, entry: Entry, *, source: Entry | None, picture: bytes) -> Entry:
    if source is not None:  # meanwhile it may have been drawn anew, for another request
        entry = replace(entry, request=source.request, of=source.of, take=source.continued)
    taken = described(shop, replace(entry, adopted=None, type="", width=0, height=0), picture)
    return _with_files(shop, taken, picture)


def _with_files(shop: Workshop, entry: Entry, picture: bytes) -> Entry:
    """The entry with the files that are made of its picture now. Raises PipelineError."""
    asset = shop.project.assets[entry.asset]
    wanted = wanted_files(asset, entry, shop.lock.read().of, shop.store.request)
    made = map(of_bytes, made_of(shop, entry, wanted, picture))
    files = zip(asset.paths, zip((one.key for one in wanted), made, strict=True), strict=True)
    return replace(entry, files={**entry.files, **dict(files)})


def _no_file(asset: Asset) -> str:
    what = f"is a turn or point of `{asset.owner}`, and" if asset.is_internal else "is cut into other assets, and"
    return f"`{asset.id}` {what} has no file"


def _person_s_take(shop: Workshop, asset: Asset, request: Request, digest: Digest, size: int, seen: Measured) -> Take:
    now = shop.now()
    return Take(
        call=new_call(),
        request=request.key,
        take=digest,
        asset=asset.id,
        profile=shop.profile or "",
        size=size,
        type=seen.type,
        width=seen.width,
        height=seen.height,
        generator=PERSON,
        model="",
        cost_micro_usd=MicroUsd(0),
        cost_from="person",
        started=now,
        ended=now,
    )


def _picture_in(folder: Path, asset: Asset) -> Path | None:
    ending = Path(asset.path).suffix
    inner = asset.path.partition("/")[2]
    names = [asset.path, inner, f"{asset.id}{ending}", *(f"{asset.id}{other}" for other in _ENDINGS)]
    return next((folder / name for name in names if name and (folder / name).is_file()), None)


def _put_back(shop: Workshop, asset: Asset) -> str:
    """Write the built files over what stands in their places, which is kept in the store if nobody knows it yet."""
    entry = outlook_of(shop).entry(asset.id)
    assert entry is not None
    picture = entry.adopted or entry.pick
    assert picture is not None
    wanted = wanted_files(asset, entry, shop.lock.read().of, shop.store.request)
    if all(
        is_copy(one) and shop.outputs.digest(path) == picture for path, one in zip(asset.paths, wanted, strict=True)
    ):
        for path, one in zip(asset.paths, wanted, strict=True):
            shop.outputs.write(path, shop.outputs.read(path), one.key)
        return ""
    made = made_of(shop, entry, wanted, shop.store.read(picture))
    kept = ""
    for path, one, data in zip(asset.paths, wanted, made, strict=True):
        there = shop.outputs.digest(path)
        known = there is None or there in entry.written or there == of_bytes(data)
        if there is not None and not known and shop.outputs.mark(path) is None:
            shop.store.local.put(shop.outputs.read(path))
            kept = kept or shop.store.local.path(there).relative_to(shop.root).as_posix()
        shop.outputs.write(path, data, one.key)
    return kept
