"""Icons hold the sizes that were asked for, each as it is read by those who show them."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.IcnsImagePlugin import IcnsFile

from pipeline.errors import PipelineError
from pipeline.finish.encode import encode
from pipeline.finish.icons import _run_lengths
from pipeline.finish.provenance import About

ABOUT = About(model="gemini-3-pro-image", alt="A kite")


def a_disc(width: int, height: int | None = None) -> Image.Image:
    image = Image.new("RGBA", (width, height or width), (230, 40, 60, 255))
    image.putalpha(Image.radial_gradient("L").point(lambda v: 255 if v < 120 else 0).resize(image.size))
    return image


def entries(data: bytes) -> list[tuple[int, int, bytes]]:
    """(width, height, bytes) of each picture of an ico, by its directory."""
    reserved, type, count = struct.unpack_from("<HHH", data)
    assert (reserved, type) == (0, 1)
    found = []
    for number in range(count):
        width, height, _, zero, planes, bits, size, at = struct.unpack_from("<BBBBHHII", data, 6 + 16 * number)
        assert (zero, planes, bits) == (0, 1, 32)
        found.append((width or 256, height or 256, data[at : at + size]))
    return found


def elements(data: bytes) -> dict[bytes, bytes]:
    found, at = {}, 8
    assert data[:4] == b"icns"
    assert struct.unpack_from(">I", data, 4) == (len(data),)
    while at < len(data):
        type, (length,) = data[at : at + 4], struct.unpack_from(">I", data, at + 4)
        assert type not in found
        found[type] = data[at + 8 : at + length]
        at += length
    return found


def test_an_ico_holds_the_usual_sizes_each_a_png_of_32_bits() -> None:
    found = entries(encode(a_disc(300), "ico", {}))
    assert [entry[:2] for entry in found] == [(side, side) for side in (16, 24, 32, 48, 64, 128, 256)]
    for side, _, picture in found:
        assert struct.unpack_from(">IIBB", picture, 16) == (side, side, 8, 6)
        assert Image.open(io.BytesIO(picture)).convert("RGBA").getpixel((side // 2, side // 2)) == (230, 40, 60, 255)


def test_of_the_usual_sizes_none_is_made_larger_than_the_picture() -> None:
    assert [entry[0] for entry in entries(encode(a_disc(50), "ico", {}))] == [16, 24, 32, 48]
    assert [entry[0] for entry in entries(encode(a_disc(9), "ico", {}))] == [9]
    assert set(elements(encode(a_disc(100), "icns", {}))) == {
        b"is32",
        b"s8mk",
        b"il32",
        b"l8mk",
        b"ic11",
        b"ic12",
        b"aPpl",
    }


def test_a_size_that_was_asked_for_and_is_larger_is_refused() -> None:
    with pytest.raises(PipelineError, match="`sizes` has 64, and the picture has only 50 x 50 pixels"):
        encode(a_disc(50), "ico", {"sizes": [64]})


def test_sizes_are_those_that_were_asked_for() -> None:
    assert [entry[0] for entry in entries(encode(a_disc(64), "ico", {"sizes": [48, 7, 48]}))] == [7, 48]
    assert set(elements(encode(a_disc(512), "icns", {"sizes": [512]}))) == {b"ic14", b"ic09", b"aPpl"}


def test_a_picture_that_is_no_square_stands_in_the_middle_of_one() -> None:
    ((_, _, picture),) = entries(encode(Image.new("RGB", (64, 32), "navy"), "ico", {"sizes": [64]}))
    found = Image.open(io.BytesIO(picture)).convert("RGBA")
    assert found.getchannel("A").getbbox() == (0, 16, 64, 48)


def test_an_edge_of_what_is_clear_does_not_darken() -> None:
    source = Image.new("RGBA", (256, 256), (0, 0, 0, 0))
    source.paste((255, 255, 255, 255), (64, 64, 192, 192))
    for _, _, picture in entries(encode(source, "ico", {})):
        found = Image.open(io.BytesIO(picture)).convert("RGBA")
        pixels = found.tobytes()
        assert all(alpha < 16 or red > 247 for red, alpha in zip(pixels[::4], pixels[3::4], strict=True))


def test_an_icns_has_a_place_for_every_size() -> None:
    found = elements(encode(a_disc(1024), "icns", {"effort": 1}))
    sides = {
        b"ic11": 32,
        b"ic12": 64,
        b"ic07": 128,
        b"ic13": 256,
        b"ic08": 256,
        b"ic14": 512,
        b"ic09": 512,
        b"ic10": 1024,
    }
    assert {type: Image.open(io.BytesIO(found[type])).size[0] for type in sides} == sides
    assert [len(found[mask]) for mask in (b"s8mk", b"l8mk")] == [256, 1024]


@pytest.mark.parametrize("side", [16, 32])
def test_the_two_smallest_of_an_icns_are_read_back_without_loss(side: int) -> None:
    source = a_disc(side)
    source.putpixel((1, 1), (1, 2, 3, 200))
    image = IcnsFile(io.BytesIO(encode(source, "icns", {"sizes": [side]}))).getimage((side, side, 1))
    assert image.convert("RGBA").tobytes() == source.tobytes()


def unpacked(packed: bytes) -> bytes:
    made, at = bytearray(), 0
    while at < len(packed):
        if packed[at] < 128:
            made += packed[at + 1 : at + 2 + packed[at]]
            at += 2 + packed[at]
        else:
            made += packed[at + 1 : at + 2] * (packed[at] - 125)
            at += 2
    return bytes(made)


@given(st.lists(st.tuples(st.integers(0, 255), st.sampled_from([1, 1, 1, 2, 3, 127, 131, 300])), max_size=200))
def test_run_lengths_say_what_they_stand_for(runs: list[tuple[int, int]]) -> None:
    channel = b"".join(bytes([value]) * times for value, times in runs)
    packed = _run_lengths(channel)
    assert unpacked(packed) == channel
    assert len(packed) <= len(channel) + len(channel) // 128 + 1


@pytest.mark.parametrize("format", ["ico", "icns"])
def test_the_largest_picture_speaks_for_all(format: str) -> None:
    data = encode(a_disc(64), format, {}, about=ABOUT)
    assert data.count(b"trainedAlgorithmicMedia") == 1
    largest = entries(data)[-1][2] if format == "ico" else elements(data)[b"ic12"]
    assert b"trainedAlgorithmicMedia" in largest
