"""Whatever the bytes are: upright, sRGB, eight bits a channel, or one sentence that says why not."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from pipeline.errors import PipelineError
from pipeline.finish import icons
from pipeline.finish.decode import MAX_PIXELS, decoded, measure

FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF", "ICO", "ICNS")


def saved(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def a_picture(mode: str = "RGB") -> Image.Image:
    """Red on the left, green on the right, a blue pixel in the upper left corner."""
    image = Image.new("RGB", (32, 16), (220, 30, 40))
    image.paste((20, 180, 60), (16, 0, 32, 16))
    image.putpixel((0, 0), (10, 20, 240))
    return image.convert(mode)


PLAIN = {form: saved(a_picture().resize((32, 32)), form) for form in FORMATS if form != "ICNS"}
PLAIN["ICNS"] = icons.icns(a_picture().resize((32, 32)), [16, 32], effort=1, xmp=b"")


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, depth: int, colours: int, rows: bytes, *more: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "PA", "1"])
def test_a_picture_of_any_mode_becomes_the_same_colours(mode: str) -> None:
    source = a_picture(mode)
    found = decoded(saved(source) if mode != "PA" else saved(source.convert("RGBA")))
    assert found.mode == "RGB"
    assert found.info == {}
    assert found.tobytes() == source.convert("RGB").tobytes()


def test_what_can_be_seen_through_has_alpha_and_what_cannot_has_none() -> None:
    source = a_picture("RGBA")
    assert decoded(saved(source)).mode == "RGB"
    source.putpixel((3, 3), (9, 9, 9, 128))
    assert decoded(saved(source)).getpixel((3, 3)) == (9, 9, 9, 128)


@pytest.mark.parametrize("mode", ["P", "RGB", "L"])
def test_a_transparent_colour_is_transparent(mode: str) -> None:
    source = Image.new(mode, (4, 4), 0)
    source.putpixel((1, 1), 1 if mode == "P" else 0)
    if mode == "P":
        source.putpalette([0, 0, 0, 250, 0, 0])
    found = decoded(saved(source, transparency=0 if mode != "RGB" else (0, 0, 0)))
    assert found.mode == "RGBA"
    assert found.getpixel((0, 0)) == (0, 0, 0, 0)


def test_sixteen_bits_become_the_upper_eight_and_are_not_cut_off() -> None:
    light = [0, 257, 128 * 257, 40000, 65535]
    found = decoded(png(5, 1, 16, 0, b"\0" + struct.pack(">5H", *light)))
    assert [found.getpixel((x, 0)) for x in range(5)] == [(round(v / 257),) * 3 for v in light]


def test_sixteen_bits_a_colour_keep_their_colours() -> None:
    found = decoded(png(1, 1, 16, 2, b"\0" + struct.pack(">3H", 250 * 257, 100 * 257, 3 * 257)))
    assert found.getpixel((0, 0)) == (250, 100, 3)


def test_cmyk_becomes_rgb_with_its_profile_or_without() -> None:
    source = a_picture("CMYK")
    found = decoded(saved(source, "JPEG", quality=100, subsampling=0))
    red, green, blue = found.getpixel((8, 8))
    assert red > 180
    assert max(green, blue) < 80


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_orientation_is_applied_once(orientation: int) -> None:
    turned = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    exif = Image.Exif()
    exif[0x0112] = orientation
    expected = a_picture() if orientation == 1 else a_picture().transpose(turned[orientation])
    found = decoded(saved(a_picture(), "PNG", exif=exif))
    assert found.size == expected.size
    assert found.tobytes() == expected.tobytes()
    assert found.getexif() == {}


def test_an_orientation_that_cannot_be_read_is_none() -> None:
    found = decoded(saved(a_picture(), "PNG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01"))
    assert found.tobytes() == a_picture().tobytes()


def a_profile(swapped: bool = True) -> bytes:
    """One in which red and green have changed places, so that nobody can overlook whether it was heeded."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack_from(">I", profile, 128)[0]
    places = {bytes(profile[132 + 12 * i : 136 + 12 * i]): 132 + 12 * i for i in range(count)}
    red, green = places[b"rXYZ"], places[b"gXYZ"]
    profile[red + 4 : red + 12], profile[green + 4 : green + 12] = (
        profile[green + 4 : green + 12],
        profile[red + 4 : red + 12],
    )
    return bytes(profile).replace("sRGB".encode("utf-16-be"), "tRGB".encode("utf-16-be"))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "AVIF"])
