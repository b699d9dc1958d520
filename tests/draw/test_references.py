"""References on their way out: untouched when small, shrunk when large, refused when they are no pictures."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from pipeline.draw.references import prepare
from pipeline.errors import DrawError
from tests.draw.conftest import a_picture


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize(("form", "type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")])
def test_a_picture_within_the_limit_is_attached_byte_for_byte(form: str, type: str) -> None:
    data = a_picture(form, (64, 48))
    prepared = prepare(data, 64)
    assert prepared.data is data
    assert prepared.type == type


@pytest.mark.parametrize(("form", "type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/png")])
def test_a_larger_one_is_shrunk_in_its_ratio(form: str, type: str) -> None:
    prepared = prepare(a_picture(form, (400, 100)), 64)
    assert prepared.type == type
    assert opened(prepared.data).size == (64, 16)


def test_a_shrunk_photo_is_the_right_way_up() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    prepared = prepare(a_picture("JPEG", (400, 100), exif=exif.tobytes()), 64)
    assert opened(prepared.data).size == (16, 64)
    assert opened(prepared.data).getexif().get(0x0112) is None


def test_transparency_survives_shrinking() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (300, 300), (255, 0, 0, 0)).save(out, "PNG")
    prepared = prepare(out.getvalue(), 100)
    shrunk = opened(prepared.data)
    assert (shrunk.mode, shrunk.getchannel("A").getextrema()) == ("RGBA", (0, 0))


@pytest.mark.parametrize("mode", ["L", "P", "1", "I;16", "CMYK"])
def test_every_kind_of_pixel_can_be_shrunk(mode: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (300, 200)).save(out, "JPEG" if mode == "CMYK" else "PNG")
    assert opened(prepare(out.getvalue(), 30).data).size == (30, 20)


@pytest.mark.parametrize("form", ["GIF", "AVIF"])
def test_a_type_that_the_api_does_not_take_becomes_one_that_it_does(form: str) -> None:
    prepared = prepare(a_picture(form, (64, 48)), 2048)
    assert prepared.type == "image/png"
    assert opened(prepared.data).size == (64, 48)


def test_a_picture_that_only_the_api_can_read_is_passed_on() -> None:
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 40
    assert prepare(heic, 10).data is heic
    assert prepare(heic, 10).type == "image/heic"


def test_an_lfs_pointer_is_told_from_a_picture() -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n"
    with pytest.raises(DrawError, match="LFS pointer") as caught:
        prepare(pointer, 2048)
    assert "git lfs pull" in caught.value.hint


@pytest.mark.parametrize("data", [b"", b"<svg/>", b"%PDF-1.7", b"hello"])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(DrawError, match="no picture"):
        prepare(data, 2048)


def a_bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it has that many pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [13_400, 31_623, 60_000])
def test_a_picture_of_absurd_size_is_refused_before_it_is_decoded(side: int) -> None:
    with pytest.raises(DrawError, match="pixels"):
        prepare(a_bomb(side, side), 2048)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_broken_picture_that_has_to_be_shrunk_is_refused(form: str) -> None:
    data = a_picture(form, (700, 500))
    with pytest.raises(DrawError, match="cannot be attached"):
        prepare(data[: len(data) // 2], 64)
