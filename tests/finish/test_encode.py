"""Every format holds the picture, says whose it is, and is the same bytes each time."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from pipeline import marks
from pipeline.errors import PipelineError
from pipeline.finish.encode import encode
from pipeline.finish.provenance import About
from pipeline.spec.encoding import FORMATS, complete

ABOUT = About(model="gemini-3-pro-image", alt="A kite")
LOSSLESS = [("png", {}), ("webp", {"lossless": True}), ("ico", {}), ("icns", {})]


def a_drawing(side: int = 96, *, clear: bool = True) -> Image.Image:
    """Smooth edges, strong colours, on nothing or on a light ground."""
    image = Image.new("RGBA", (side * 2, side * 2), (0, 0, 0, 0) if clear else (240, 238, 230, 255))
    draw = ImageDraw.Draw(image)
    draw.ellipse((side * 0.2, side * 0.2, side * 1.4, side * 1.5), fill=(220, 20, 60, 255), outline=(10, 10, 20, 255))
    draw.polygon([(side, side * 0.3), (side * 1.9, side), (side, side * 1.8)], fill=(20, 60, 220, 190))
    return image.resize((side, side), Image.Resampling.LANCZOS)


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def furthest(one: Image.Image, other: Image.Image) -> int:
    """The largest difference of any channel of any pixel."""
    bands = ImageChops.difference(one.convert("RGBA"), other.convert("RGBA")).split()
    return max(int(band.getextrema()[1]) for band in bands)


def mean(one: Image.Image, other: Image.Image) -> float:
    """The mean difference over all channels, on white: under full transparency a colour is nobody's business."""
    flat = [Image.alpha_composite(Image.new("RGBA", one.size, "white"), i.convert("RGBA")) for i in (one, other)]
    counts = ImageChops.difference(*flat).convert("RGB").histogram()
    return sum(count * (at % 256) for at, count in enumerate(counts)) / (3 * one.width * one.height)


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_is_what_it_says_and_shows_the_picture(format: str) -> None:
    source = a_drawing(128, clear=FORMATS[format].has_alpha)
    data = encode(source, format, {}, about=ABOUT)
    assert marks.sniff(data) == FORMATS[format].type
    assert marks.read_mark(data) == "derived"
    found = opened(data)
    assert found.size == (128, 128)
    assert found.has_transparency_data is FORMATS[format].has_alpha
    assert mean(found, source) < 2
    assert "icc_profile" not in found.info


@pytest.mark.parametrize(("format", "options"), LOSSLESS)
@pytest.mark.parametrize("effort", [0, 5, 7, 9])
def test_without_loss_every_pixel_is_kept_also_where_it_cannot_be_seen(
    format: str, options: dict[str, Any], effort: int
) -> None:
    source = a_drawing(64)
    source.putpixel((0, 0), (255, 0, 255, 0))
    found = opened(encode(source, format, {**options, "effort": effort}))
    assert found.convert("RGBA").tobytes() == source.tobytes()


