"""How long files of several widths take, beside sharp: from takes of 4K, all of them drawn, to WebP and AVIF.

    npm install --prefix bench/node --no-package-lock
    python bench/encoding.py [--takes N] [--rounds N] [--threads N ...] [--keep DIR]

Both make the same files: four widths of each picture, each as WebP and as AVIF, with the same filter, quality and
effort. Ours is the whole of `pipeline build`: start, plan, store, steps, files and lock. sharp does it as fast as it
can: each picture decoded once, two pictures at a time, and either one thread for each or as many as there are cores.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import os
import platform
import random
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import PIL
from PIL import Image, ImageChops, ImageDraw, ImageStat

from bench.peers import find
from bench.projects import draw_all, forget
from bench.run import is_new, kept_or_temporary, pipeline
from bench.timing import Command, Table, Target, measure
from pipeline import __version__

SHARP = Path(__file__).with_name("node")
WIDTHS = (2048, 1024, 512, 256)
QUALITY = {"webp": 80, "avif": 60}
SPEC = f"""\
defaults: {{model: gemini-3-pro-image, aspect_ratio: "16:9", image_size: 4K}}
assets:
  "take-{{{{ '%02d' % n }}}}":
    for_each: {{n: [NUMBERS]}}
    prompt: Study no. {{{{ n }}}}.
    variants:
      - {{widths: {list(WIDTHS)}, formats: [webp], quality: {QUALITY["webp"]}, effort: 6}}
      - {{widths: {list(WIDTHS)}, formats: [avif], quality: {QUALITY["avif"]}, effort: 4}}
"""
AS_SHARP = {
    "webp": {"quality": QUALITY["webp"], "effort": 4},
    "avif": {"quality": QUALITY["avif"], "effort": 3, "chromaSubsampling": "4:4:4"},
}
"""The same numbers in the encoders: libwebp's method 4, and libaom's speed 6 without thinner colours."""

GRAIN = ((256, 0.4), (64, 0.25), (16, 0.12), (4, 0.08), (2, 0.05))
"""How large the spots of each layer are, and how much of it there is."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--takes", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, nargs="+", default=sorted({1, os.cpu_count() or 1}), help="of sharp")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="make the pictures there, and keep them")
    args = parser.parse_args()
    node = find("node", None)
    if node is None or not (SHARP / "node_modules" / "sharp").is_dir():
        sys.exit("sharp is not there: npm install --prefix bench/node --no-package-lock")
    with kept_or_temporary(args.keep) as folder:
        project = drawn(folder / f"takes-{args.takes}", args.takes)
        sharps = [sharp(node, project, threads) for threads in args.threads]
        ours = pipeline("pipeline build", project, "build", before=lambda: unmade(project))
        title = f"{args.takes} takes of 4K in {len(WIDTHS)} widths, as WebP and AVIF"
        load = os.getloadavg()[0]
        table = measure(title, [*sharps, ours], args.rounds)
        best = min((one.name for one in sharps), key=lambda name: seconds(table, name))
        targets = [
            Target(ours=ours.name, peer=best, at_most=1),
            Target(ours=ours.name, peer=best, at_most=2, of="peak_bytes"),
        ]
        runs = {best: table.runs[best], **table.runs}
        print(replace(table, runs=runs, targets=targets).text())
        print(f"\n{about(node)}; load {load:.1f} when it began, {os.getloadavg()[0]:.1f} at its end.")
        print("\n".join(likeness(project, sharps[0].folder)))


def seconds(table: Table, name: str) -> float:
    return statistics.median(run.seconds for run in table.runs[name])


def about(node: str) -> str:
    """With what it was measured."""
    said = "const sharp = require('sharp'); console.log(process.version, sharp.versions.sharp, sharp.versions.vips)"
    found = subprocess.run([node, "-e", said], cwd=SHARP, capture_output=True, text=True, check=True).stdout.split()
    ours = f"asset-pipeline {__version__}, Pillow {PIL.__version__}, Python {platform.python_version()}"
    return f"{ours}; Node {found[0]}, sharp {found[1]} with libvips {found[2]}; {os.cpu_count()} cores"


