"""Projects to measure with: N assets with prompts as people write them, in files of 100 or one a file; drawn if wanted.

    python bench/projects.py DIR [--assets N] [--a-file N] [--draw]

The same arguments write the same project. `--draw` gives each asset a small picture of the right size, a take with its
record, a line in the lock and a file, through the tool's own store and lock: 10,000 in half a minute, and nothing is
asked of anybody.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import shutil
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

from PIL import Image

from pipeline.digest import of_bytes
from pipeline.plan.known import Mode
from pipeline.plan.wanted import wanted_files
from pipeline.store.entry import Entry, Past, turn_to
from pipeline.words import Asset, AssetId, MicroUsd, Request, Take
from pipeline.workshop import Workshop, open_workshop

SHELVES = 100
"""Folders that specs and outputs are spread over."""

A_FILE = 100
PROMPT_CHARS = 270

SUBJECTS = (
    "a lighthouse keeper with a brass lantern",
    "a clockwork fox on a rain-wet roof",
    "a baker's cart full of round loaves",
    "an old ferry with a patched sail",
    "a glass teapot in which a storm blows",
    "a market stall of mended umbrellas",
)
DETAILS = (
    "seen from slightly above",
    "with a long shadow across the cobbles",
    "in three flat colours and one accent",
    "soft light from the left",
    "a narrow border of woven reeds",
    "gulls in the distance",
    "visible brush strokes at the edges",
    "plenty of empty sky above the subject",
    "worn wood and dull copper",
    "no lettering anywhere",
    "the background kept to two tones",
    "a low horizon under thin cloud",
)
RATIOS = ("1:1", "16:9", "9:16", "4:3", "3:4", "21:9")
SETTINGS = """\
vars: {style: gouache, world: the harbour town of Low Quay, mood: quiet}
budget: {per_build: 1000000, ask_above: 1000000}
"""
ENDED = "2026-01-01T00:00:00.000Z"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--assets", type=int, default=1000)
    parser.add_argument("--a-file", type=int, default=A_FILE)
    parser.add_argument("--draw", action="store_true")
    args = parser.parse_args()
    write_project(args.folder, args.assets, a_file=args.a_file)
    if args.draw:
        draw_all(args.folder)


# --- specs ------------------------------------------------------------------------------------------------------------


def write_project(folder: Path, assets: int, *, a_file: int = A_FILE) -> None:
    """Write pipeline.yaml and the specs of so many assets; the folder must not hold a project yet."""
    chance = random.Random(assets)
    specs = folder / "specs"
    specs.mkdir(parents=True)
    (folder / "pipeline.yaml").write_text(SETTINGS)
    for first in range(0, assets, a_file):
        shelf = specs / _shelf(first // a_file)
        shelf.mkdir(exist_ok=True)
        entries = [_entry(number, chance) for number in range(first, min(first + a_file, assets))]
        text = f"prefix: {shelf.name}\nassets:\n" + "".join(entries)
        (shelf / f"pictures-{first // a_file:06}.yaml").write_text(text)


def _entry(number: int, chance: random.Random) -> str:
    words = prompt(number, chance)
    middle = words.index(" ", len(words) // 2)
    return (
        f"  picture-{number:06}:\n"
        f"    prompt: >-\n"
        f"      {words[:middle]}\n"
        f"      {words[middle + 1 :]}\n"
        f'    aspect_ratio: "{chance.choice(RATIOS)}"\n'
        f"    image_size: {chance.choice(('1K', '2K'))}\n"
        f"    model: gemini-3-pro-image\n"
        f"    seed: {chance.randrange(2**31)}\n"
        f"    tags: [{chance.choice(('hero', 'blog'))}, docs]\n"
    )


def prompt(number: int, chance: random.Random) -> str:
    """A prompt like no other of the project, of some 300 characters, with three variables."""
    text = f"A {{{{ style }}}} picture of {chance.choice(SUBJECTS)}, somewhere in {{{{ world }}}}"
    for detail in chance.sample(DETAILS, len(DETAILS)):
        if len(text) < PROMPT_CHARS:
            text += f", {detail}"
    return f"{text}. The mood is {{{{ mood | default('calm') }}}}. Study no. {number}."


def _shelf(file: int) -> str:
    return f"shelf-{file % SHELVES:02}"


# --- pictures ---------------------------------------------------------------------------------------------------------


def draw_all(folder: Path, paint: Callable[[int, int, int], bytes] | None = None) -> None:
    """Leave the project as builds would that drew every asset in it, a picture each.

    `paint` makes the JPEG of a width, a height and the number of the asset; by default it is a small plain one.
    """
    shop = open_workshop(folder, None, {})
    outlook = shop.outlook(frozenset(shop.project.assets), Mode())
    with _without_syncs():
        drawn = {}
        for number, (id, decision) in enumerate(outlook.decisions.items()):
            request = decision.step.request
            assert request is not None
            drawn[id] = (_draw(shop, shop.project.assets[id], request, number, paint or _picture),)

        def all_of_them(lines: MutableMapping[AssetId, tuple[Entry, ...]]) -> bool:
            lines.update(drawn)
            return True

        shop.lock.edit(all_of_them)


def _draw(
    shop: Workshop, asset: Asset, request: Request, number: int, paint: Callable[[int, int, int], bytes]
) -> Entry:
    """Store a take for the request and put it in its place; gives the entry that picks it."""
    width, height = shop.project.models.get(asset.model).shape(asset.aspect_ratio, asset.image_size)
    picture = paint(width, height, number)
    take = Take(
        call=f"{number:032x}",
        request=request.key,
        take=of_bytes(picture),
        asset=asset.id,
        size=len(picture),
        type="image/jpeg",
        width=width,
        height=height,
        generator=request.generator,
        model=request.model,
        finish_reason="STOP",
        cost_micro_usd=MicroUsd(0),
        cost_from="table",
        started=ENDED,
        ended=ENDED,
        sent={"prompt": request.prompt},
    )
    shop.store.add_take(request.preimage, take, [picture])
    entry = turn_to(Entry(asset=asset.id), request.key, Past(take=take.take))
    entry = replace(entry, generator=take.generator, model=take.model, width=width, height=height, type=take.type)
    derivation = wanted_files(asset, entry, shop.lock.read().of, shop.store.request)[0].key
    shop.outputs.write(asset.path, picture, derivation)
    return replace(entry, files={asset.path: (derivation, take.take)})


def _picture(width: int, height: int, number: int) -> bytes:
    """A picture like no other: the plain one of that size with a comment of its own."""
    comment = f"study no. {number}".encode()
    plain = _plain(width, height)
    return plain[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + plain[2:]


@cache
def _plain(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.new("L", (width, height), 128).save(file, "JPEG", optimize=True, progressive=True)
    return file.getvalue()


@contextmanager
def _without_syncs() -> Iterator[None]:
    """What a bench throws away again need not survive a power cut; 10,000 takes are 100,000 syncs."""
    fsync = os.fsync
    os.fsync = lambda descriptor: None  # type: ignore[assignment]
    try:
        yield
    finally:
        os.fsync = fsync


# --- edits and removals, between two measurements ---------------------------------------------------------------------


class Edit:
    """Changes one prompt in the middle of a project, each time to a text that was never there before."""

    def __init__(self, folder: Path) -> None:
        files = sorted((folder / "specs").rglob("*.yaml"))
        self.path = files[len(files) // 2]
        self.text = self.path.read_text()
        self.count = 0

    def __call__(self) -> None:
        self.count += 1
        assert "The mood is" in self.text
        self.path.write_text(self.text.replace("The mood is", f"Version {self.count}. The mood is", 1))

    def undo(self) -> None:
        self.path.write_text(self.text)


KEPT = ("files", "jobs", "ledger.jsonl", "objects", "requests")
"""What a project cannot do without below `.pipeline/`; all else there is made again when it is missing."""


def forget(folder: Path) -> None:
    """Remove what an earlier run may have left to make the next one faster: state and caches."""
    local = folder / ".pipeline"
    for path in local.iterdir() if local.is_dir() else ():
        if path.name not in KEPT:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


if __name__ == "__main__":
    main()
