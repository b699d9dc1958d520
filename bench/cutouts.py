"""How near `cutout` comes to true alpha, beside sprite-gen and ImageMagick: ten subjects drawn for it, in one table.

    python -m bench.cutouts [--sprite-gen FOLDER [--python PYTHON]] [--picture FILE] [--only SUBJECT ...]

FOLDER is a checkout of https://github.com/aldegad/sprite-gen and PYTHON one with what it needs (Pillow and NumPy);
ImageMagick is `convert` on the PATH. Each gets the same pictures and the key color that the model was asked for; ours
is not told that, only `holes` where a subject has some. Of what others can be told, the best value for each subject is
taken, as if somebody had tried all of them on it.

An error is the mean absolute difference from the truth, in percent of the range: of alpha, and of what is seen on a
dark and on a light ground, whichever is worse. `--picture` shows all of it, the left half of each on dark, the right
half on light.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageStat

from pipeline.finish import steps
from pipeline.spec.steps import step
from tests.finish.subjects import NAMES, Color, Subject, on, subject

DARK: Final[Color] = (16, 18, 24)
LIGHT: Final[Color] = (246, 244, 240)

FUZZ: Final = (5, 10, 15, 20, 25, 30, 40, 50)
"""Percent by which ImageMagick may miss the color."""

STRENGTHS: Final = (50, 60, 70, 80, 90, 100)
"""Percent that ImageMagick takes for the color difference of the ground."""

SPRITE_GEN: Final = """
import json, pathlib, sys
sys.path.insert(0, sys.argv[1])
from PIL import Image
from sprite_gen.frames import extract
folder = pathlib.Path(sys.argv[2])
for name, key in json.loads(sys.argv[3]).items():
    with Image.open(folder / f"{name}.png") as image:
        image = image.convert("RGBA")
    # The values are those that its command line has where nobody says anything.
    extract.remove_chroma_background(image, tuple(key), 96.0, 180.0, 18.0).save(folder / f"{name}.sprite-gen.rgb.png")
    extract.remove_chroma_background_ycbcr(image, tuple(key)).save(folder / f"{name}.sprite-gen.ycbcr.png")
"""


@dataclass(frozen=True, kw_only=True)
class Errors:
    """How far a cut-out is from the truth, in percent."""

    alpha: float
    seen: float

    def __str__(self) -> str:
        return f"{self.alpha:.2f} / {self.seen:.2f}"


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A cut-out and what it was made with."""

    image: Image.Image
    errors: Errors
    told: str = ""


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean absolute difference of two pictures, in percent."""
    means = ImageStat.Stat(ImageChops.difference(one, other)).mean
    return 100 * sum(means) / len(means) / 255


def errors_of(image: Image.Image, true: Image.Image) -> Errors:
    """How far a cut-out is from the true one."""
    seen = max(difference(on(image, ground), on(true, ground)) for ground in (DARK, LIGHT))
    return Errors(alpha=difference(image.getchannel("A"), true.getchannel("A")), seen=seen)


def ours(shown: Subject) -> Cut:
    """By the step `cutout`, with a key that it measures itself."""
    params = {name: value for name, value in shown.params.items() if name != "key"}
    image = steps.run([step("cutout", **params)], shown.taken.convert("RGBA"))
    return Cut(image=image, errors=errors_of(image, shown.true))


def best(cuts: Sequence[Cut]) -> Cut:
    """The one that looks most like the truth."""
    return min(cuts, key=lambda cut: cut.errors.alpha + cut.errors.seen)


def by_sprite_gen(shown: Subject, folder: Path) -> Cut:
    """The better one of its two ways, which were run before."""
    return best([_read(folder / f"{shown.name}.sprite-gen.{way}.png", shown, way) for way in ("rgb", "ycbcr")])


def by_fuzz(shown: Subject, folder: Path, program: str) -> Cut:
    """What is near a color becomes transparent: what most recipes say."""
    key = f"#{bytes(shown.asked).hex()}"
    made = []
    for percent in FUZZ:
        to = folder / "fuzz.png"
        _run([program, str(folder / f"{shown.name}.png"), "-fuzz", f"{percent}%", "-transparent", key, str(to)])
        made.append(_read(to, shown, f"-fuzz {percent}%"))
    return best(made)


def by_color_difference(shown: Subject, folder: Path, program: str) -> Cut:
    """Alpha by what the key's channels have more than the others, which is then taken away: the better recipe."""

    def file(name: str) -> str:
        return str(folder / f"difference-{name}.png")

    bands = [file(letter) for letter in "rgb"]
    strong = [band for band, channel in zip(bands, shown.asked, strict=True) if channel]
    weak = [band for band in bands if band not in strong]
    _run([program, str(folder / f"{shown.name}.png"), "-separate", file("%d")])
    for number, band in enumerate(bands):
        shutil.move(file(str(number)), band)
    _run([program, *strong, "-evaluate-sequence", "min", file("strong")])
    _run([program, *weak, "-evaluate-sequence", "max", file("weak")])
    _run([program, file("strong"), file("weak"), "-compose", "MinusSrc", "-composite", file("more")])
    for band in strong:
        _run([program, band, file("more"), "-compose", "MinusSrc", "-composite", band])
    made = []
    for percent in STRENGTHS:
        alpha = ["(", file("more"), "-level", f"0,{percent}%", "-negate", ")"]
        colors = ["(", *bands, "-set", "colorspace", "sRGB", "-combine", ")"]
        _run([program, *colors, *alpha, "-alpha", "off", "-compose", "CopyOpacity", "-composite", file("cut")])
        made.append(_read(folder / "difference-cut.png", shown, f"strength {percent}%"))
    return best(made)


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{Path(command[0]).name} failed:\n{done.stderr[-2000:]}")


