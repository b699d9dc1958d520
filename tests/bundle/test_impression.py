"""What is shown before a picture is there."""

from __future__ import annotations

import base64
import io
import json
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from pipeline.bundle import thumbhash
from pipeline.bundle.impression import Impressions, impression
from pipeline.finish.encode import encode
from tests.bundle.shelf import Shelf, a_picture

REFERENCE = Path(__file__).parent.parent / "node/node_modules/thumbhash/thumbhash.js"
_RUN = """
const { rgbaToThumbHash } = await import(process.argv[1]);
let text = '';
for await (const piece of process.stdin) text += piece;
const hashes = JSON.parse(text).map(([w, h, rgba]) => rgbaToThumbHash(w, h, Buffer.from(rgba, 'base64')));
process.stdout.write(JSON.stringify(hashes.map(hash => Buffer.from(hash).toString('hex'))));
"""


def test_a_thumbhash_is_the_one_that_its_author_makes() -> None:
    node = shutil.which("node")
    if node is None or not REFERENCE.exists():
        pytest.skip("`npm ci --prefix tests/node` was not run")
    dice, pictures = random.Random(4), []
    for number in range(40):
        size = dice.randint(1, 100), dice.randint(1, 100)
        noise = Image.frombytes("RGBA", (5, 4), dice.randbytes(80)).resize(size, Image.Resampling.BICUBIC)
        opaque = noise.convert("RGB").convert("RGBA")
        pictures.append((*size, (opaque if number % 2 else noise).tobytes()))
    asked = json.dumps([(width, height, base64.b64encode(rgba).decode()) for width, height, rgba in pictures])
    command = [node, "--input-type=module", "-e", _RUN, str(REFERENCE)]
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True)
    assert [thumbhash.of_pixels(*picture).hex() for picture in pictures] == json.loads(done.stdout)


@pytest.mark.parametrize("ground", ["#1e3c8c", None])
def test_a_thumbhash_is_short(ground: str | None) -> None:
    found = impression(encode(a_picture(300, 200, ground=ground), "png", {}))
    assert 5 < len(base64.b64decode(found.thumbhash)) <= 25
    assert found.is_opaque == (ground is not None)


def test_a_flat_picture_has_no_noise_in_its_thumbhash() -> None:
    hash = thumbhash.of_pixels(32, 32, bytes((200, 100, 50, 255)) * 1024)
    assert not any(hash[5:])


def test_the_color_is_that_of_most_of_what_is_visible() -> None:
    assert _near(impression(encode(a_picture(400, 300), "jpeg", {})).color, "#1e3c8c")
    assert _near(impression(encode(a_picture(400, 300, ground=None), "png", {})).color, "#e67828")
    clear = Image.new("RGBA", (40, 40), (255, 0, 0, 0))
    assert impression(encode(clear, "png", {})).color == "#000000"


def test_a_blurred_picture_is_a_small_png_of_the_same_shape() -> None:
    blur = impression(encode(a_picture(1200, 600), "webp", {})).blur
    head, data = blur.split(",")
    assert head == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        assert (image.size, image.mode != "RGBA") == ((12, 6), True)
    assert len(blur) < 600


def test_the_smallest_file_that_is_large_enough_is_looked_at_once_for_all(shelf: Shelf, tmp_path: Path) -> None:
    looked: list[str] = []

    def read(path: str) -> bytes:
        looked.append(path)
        return shelf.read(path)

    kept = tmp_path / "state"
    for _ in range(2):
        for bundle in shelf.bundles("json: a.json\ncss: a.css\ntypescript: a.ts", kept):
            bundle.make(shelf.catalog, read, {})
    assert looked == ["public/img/sprite@1x.png", "public/img/hero-320.avif", "public/img/logo.png"]

    (kept / "impressions").write_bytes(b"{ damaged")
    again = Impressions(kept)
    assert again.of(shelf.items["sprite"], read).color == "#e67828"
    assert len(looked) == 4


def _near(color: str, other: str) -> bool:
    pairs = zip(bytes.fromhex(color[1:]), bytes.fromhex(other[1:]), strict=True)
    return all(abs(one - two) <= 6 for one, two in pairs)
