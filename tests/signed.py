"""Pictures with a manifest of C2PA inside, as the model's own have one."""

from __future__ import annotations

import struct


def with_c2pa(jpeg: bytes) -> bytes:
    """The JPEG with a manifest store in a segment of its own (APP11, JUMBF) behind its first two bytes."""
    store = _box(b"jumb", _described("6332706100110010800000aa00389b71", b"c2pa") + _claim())
    segment = b"JP" + struct.pack(">HI", 1, 1) + store
    return jpeg[:2] + b"\xff\xeb" + struct.pack(">H", 2 + len(segment)) + segment + jpeg[2:]


def _claim() -> bytes:
    described = _described("6332636c00110010800000aa00389b71", b"c2pa.claim")
    return _box(b"jumb", described + _box(b"cbor", b"\xa1cdatGsigned!"))


def _described(uuid: str, label: bytes) -> bytes:
    return _box(b"jumd", bytes.fromhex(uuid) + b"\x03" + label + b"\0")


def _box(type: bytes, body: bytes) -> bytes:
    return struct.pack(">I", 8 + len(body)) + type + body
