"""A mark is read back exactly while no byte of the file has changed."""

from __future__ import annotations

import io
import struct
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pipeline import marks
from pipeline.finish import icons

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "ICO", "ICNS")
KINDS = ("placeholder", "derived")


def picture(form: str, **options: object) -> bytes:
    image = Image.new("RGB", (33, 17), (10, 200, 90))
    image.putpixel((5, 5), (255, 0, 0))
    if form == "ICNS":
        return icons.icns(image, [16, 32], effort=1, xmp=b"")
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


PLAIN = {form: picture(form) for form in FORMATS}


def pixels(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return image.convert("RGB").tobytes()


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_stamped_picture_names_its_kind_and_keeps_its_pixels(form: str, kind: str) -> None:
    stamped = marks.stamp(PLAIN[form], kind)
    assert marks.read_mark(stamped) == kind
    assert pixels(stamped) == pixels(PLAIN[form])
    assert marks.sniff(stamped) == marks.sniff(PLAIN[form])


@pytest.mark.parametrize("form", FORMATS)
def test_an_unmarked_picture_has_no_mark(form: str) -> None:
    assert marks.read_mark(PLAIN[form]) is None


@pytest.mark.parametrize("form", FORMATS)
def test_a_second_stamp_replaces_the_first(form: str) -> None:
    once = marks.stamp(PLAIN[form], "placeholder")
    assert marks.stamp(once, "derived") == marks.stamp(PLAIN[form], "derived")


@pytest.mark.parametrize("form", FORMATS)
def test_no_byte_of_a_stamped_picture_can_change_unnoticed(form: str) -> None:
    stamped = marks.stamp(PLAIN[form], "derived")
    for at in range(len(stamped)):
        damaged = bytearray(stamped)
        damaged[at] ^= 0x01
        assert marks.read_mark(bytes(damaged)) != "derived", at


@given(form=st.sampled_from(FORMATS), at=st.integers(0, 10_000), xor=st.integers(1, 255), cut=st.integers(0, 200))
@settings(max_examples=200, deadline=None)
def test_a_damaged_or_cut_picture_has_no_mark_of_ours(form: str, at: int, xor: int, cut: int) -> None:
    stamped = bytearray(marks.stamp(PLAIN[form], "derived"))
    stamped[at % len(stamped)] ^= xor
    damaged = bytes(stamped[: len(stamped) - cut] if cut else stamped)
    assert marks.read_mark(damaged) != "derived"


STARTS = (
    *(b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x04\0\0\0WEBP", b"icns", b"icns\0\0\1\0", b"\0\0\1\0"),
    b"\0\0\1\0\1\0\0\0\0\0\1\0\x20\0\1\0\0\0\x16\0\0\0",
    b"\0\0\0\x14ftypavif\0\0\0\0mif1",
)


@given(st.binary(max_size=200), st.sampled_from(STARTS))
def test_any_bytes_at_all_can_be_asked_for_a_mark(data: bytes, start: bytes) -> None:
    assert marks.read_mark(start + data) is None
    if marks.sniff(start + data) is not None:
        with suppress(ValueError):
            assert marks.read_mark(marks.stamp(start + data, "derived")) == "derived"


def test_an_editor_that_keeps_comments_does_not_make_its_work_ours() -> None:
    stamped = marks.stamp(PLAIN["JPEG"], "placeholder")
    with Image.open(io.BytesIO(stamped)) as image:
        image.load()
        edited = io.BytesIO()
        image.transpose(Image.Transpose.ROTATE_180).save(edited, "JPEG", comment=image.info["comment"])
    assert b"asset-pipeline placeholder" in edited.getvalue()
    assert marks.read_mark(edited.getvalue()) is None


def test_the_mark_stands_behind_what_a_reader_expects_first() -> None:
    with_exif = picture("JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0")
    stamped = marks.stamp(with_exif, "derived")
    assert stamped.index(b"Exif") < stamped.index(b"asset-pipeline")
    assert marks.read_mark(stamped) == "derived"


@pytest.mark.parametrize(
    "options", [{"lossless": True}, {"lossless": False}, {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"}]
)
def test_every_flavour_of_webp_can_be_stamped(options: dict[str, object]) -> None:
    plain = picture("WEBP", **options)
    stamped = marks.stamp(plain, "derived")
    assert marks.read_mark(stamped) == "derived"
    assert pixels(stamped) == pixels(plain)


def test_a_mark_stays_whatever_stands_around_it_in_the_file() -> None:
    """Pictures of others have more in them than ours: a second thing of the same kind, or something behind the end."""
    box = struct.pack(">I4s", 12, b"free") + b"more"
    large = struct.pack(">I4sQ", 1, b"free", 20) + b"more"
    element = b"info" + struct.pack(">I", 12) + b"more"
    icns = PLAIN["ICNS"]
    for plain in (
        PLAIN["AVIF"] + box + large,
        PLAIN["ICO"] + b"a signature of theirs",
        icns[:4] + struct.pack(">I", len(icns) + 12) + icns[8:] + element,
        icns + b"something behind the end",
    ):
        stamped = marks.stamp(plain, "derived")
        assert marks.read_mark(stamped) == "derived"
        assert pixels(stamped) == pixels(plain)
        assert marks.stamp(stamped, "derived") == stamped


@pytest.mark.parametrize("size", [b"\0\0\0\0", b"\0\0\0\4", b"\xff\xff\xff\xff"])
def test_a_box_of_no_length_or_more_than_there_is_cannot_be_stamped(size: bytes) -> None:
    with pytest.raises(ValueError):
        marks.stamp(PLAIN["AVIF"] + size + b"mdat", "derived")


@pytest.mark.parametrize(
    "data", [b"", b"GIF89a....", b"not a picture", b"\x89PNG\r\n\x1a\n\0\0", b"\xff\xd8\xff\xe0\0"]
)
def test_what_is_no_picture_cannot_be_stamped(data: bytes) -> None:
    with pytest.raises(ValueError):
        marks.stamp(data, "derived")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe1", "image/jpeg"),
        (b"RIFF....WEBPVP8 ", "image/webp"),
        (b"GIF89a", "image/gif"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "image/heic"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1heic", "image/heic"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif", "image/avif"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0", "image/heif"),
        (b"\0\0\0\x1cftypavif\0\0\0\0mif1", "image/avif"),
        (PLAIN["AVIF"], "image/avif"),
        (PLAIN["ICO"], "image/vnd.microsoft.icon"),
        (PLAIN["ICO"][:22], "image/vnd.microsoft.icon"),
        (PLAIN["ICNS"], "image/icns"),
        (b"icns\0\0\0\x08", "image/icns"),
        (b"icns", None),
        (b"\0\0\1\0\1\0", None),
        (b"\0\0\1\0" + b"\0" * 40, None),
        (b"\0\0\1\0" + b"\1" * 40, None),
        (b"\0\0\2\0" + PLAIN["ICO"][4:], None),  # a cursor
        (b"\0\0\0\x18ftypisom\0\0\0\0", None),
        (b"version https://git-lfs.github.com/spec/v1\n", None),
        (b"<svg", None),
        (b"", None),
    ],
)
def test_types_are_told_by_the_first_bytes(data: bytes, kind: str | None) -> None:
    assert marks.sniff(data) == kind
