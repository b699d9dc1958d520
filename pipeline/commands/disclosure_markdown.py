"""What ships as a page of Markdown: a few sentences to paste into a form, then the facts, asset by asset.

It says what is on record and draws no conclusion from it: what a store or a law wants to hear is for people to decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from pipeline.amounts import all_of, names, plural, size_of
from pipeline.commands import markdown
from pipeline.digest import short
from pipeline.views.disclosed import Disclosed, Disclosure, Maker, Shipped, prompt_of
from pipeline.views.guarded import Guarded, counted
from pipeline.words import State
from pipeline.workshop import Workshop

_MOST_NAMES = 40


def page(shop: Workshop, found: Disclosure, guarded: Sequence[Guarded], *, prompts: bool) -> str:
    """The page, which ends with a line end."""
    return "\n".join(_page(shop, found, guarded, prompts=prompts)).rstrip("\n") + "\n"


def _page(shop: Workshop, found: Disclosure, guarded: Sequence[Guarded], *, prompts: bool) -> Iterator[str]:
    yield "# Where the pictures come from"
    yield ""
    yield _in_short(shop, found)
    yield ""
    if found.files:
        yield from _sums(found)
        yield from _models(shop, found)
    yield from _open_ends(found)
    for one in guarded:
        yield from _folder(one)
    if found.files:
        yield "## Picture by picture"
        yield ""
        yield "| asset | file | made | model | drawn | request | says so itself | alt text |"
        yield "|---|---|---|---|---|---|---|---|"
        for asset in found.assets:
            for file in asset.files:
                yield _row(asset, file)
        yield ""
    if found.bundles:
        yield from _bundles(found)
    if prompts and found.assets:
        yield from _prompts(shop, found)


# --- in short -------------------------------------------------------------------------------------------------------


def _kind(one: Disclosed, file: Shipped) -> str:
    if file.maker is Maker.PLACEHOLDER:
        return "placeholder"
    if file.maker is Maker.DRAWN:
        return "drawn"
    return "retouched" if one.model else "brought"


_KINDS = {
    "drawn": "drawn by a model, and not touched by a person since",
    "retouched": "drawn by a model, then changed or replaced by a person",
    "brought": "brought by a person, with no model on record",
    "placeholder": "placeholders, drawn by the build tool without a model",
}


def _counts(found: Disclosure) -> dict[str, int]:
    kinds = [_kind(one, file) for one in found.assets for file in one.files]
    return {kind: kinds.count(kind) for kind in _KINDS}


def _in_short(shop: Workshop, found: Disclosure) -> str:
    """The sentences that a form asks for."""
    if not found.files:
        return "No picture has been built."
    count, total = _counts(found), len(found.files)
    by_models = count["drawn"] + count["retouched"]
    if not by_models:
        which = "The one picture has no" if total == 1 else f"None of the {total:,} pictures has a"
        return f"{which} generative model on record."
    all_models = [f"{shop.project.models.get(id).name} ({_code(id)})" for id in found.models]
    of = f"Of {plural(total, 'picture')}, {by_models:,}" if by_models < total else f"All {plural(total, 'picture')}"
    of = of if total > 1 else "The one picture"
    were = "was" if by_models == 1 else "were"
    models = f" by {all_of(all_models)}" if all_models else ""
    first = f"{of} {were} drawn with generative AI{models}, beforehand: they are files, and none is drawn at run time."
    touched = f"A person changed or replaced {count['retouched']:,} of these." if count["retouched"] else ""
    brought = f"{count['brought']:,} {'was' if count['brought'] == 1 else 'were'} brought by people."
    return " ".join(part for part in (first, touched, brought if count["brought"] else "") if part)


def _sums(found: Disclosure) -> Iterator[str]:
    yield "| pictures | |"
    yield "|---:|---|"
    for kind, count in _counts(found).items():
        if count:
            yield f"| {count:,} | {_KINDS[kind]} |"
    size = size_of(sum(file.size for file in found.files))
    yield f"| **{len(found.files):,}** | of {plural(len(found.assets), 'asset')}, {size} |"
    yield ""


def _models(shop: Workshop, found: Disclosure) -> Iterator[str]:
    if not found.models:
        return
    yield "| model | id | version | pictures | drawn |"
    yield "|---|---|---|---:|---|"
    for id, count in found.models.items():
        records = [one.record for one in found.assets if one.model == id and one.record is not None]
        versions = sorted({record.model_version for record in records if record.model_version})
        days = sorted(record.ended[:10] for record in records)
        when = days[0] if days and days[0] == days[-1] else f"{days[0]} to {days[-1]}" if days else "not on record"
        told = ", ".join(map(_code, versions)) or "not on record"
        yield f"| {_text(shop.project.models.get(id).name)} | {_code(id)} | {told} | {count:,} | {when} |"
    yield ""


# --- what is to be looked at ----------------------------------------------------------------------------------------


def _open_ends(found: Disclosure) -> Iterator[str]:
    lines = [f"- {line}" for line in _to_look_at(found)]
    if lines:
        yield from ("## To look at before it ships", "", *lines, "")


def _to_look_at(found: Disclosure) -> Iterator[str]:
    files = [(one, file) for one in found.assets for file in one.files]
    if stand_ins := [file.path for _, file in files if file.maker is Maker.PLACEHOLDER]:
        yield f"{plural(len(stand_ins), 'placeholder')}, to be drawn yet: {_names(stand_ins)}"
    if edited := [file.path for _, file in files if file.maker is Maker.EDITED]:
        yield f"{plural(len(edited), 'file')} that no build made, or that changed since: {_names(edited)}"
    if absent := [file.path for _, file in files if not file.type]:
        remedy = "`git lfs pull`, if they are in LFS"
        yield f"{plural(len(absent), 'file')} without a picture inside ({remedy}): {_names(absent)}"
    chosen = {one.asset.id for one in found.assets if one.asset.provenance == "none"}
    silent = {file.path for file in found.silent}
    if by_choice := [file.path for one, file in files if one.asset.id in chosen and file.path in silent]:
        what = "without a word of origin inside, by choice (`provenance: none`)"
        yield f"{plural(len(by_choice), 'file')} {what}: {_names(by_choice)}"
    if others := [file.path for one, file in files if one.asset.id not in chosen and file.path in silent]:
        yield f"{plural(len(others), 'file')} without a word of origin inside: {_names(others)}"
    if found.without_alt:
        yield f"{plural(len(found.without_alt), 'asset')} without an alt text: {_names(found.without_alt)}"
    waiting = (State.STALE, State.HELD, State.MISSING, State.FAILED)
    if stale := [one.asset.id for one in found.assets if one.state in waiting]:
        yield f"{plural(len(stale), 'asset')} whose file is not what the specs now ask for: {_names(stale)}"
    if found.unbuilt:
        yield f"{plural(len(found.unbuilt), 'asset')} without a file: {_names(found.unbuilt)}"
    if found.undeclared:
        yield f"{plural(len(found.undeclared), 'file')} that no spec declares any more: {_names(found.undeclared)}"


def _folder(one: Guarded) -> Iterator[str]:
    yield f"## In {_code(one.folder)}"
    yield ""
    yield "| pictures | |"
    yield "|---:|---|"
    for _, count, words in counted(one):
        yield f"| {count:,} | {words} |"
    yield f"| **{len(one.pictures):,}** | in {plural(one.files, 'file')} |"
    yield ""
    if one.failing:
        yield f"Of unknown origin: {_names(picture.path for picture in one.failing)}"
        yield ""


# --- one by one -----------------------------------------------------------------------------------------------------

_MADE = {
    "drawn": "by a model",
    "retouched": "by a model, then by a person",
    "brought": "by a person",
    "placeholder": "placeholder",
}


def _row(one: Disclosed, file: Shipped) -> str:
    placeholder = file.maker is Maker.PLACEHOLDER
    record = one.record if not placeholder else None
    cells = (
        _code(one.asset.id),
        _code(file.path),
        _MADE[_kind(one, file)],
        _code(one.model) if one.model and not placeholder else "",
        record.ended[:10] if record is not None else "",
        _code(short(one.request)) if one.request is not None and not placeholder else "",
        _says(one, file),
        _text(one.asset.alt) or "none",
    )
    return f"| {' | '.join(cells)} |"


def _says(one: Disclosed, file: Shipped) -> str:
    """Whether the file tells its origin to a reader that has only the file."""
    ways = [*(["C2PA"] if file.said.c2pa else []), *(["XMP"] if file.said.xmp else [])]
    if ways:
        return " and ".join(ways)
    if file.maker is Maker.PLACEHOLDER:
        return "a mark"
    return "no, by choice" if one.asset.provenance == "none" else "no"


def _bundles(found: Disclosure) -> Iterator[str]:
    yield "## Made of these"
    yield ""
    yield "| what | pictures | of the assets |"
    yield "|---|---|---|"
    for one in found.bundles:
        yield f"| {_text(one.name)} | {_names(one.files)} | {_names(one.assets)} |"
    yield ""


def _prompts(shop: Workshop, found: Disclosure) -> Iterator[str]:
    yield "## Prompts, as they were sent"
    yield ""
    for one in found.assets:
        prompt = prompt_of(shop, one)
        if prompt is not None:
            yield f"### {_code(one.asset.id)}"
            yield ""
            yield from markdown.fenced(prompt, "text")
            yield ""


def _names(paths: Iterable[str]) -> str:
    return names(paths, most=_MOST_NAMES, quoted=_code)


def _code(value: str) -> str:
    """What stands for itself in a code span is written as one, since people read this as text too."""
    return f"`{value}`" if re.fullmatch(r"[\w./ @#=+,:-]+", value, re.ASCII) else markdown.code(value)


def _text(value: str) -> str:
    return value if re.fullmatch(r"[A-Za-z0-9 .,:;?'%-]*", value) else markdown.text(value)
