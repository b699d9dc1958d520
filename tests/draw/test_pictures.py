"""A JPEG's end and its beginning tell whether it is whole: what decoding all of it would refuse is refused."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from PIL import Image

from pipeline.draw.pictures import Unreadable, measured

KINDS: dict[str, dict[str, Any]] = {
    "baseline": {"quality": 90},
    "progressive": {"quality": 90, "progressive": True},
    "restarts": {"quality": 60, "restart_marker_blocks": 4},
    "grey": {"quality": 80},
    "large": {"quality": 95, "size": (700, 500)},
    "comment": {
        "quality": 80,
        "comment": b"\xff\xd9 is no end in here",
        "exif": b"Exif\0\0" + b"\xff\xda\xff\xd9" * 20,
    },
}


@cache
def a_jpeg(kind: str) -> bytes:
    width, height = size_of(kind)
    image = Image.frombytes("RGB", (width, height), Random(3).randbytes(width * height * 3))
    file = io.BytesIO()
    (image.convert("L") if kind == "grey" else image).save(
        file, "JPEG", **{name: value for name, value in KINDS[kind].items() if name != "size"}
    )
    return file.getvalue()


def size_of(kind: str) -> tuple[int, int]:
    width, height = KINDS[kind].get("size", (120, 90))
    return width, height


def decoded(data: bytes) -> bool:
    """Whether Pillow decodes all of it."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.load()
    except (OSError, SyntaxError):
        return False
    return True


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_one_is_measured_in_memory_and_in_a_file(kind: str, tmp_path: Path) -> None:
    data = a_jpeg(kind)
    (tmp_path / "picture").write_bytes(data)
    assert measured(data) == measured(tmp_path / "picture") == size_of(kind)
    assert measured(data + b"something behind it") == size_of(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_one_that_is_cut_off_anywhere_is_refused_as_by_decoding_it(kind: str) -> None:
    data = a_jpeg(kind)
    chance = Random(kind)
    for size in {len(data) - 1, len(data) - 2, *(chance.randrange(2, len(data)) for _ in range(200))}:
        assert not decoded(data[:size])
        with pytest.raises(Unreadable):
            measured(data[:size])


@pytest.mark.parametrize("kind", KINDS)
def test_damage_anywhere_is_refused_where_decoding_refuses_it(kind: str) -> None:
    data = a_jpeg(kind)
    chance, refused = Random(kind), 0
    for _ in range(300):
        at = chance.randrange(2, len(data) - 2)
        changed = data[:at] + chance.randbytes(2) + data[at + 2 :]
        if not decoded(changed):
            refused += 1
            with pytest.raises(Unreadable):
                measured(changed)
    assert refused


@pytest.mark.parametrize("kind", KINDS)
def test_a_head_that_cannot_be_decoded_is_refused(kind: str) -> None:
    data = a_jpeg(kind)
    chance, refused = Random(kind), 0
    frame = max(data.find(b"\xff\xc0"), data.find(b"\xff\xc2"))
    head = data.index(b"\xff\xda", frame)
    for _ in range(300):
        at = chance.randrange(2, head)
        changed = data[:at] + chance.randbytes(2) + data[at + 2 :]
        if not decoded(changed):
            refused += 1
            with pytest.raises(Unreadable):
                measured(changed)
    assert refused


def test_damage_anywhere_in_an_avif_is_refused_or_not_noticed() -> None:
    file = io.BytesIO()
    Image.frombytes("RGB", (40, 30), Random(3).randbytes(40 * 30 * 3)).save(file, "AVIF", quality=30)
    data, refused = file.getvalue(), 0
    for at in range(4, len(data), 3):
        try:
            measured(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])
        except Unreadable:
            refused += 1
    assert refused
