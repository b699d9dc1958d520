"""`disclose`: what ships, which model drew it and what people did; and whether a folder holds a picture beside that.

The JSON (`--format json` or `--json`) is one document; fields are only ever added while `version` is 1:

    version     1
    profile     the profile, or null
    totals      assets, files, bytes, by_maker {drawn, adopted, edited, placeholder}, by_model {id: files},
                silent (a model's picture that does not say so itself), without_alt
    assets      for each asset with a file: asset, state, alt, tags, from (the asset it is derived from),
                model, model_name, model_version, generator, drawn (ISO 8601, UTC), request, take, prompt (with
                --prompts), provenance (the setting), retouched, files
      files     path, variant, maker, digest, bytes, type, says {source, system, xmp, c2pa, mark}
    bundles     of each sheet or export with pictures in it: bundle, assets, files (paths)
    unbuilt     ids of assets that have no file yet
    undeclared  files that lie there and that no spec declares any more
    guard       for each folder: folder, files, pictures, by_origin {built, project, reference, listed, marked, says,
                drawing, unknown, unreadable}, failing, listed (every picture: path, type, bytes, origin, asset,
                placeholder, says), archives [{path, what}], links; null where none was asked for
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from pipeline.amounts import names, one_line, plural, size_of
from pipeline.commands.context import Context
from pipeline.errors import UsageError
from pipeline.options import BuildOptions, mode_of
from pipeline.saying import SVG, Said
from pipeline.views.disclosed import Disclosed, Disclosure, Maker, disclosure_of, prompt_of
from pipeline.views.guarded import Guard, Guarded, Known, Picture, counted
from pipeline.workshop import Workshop

_MOST_NAMES = 200
"""Of pictures on a terminal; the JSON has all."""


def disclose(
    context: Context,
    *,
    select: Sequence[str],
    exclude: Sequence[str],
    form: str | None,
    prompts: bool,
    guard: Sequence[str],
) -> int:
    """Tell what ships of the selected assets; of folders to guard, whether the origin of all pictures is known.

    Gives 1 where it is not. Raises UsageError, SpecErrors, LockError, OSError.
    """
    if guard and form is None and (select or exclude or prompts):
        raise UsageError("--guard looks at the whole project", hint="with --format the list of SELECT is told as well")
    shop = context.shop()
    selected = shop.select(select, exclude, mode_of(shop, BuildOptions())) if select or exclude else None
    everything = disclosure_of(shop) if guard or selected is None else None
    told = disclosure_of(shop, selected) if selected is not None or everything is None else everything
    guarded = _guarded(context, shop, everything, guard) if everything is not None else ()
    if form == "json":
        context.tell_json(_document(shop, told, guarded if guard else None, prompts=prompts))
    elif form == "markdown" or not guard:
        from pipeline.commands.disclosure_markdown import page

        context.say(page(shop, told, guarded, prompts=prompts).rstrip("\n"))
    else:
        for one in guarded:
            _tell(context, one)
    return _verdict(context, guarded)


def _guarded(context: Context, shop: Workshop, everything: Disclosure, folders: Sequence[str]) -> tuple[Guarded, ...]:
    if not folders:
        return ()
    guard = Guard(shop, everything, shop.project.settings.known)
    for pattern in guard.idle:
        context.warn(f"`{one_line(pattern)}` in `disclose: known:` names no file of the project")
    found = tuple(guard.look(context.here / folder, folder) for folder in folders)
    for one in found:
        if not one.pictures:
            context.warn(f"{one_line(one.folder)}: there is no picture in it; has it been built?")
        if one.placeholders:
            paths = names([one_line(picture.path) for picture in one.placeholders], most=12)
            context.warn(f"{one_line(one.folder)}: {plural(len(one.placeholders), 'placeholder')} would ship: {paths}")
        if one.archives:
            paths = names([one_line(path) for path, _ in one.archives], most=6)
            context.warn(f"{one_line(one.folder)}: not looked into: {paths}; unpack what ships pictures")
        if one.links:
            paths = names(map(one_line, one.links), most=6)
            context.warn(f"{one_line(one.folder)}: not followed, as they lead out of the folder: {paths}")
    return found


def _verdict(context: Context, guarded: Sequence[Guarded]) -> int:
    count = sum(len(one.failing) for one in guarded)
    if not count:
        return 0
    where = names([one_line(one.folder) for one in guarded if one.failing])
    picture = "the picture comes" if count == 1 else f"{count:,} pictures come"
    context.warn(f"{context.paint('error:', 'bold red', errors=True)} nobody knows where {picture} from, in {where}")
    context.warn("  declare it as an asset and `pipeline adopt` it; or, if people made it without a model, name it in")
    context.warn("  pipeline.yaml: disclose: {known: ['public/photos/**']}")
    return 1


# --- text -----------------------------------------------------------------------------------------------------------


def _tell(context: Context, guarded: Guarded) -> None:
    pictures = f"{plural(len(guarded.pictures), 'picture')} in {plural(guarded.files, 'file')}"
    context.say(f"{context.paint(one_line(guarded.folder), 'bold')}: {pictures}")
    if context.quiet:
        return
    for known, count, words in counted(guarded):
        context.say(f"  {context.paint(f'{count:>6,}', 'red' if known.fails else '')} {words}")
        named = [one for one in guarded.pictures if one.known is known] if known.fails or known is Known.SAYS else []
        shown = named if context.verbose else named[:_MOST_NAMES]
        for one in shown:
            context.say(f"         {one_line(one.path)}  {_about(one)}")
        if len(shown) < len(named):
            context.say(f"         and {len(named) - len(shown):,} more; -v shows all")


def _about(picture: Picture) -> str:
    if picture.known is Known.UNREADABLE:
        return "the file cannot be read"
    if picture.known is Known.SAYS:
        return picture.said.source + (f" ({one_line(picture.said.system)})" if picture.said.system else "")
    signed = ", with a C2PA manifest that names no kind of source" if picture.said.c2pa else ""
    inside = " with a picture of pixels inside" if picture.type == SVG else ""
    return f"{picture.type.removeprefix('image/')}, {size_of(picture.size)}{inside}{signed}"


# --- JSON -----------------------------------------------------------------------------------------------------------


def _document(
    shop: Workshop, found: Disclosure, guarded: Collection[Guarded] | None, *, prompts: bool
) -> dict[str, Any]:
    return {
        "version": 1,
        "profile": shop.profile,
        "totals": {
            "assets": len(found.assets),
            "files": len(found.files),
            "bytes": sum(file.size for file in found.files),
            "by_maker": {str(maker): found.made_by(maker) for maker in Maker},
            "by_model": dict(found.models),
            "silent": len(found.silent),
            "without_alt": len(found.without_alt),
        },
        "assets": [_asset_json(shop, one, prompts=prompts) for one in found.assets],
        "bundles": [
            {"bundle": one.name, "assets": list(one.assets), "files": list(one.files)} for one in found.bundles
        ],
        "unbuilt": list(found.unbuilt),
        "undeclared": list(found.undeclared),
        "guard": [_guarded_json(one) for one in guarded] if guarded is not None else None,
    }


def _asset_json(shop: Workshop, one: Disclosed, *, prompts: bool) -> dict[str, Any]:
    record = one.record
    return {
        "asset": one.asset.id,
        "state": str(one.state),
        "alt": one.asset.alt,
        "tags": list(one.asset.tags),
        "from": one.asset.source,
        "model": one.model or None,
        "model_name": shop.project.models.get(one.model).name if one.model else None,
        "model_version": (record.model_version or None) if record is not None else None,
        "generator": (record.generator or None) if record is not None else None,
        "drawn": record.ended if record is not None else None,
        "request": one.request,
        "take": one.take,
        **({"prompt": prompt_of(shop, one)} if prompts else {}),
        "provenance": one.asset.provenance or None,
        "retouched": one.retouched,
        "files": [
            {
                "path": file.path,
                "variant": file.variant or None,
                "maker": str(file.maker),
                "digest": file.digest,
                "bytes": file.size,
                "type": file.type or None,
                "says": _said_json(file.said),
            }
            for file in one.files
        ],
    }


def _guarded_json(one: Guarded) -> dict[str, Any]:
    return {
        "folder": one.folder,
        "files": one.files,
        "pictures": len(one.pictures),
        "by_origin": {str(known): one.count(known) for known in Known},
        "failing": [picture.path for picture in one.failing],
        "listed": [
            {
                "path": picture.path,
                "type": picture.type or None,
                "bytes": picture.size,
                "origin": str(picture.known),
                "asset": picture.asset,
                "placeholder": picture.placeholder,
                "says": _said_json(picture.said),
            }
            for picture in one.pictures
        ],
        "archives": [{"path": path, "what": what} for path, what in one.archives],
        "links": list(one.links),
    }


def _said_json(said: Said) -> dict[str, Any]:
    return {
        "source": said.source or None,
        "system": said.system or None,
        "xmp": said.xmp,
        "c2pa": said.c2pa,
        "mark": said.mark or None,
    }
