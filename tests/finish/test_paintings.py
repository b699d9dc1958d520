"""`pixelate` and `tile` on what models paint."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image, ImageChops

from pipeline.errors import PipelineError
from pipeline.finish import steps
from pipeline.finish.steps import seams
from pipeline.spec.steps import step
from tests.finish.paintings import PALETTE, clouds, painted, pebbles, sprite


def run(image: Image.Image, name: str, **params: Any) -> Image.Image:
    return steps.run([step(name, **params)], image.convert("RGBA"))


def wrong(found: Image.Image, true: Image.Image, levels: int) -> int:
    """How many pixels differ by more than so many levels."""
    assert found.size == true.size
    apart = ImageChops.difference(found.convert("RGB"), true).split()
    most = ImageChops.lighter(ImageChops.lighter(apart[0], apart[1]), apart[2])
    return sum(most.histogram()[levels + 1 :])


@pytest.mark.parametrize(
    ("side", "pitch", "drift"), [(40, 12.5, 0.0), (64, 12.7, 0.08), (32, 23.3, 0.12), (48, 7.3, 0.08), (24, 40.4, 0.1)]
)
def test_the_cells_of_painted_pixel_art_are_found(side: int, pitch: float, drift: float) -> None:
    true = sprite(side, side)
    found = run(painted(true, pitch, drift=drift, noise=6), "pixelate")
    assert wrong(found, true, 16) <= side * side // 500
    assert len(found.getcolors(256) or []) <= len(PALETTE) + 1


def test_a_given_palette_makes_the_colors_exact() -> None:
    true = sprite(40, 40)
    table = tuple(f"#{bytes(color).hex()}" for color in PALETTE)
    found = run(painted(true, 12.5, noise=6), "pixelate", palette=table)
    assert wrong(found, true, 0) == 0


def test_so_many_cells_as_are_asked_for() -> None:
    true = sprite(32, 24)
    found = run(painted(true, 15.4, drift=0.1), "pixelate", width=32)
    assert wrong(found, true, 16) <= 2
    assert run(painted(true, 15.4), "pixelate", width=16, snap=False).size == (16, 12)


def test_pixel_art_that_was_enlarged_comes_back_as_it_was() -> None:
    true = sprite(30, 30)
    assert wrong(run(true.resize((240, 240), Image.Resampling.NEAREST), "pixelate"), true, 0) == 0


def test_cells_keep_a_hard_edge() -> None:
    image = painted(sprite(20, 20), 16).convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    assert set(run(image, "pixelate", width=20).getchannel("A").tobytes()) == {0, 255}


def test_a_picture_without_cells_is_told() -> None:
    for image in (clouds(200), Image.new("RGB", (100, 100), "red")):
        with pytest.raises(PipelineError, match="finds no cells"):
            run(image, "pixelate")


@pytest.mark.parametrize("image", [pebbles(240), clouds(240)], ids=["pebbles", "clouds"])
def test_a_tile_has_no_seam_and_is_measured(image: Image.Image) -> None:
    before = seams.measured(image.convert("RGBA"))
    assert max(before) > 3, "the picture is not seamless yet"
    found = run(image, "tile", overlap="20%")
    assert found.size == (192, 192)
    after = seams.measured(found)
    assert max(after) < 1.5
    # What is not joined is as it was, but for its light.
    middle = (60, 60, 180, 180)
    assert wrong(found.crop(middle), image.crop(middle), 24) == 0


def test_a_tile_of_tiles_is_seamless_at_every_place() -> None:
    found = run(clouds(200), "tile", overlap="25%")
    beside = Image.new("RGBA", (2 * found.width, 2 * found.height))
    for at in ((0, 0), (found.width, 0), (0, found.height), found.size):
        beside.paste(found, at)
    half = (found.width // 2, found.height // 2)
    moved = beside.crop((*half, half[0] + found.width, half[1] + found.height))
    assert max(seams.measured(moved)) < 1.5
