"""Whether a JPEG is whole, told by its markers and its beginning, in a tenth of the time that all its pixels take.

A decoder learns no more from the long run of coded data: where that is damaged it goes on with what comes out, and says
nothing. What it refuses is an end that is missing, and tables that are wrong, which show in the first rows.

Markers by ITU-T T.81, annex B.
"""

from __future__ import annotations

import re

_END_OF_IMAGE = b"\xff\xd9"
_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""In coded data: no stuffed byte, no restart, no fill, but the next marker."""

_SAMPLE_BYTES = 32 << 10

_SCAN = b"\xda"
_FRAMES = b"\xc0\xc1"
"""Of the sequential kind with Huffman coding: the pixels come from top to bottom."""

_BEFORE_SCAN = _FRAMES + b"\xc4\xdb\xdd\xfe" + bytes(range(0xE0, 0xF0))
"""Markers of segments that may stand before the first scan of such a one."""


def sample(data: bytes) -> bytes | None:
    """A JPEG that is the beginning of this one, with all its tables and its first rows: for a decoder to try.

    None where this one is not whole, or is of a kind that only a decoder can tell so about.
    """
    at, has_frame = 2, False
    while (head := data[at : at + 4])[:1] == b"\xff":
        marker, end = head[1:2], at + 2 + int.from_bytes(head[2:], "big")
        if marker == _SCAN and has_frame:
            after = _AFTER_SCAN.search(data, end)
            if after is None or after[0] != _END_OF_IMAGE:
                return None
            return data[: min(after.start(), end + _SAMPLE_BYTES)] + _END_OF_IMAGE
        if marker not in _BEFORE_SCAN:
            return None
        has_frame = has_frame or marker in _FRAMES
        at = end
    return None