# --- pictures ---------------------------------------------------------------------------------------------------------


def drawn(project: Path, takes: int) -> Path:
    """A project with so many takes in its store, and nothing made of them yet."""
    if is_new(project):
        (project / "specs").mkdir(parents=True)
        numbers = ", ".join(map(str, range(takes)))
        (project / "specs" / "takes.yaml").write_text(SPEC.replace("NUMBERS", numbers))
        (project / "pipeline.yaml").write_text("budget: {per_build: 0}\n")
        draw_all(project, photograph)
    return project


def photograph(width: int, height: int, number: int) -> bytes:
    """A JPEG as a model sends it: light that changes slowly, texture down to the pixel, and hard edges."""
    chance = random.Random(number)
    image = _noise(chance, 1024, (width, height))
    for spot, share in GRAIN:
        image = Image.blend(image, _noise(chance, spot, image.size), share)
    pen = ImageDraw.Draw(image)
    for _ in range(120):
        x, y, reach = chance.randrange(width), chance.randrange(height), chance.randrange(10, 500)
        color = tuple(chance.randbytes(3))
        pen.polygon([(x, y), (x + reach, y + reach // 3), (x + reach // 4, y + reach)], fill=color)
        pen.line((x, y, x - reach * 2, y + chance.randrange(-300, 300)), fill=color, width=chance.choice((1, 2, 3, 8)))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=95, subsampling="4:4:4")
    return file.getvalue()


def _noise(chance: random.Random, spot: int, size: tuple[int, int]) -> Image.Image:
    width, height = size[0] // spot + 2, size[1] // spot + 2
    return Image.frombytes("RGB", (width, height), chance.randbytes(width * height * 3)).resize(size)


# --- rows -------------------------------------------------------------------------------------------------------------


def sharp(node: str, project: Path, threads: int) -> Command:
    """sharp over the takes of a project, which lie in its `output/`."""
    folder = project.parent / f"sharp-{threads}"
    folder.mkdir(exist_ok=True)
    pictures = [str(path) for path in sorted((project / "output").glob("*.jpg"))]
    asked = {
        "pictures": pictures,
        "folder": str(folder),
        "widths": WIDTHS,
        "at_once": 2,
        "threads": threads,
        **AS_SHARP,
    }
    argv = [node, str(SHARP / "widths.js"), json.dumps(asked)]
    return Command(name=f"sharp, threads {threads}", argv=argv, folder=folder)


def unmade(project: Path) -> None:
    """Leave the takes and the lock; what was made of the takes goes."""
    forget(project)
    for path in (*(project / "output").glob("*.webp"), *(project / "output").glob("*.avif")):
        path.unlink()


# --- what was made ----------------------------------------------------------------------------------------------------


def likeness(project: Path, theirs: Path) -> Iterator[str]:
    """Of the first take: how like each file is to the whole picture resized, and how large it is; ours and theirs."""
    first = min((project / "output").glob("*.jpg"))
    with Image.open(first) as whole:
        yield "\n| file | ours, dB | sharp's, dB | ours, bytes | sharp's, bytes |\n| --- | ---: | ---: | ---: | ---: |"
        for width in WIDTHS:
            size = (width, round(width * whole.height / whole.width))
            wanted = whole.resize(size, Image.Resampling.LANCZOS)
            for format in ("webp", "avif"):
                files = [folder / f"{first.stem}-{width}.{format}" for folder in (first.parent, theirs)]
                found = [f"{decibels(wanted, file):.2f}" for file in files]
                sizes = [f"{file.stat().st_size:,}" for file in files]
                yield f"| {width}.{format} | {' | '.join((*found, *sizes))} |"


def decibels(wanted: Image.Image, file: Path) -> float:
    """The peak signal to noise ratio of a file; infinite where it is the very picture."""
    with Image.open(file) as image:
        off = ImageStat.Stat(ImageChops.difference(wanted, image.convert("RGB"))).sum2
    mean = sum(off) / (3 * wanted.width * wanted.height)
    return 10 * math.log10(255**2 / mean) if mean else math.inf


if __name__ == "__main__":
    main()
