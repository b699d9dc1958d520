"""How much memory a build takes while large pictures arrive: the peak, per call in flight, and whether it grows.

    python bench/memory.py [--assets N [N ...]] [--jobs N] [--megabytes N]

A server in a process of its own answers each call with another picture of 4K that holds so many megabytes of noise. The
pictures are real and read to their end; of each kept one the bench soon empties the files, or 1,000 would need 30 GB.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import io
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

SIDE = 4096
LATENCY_S = 0.2
COMMENT_BYTES = 60  # with its head of 4 and the picture's first 2, a multiple of three: base64 of it stands alone
SETTLED_S = 5.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assets", type=int, nargs="+", default=[200, 1000])
    parser.add_argument("--jobs", type=int, default=32)
    parser.add_argument("--megabytes", type=float, default=15.0)
    parser.add_argument("--serve", metavar="PICTURE", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        asyncio.run(serve(Path(args.serve)))
        return
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "picture.jpg"
        picture.write_bytes(noise(round(args.megabytes * 1e6)))
        print(f"pictures of {picture.stat().st_size / 1e6:.1f} MB, {args.jobs} calls in flight")
        command = [sys.executable, __file__, "--serve", str(picture)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                url = server.stdout.readline().strip()
                for number in args.assets:
                    measure(Path(folder) / str(number), url, number, args.jobs)
            finally:
                server.terminate()


def measure(project: Path, url: str, assets: int, jobs: int) -> None:
    """Build a project of so many assets, and tell the most that its process ever held."""
    (project / "specs").mkdir(parents=True)
    (project / "specs" / "items.yaml").write_text(
        "defaults: {model: gemini-3-pro-image, image_size: 4K}\n"
        f"assets:\n  'item-{{{{ n }}}}':\n    for_each: {{n: {list(range(assets))}}}\n    prompt: Item {{{{ n }}}}.\n"
    )
    environ = {
        **os.environ,
        "GOOGLE_GEMINI_BASE_URL": url,
        "GEMINI_API_KEY": "loopback-key",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }
    command = [sys.executable, "-m", "pipeline", "-C", str(project), "-q", "build", "-j", str(jobs)]
    began = time.perf_counter()
    ended = threading.Event()
    broom = threading.Thread(target=sweep, args=(project, ended))
    broom.start()
    try:
        build = subprocess.Popen([*command, "--max-cost", "1000", "--yes"], env=environ)
        _, status, usage = os.wait4(build.pid, 0)
    finally:
        ended.set()
        broom.join()
    if os.waitstatus_to_exitcode(status):
        raise SystemExit("the build failed")
    seconds = time.perf_counter() - began
    peak_mb = usage.ru_maxrss / (1e3 if sys.platform == "linux" else 1e6)
    print(
        f"  {assets:5} assets: peak {peak_mb:6.0f} MB, {max(0.0, peak_mb - 150) / jobs:5.1f} MB a call above 150 MB, "
        f"{usage.ru_utime + usage.ru_stime:6.1f} s of CPU, {seconds:6.1f} s"
    )


def sweep(project: Path, ended: threading.Event) -> None:
    """Empty what was written a while ago: the build is done with it."""
    while not ended.wait(1.0):
        for folder in (project / "output", project / ".pipeline" / "objects"):
            for path in folder.rglob("*"):
                with suppress(OSError):
                    status = path.stat()
                    if status.st_size > 1_000_000 and time.time() - status.st_ctime > SETTLED_S:
                        os.truncate(path, 0)


def noise(size: int) -> bytes:
    """A JPEG of 4K with about so many bytes of noise in it."""
    from PIL import Image

    chance = random.Random(1)
    tile = Image.frombytes("RGB", (512, 512), chance.randbytes(512 * 512 * 3))
    image = Image.new("RGB", (SIDE, SIDE))
    for left in range(0, SIDE, 512):
        for top in range(0, SIDE, 512):
            image.paste(tile.rotate(90 * chance.randrange(4)), (left, top))

    def encoded(quality: int) -> bytes:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality)
        return file.getvalue()

    return min((encoded(quality) for quality in range(50, 100, 5)), key=lambda data: abs(len(data) - size))


async def serve(picture: Path) -> None:
    """Answer every call with the picture, under another comment each time. Print the address."""
    data = picture.read_bytes()
    tail = base64.b64encode(data[2:])
    count = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                await reader.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))
                await asyncio.sleep(LATENCY_S)
                count += 1
                for piece in reply(count, tail):
                    writer.write(piece)
                    await writer.drain()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    async with server:
        await server.serve_forever()


def reply(number: int, tail: bytes) -> list[bytes | memoryview]:
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
    view = memoryview(tail)
    return [head + before, *(view[at : at + (1 << 20)] for at in range(0, len(tail), 1 << 20)), after]


if __name__ == "__main__":
    main()
