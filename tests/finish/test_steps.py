"""Laws that steps keep, whatever the picture: tried on many small ones."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageCms

from pipeline.errors import PipelineError
from pipeline.finish import steps
from pipeline.spec.step_table import Param, ParamKind
from pipeline.spec.steps import STEPS, Size, Step, alpha_after, size_after, step


@st.composite
def pictures(draw: st.DrawFn, most: int = 24) -> Image.Image:
    """Small pictures with few or many colors, more or less transparent."""
    width, height = draw(st.integers(1, most)), draw(st.integers(1, most))
    count = width * height
    table = draw(st.lists(st.binary(min_size=4, max_size=4), min_size=1, max_size=6))
    order = draw(st.binary(min_size=count, max_size=count))
    data = b"".join(table[at % len(table)] for at in order)
    image = Image.frombytes("RGBA", (width, height), data)
    if draw(st.booleans()):
        image.putalpha(255)
    return image


law = settings(deadline=None, max_examples=60)  # how long a picture takes is no law

COLORS = st.sampled_from(["#ff0000", "#00ff00", "#204060", "#ffffff", "#010203"])


def values(param: Param) -> st.SearchStrategy[Any]:
    """Right values of a parameter, its default among them."""
    match param.kind:
        case ParamKind.INT:
            found: st.SearchStrategy[Any] = st.integers(param.least, min(param.most, 40))
        case ParamKind.NUMBER:
            found = st.sampled_from([param.most // 4, param.most])  # few, as a table of colors takes long to make
        case ParamKind.BOOL:
            found = st.booleans()
        case ParamKind.CHOICE:
            found = st.sampled_from(param.choices)
        case ParamKind.COLOR:
            found = COLORS
        case ParamKind.COLORS:
            found = st.integers(2, 9) | st.lists(COLORS, min_size=1, max_size=4, unique=True).map(tuple)
        case ParamKind.LENGTH:
            found = st.integers(0, 30) | st.integers(0, 100).map(lambda share: f"{share}%")
        case ParamKind.RATIO:
            found = st.sampled_from(["1:1", "16:9", "191:100", "2:3"])
        case ParamKind.BOX:
            share = st.integers(1, 20) | st.sampled_from(["5%", "60%", "100%"])
            found = st.tuples(share, share, share, share)
        case ParamKind.SWAPS:
            found = st.dictionaries(COLORS, COLORS, max_size=2).map(lambda swaps: tuple(sorted(swaps.items())))
    return found if param.needed else st.just(param.default) | found


@st.composite
def any_step(draw: st.DrawFn, *names: str) -> Step:
    """One of those names, or any."""
    kind = STEPS[draw(st.sampled_from(names or list(STEPS)))]
    params = {param.name: draw(values(param)) for param in kind.params}
    assume(kind.fault(params) is None)
    return step(kind.name, **params)


def pixels(image: Image.Image) -> list[tuple[int, ...]]:
    """All pixels, row by row."""
    data, count = image.tobytes(), len(image.getbands())
    return [tuple(data[at : at + count]) for at in range(0, len(data), count)]


def run(image: Image.Image, name: str, **params: Any) -> Image.Image:
    return steps.run([step(name, **params)], image)


@settings(law, max_examples=150)
@given(pictures(), any_step())
def test_a_step_makes_the_size_that_the_table_says_and_is_deterministic(image: Image.Image, done: Step) -> None:
    before = image.tobytes()
    try:
        found = steps.run([done], image)
    except PipelineError:
        assert done.name in ("cutout", "trim", "pixelate")  # only these may find nothing
        return
    due = size_after([done], Size(*image.size))
    assert found.mode == "RGBA"
    assert found.size == (due.width, due.height) if due.exact else found.width <= due.width
    assert steps.run([done], image).tobytes() == found.tobytes()
    assert image.tobytes() == before, "the picture given stays as it is"
    was_opaque = image.getchannel("A").getextrema() == (255, 255)
    if was_opaque and not alpha_after([done]):
        assert found.getchannel("A").getextrema() == (255, 255)


@law
@given(pictures())
def test_what_changes_nothing_changes_nothing(image: Image.Image) -> None:
    whole = {"width": image.width, "height": image.height}
    same: list[tuple[str, dict[str, Any]]] = [
        ("crop", {"box": (0, 0, "100%", "100%")}),
        ("crop", whole),
        ("resize", whole),
        ("resize", {**whole, "fit": "stretch"}),
        ("resize", {**whole, "fit": "cover"}),
        ("resize", {**whole, "fit": "contain"}),
        ("resize", {"width": 16384}),
        ("round", {"radius": 0}),
        ("tile", {"overlap": 0}),
        ("convert", {"to": "srgb"}),
    ]
    for name, params in same:
        found = run(image, name, **params)
        assert found.size == image.size
        if name != "tile":  # which multiplies colors by alpha
            assert found.tobytes() == image.tobytes(), (name, params)


@law
@given(pictures(), any_step("trim", "crop", "palette", "flatten", "convert"))
def test_twice_is_as_good_as_once(image: Image.Image, done: Step) -> None:
    assume(done.name != "crop" or done.given["box"] is None)
    assume(done.name != "palette" or not done.given["dither"])
    assume(done.name != "trim" or done.given["padding"] == 0)
    try:
        once = steps.run([done], image)
    except PipelineError:
        return
    assert steps.run([done, done], image).tobytes() == once.tobytes()


@law
@given(pictures(), st.integers(0, 6), st.integers(0, 254))
def test_trim_takes_only_what_is_empty(image: Image.Image, padding: int, threshold: int) -> None:
    alpha = image.getchannel("A").tobytes()
    kept = sorted(value for value in alpha if value > threshold)
    if not kept:
        with pytest.raises(PipelineError, match="nothing to keep"):
            run(image, "trim", padding=padding, threshold=threshold)
        return
    found = run(image, "trim", padding=padding, threshold=threshold)
    after = found.getchannel("A")
    assert sorted(value for value in after.tobytes() if value > threshold) == kept
    inner = after.crop((padding, padding, found.width - padding, found.height - padding))
    for side in (
        inner.crop((0, 0, inner.width, 1)),
        inner.crop((0, inner.height - 1, *inner.size)),
        inner.crop((0, 0, 1, inner.height)),
        inner.crop((inner.width - 1, 0, *inner.size)),
    ):
        assert max(side.tobytes()) > threshold


@law
@given(pictures(), any_step())
def test_no_step_makes_a_pixel_less_transparent_where_it_lies(image: Image.Image, done: Step) -> None:
    assume(done.name in ("cutout", "round", "palette", "recolour", "convert"))
    try:
        found = steps.run([done], image)
    except PipelineError:
        return
    assert max(ImageChops.subtract(found.getchannel("A"), image.getchannel("A")).tobytes()) == 0


@law
@given(pictures(), st.sampled_from(["horizontal", "vertical", "both"]))
def test_mirrored_twice_is_as_before(image: Image.Image, axis: str) -> None:
    assert run(run(image, "mirror", axis=axis), "mirror", axis=axis).tobytes() == image.tobytes()


@law
@given(pictures(), st.integers(0, 5), st.integers(0, 5))
def test_what_pad_adds_crop_takes_away(image: Image.Image, x: int, y: int) -> None:
    assume(x or y)
    padded = run(image, "pad", x=x, y=y, color="#ff0000")
    assert run(padded, "crop", box=(x, y, image.width, image.height)).tobytes() == image.tobytes()
    assert padded.getpixel((0, 0)) == (255, 0, 0, 255)


@law
@given(pictures(), st.integers(2, 20))
def test_a_palette_has_no_more_colors_than_asked_for(image: Image.Image, count: int) -> None:
    found = run(image, "palette", colors=count)
    data = found.tobytes()
    seen = {data[at : at + 3] for at in range(0, len(data), 4) if data[at + 3]}
    assert len(seen) <= count


@law
@given(pictures(), st.lists(st.binary(min_size=3, max_size=3), min_size=1, max_size=40, unique=True))
def test_a_given_palette_is_all_that_is_left(image: Image.Image, table: list[bytes]) -> None:
    found = run(image, "palette", colors=tuple(f"#{color.hex()}" for color in table))
    data = found.tobytes()
    assert {data[at : at + 3] for at in range(0, len(data), 4) if data[at + 3]} <= set(table)
    assert run(found, "palette", colors=tuple(f"#{color.hex()}" for color in table)).tobytes() == data


# --- one by one -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("filter", ["box", "bilinear", "bicubic", "lanczos"])
@pytest.mark.parametrize("size", [10, 37, 99])
def test_a_reduced_edge_has_no_dark_fringe(filter: str, size: int) -> None:
    image = Image.new("RGBA", (100, 100))  # transparent black
    image.paste((235, 200, 160, 255), (33, 33, 67, 67))
    small = run(image, "resize", width=size, filter=filter)
    # Of a pixel that is nearly clear eight bits tell the color roughly.
    seen = [pixel for pixel in pixels(small) if pixel[3] >= 16]
    assert seen
    assert all(own >= due - 16 for pixel in seen for own, due in zip(pixel, (235, 200, 160), strict=False))


def test_contain_shows_all_and_cover_fills_all() -> None:
    image = Image.new("RGBA", (200, 100), "red")
    contained = run(image, "resize", width=50, height=50, fit="contain")
    assert (contained.size, contained.getbbox()) == ((50, 50), (0, 12, 50, 37))
    assert run(image, "resize", width=50, height=50, fit="contain", gravity="top").getbbox() == (0, 0, 50, 25)
    covered = run(image, "resize", width=50, height=50, fit="cover")
    assert covered.getextrema() == ((255, 255), (0, 0), (0, 0), (255, 255))


def test_a_crop_can_follow_the_subject() -> None:
    image = Image.new("RGBA", (300, 100), (120, 140, 160, 255))
    image.paste((240, 60, 30, 255), (210, 30, 250, 70))
    found = run(image, "crop", ratio="1:1", gravity="subject")
    red = [at for at, pixel in enumerate(pixels(found)) if pixel[0] == 240]
    assert found.size == (100, 100)
    assert len(red) == 40 * 40, "all of it is there"
    assert 15 <= red[0] % 100 <= 45, "and in the middle"


def test_a_cut_out_subject_is_where_it_is_opaque() -> None:
    image = Image.new("RGBA", (300, 100))
    image.paste((240, 60, 30, 255), (10, 30, 50, 70))
    found = run(image, "crop", ratio="1:1", gravity="subject")
    assert found.getchannel("A").tobytes().count(255) == 1600


def test_recolour_swaps_exact_colors_and_leaves_all_others() -> None:
    image = Image.new("RGBA", (3, 1))
    for at, color in enumerate([(255, 0, 0, 255), (254, 0, 0, 255), (0, 0, 255, 90)]):
        image.putpixel((at, 0), color)
    swapped = run(image, "recolour", map=(("#0000ff", "#ff0000"), ("#ff0000", "#0000ff")))
    assert pixels(swapped) == [(0, 0, 255, 255), (254, 0, 0, 255), (255, 0, 0, 90)]


def test_recolour_keeps_shades() -> None:
    image = Image.new("RGBA", (2, 1), (200, 40, 40, 255))
    image.putpixel((1, 0), (180, 30, 30, 255))
    swapped = run(image, "recolour", map=(("#c82828", "#2828c8"),), tolerance=20)
    assert pixels(swapped) == [(40, 40, 200, 255), (20, 30, 190, 255)]


def test_all_hues_turn_and_gray_stays() -> None:
    image = Image.new("RGBA", (2, 1), (220, 60, 60, 255))
    image.putpixel((1, 0), (128, 128, 128, 255))
    turned, gray = pixels(run(image, "recolour", hue=120))
    assert turned[1] > turned[0] + 40 and turned[1] > turned[2] + 40
    assert max(gray[:3]) - min(gray[:3]) <= 4
    back = run(run(image, "recolour", hue=120), "recolour", hue=-120).getpixel((0, 0))
    assert isinstance(back, tuple)
    assert max(abs(a - b) for a, b in zip(back, (220, 60, 60), strict=False)) <= 12
    bleached = run(image, "recolour", saturation=-100).getpixel((0, 0))
    assert isinstance(bleached, tuple)
    assert max(bleached[:3]) - min(bleached[:3]) <= 4


def test_round_makes_a_circle_of_a_square() -> None:
    image = Image.new("RGBA", (200, 200), "red")
    alpha = run(image, "round").getchannel("A")
    share = sum(alpha.tobytes()) / 255 / 200**2
    assert abs(share - 0.785398) < 0.0005
    assert alpha.getpixel((0, 0)) == 0 and alpha.getpixel((100, 0)) == 255
    assert alpha.tobytes() == alpha.transpose(Image.Transpose.ROTATE_90).tobytes()


def test_a_color_profile_is_kept_until_it_is_converted_away() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = Image.new("RGBA", (4, 4), (10, 200, 30, 120))
    image.info["icc_profile"] = profile
    assert run(image, "mirror").info == {"icc_profile": profile}
    converted = run(image, "convert", to="srgb")
    assert converted.info == {}
    found = converted.getpixel((0, 0))
    assert isinstance(found, tuple)
    assert max(abs(a - b) for a, b in zip(found, (10, 200, 30, 120), strict=True)) <= 1


def test_a_broken_color_profile_is_told() -> None:
    image = Image.new("RGBA", (4, 4), (10, 200, 30, 120))
    image.info["icc_profile"] = b"no profile"
    with pytest.raises(PipelineError, match="color profile"):
        run(image, "convert", to="srgb")


def test_steps_follow_each_other() -> None:
    image = Image.new("RGBA", (80, 40), (0, 255, 0, 255))
    image.paste((200, 30, 40, 255), (20, 10, 60, 30))
    found = steps.run([step("cutout"), step("trim"), step("pad", ratio="1:1"), step("resize", width=20)], image)
    assert found.size == (20, 20)
    file = io.BytesIO()
    found.save(file, "PNG")
    assert found.getchannel("A").point([0] * 128 + [255] * 128).getbbox() == (0, 5, 20, 15)
