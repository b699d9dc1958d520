"""`request`: the call that a build would make for one asset, as a program to run by hand."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.commands.context import Context
from pipeline.commands.naming import asset_named
from pipeline.digest import of_bytes, short
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from pipeline.commands.forms import Asked
    from pipeline.draw.generators import Call, Picture
    from pipeline.plan.planner import Outlook
    from pipeline.words import Asset
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
    from pipeline.credentials import api_version_of, uses_vertex
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
    asset = shop.project.assets[asset_named(context, shop, id)]
    if asset.points:
        points = ", ".join(f"`{point}`" for point in asset.points)
        raise UsageError(f"`{asset.id}` uses the take of one of its points: {points}", hint="name one of these")
    if asset.source is not None:
        message = f"`{asset.id}` is made of the picture of `{asset.source}`, and asks for none"
        raise UsageError(message, hint=f"name `{asset.source}`")
    outlook = shop.outlook(frozenset(shop.project.assets), mode)
    call, files = _call(context, shop, asset, outlook)
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
    """The request names its pictures by their bytes: which of them are not there yet?"""
    from pipeline.words import Action

    changing, absent = [], []
    for need in outlook.rendered[asset.id].upstream:
        entry = outlook.entry(need)
        if outlook.decisions[need].step.action in (Action.DRAW, Action.AWAIT):
            changing.append(need)
        elif entry is None or entry.picture is None:
            absent.append(need)
    if not changing and not absent:
        return UsageError(
            f"the request for `{asset.id}` is not known yet: there is no approved draft that it could continue from",
            hint=f"`pipeline explain {asset.id}` tells more",
        )
    names = ", ".join(f"`{need}`" for need in dict.fromkeys([*changing, *absent]))
    how = "to be drawn first" if changing else "without a picture"
    return UsageError(
        f"the request for `{asset.id}` is not known yet: it attaches {names}, {how}",
        hint=f"`pipeline build {[*changing, *absent][0]}` first; `pipeline plan` tells what that costs",
    )


def _call(context: Context, shop: Workshop, asset: Asset, outlook: Outlook) -> tuple[Call, dict[bytes, str]]:
    """The call, and for each of its pictures a file that holds exactly its bytes. Raises UsageError."""
    from pipeline.conversation import continuation_of
    from pipeline.draw.generators import Call
    from pipeline.draw.references import prepare
    from pipeline.drawing import timeout_s_of

    wanted = outlook.decisions[asset.id].step.request
    if wanted is None:
        raise _not_known(asset, outlook)
    pictures, files = [], {}
    for attachment, reference in zip(wanted.references, shop.rendered[asset.id].references, strict=True):
        data = shop.bytes_of(attachment, reference)
        picture = prepare(data, wanted.reference_limit)
        pictures.append(picture)
        whole = shop.root / reference.path if reference.path else shop.store.local.path(attachment.digest)
        files[picture.data] = whole if picture.data == data else _written(context, shop, reference.target, picture)
    continued = continuation_of(shop, asset, wanted, outlook.previous(asset.id))
    call = Call(
        id="",
        request=wanted,
        model=shop.project.models.get(asset.model),
        references=tuple(pictures),
        history=continued.history,
        continued=continued.picture,
        timeout_s=timeout_s_of(wanted),
    )
    for picture in call.inline:
        if picture.data not in files:
            whole = shop.store.local.path(of_bytes(picture.data))
            files[picture.data] = whole if whole.is_file() else _written(context, shop, "a picture", picture)
    # From where the command was called, whatever -C says: that is where the program will be run.
    return call, {data: os.path.relpath(file) for data, file in files.items()}


def _written(context: Context, shop: Workshop, target: str, picture: Picture) -> Path:
    """A file with a picture as it is sent, where that is not what it was."""
    from pipeline.files import write_atomic
    from pipeline.workshop import LOCAL

    ending = picture.type.removeprefix("image/")
    path = shop.root / LOCAL / _WRITTEN_HERE / f"reference-{short(of_bytes(picture.data))}.{ending}"
    write_atomic(path, picture.data)
    if not context.quiet:
        shown = path.relative_to(shop.root).as_posix()
        context.warn(f"{target} is sent smaller, or as another type: see {shown}")
    return path