def test_colours_are_converted_to_srgb_and_the_profile_is_gone(form: str) -> None:
    found = decoded(saved(a_picture(), form, icc_profile=a_profile(), quality=100))
    red, green, _ = found.getpixel((8, 8))
    assert green > 180 > 90 > red
    assert found.info == {}


def test_a_picture_in_srgb_keeps_its_very_numbers() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert decoded(saved(a_picture(), icc_profile=srgb)).tobytes() == a_picture().tobytes()


def test_alpha_passes_by_the_profile() -> None:
    source = a_picture("RGBA")
    source.putalpha(100)
    found = decoded(saved(source, icc_profile=a_profile()))
    assert found.getchannel("A").getextrema() == (100, 100)
    assert found.getpixel((8, 8))[1] > 180


@pytest.mark.parametrize("profile", [b"", b"no profile", a_profile()[:200], a_profile()[:-9] + b"\xff" * 9])
@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA"])
def test_a_profile_that_is_damaged_or_of_another_kind_stops_nothing(profile: bytes, mode: str) -> None:
    assert decoded(saved(a_picture(mode), icc_profile=profile)).size == (32, 16)


def test_a_profile_for_grey_leaves_colours_alone_and_is_heeded_for_grey() -> None:
    # Of a grey with linear light: what is written as a half is far lighter.
    curve = b"curv" + bytes(4) + struct.pack(">I", 0)
    white = b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061)
    tags, body, at = b"", b"", 132 + 3 * 12
    for name, data in (
        (b"kTRC", curve),
        (b"wtpt", white),
        (b"desc", b"desc" + bytes(4) + struct.pack(">I", 1) + bytes(91)),
    ):
        tags += name + struct.pack(">II", at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(
        ">I4sI4s4s4s12x4s24x3i48x",
        at + len(body),
        b"none",
        0x02400000,
        b"mntr",
        b"GRAY",
        b"XYZ ",
        b"acsp",
        63190,
        65536,
        54061,
    )
    profile = head[:128].ljust(128, b"\0") + struct.pack(">I", 3) + tags + body
    assert decoded(saved(a_picture(), icc_profile=profile)).tobytes() == a_picture().tobytes()
    lighter = decoded(saved(Image.new("L", (4, 4), 128), icc_profile=profile)).getpixel((0, 0))
    assert lighter[0] == lighter[1] == lighter[2] > 180


@pytest.mark.parametrize("form", FORMATS)
def test_a_picture_that_is_cut_off_is_refused_in_one_sentence(form: str) -> None:
    whole = saved(Image.effect_noise((64, 64), 90).convert("RGB"), form)
    decoded(whole)
    with pytest.raises(PipelineError, match="the picture cannot be read"):
        decoded(whole[: len(whole) * 3 // 5])


@given(form=st.sampled_from(FORMATS), edits=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), max_size=6))
@settings(max_examples=300, deadline=None)
def test_damage_is_refused_in_one_sentence_or_read(form: str, edits: list[tuple[int, int]]) -> None:
    damaged = bytearray(PLAIN[form])
    for at, byte in edits:
        damaged[at % len(damaged)] = byte
    try:
        found = decoded(bytes(damaged))
    except PipelineError as error:
        assert "0x" not in error.message
    else:
        assert found.mode in ("RGB", "RGBA")


def test_a_picture_that_claims_too_many_pixels_is_refused_before_they_are_made() -> None:
    for side in (15_000, 30_000, 2**31 - 1):
        bomb = png(side, side, 8, 0, b"")
        for read in (measure, decoded):
            with pytest.raises(PipelineError, match="pixels") as refused:
                read(bomb)
            assert f"{MAX_PIXELS:,}" in refused.value.message


def test_a_text_that_swells_is_refused() -> None:
    swollen = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"\0" * (200 << 20)))
    with pytest.raises(PipelineError):
        decoded(png(1, 1, 8, 0, b"\0\0", swollen))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a picture of a known type"),
        (b"<svg/>", "not a picture of a known type"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
        (PLAIN["PNG"][:8] + PLAIN["JPEG"], "damaged, or not what its first bytes say"),
        (b"\xff\xd8\xff" + PLAIN["PNG"], "damaged, or not what its first bytes say"),
    ],
)
def test_what_is_no_picture_is_told(data: bytes, message: str) -> None:
    for read in (measure, decoded):
        with pytest.raises(PipelineError, match=message):
            read(data)


@pytest.mark.parametrize("form", FORMATS)
def test_size_and_type_are_measured_without_its_name(form: str) -> None:
    assert (measure(PLAIN[form]).width, measure(PLAIN[form]).height) == (32, 32)
