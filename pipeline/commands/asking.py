"""`request`: the call that a build would make for one asset, as a program to run by hand."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.commands.context import Context
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from pipeline.commands.forms import Asked
    from pipeline.draw.generators import Call, Picture
    from pipeline.plan.planner import Outlook
    from pipeline.words import Asset, Reference, Request
    from pipeline.workshop import Workshop

_WRITTEN_HERE = "aside"
"""Below `.pipeline/`: what is kept to be looked at, and no build depends on."""


def request(context: Context, *, id: str, form: str) -> int:
    """Print the call for an asset as `curl`, `python`, `node` or `json`. Nothing is sent.

    Raises UsageError where the asset, its call or the form is not there to be printed, and what reading its references
    raises.
    """
    from pipeline.commands.forms import FORMS

    if form not in FORMS:
        raise UsageError(f"`{form}` is not a form of a request", hint=f"there are {', '.join(FORMS)}")
    asked = _asked(context, id, form)
    context.stdout.write(FORMS[form](asked))
    return 0


def _asked(context: Context, id: str, form: str) -> Asked:
    """The call as it would be made now, each of its pictures in a file. Raises UsageError."""
    from pipeline.commands.forms import Asked
    from pipeline.draw.credentials import api_version_of, uses_vertex
    from pipeline.options import BuildOptions, mode_of

    shop = context.shop()
    mode = replace(mode_of(shop, BuildOptions()), why_not="")
    _check_generator(mode.generator)
    vertex = uses_vertex(shop.environ)
    if vertex and form == "curl":
        raise UsageError(
            "the environment chooses Vertex AI, whose sign-in curl does not know",
            hint="`--as python` and `--as node` sign in by themselves",
        )
    found = shop.select([id], (), mode)
    if len(found) != 1:
        raise UsageError(f"`{id}` names {len(found)} assets", hint="give the id of one")
    asset = shop.project.assets[next(iter(found))]
    outlook = shop.outlook(frozenset(shop.project.assets), mode)
    wanted = outlook.decisions[asset.id].step.request
    if wanted is None:
        raise _not_known(asset, outlook)
    call, files = _call(context, shop, asset, wanted)
    version = api_version_of(shop.project.settings.api_version, vertex=vertex)
    return Asked(asset=asset.id, call=call, files=files, api_version=version)


def _check_generator(name: str) -> None:
    from pipeline import keys

    if name != keys.GENERATOR:
        raise UsageError(
            f"this project draws with the generator `{name}`, whose calls only it knows",
            hint=f"a request can be printed for `{keys.GENERATOR}`",
        )


def _not_known(asset: Asset, outlook: Outlook) -> UsageError:
    """The request names its references by their bytes: which of them are not there yet?"""
    from pipeline.words import Action

    changing, absent = [], []
    for reference in outlook.rendered[asset.id].references:
        need = reference.asset
        if need is None:
            continue
        entry = outlook.entry(need)
        if outlook.decisions[need].step.action in (Action.DRAW, Action.AWAIT):
            changing.append(need)
        elif entry is None or entry.picture is None:
            absent.append(need)
    first, *_ = [*changing, *absent, asset.id]
    names = ", ".join(f"`{need}`" for need in dict.fromkeys([*changing, *absent]))
    how = "to be drawn first" if changing else "without a picture"
    return UsageError(
        f"the request for `{asset.id}` is not known yet: it attaches {names}, {how}",
        hint=f"`pipeline build {first}` first; `pipeline plan` tells what that costs",
    )


def _call(context: Context, shop: Workshop, asset: Asset, wanted: Request) -> tuple[Call, tuple[str, ...]]:
    from pipeline.draw.generators import Call
    from pipeline.draw.references import prepare
    from pipeline.drawing import timeout_s_of

    pictures, files = [], []
    for attachment, reference in zip(wanted.references, shop.rendered[asset.id].references, strict=True):
        data = shop.bytes_of(attachment, reference)
        picture = prepare(data, wanted.reference_limit)
        pictures.append(picture)
        whole = shop.root / reference.path if reference.path else shop.store.local.path(attachment.digest)
        file = whole if picture.data == data else _written(context, shop, reference, picture)
        # From where the command was called, whatever -C says: that is where the program will be run.
        files.append(os.path.relpath(file))
    call = Call(
        id="",
        request=wanted,
        model=shop.project.models.get(asset.model),
        references=tuple(pictures),
        timeout_s=timeout_s_of(wanted),
    )
    return call, tuple(files)


def _written(context: Context, shop: Workshop, reference: Reference, picture: Picture) -> Path:
    """A file with a picture as it is sent, where that is not what it was."""
    from pipeline.digest import of_bytes, short
    from pipeline.files import write_atomic
    from pipeline.workshop import LOCAL

    ending = picture.type.removeprefix("image/")
    path = shop.root / LOCAL / _WRITTEN_HERE / f"reference-{short(of_bytes(picture.data))}.{ending}"
    write_atomic(path, picture.data)
    if not context.quiet:
        shown = path.relative_to(shop.root).as_posix()
        context.warn(f"{reference.target} is sent smaller, or as another type: see {shown}")
    return path
