"""A service that draws nothing: each call is answered after so many seconds, with another picture of the same size.

    python bench/picture_server.py --megabytes N [--latency SECONDS]

It is lean, since it shares the cores with the client that is measured: a thread a connection, one body for all answers,
and of each answer only a comment in the picture is its own. The address is printed once it listens.
"""

from __future__ import annotations

import argparse
import base64
import io
import random
import socket
import threading
import time
from contextlib import suppress

SMALL_SIDE, LARGE_SIDE = 1024, 4096
LARGE_BYTES = 4_000_000
"""From here on a picture has the sides of 4K."""

COMMENT_BYTES = 60  # with its head of 4 and the picture's first 2, a multiple of three: base64 of it stands alone


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, required=True)
    parser.add_argument("--latency", type=float, default=0.0)
    args = parser.parse_args()
    serve(noise(round(args.megabytes * 1e6)), args.latency)


def image_size_of(size_bytes: int) -> str:
    """The size to ask for, so that a picture of so many bytes is what was asked for."""
    return "4K" if size_bytes >= LARGE_BYTES else "1K"


def noise(size_bytes: int) -> bytes:
    """A JPEG with about so many bytes of noise in it; a plain one where no noise is as small."""
    from PIL import Image

    side = LARGE_SIDE if image_size_of(size_bytes) == "4K" else SMALL_SIDE
    chance = random.Random(1)
    tile = Image.frombytes("RGB", (512, 512), chance.randbytes(512 * 512 * 3))
    image = Image.new("RGB", (side, side))
    plain = encoded(image, 50)
    for left in range(0, side, 512):
        for top in range(0, side, 512):
            image.paste(tile.rotate(90 * chance.randrange(4)), (left, top))
    made = [plain, *(encoded(image, quality) for quality in range(5, 100, 5))]
    return min(made, key=lambda data: abs(len(data) - size_bytes))


def encoded(image, quality: int) -> bytes:  # type: ignore[no-untyped-def]
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


def serve(picture: bytes, latency_s: float) -> None:
    tail = base64.b64encode(picture[2:])
    numbers = iter(range(1, 1 << 60))
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        while True:
            connection, _ = listening.accept()
            threading.Thread(target=answer_all, args=(connection, latency_s, tail, numbers), daemon=True).start()


def answer_all(connection: socket.socket, latency_s: float, tail: bytes, numbers) -> None:  # type: ignore[no-untyped-def]
    """One answer after the other, as the calls of one connection come."""
    with suppress(ConnectionError), connection, connection.makefile("rb") as asked:
        while True:
            length = 0
            while (line := asked.readline()) != b"\r\n":
                if not line:
                    return
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            asked.read(length)
            time.sleep(latency_s)
            for piece in reply(next(numbers), tail):
                connection.sendall(piece)


def reply(number: int, tail: bytes) -> tuple[bytes, bytes, bytes]:
    """An answer in pieces; the long one is the same memory for all."""
    comment = f"picture {number}".encode().ljust(COMMENT_BYTES)
    first = base64.b64encode(b"\xff\xd8\xff\xfe" + (COMMENT_BYTES + 2).to_bytes(2, "big") + comment)
    before = (
        b'{"candidates":[{"content":{"role":"model","parts":[{"inlineData":{"mimeType":"image/jpeg","data":"' + first
    )
    after = (
        b'"}}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":2000,'
        b'"totalTokenCount":2009,"candidatesTokensDetails":[{"modality":"IMAGE","tokenCount":2000}]},'
        b'"modelVersion":"gemini-3-pro-image","responseId":"response-%d"}' % number
    )
    length = len(before) + len(tail) + len(after)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % length
    return head + before, tail, after


if __name__ == "__main__":
    main()
