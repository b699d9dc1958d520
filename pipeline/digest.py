"""Canonical JSON and SHA-256: what is hashed is what is stored is what `explain` shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NewType

try:
    # As `random` does: OpenSSL, which hashlib brings along, takes longer to load than the requests of a plan to hash.
    from _sha2 import sha256 as _of_little  # type: ignore[import-not-found]
except ImportError:
    try:
        from _sha256 import sha256 as _of_little  # type: ignore[import-not-found]  # before Python 3.12
    except ImportError:
        from hashlib import sha256 as _of_little

Digest = NewType("Digest", str)
"""`sha256:` and 64 lower-case hexadecimal digits."""

_CHUNK_BYTES = 1 << 20
_LITTLE_BYTES = 1 << 11
"""With more OpenSSL is so much quicker that it is worth its loading."""


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical_json(value: object) -> bytes:
    """The one spelling of a JSON value: keys sorted, no blanks, UTF-8, no NaN. These bytes are what is hashed."""
    return _CANONICAL.encode(value).encode("utf-8")


def of_bytes(data: bytes) -> Digest:
    if len(data) <= _LITTLE_BYTES:
        return Digest("sha256:" + _of_little(data).hexdigest())
    from hashlib import sha256

    return Digest("sha256:" + sha256(data).hexdigest())


def of_value(value: object) -> Digest:
    return of_bytes(canonical_json(value))


def of_file(path: Path) -> Digest:
    """The digest of a file, read in pieces. Raises OSError."""
    from hashlib import sha256

    hasher = sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            hasher.update(chunk)
    return Digest("sha256:" + hasher.hexdigest())


def is_digest(text: object) -> bool:
    return (
        isinstance(text, str)
        and len(text) == 71
        and text.startswith("sha256:")
        and not text[7:].strip("0123456789abcdef")
    )


def fan_out(digest: str) -> str:
    """The path of a digest below `objects/` or `requests/`: two digits, a slash, the rest."""
    return f"{digest[7:9]}/{digest[9:]}"


def short(digest: str) -> str:
    """Enough of a digest for people to tell takes apart: its first 10 digits."""
    return digest.removeprefix("sha256:")[:10]
