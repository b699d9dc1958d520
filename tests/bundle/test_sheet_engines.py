"""What engines make of a sheet: PixiJS by its own loader, CSS in a browser, Godot by its grammar; and the rest."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image
from playwright.sync_api import sync_playwright

from pipeline.errors import PipelineError
from pipeline.spec.sheets import SheetTemplate
from tests.bundle import godot_grammar
from tests.bundle.godot_grammar import Call
from tests.bundle.sheet_pictures import Made, animation, packed, sheet_of, sprite

NODE = Path(__file__).parent.parent / "node"

PICTURES = {
    "hero/walk-1": sprite(40, 60, "#d0442c", box=(10, 5, 30, 60)),
    "hero/walk-2": sprite(40, 60, "#2c7ad0", box=(4, 8, 36, 58)),
    "item/sword": sprite(30, 20, "#44a048"),
}
WALK = animation("walk", ["hero/walk-1", "hero/walk-2", "hero/walk-1"], fps=7.5, pivot=(0.5, 1))
PIVOTS = {"hero/walk-1": (0.5, 1), "hero/walk-2": (0.5, 1)}


def made_of(*data: str, **more: Any) -> Made:
    return packed(sheet_of(list(PICTURES), animations=(WALK,), pivots=PIVOTS, data=("json", *data), **more), PICTURES)


def written(made: Made, folder: Path) -> Path:
    for path, content in made.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


# --- PixiJS


def in_pixi(made: Made, folder: Path) -> list[dict[str, Any]]:
    """The spritesheets as PixiJS loads them."""
    node = shutil.which("node")
    if node is None or not (NODE / "node_modules" / "pixi.js").exists():
        pytest.skip("`npm ci --prefix tests/node` was not run")
    path = written(made, folder) / "output" / "items.pixi.json"
    ran = subprocess.run([node, NODE / "spritesheets.mjs", path], capture_output=True, text=True, check=True)
    return list(json.loads(ran.stdout))


def test_pixi_shows_every_frame_on_its_canvas_and_plays_the_animation(tmp_path: Path) -> None:
    made = made_of("pixi")
    [sheet] = in_pixi(made, tmp_path)
    assert sheet["image"] == "items.png"
    assert sheet["animations"] == {"walk": list(WALK.frames)}
    for name, frame in made.data["frames"].items():
        assert sheet["frames"][name] == {
            "frame": [frame["x"], frame["y"], frame["width"], frame["height"]],
            "canvas": frame["canvas"],
            "at": [frame["left"], frame["top"]],
            "anchor": frame["pivot"],
        }


def test_pixi_loads_further_pages_by_the_first(tmp_path: Path) -> None:
    made = made_of("pixi", max_size=70)
    first, second = sheets = in_pixi(made, tmp_path)
    assert [sheet["image"] for sheet in sheets] == ["items.png", "items-2.png"]
    assert {*first["frames"], *second["frames"]} == set(PICTURES)
    assert {**first["animations"], **second["animations"]} == {"walk": list(WALK.frames)}


def test_an_animation_on_two_pages_is_refused_for_pixi() -> None:
    with pytest.raises(
        PipelineError, match="the animation `walk` of the sheet `items` does not fit onto one page"
    ) as it:
        made_of("pixi", max_size=64, extrude=2)
    assert it.value.hint == "raise `max_size`, or lower `scale`"


def test_names_of_files_are_told_as_urls() -> None:
    made = made_of("pixi", "phaser", "css", path="output/größer #1", formats=("png", "webp"))
    image = "gr%C3%B6%C3%9Fer%20%231.png"
    assert made.json("output/größer #1.pixi.json")["meta"]["image"] == image
    assert made.json("output/größer #1.phaser.json")["textures"][0]["image"] == image
    assert f'url("{image}")' in made.text("output/größer #1.css")
    assert made.json("output/größer #1.json")["pages"][0]["images"]["png"] == "größer #1.png"


# --- Phaser


def test_phaser_has_one_atlas_for_all_pages_and_the_animations() -> None:
    made = made_of("phaser", max_size=70, formats=("webp", "png"))
    atlas = made.json("output/items.phaser.json")
    assert [texture["image"] for texture in atlas["textures"]] == ["items.webp", "items-2.webp"]
    frames = {frame["filename"]: frame for texture in atlas["textures"] for frame in texture["frames"]}
    known = made.data["frames"]["hero/walk-1"]
    assert frames["hero/walk-1"] == {
        "filename": "hero/walk-1",
        "frame": {"x": known["x"], "y": known["y"], "w": 20, "h": 55},
        "rotated": False,
        "trimmed": True,
        "spriteSourceSize": {"x": 10, "y": 5, "w": 20, "h": 55},
        "sourceSize": {"w": 40, "h": 60},
        "pivot": {"x": 0.5, "y": 1},
    }
    assert frames["item/sword"]["trimmed"] is False
    assert made.json("output/items.anims.json")["anims"] == [
        {
            "key": "walk",
            "type": "frame",
            "frames": [{"key": "items", "frame": name} for name in WALK.frames],
            "frameRate": 7.5,
            "repeat": -1,
        }
    ]


# --- Godot


def test_godot_has_a_texture_for_each_frame() -> None:
    made = made_of("godot")
    head, image, resource = godot_grammar.parse(made.text("output/items/hero/walk-1.tres"))
    assert (head.name, head.fields) == ("gd_resource", {"type": "AtlasTexture", "load_steps": 2, "format": 3})
    assert image.fields == {"type": "Texture2D", "path": "../../items.png", "id": "1"}
    frame = made.data["frames"]["hero/walk-1"]
    assert resource.values == {
        "atlas": Call("ExtResource", ("1",)),
        "region": Call("Rect2", (frame["x"], frame["y"], 20, 55)),
        "margin": Call("Rect2", (10, 5, 20, 5)),
        "filter_clip": True,
    }
    *_, whole = godot_grammar.parse(made.text("output/items/item/sword.tres"))
    assert "margin" not in whole.values


def test_godot_plays_the_animation_by_sprite_frames() -> None:
    made = made_of("godot", max_size=70)
    head, *tags, resource = godot_grammar.parse(made.text("output/items.frames.tres"))
    images = {tag.fields["id"]: tag.fields["path"] for tag in tags if tag.name == "ext_resource"}
    textures = {tag.fields["id"]: tag.values for tag in tags if tag.name == "sub_resource"}
    assert head.fields == {"type": "SpriteFrames", "load_steps": 1 + len(images) + len(textures), "format": 3}
    [walk] = resource.values["animations"]
    assert (walk["name"], walk["loop"], walk["speed"]) == ("walk", True, 7.5)
    shown = [textures[frame["texture"].values[0]] for frame in walk["frames"]]
    for name, texture in zip(WALK.frames, shown, strict=True):
        frame = made.data["frames"][name]
        assert texture["region"].values == (frame["x"], frame["y"], frame["width"], frame["height"])
        page = made.data["pages"][frame["page"]]
        assert images[texture["atlas"].values[0]] == page["images"]["png"]


@pytest.mark.parametrize(("repeat", "loop", "times"), [(-1, True, 1), (0, False, 1), (2, False, 3)])
def test_godot_plays_as_often_as_it_is_said(repeat: int, loop: bool, times: int) -> None:
    blink = animation("blink", ["item/sword"], repeat=repeat, fps=4)
    made = packed(sheet_of(list(PICTURES), animations=(blink,), data=("godot",)), PICTURES)
    *_, resource = godot_grammar.parse(made.text("output/items.frames.tres"))
    [told] = resource.values["animations"]
    assert (told["loop"], len(told["frames"])) == (loop, times)


@pytest.mark.parametrize("broken", ["[a", "[a b]", "x =", "[a]\nx = Rect2(1, 2", '[a]\nx = {"b" 1}', "[a]\nx = `"])
def test_the_grammar_of_godot_refuses_what_is_broken(broken: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        godot_grammar.parse(broken)


# --- Unity


def test_unity_cuts_the_same_sprites_from_below() -> None:
    made = made_of("unity", filter="nearest")
    meta = yaml.safe_load(made.text("output/items.png.meta"))
    importer = meta["TextureImporter"]
    assert (importer["textureType"], importer["spriteMode"], importer["textureSettings"]["filterMode"]) == (8, 2, 0)
    sprites = {sprite["name"]: sprite for sprite in importer["spriteSheet"]["sprites"]}
    page = made.page()
    for name, picture in PICTURES.items():
        rect = sprites[name]["rect"]
        top = page.height - rect["y"] - rect["height"]
        part = page.crop((rect["x"], top, rect["x"] + rect["width"], top + rect["height"]))
        assert part.tobytes() == picture.crop(picture.getbbox()).tobytes()
    # Half of 40 pixels is the middle of the part that begins at 10; its feet are its lower edge.
    assert sprites["hero/walk-1"]["pivot"] == {"x": 0.5, "y": 0}
    assert sprites["hero/walk-2"]["pivot"] == {"x": 0.5, "y": -0.04}  # two pixels below a part of 50
    assert sprites["item/sword"]["pivot"] == {"x": 0.5, "y": 0.5}


def test_unity_finds_a_sprite_again_by_ids_that_stay() -> None:
    first, other = (
        yaml.safe_load(made_of("unity", **more).text("output/items.png.meta")) for more in ({}, {"padding": 9})
    )
    tables = [meta["TextureImporter"]["spriteSheet"]["nameFileIdTable"] for meta in (first, other)]
    assert tables[0] == tables[1]
    assert set(tables[0]) == set(PICTURES)
    assert len(set(tables[0].values())) == 3
    assert first["guid"] == other["guid"]
    assert len(first["guid"]) == 32
    listed = {one["first"][213]: one["second"] for one in first["TextureImporter"]["internalIDToNameTable"]}
    assert listed == {number: name for name, number in tables[0].items()}


# --- CSS


@pytest.mark.parametrize("max_size", [2048, 70])
def test_a_browser_shows_every_frame_on_its_canvas(tmp_path: Path, max_size: int) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no Chromium here: `apt-get install chromium`")
    made = made_of("css", formats=("png", "webp"), options={"lossless": True}, max_size=max_size)
    page_file = written(made, tmp_path) / "page.html"
    names = {name: f"items-{name.replace('/', '-')}" for name in PICTURES}
    boxes = "".join(f'<i id="{n}" class="items {css}"></i>' for n, css in enumerate(names.values()))
    page_file.write_text(
        "<!doctype html><link rel=stylesheet href=output/items.css>"
        "<style>body { background: #fff; margin: 0 } i { display: block !important; margin: 8px }</style>"
        f'{boxes}<i id="walk" class="items items--walk"></i>'
    )
    with sync_playwright() as playwright:
        sandbox = [] if os.getuid() else ["--no-sandbox"]  # as root it refuses to start with one
        browser = playwright.chromium.launch(executable_path=chromium, args=sandbox)
        page = browser.new_page()
        page.goto(page_file.as_uri())
        for number, (name, picture) in enumerate(PICTURES.items()):
            shot = tmp_path / f"{number}.png"
            page.locator(f'[id="{number}"]').screenshot(path=shot)
            assert shown(shot) == on_white(picture), name
        moves = page.evaluate("getComputedStyle(document.getElementById('walk')).animation")
        assert "0.4s" in moves and "infinite" in moves and "items--walk" in moves
        page.evaluate("document.getAnimations().forEach(a => { a.pause(); a.currentTime = 200 })")
        page.locator("#walk").screenshot(path=tmp_path / "walk.png")
        browser.close()
    assert shown(tmp_path / "walk.png") == on_white(PICTURES["hero/walk-2"])


def shown(path: Path) -> bytes:
    with Image.open(path) as image:
        return image.convert("RGB").tobytes()


def on_white(picture: Image.Image) -> bytes:
    ground = Image.new("RGBA", picture.size, "white")
    ground.alpha_composite(picture)
    return ground.convert("RGB").tobytes()


# --- a template of one's own


def by_template(text: str, folder: Path, **more: Any) -> str:
    (folder / "specs").mkdir(exist_ok=True)
    (folder / "specs" / "sheet.j2").write_text(text)
    sheet = sheet_of(list(PICTURES), animations=(WALK,), pivots=PIVOTS, data=(), **more)
    one = SheetTemplate(template="sheet.j2", path="output/items.txt", digests={}, origin=sheet.origin)
    sheet = sheet_of(list(PICTURES), animations=(WALK,), pivots=PIVOTS, data=(), templates=(one,), **more)
    return packed(sheet, PICTURES, root=folder).text("output/items.txt")


def test_a_template_of_ones_own_sees_all_that_is_known(tmp_path: Path) -> None:
    text = """\
sheet {{ sheet.name }} of {{ sheet.pages|length }}: {{ sheet.pages[0].images.png }}
{% for frame in sheet.frames %}
{{ frame.name }} {{ frame.width }}x{{ frame.height }} of {{ frame.canvas|join('x') }} at {{ frame.left }}
{% endfor %}
{% for one in sheet.animations %}
{{ one.name }}: {{ one.frames|length }} at {{ one.fps }}
{% endfor %}
"""
    assert by_template(text, tmp_path) == (
        "sheet items of 1: items.png\n"
        "hero/walk-1 20x55 of 40x60 at 10\n"
        "hero/walk-2 32x50 of 40x60 at 4\n"
        "item/sword 30x20 of 30x20 at 0\n"
        "walk: 3 at 7.5\n"
    )


def test_a_template_that_fails_is_told_at_its_line(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match=r"specs/sheet\.j2:2: null has no `x`"):
        by_template("first\n{{ sheet.nam.x }}", tmp_path)


def test_a_template_has_no_way_out_of_the_sandbox(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match=r"specs/sheet\.j2:1"):
        by_template("{{ sheet.__class__.__mro__ }}", tmp_path)
