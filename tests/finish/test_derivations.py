"""Several files of one picture: each is what it would be alone, however they are made together."""

from __future__ import annotations

import io
import math
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from pipeline.digest import of_bytes
from pipeline.errors import PipelineError
from pipeline.finish import steps
from pipeline.finish.derivations import derive_all
from pipeline.spec.steps import step
from pipeline.words import Derivation


def a_photograph(width: int, height: int) -> Image.Image:
    """Slow light, texture of every size, and hard edges."""
    chance = random.Random(width)
    image = Image.new("RGB", (width, height), "gray")
    for spot in (96, 24, 6, 2):
        size = (width // spot + 2, height // spot + 2)
        noise = Image.frombytes("RGB", size, chance.randbytes(size[0] * size[1] * 3))
        image = Image.blend(image, noise.resize(image.size), 0.3)
    pen = ImageDraw.Draw(image)
    for n in range(20):
        x, y = chance.randrange(width), chance.randrange(height)
        pen.line((x, y, y, x), fill=tuple(chance.randbytes(3)), width=1 + n % 4)
    return image


def as_jpeg(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=95)
    return file.getvalue()


PICTURE = as_jpeg(a_photograph(640, 360))


def process(format: str, *ways: list[object]) -> Derivation:
    params = {"steps": list(ways), "format": format, "options": {}, "provenance": {"level": "none"}}
    return Derivation(name="process", version=1, params=params, inputs=(of_bytes(PICTURE),))


def resize(**params: object) -> list[object]:
    return ["resize", 1, params]


WANTED = (
    *(process(format, resize(width=width)) for width in (320, 96, 40) for format in ("webp", "avif")),
    Derivation(name="take", inputs=(of_bytes(PICTURE),)),
    process("png", ["trim", 1, {}], resize(width=33)),
    process("png", ["trim", 1, {}], resize(height=21), ["mirror", 1, {}]),
    process("jpeg"),
)


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_a_file_is_the_same_alone_and_with_others_on_any_number_of_threads(threads: int) -> None:
    with ThreadPoolExecutor(threads) as encoders:
        together = derive_all([(one, None) for one in WANTED], PICTURE, each=encoders.map)
        few = derive_all([(one, None) for one in WANTED[::-3]], PICTURE, each=encoders.map)
    alone = [derive_all([(one, None)], PICTURE)[0] for one in WANTED]
    assert together == alone
    assert few == alone[::-3]
    assert len({of_bytes(file) for file in together}) == len(WANTED)


def test_a_file_that_cannot_be_made_is_told_from_any_thread() -> None:
    with ThreadPoolExecutor(2) as encoders, pytest.raises(PipelineError, match="16383"):
        wide = process("webp", resize(width=17000, enlarge=True, height=10, fit="stretch"))
        derive_all([(WANTED[0], None), (wide, None)], PICTURE, each=encoders.map)


@pytest.mark.parametrize("width", [11, 40, 63, 97, 120, 128, 199, 300])
def test_a_smaller_picture_cannot_be_told_from_lanczos_over_all_pixels(width: int) -> None:
    image = a_photograph(1200, 700)
    found = steps.run([step("resize", width=width)], image)
    wanted = image.resize(found.size, Image.Resampling.LANCZOS)
    off = ImageStat.Stat(ImageChops.difference(wanted, found.convert("RGB"))).sum2
    mean = sum(off) / (3 * found.width * found.height)
    assert 10 * math.log10(255**2 / (mean or 1e-9)) > 50


def test_a_part_is_cut_out_where_it_was() -> None:
    image = Image.new("RGB", (900, 300), "red")
    image.paste("blue", (300, 0, 600, 300))
    found = steps.run([step("resize", width=30, height=30, fit="cover")], image)
    assert found.crop((3, 0, 27, 30)).convert("RGB").getcolors() == [(24 * 30, (0, 0, 255))]
    assert found.size == (30, 30)


@pytest.mark.parametrize("fit", ["inside", "contain", "cover", "stretch"])
@pytest.mark.parametrize("gravity", ["center", "top-left", "subject"])
def test_an_opaque_picture_is_resized_as_one_that_may_be_seen_through(fit: str, gravity: str) -> None:
    image = a_photograph(301, 200)
    small = step("resize", width=50, height=47, fit=fit, gravity=gravity)
    opaque, other = (steps.run([small], image.convert(mode)).convert("RGBA") for mode in ("RGB", "RGBA"))
    assert opaque.tobytes() == other.tobytes()


def test_steps_leave_the_picture_that_they_are_given() -> None:
    image = a_photograph(60, 40)
    image.info["comment"] = "kept"
    before = image.tobytes()
    for small in (step("resize", width=60), step("resize", width=20)):
        found = steps.run([small], image)
        assert found is not image
        found.paste("black", (0, 0, *found.size))
    assert (image.tobytes(), image.info) == (before, {"comment": "kept"})
