"""examples/game: what Phaser loads by the pack file, an animation out of a sheet, and a round that can be played."""

from __future__ import annotations

import io
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import expect

from tests.browser.visit import Visit
from tests.examples.conftest import Show
from tests.examples.example import Example

pytestmark = pytest.mark.timeout(180)

GROUND = (0x24, 0x38, 0x2B)
HEDGEHOG = (256, 108, 384, 252)
"""Where the title shows it, in the game's own pixels."""
MOST_LOOKS = 60

Box = tuple[int, int, int, int]


def opened(show: Show, game: Example) -> Visit:
    """The game, as soon as it is loaded."""
    visit = show(game, width=640, height=440)
    visit.expected.append("GPU stall due to ReadPixels")  # of looking at a canvas that no hardware draws
    expect(visit.page.locator("#said")).to_have_text("Space, or a touch, begins the round.")
    return visit


def look(visit: Visit, box: Box = (0, 0, 640, 360)) -> Image.Image:
    """What a player sees of a part of the game."""
    at = visit.page.locator("canvas").bounding_box()
    assert at is not None
    scale = at["width"] / 640
    left, top, right, bottom = (side * scale for side in box)
    clip = {"x": at["x"] + left, "y": at["y"] + top, "width": right - left, "height": bottom - top}
    return Image.open(io.BytesIO(visit.page.screenshot(clip=clip))).convert("RGB")  # type: ignore[arg-type]


def painted(image: Image.Image) -> float:
    """The share of a picture that is not the ground."""
    apart = ImageChops.difference(image, Image.new("RGB", image.size, GROUND)).convert("L")
    return sum(apart.histogram()[16:]) / (image.width * image.height)


def test_the_animation_of_a_sheet_plays(game: Example, show: Show) -> None:
    visit = opened(show, game)
    seen: set[bytes] = set()
    for _ in range(MOST_LOOKS):
        frame = look(visit, HEDGEHOG)
        assert painted(frame) > 0.2, "the sprite is there in each frame"
        seen.add(frame.tobytes())
        if len(seen) == 4:
            break
    assert len(seen) == 4
    assert painted(look(visit, (0, 0, 180, 360))) == 0, "and nothing but the sprite moves"


def test_sprites_on_a_sheet_are_loaded_as_one_picture(game: Example, show: Show) -> None:
    visit = opened(show, game)
    loaded = {urlsplit(url).path for url in visit.requested if not url.startswith("blob:")}
    loaded = {path for path in loaded if not path.startswith("/assets/")} - {"/", "/favicon.ico"}
    assert loaded == {
        "/pack.json",
        "/sprites.webp",
        "/sprites.phaser.json",
        "/sprites.anims.json",
        "/ground/grass.webp",
    }


def test_a_round_can_be_played(game: Example, show: Show) -> None:
    visit = opened(show, game)
    said = visit.page.locator("#said")
    visit.press("Space")
    expect(said).to_have_text("0 of 7 letters. Arrow keys or touch.")
    letter = (155, 160, 185, 190)
    before = look(visit, letter)
    visit.page.keyboard.down("ArrowRight")
    expect(said).to_have_text("1 of 7 letters. Arrow keys or touch.")
    visit.page.keyboard.up("ArrowRight")
    assert ImageChops.difference(before, look(visit, letter)).getbbox(), "the letter is gone"


def test_a_misspelt_frame_does_not_compile(game: Example, tmp_path: Path) -> None:
    assert game.type_errors(tmp_path, "src/meadow.ts", '"thing/acorn"', '"thing/akorn"') == [
        "src/meadow.ts: error TS2345: Argument of type '\"thing/akorn\"' is not assignable to parameter of type "
        "'AssetId'."
    ]
