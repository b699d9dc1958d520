"""The fast Lanczos beside Pillow's own: the same to the eye, for what it takes on; and all works without it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from pipeline.finish.steps import lanczos, scale

pytest.importorskip("cykooz_resizer")


def painting(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Slow light with hard edges and grain in it, another one for each channel."""
    light = Image.radial_gradient("L").resize((width, height))
    grain = Image.effect_noise((width, height), 40)
    edges = Image.linear_gradient("L").resize((width, height)).point(lambda value: value // 32 % 2 * 255)
    mixed = [Image.blend(light, grain, 0.3), Image.blend(light, edges, 0.5), ImageChops.invert(light)]
    return mixed[0] if mode == "L" else Image.merge(mode, [*mixed, light][: len(mode)])


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean over all pixels and channels, in levels of 255."""
    return max(ImageStat.Stat(ImageChops.difference(one, other)).mean)


@given(st.data(), st.sampled_from(["L", "RGB"]))
def test_it_makes_what_pillow_makes(data: st.DataObject, mode: str) -> None:
    def stretch() -> tuple[int, float, float, int]:
        """The pixels that a side has; where the box begins and ends on it; how many are made of it."""
        whole = data.draw(st.integers(2, 300))
        begin = data.draw(st.integers(0, (whole - 2) * 64)) / 64
        end = data.draw(st.integers(int((begin + 1) * 64), whole * 64)) / 64
        return whole, begin, end, data.draw(st.integers(1, int(end - begin)))

    (width, left, right, across), (height, top, bottom, down) = stretch(), stretch()
    size, box = (across, down), (left, top, right, bottom)
    image = painting(width, height, mode)
    found = lanczos.shrunk(image, size, box)
    assert found is not None and (found.mode, found.size) == (mode, size)
    # In a picture of one pixel that may be one level.
    assert difference(found, image.resize(size, Image.Resampling.LANCZOS, box)) < 1.5


@given(st.tuples(*[st.integers(0, 255)] * 3), st.integers(1, 60), st.integers(1, 40))
def test_a_surface_of_one_colour_keeps_it(colour: tuple[int, int, int], across: int, down: int) -> None:
    found = lanczos.shrunk(Image.new("RGB", (60, 40), colour), (across, down), (0, 0, 60, 40))
    assert found is not None and found.getcolors() == [(across * down, colour)]


def test_black_and_white_from_pixel_to_pixel_is_as_near_to_the_sum_as_what_pillow_makes() -> None:
    """It is not near to Pillow's there: both cut off between their two passes, in another order."""
    image, size = Image.effect_noise((300, 300), 100).point(lambda value: 255 if value > 128 else 0), (200, 200)
    # In floating point nothing is rounded or cut off.
    whole = image.convert("F").resize(size, Image.Resampling.LANCZOS).point(lambda value: value * 1 + 0.5).convert("L")
    found, pillows = lanczos.shrunk(image, size, (0, 0, 300, 300)), image.resize(size, Image.Resampling.LANCZOS)
    assert found is not None
    assert difference(found, whole) < difference(pillows, whole) * 1.1


@pytest.mark.parametrize(("mode", "size"), [("RGBA", (20, 20)), ("RGB", (101, 50)), ("L", (50, 101))])
def test_what_can_be_seen_through_or_grows_is_left_to_pillow(mode: str, size: tuple[int, int]) -> None:
    assert lanczos.shrunk(painting(100, 100, mode), size, (0, 0, 100, 100)) is None


def test_threads_that_shrink_one_picture_get_what_one_gets() -> None:
    sizes = [(side, side) for side in (10, 40, 90, 200) * 8]
    image = painting(800, 800)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda size: lanczos.shrunk(image, size, (0, 0, 800, 800)), sizes))
    alone = [lanczos.shrunk(image.copy(), size, (0, 0, 800, 800)) for size in sizes]
    assert [one.tobytes() for one in found if one] == [one.tobytes() for one in alone if one]


def test_what_has_alpha_and_cannot_be_seen_through_is_shrunk_as_without() -> None:
    image = painting(300, 200)
    box = (0.5, 0.0, 280.25, 200.0)
    opaque, other = lanczos.shrunk(image, (70, 60), box), lanczos.shrunk(image.convert("RGBA"), (70, 60), box)
    assert opaque is not None and other is not None
    assert other.tobytes() == opaque.convert("RGBA").tobytes()


def test_nothing_is_kept_of_a_picture_that_is_gone() -> None:
    before = set(lanczos._pixels)
    image = painting(400, 400)
    for side in (10, 20):
        assert lanczos.shrunk(image, (side, side), (0, 0, 400, 400)) is not None
    assert len(set(lanczos._pixels) - before) == 1
    del image
    assert set(lanczos._pixels) == before


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(sys.modules, "cykooz_resizer", None)
    lanczos._library.cache_clear()
    yield
    lanczos._library.cache_clear()


@pytest.mark.usefixtures("without")
def test_without_the_extra_pillow_does_it() -> None:
    image = painting(900, 600)
    assert lanczos.shrunk(image, (90, 60), (0, 0, 900, 600)) is None
    whole = image.resize((90, 60), Image.Resampling.LANCZOS)
    assert difference(scale.resampled(image, (90, 60), "lanczos"), whole) < 1
