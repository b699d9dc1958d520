"""`cutout` against true alpha: ten subjects drawn for it, and what it says where it cannot."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from pipeline.errors import PipelineError
from pipeline.finish import steps
from pipeline.spec.steps import step
from tests.finish.subjects import NAMES, Color, on, subject

MOST = 0.02
"""Mean absolute error of alpha, and of what is seen on any ground."""


def cut(image: Image.Image, **params: Any) -> Image.Image:
    return steps.run([step("cutout", **params)], image.convert("RGBA"))


def error(one: Image.Image, other: Image.Image) -> float:
    means = ImageStat.Stat(ImageChops.difference(one, other)).mean
    return sum(means) / len(means) / 255


@pytest.mark.parametrize("name", NAMES)
def test_alpha_is_the_true_one(name: str) -> None:
    shown = subject(name)
    found = cut(shown.taken, **shown.params)
    assert error(found.getchannel("A"), shown.true.getchannel("A")) < MOST
    for ground in ((16, 18, 24), (246, 244, 240), (200, 40, 120)):
        assert error(on(found, ground), on(shown.true, ground)) < MOST


def disc(ground: Color, color: Color, *, hole: bool = False) -> Image.Image:
    image = Image.new("RGB", (120, 120), ground)
    draw = ImageDraw.Draw(image)
    draw.ellipse((20, 20, 100, 100), fill=color)
    if hole:
        draw.ellipse((50, 50, 70, 70), fill=ground)
    return image


GROUNDS: list[Color] = [
    (0, 255, 0),
    (255, 0, 255),
    (0, 0, 255),
    (30, 200, 190),
    (255, 255, 255),
    (4, 4, 4),
    (128, 128, 128),
]


@pytest.mark.parametrize("ground", GROUNDS)
def test_any_even_ground_is_taken_away(ground: Color) -> None:
    found = cut(disc(ground, (210, 120, 60)))
    assert found.getpixel((60, 60)) == (210, 120, 60, 255)
    assert [found.getpixel(at) for at in ((0, 0), (119, 0), (10, 60))] == [(0, 0, 0, 0)] * 3


def test_the_same_color_inside_stays_unless_holes_are_asked_for() -> None:
    image = disc((0, 255, 0), (90, 60, 140), hole=True)
    assert cut(image).getpixel((60, 60)) == (0, 255, 0, 255)
    assert cut(image, holes=True).getpixel((60, 60)) == (0, 0, 0, 0)


def test_a_wider_tolerance_takes_more() -> None:
    image = disc((0, 255, 0), (150, 200, 150))
    # A fifth of the ground's color difference is left in the disc.
    assert cut(image).getpixel((60, 60)) == (150, 200, 150, 255)
    taken = cut(image, tolerance=85).getpixel((60, 60))
    assert isinstance(taken, tuple)
    assert taken[3] < 255


def test_without_despill_colors_are_left_as_they_were_painted() -> None:
    shown = subject("off by 30").taken
    found = cut(shown, despill=False)
    visible = found.getchannel("A").point([0] + [255] * 255)
    assert Image.composite(found.convert("RGB"), shown, visible).tobytes() == shown.tobytes()


def test_what_was_transparent_before_stays_so() -> None:
    image = disc((0, 255, 0), (210, 120, 60)).convert("RGBA")
    alpha = Image.new("L", image.size, 255)
    ImageDraw.Draw(alpha).rectangle((50, 50, 70, 70), fill=100)
    image.putalpha(alpha)
    found = cut(image)
    assert [found.getpixel(at)[3] for at in ((60, 60), (30, 60), (2, 2))] == [100, 255, 0]  # type: ignore[index]


def test_a_key_that_is_nowhere_along_the_border_is_told() -> None:
    with pytest.raises(PipelineError) as caught:
        cut(disc((0, 255, 0), (210, 120, 60)), key="#0000ff")
    assert caught.value.message == "`cutout` finds no #0000ff along the border; #00ff00 is common there"
    assert caught.value.hint == "`key: auto` takes what is there"


def test_a_picture_without_a_ground_is_told() -> None:
    noise = Image.effect_noise((64, 64), 300)
    image = Image.merge("RGB", [noise, noise.rotate(90), noise.rotate(180)])
    with pytest.raises(PipelineError) as caught:
        cut(image)
    assert "no color is common along the border" in caught.value.message


def test_a_key_that_is_nowhere_is_told_although_it_may_be_inside() -> None:
    with pytest.raises(PipelineError, match="finds no #0000ff"):
        cut(disc((0, 255, 0), (210, 120, 60)), key="#0000ff", holes=True)


def test_a_hole_can_be_taken_where_no_border_shows_the_ground() -> None:
    image = Image.new("RGB", (60, 60), (120, 80, 40))
    image.paste((0, 255, 0), (20, 20, 40, 40))
    found = cut(image, key="#00ff00", holes=True)
    assert (found.getpixel((30, 30)), found.getpixel((5, 5))) == ((0, 0, 0, 0), (120, 80, 40, 255))


def test_the_same_picture_gives_the_same_pixels() -> None:
    shown = subject("hair")
    assert cut(shown.taken, **shown.params).tobytes() == cut(shown.taken, **shown.params).tobytes()