def _read(file: Path, shown: Subject, told: str) -> Cut:
    with Image.open(file) as opened:
        image = opened.convert("RGBA")
    return Cut(image=image, errors=errors_of(image, shown.true), told=told)


def measured(subjects: Sequence[Subject], sprite_gen: Path | None, python: str) -> dict[str, dict[str, Cut]]:
    """The cut-outs by tool and subject."""
    found: dict[str, dict[str, Cut]] = {"asset-pipeline": {shown.name: ours(shown) for shown in subjects}}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for shown in subjects:
            shown.taken.save(folder / f"{shown.name}.png")
        if sprite_gen is not None:
            keys = json.dumps({shown.name: shown.asked for shown in subjects})
            _run([python, "-c", SPRITE_GEN, str(sprite_gen), str(folder), keys])
            found["sprite-gen"] = {shown.name: by_sprite_gen(shown, folder) for shown in subjects}
        program = shutil.which("convert", path="/usr/bin") or shutil.which("magick") or shutil.which("convert")
        if program is not None:
            found["ImageMagick, fuzz"] = {shown.name: by_fuzz(shown, folder, program) for shown in subjects}
            found["ImageMagick, difference"] = {
                shown.name: by_color_difference(shown, folder, program) for shown in subjects
            }
    return found


def table(found: Mapping[str, Mapping[str, Cut]]) -> str:
    """The errors as Markdown: of alpha, and of what is seen."""
    lines = [f"| subject | {' | '.join(found)} |", f"| --- |{' --- |' * len(found)}"]
    for name in found["asset-pipeline"]:
        lines.append(f"| {name} | {' | '.join(str(cuts[name].errors) for cuts in found.values())} |")
    means = [
        Errors(
            alpha=sum(cut.errors.alpha for cut in cuts.values()) / len(cuts),
            seen=sum(cut.errors.seen for cut in cuts.values()) / len(cuts),
        )
        for cuts in found.values()
    ]
    return "\n".join([*lines, f"| all | {' | '.join(map(str, means))} |"])


def picture(subjects: Sequence[Subject], found: Mapping[str, Mapping[str, Cut]], side: int = 150) -> Image.Image:
    """Each subject in a row: as it was painted, as it truly is, and as each tool cut it out."""
    heads = ["painted", "true", *found]
    head, gap = 22, 6
    across, down = side + gap, side + gap
    whole = Image.new("RGB", (across * len(heads) - gap, head + down * len(subjects) - gap), (255, 255, 255))
    draw = ImageDraw.Draw(whole)
    font = ImageFont.load_default(13)
    for column, text in enumerate(heads):
        draw.text((column * across + side / 2, head / 2), text, font=font, fill=(60, 64, 72), anchor="mm")
    for row, shown in enumerate(subjects):
        cells = [
            shown.taken,
            *(_halves(one) for one in (shown.true, *(cuts[shown.name].image for cuts in found.values()))),
        ]
        for column, cell in enumerate(cells):
            small = cell.resize((side, side), Image.Resampling.LANCZOS)
            whole.paste(small, (column * across, head + row * down))
    return whole


def _halves(image: Image.Image) -> Image.Image:
    """A cut-out, its left half on dark and its right half on light."""
    whole = on(image, DARK)
    middle = image.width // 2
    whole.paste(on(image, LIGHT).crop((middle, 0, *image.size)), (middle, 0))
    return whole


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sprite-gen", type=Path)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES)
    args = parser.parse_args()
    subjects = [subject(name) for name in args.only]
    found = measured(subjects, args.sprite_gen, args.python)
    print(table(found))
    for tool, cuts in found.items():
        if told := {name: cut.told for name, cut in cuts.items() if cut.told}:
            print(f"\n{tool}: {', '.join(f'{name} {what}' for name, what in told.items())}")
    if args.picture is not None:
        picture(subjects, found).save(args.picture, quality=80, method=6)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
