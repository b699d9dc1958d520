"""A matte of two pictures against true alpha: glass, glow, smoke and hair, and what is told where there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, ImageDraw

from pipeline.errors import PipelineError
from pipeline.finish import steps
from pipeline.finish.steps.matte import matte
from pipeline.spec.steps import step
from tests.finish.seen_through import BLACK, SIDE, WHITE, added, error, glass, jpeg, smoke, spot
from tests.finish.subjects import Color, on, subject

MOST = 0.02


def hair() -> Image.Image:
    return subject("hair").true


GROUNDS: list[tuple[Color, Color]] = [
    (WHITE, BLACK),
    (BLACK, WHITE),
    ((128, 128, 128), BLACK),
    ((252, 250, 246), (20, 16, 18)),
]


@pytest.mark.parametrize("grounds", GROUNDS)
@pytest.mark.parametrize("draw", [glass, smoke, hair])
def test_alpha_and_colors_are_the_true_ones(draw: Callable[[], Image.Image], grounds: tuple[Color, Color]) -> None:
    true = draw()
    found = matte(*(jpeg(on(true, ground)) for ground in grounds))
    assert error(found.getchannel("A"), true.getchannel("A")) < MOST
    for ground in (BLACK, WHITE, (200, 40, 120)):
        assert error(on(found, ground), on(true, ground)) < MOST


@pytest.mark.parametrize("color", [WHITE, (255, 190, 64), (80, 160, 255)])
def test_light_that_adds_is_as_bright_on_dark_as_it_was_painted(color: Color) -> None:
    light = spot(color)
    found = matte(jpeg(added(light, WHITE)), jpeg(added(light, BLACK)))
    for ground in (BLACK, (16, 18, 40)):
        assert error(on(found, ground), added(light, ground)) < MOST
    assert found.getpixel((2, 2)) == (0, 0, 0, 0)


def test_glass_of_many_colors_comes_out_better_than_from_one_key() -> None:
    layer = Image.new("RGBA", (SIDE, SIDE))
    for number, color in enumerate([(230, 40, 200), (40, 200, 60), (60, 80, 220), (240, 200, 40)]):
        pane = (40 + 60 * number, 60, 95 + 60 * number, 260)
        ImageDraw.Draw(layer).rectangle(pane, fill=(*color, 110))
    keyed = steps.run([step("cutout")], jpeg(on(layer, (255, 0, 255))))
    both = matte(jpeg(on(layer, WHITE)), jpeg(on(layer, BLACK)))
    alphas = [error(found.getchannel("A"), layer.getchannel("A")) for found in (keyed, both)]
    assert alphas[1] < MOST < alphas[0]


def test_what_is_solid_is_opaque_and_what_is_empty_is_nothing() -> None:
    true = Image.new("RGBA", (SIDE, SIDE))
    ImageDraw.Draw(true).ellipse((60, 60, 260, 260), fill=(90, 140, 60, 255))
    found = matte(*(jpeg(on(true, ground)) for ground in (WHITE, BLACK)))
    assert found.getchannel("A").getcolors() is not None
    solid: Any = found.getpixel((160, 160))
    assert solid[3] == 255 and max(abs(a - b) for a, b in zip(solid, (90, 140, 60), strict=False)) < 4
    assert [found.getpixel(at) for at in ((1, 1), (300, 20))] == [(0, 0, 0, 0)] * 2


MISTAKES = {
    "a matte needs two pictures of one size, these have 320 x 320 and 100 x 100 px": lambda: (
        on(glass(), WHITE),
        Image.new("RGB", (100, 100)),
    ),
    "a matte needs two grounds that differ, these are #ffffff and #ffffff": lambda: (
        on(glass(), WHITE),
        on(smoke(), WHITE),
    ),
    "the two pictures of a matte show two different subjects": lambda: (
        on(subject("hair").true, WHITE),
        on(subject("holes").true, BLACK),
    ),
}


@pytest.mark.parametrize("message", MISTAKES)
def test_two_pictures_that_do_not_fit_are_told(message: str) -> None:
    with pytest.raises(PipelineError) as caught:
        matte(*MISTAKES[message]())
    assert caught.value.message == message
    assert caught.value.hint == "reroll the asset: that draws the second picture anew"
