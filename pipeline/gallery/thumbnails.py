"""Small pictures for the wall, made once and kept below `.pipeline/thumbs/` by the digest of what they show.

They can be made again at any time, so nothing is synced; one that a death cut short is seen by its length. [door: PIL]
"""

from __future__ import annotations

import io
import os
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from pipeline.digest import Digest, fan_out

if TYPE_CHECKING:
    from PIL import Image

SIDES: Final = (320, 640)
"""The longest side that a thumbnail may have, in pixels."""

TYPE: Final = "image/webp"

_WORKERS: Final = 2
_QUALITY: Final = 82
_MANY_PIXELS: Final = 12_000_000
"""Of pictures that are decoded so large, one at a time: each pixel takes four bytes."""


class Thumbnails:
    """The thumbnails below a project's `.pipeline/`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "thumbs"
        self._workers = ThreadPoolExecutor(_WORKERS, "thumbs")
        self._large = Lock()
        self._making: dict[Path, Future[bool]] = {}
        self._changing = Lock()

    def path(self, digest: Digest, side: int) -> Path:
        """Where the thumbnail of a picture lies, or is to lie."""
        return self._folder / f"{fan_out(digest)}-{side}.webp"

    def made(self, digest: Digest, side: int) -> Path | None:
        """Where the thumbnail lies, if it is there and whole."""
        path = self.path(digest, side)
        return path if _is_whole(path) else None

    def make(self, picture: bytes | Path, digest: Digest, side: int) -> Future[bool]:
        """Make the thumbnail of a picture, here or in a file. False where that is no picture which can be shown.

        Who asks for one that is being made waits for the same. The future raises OSError.
        """
        path = self.path(digest, side)
        with self._changing:
            under_way = self._making.get(path)
            if under_way is not None:
                return under_way
            made = self._making[path] = self._workers.submit(self._make, picture, path, side)
        made.add_done_callback(lambda _: self._making.pop(path, None))
        return made

    def close(self) -> None:
        """Begin no further thumbnail, and wait for those that are being made."""
        self._workers.shutdown(cancel_futures=True)

    def _make(self, picture: bytes | Path, path: Path, side: int) -> bool:
        data = self._thumbnail(picture, side)
        if data is None:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{os.urandom(6).hex()}.tmp")
        try:
            beside.write_bytes(data)
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        return True

    def _thumbnail(self, picture: bytes | Path, side: int) -> bytes | None:
        from pipeline.draw.pictures import Unreadable, opened

        try:
            with opened(picture) as image:
                # A JPEG is decoded into a half, a quarter or an eighth of its sides, and never further than needed.
                image.draft("RGB", (side, side))
                if image.width * image.height < _MANY_PIXELS:
                    return _encoded(image, side)
                with self._large:
                    return _encoded(image, side)
        except Unreadable:
            return None


def _encoded(image: Image.Image, side: int) -> bytes | None:
    """The picture as a WebP of at most that side, upright, with its transparency and its colour profile."""
    from PIL import ImageOps

    from pipeline.draw.pictures import decode

    decode(image)
    try:
        profile = image.info.get("icc_profile") if image.mode in ("RGB", "RGBA", "P") else None
        clear = "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "RGBa", "La")
        small = image.convert("RGBA" if clear else "RGB") if image.mode not in ("RGB", "RGBA") else image
        small.thumbnail((side, side), reducing_gap=2.0)
        small = ImageOps.exif_transpose(small)
        file = io.BytesIO()
        small.save(file, "WEBP", quality=_QUALITY, method=4, icc_profile=profile)
    except (ValueError, SyntaxError, MemoryError):
        return None
    return file.getvalue()


def _is_whole(path: Path) -> bool:
    """Whether a WebP is as long as its head says."""
    try:
        with path.open("rb") as file:
            head = file.read(12)
            size = os.fstat(file.fileno()).st_size
    except OSError:
        return False
    return head[:4] == b"RIFF" and head[8:] == b"WEBP" and int.from_bytes(head[4:8], "little") + 8 == size