PIXEL = st.sampled_from([(0, 0, 0, 0), (255, 0, 0, 255), (9, 9, 9, 255), (200, 200, 200, 128), (1, 2, 3, 4)])
PIXELS = st.one_of(
    st.lists(st.tuples(*[st.integers(0, 255)] * 4), min_size=1, max_size=600),
    st.lists(PIXEL, min_size=1, max_size=600),
    st.lists(st.integers(0, 255).map(lambda v: (v, v, v, 255)), min_size=1, max_size=600),
    st.lists(st.integers(0, 255).map(lambda v: (v, v, v, 255 - v)), min_size=1, max_size=600),
    st.integers(1, 300).map(lambda n: [(i % 256, i // 256, 7, 255) for i in range(n)]),
    st.integers(1, 300).map(lambda n: [(i % 256, 0, 7, 255 - i // 2) for i in range(n)]),
)


@given(pixels=PIXELS, width=st.integers(1, 40), effort=st.integers(0, 9), repeat=st.sampled_from([1, 9]))
@example(pixels=[(0, 0, 0, 0), (0, 0, 0, 10)], width=1, effort=0, repeat=1)  # what Pillow would read otherwise
@settings(max_examples=150, deadline=None)
def test_a_png_has_every_pixel_whatever_way_it_is_written(
    pixels: list[tuple[int, int, int, int]], width: int, effort: int, repeat: int
) -> None:
    width = min(width, len(pixels))
    rows = (pixels[: len(pixels) // width * width]) * repeat
    source = Image.new("RGBA", (width, len(rows) // width))
    source.putdata(rows)
    data = encode(source, "png", {"effort": effort}, about=ABOUT)
    assert opened(data).convert("RGBA").tobytes() == source.tobytes()
    assert marks.read_mark(data) == "derived"


@pytest.mark.parametrize(
    ("colours", "type", "depth"), [(2, 3, 1), (4, 3, 2), (16, 3, 4), (200, 3, 8), (256, 3, 8), (257, 2, 8)]
)
def test_a_png_with_few_colours_has_a_palette(colours: int, type: int, depth: int) -> None:
    source = Image.new("RGB", (64, 64))
    source.putdata([(i % colours % 256, i % colours // 256 * 9 + 1, 5) for i in range(64 * 64)])
    data = encode(source, "png", {})
    assert struct.unpack_from(">IIBB", data, 16) == (64, 64, depth, type)
    assert opened(data).convert("RGB").tobytes() == source.tobytes()


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_a_grey_png_is_grey(mode: str) -> None:
    source = Image.linear_gradient("L")
    if mode == "LA":
        source = Image.merge("LA", (source, Image.radial_gradient("L")))
    data = encode(source, "png", {})
    assert opened(data).mode == mode
    assert opened(data).tobytes() == source.tobytes()


def test_more_effort_never_makes_a_larger_png() -> None:
    for source in (a_drawing(200), Image.effect_noise((200, 200), 60).convert("RGB")):
        sizes = [len(encode(source, "png", {"effort": effort})) for effort in range(10)]
        assert sizes[9] == min(sizes)
        assert sizes[9] < sizes[0]


def test_flat_art_is_not_filtered_and_a_painting_is() -> None:
    noise = [Image.effect_noise((300, 300), 60).filter(ImageFilter.GaussianBlur(4)) for _ in range(3)]
    for source, channels, filtered in ((a_drawing(300), 4, False), (Image.merge("RGB", noise), 3, True)):
        data = encode(source, "png", {})
        start = data.index(b"IDAT")
        rows = zlib.decompress(data[start + 4 : start + 4 + struct.unpack_from(">I", data, start - 4)[0]])
        assert any(rows[:: 1 + 300 * channels]) is filtered


def test_a_jpeg_is_progressive_and_its_colours_are_as_fine_as_its_light() -> None:
    data = encode(a_drawing(), "jpeg", {})
    frame = data.index(b"\xff\xc2")
    assert [data[frame + 11 + 3 * component] for component in range(3)] == [0x11, 0x11, 0x11]
    assert opened(data).info["progressive"] == 1


def test_what_is_transparent_becomes_white_in_a_jpeg() -> None:
    source = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    source.paste((255, 0, 0, 128), (32, 0, 64, 64))
    found = opened(encode(source, "jpeg", {"quality": 100}))
    assert furthest(found.crop((0, 0, 24, 64)), Image.new("RGB", (24, 64), "white")) <= 1
    assert furthest(found.crop((40, 0, 64, 64)), Image.new("RGB", (24, 64), (255, 127, 127))) <= 2


def test_an_avif_keeps_fine_colours() -> None:
    source = Image.new("RGB", (64, 64), (255, 0, 0))
    for x in range(0, 64, 2):
        source.paste((0, 0, 255), (x, 0, x + 1, 64))
    assert furthest(opened(encode(source, "avif", {"quality": 90})), source) < 40
    coarse = io.BytesIO()
    source.save(coarse, "AVIF", quality=90, subsampling="4:2:0")
    assert furthest(opened(coarse.getvalue()), source) > 100


@pytest.mark.parametrize("format", ["jpeg", "webp", "avif"])
def test_less_quality_is_a_smaller_file(format: str) -> None:
    source = Image.effect_noise((128, 128), 50).convert("RGB")
    sizes = [len(encode(source, format, {"quality": quality})) for quality in (1, 30, 60, 90, 100)]
    assert sizes == sorted(sizes)
    assert sizes[0] * 3 < sizes[-1]


def test_the_quality_of_transparency_is_its_own() -> None:
    source = Image.merge("RGBA", (*Image.new("RGB", (128, 128), "navy").split(), Image.effect_noise((128, 128), 90)))
    whole, coarse = (encode(source, "webp", {"alpha_quality": quality}) for quality in (100, 10))
    assert opened(whole).getchannel("A").tobytes() == source.getchannel("A").tobytes()
    assert len(coarse) < len(whole) / 2


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_a_picture_of_any_mode_can_be_written_in_any_format(format: str, mode: str) -> None:
    grey = Image.radial_gradient("L").resize((48, 32))
    source = (
        Image.frombytes("I;16", grey.size, bytes(b for v in grey.tobytes() for b in (v, v)))
        if mode[0] == "I"
        else (grey.convert(mode))
    )
    found = opened(encode(source, format, {}))
    if format not in ("ico", "icns"):
        expected = grey if mode != "1" else grey.convert("1")
        assert mean(found, expected.convert("RGB")) < (2 if mode != "1" else 12)


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_picture_gives_the_same_bytes(format: str) -> None:
    source = a_drawing()
    assert encode(source, format, {}, about=ABOUT) == encode(source.copy(), format, {}, about=ABOUT)


def test_the_bytes_depend_on_no_number_of_cores_and_no_other_process() -> None:
    """An AVIF is written by several threads; a process that may use one core only has to give the same."""
    code = """
import hashlib, os, sys
if sys.argv[1] == "one" and hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from PIL import Image
from pipeline.finish.encode import encode
source = Image.linear_gradient("L").convert("RGB").resize((700, 500))
source.paste(Image.radial_gradient("L").convert("RGB").resize((400, 300)), (90, 70))
print(hashlib.sha256(encode(source, "avif", {"effort": 3})).hexdigest())
"""
    digests = {
        subprocess.run(
            [sys.executable, "-c", code, cores],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONPATH": str(Path(__file__).parents[2])},
        ).stdout
        for cores in ("one", "all")
    }
    assert len(digests) == 1


def test_one_image_can_be_encoded_by_many_threads_at_once() -> None:
    source = a_drawing(160)
    jobs = [("webp", {"quality": q}) for q in (10, 90)] + [("jpeg", {"quality": q}) for q in (10, 90)]
    alone = [encode(source, format, options) for format, options in jobs]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda job: encode(source, job[0], job[1]), jobs * 20))
    assert together == alone * 20


def test_the_image_is_left_as_it_was() -> None:
    source = a_drawing()
    source.info = {"comment": b"theirs", "icc_profile": b"theirs", "exif": b"theirs", "dpi": (72, 72)}
    pixels, info = source.tobytes(), dict(source.info)
    written = [encode(source, format, {}) for format in FORMATS]
    assert (source.tobytes(), source.info) == (pixels, info)
    assert not any(b"theirs" in data for data in written)


@pytest.mark.parametrize(
    ("format", "size", "message"),
    [
        ("webp", (16384, 1), "a webp is at most 16383 pixels"),
        ("jpeg", (1, 65501), "a jpeg is at most 65500 pixels"),
        ("avif", (32769, 1), "an avif is at most 32768 pixels"),
        ("icns", (12, 12), "the smallest picture in an icns"),
        ("png", (0, 4), "no pixels"),
    ],
)
def test_what_a_format_cannot_hold_is_refused(format: str, size: tuple[int, int], message: str) -> None:
    with pytest.raises(PipelineError, match=message) as refused:
        encode(Image.new("RGB", size), format, {})
    assert refused.value.hint or 0 in size


@pytest.mark.parametrize(("format", "size"), [("webp", (16383, 1)), ("jpeg", (65500, 2)), ("avif", (32768, 1))])
def test_a_picture_at_the_limit_can_be_written_and_read(format: str, size: tuple[int, int]) -> None:
    assert opened(encode(Image.new("RGB", size, "teal"), format, {"effort": 0})).size == size


def test_a_library_without_avif_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL import features

    monkeypatch.setattr(features, "check", lambda feature: False)
    with pytest.raises(PipelineError, match="without AVIF") as refused:
        encode(a_drawing(), "avif", {})
    assert "webp" in refused.value.hint


@pytest.mark.parametrize("format", FORMATS)
def test_every_effort_can_be_asked_for(format: str) -> None:
    source = a_drawing(32)
    for effort in range(10) if "effort" in complete(format, {}) else ():
        assert mean(opened(encode(source, format, {"effort": effort})), source) < 4
