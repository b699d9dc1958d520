"""What game engines read: the whole text, since there is no engine here to ask."""

from __future__ import annotations

import json

import pytest

from pipeline.bundle.catalog import SheetFiles
from pipeline.bundle.exports.godot import constant, quoted
from pipeline.errors import Origin, PipelineError
from pipeline.spec.members import Members, Named
from tests.bundle.shelf import Shelf, a_picture

SCRIPT = """\
class_name Art
extends RefCounted

const SPRITE := "res://img/sprite.png"
const WEB_HERO := "res://img/hero.jpg"

## The path of each asset, by its id.
const PATHS := {
\t"sprite": SPRITE,
\t"web/hero": WEB_HERO,
}

## The size of each asset in pixels, by its id.
const SIZES := {
\t"sprite": Vector2i(128, 128),
\t"web/hero": Vector2i(1200, 630),
}


## The picture of an asset, loaded now if it is not yet.
static func texture(id: String) -> Texture2D:
\treturn load(PATHS[id]) as Texture2D
"""


def test_godot_gets_a_constant_for_each_asset(shelf: Shelf) -> None:
    made = shelf.export("godot: {to: public/art.gd, root: public, class: Art, exclude: web/logo}")
    assert made["public/art.gd"].decode() == SCRIPT


def test_godot_gets_no_picture_that_it_cannot_read(shelf: Shelf) -> None:
    shelf.add("new", a_picture(64, 64), "public/new.avif")
    with pytest.raises(PipelineError, match=r"Godot reads no avif: public/new.avif"):
        shelf.export("godot: {to: public/art.gd, root: public}")
    shelf.variant("new", a_picture(64, 64), "public/new.webp", variant="webp")
    assert b'const NEW := "res://new.webp"' in shelf.export("godot: {to: public/a.gd, root: public}")["public/a.gd"]


def test_godot_gets_only_names_that_it_can_have(shelf: Shelf) -> None:
    assert [constant(id) for id in ("hero/knight-2", "2d/a", "pi", "paths", "a..b")] == [
        "HERO_KNIGHT_2",
        "_2D_A",
        "PI_",
        "PATHS_",
        "A_B",
    ]
    assert quoted('a"b\\c\n') == '"a\\u0022b\\u005cc\\u000a"'
    shelf.add("web-hero", a_picture(64, 64), "public/other.png")
    with pytest.raises(PipelineError, match="`web-hero` and `web/hero` would have one constant: WEB_HERO"):
        shelf.export("godot: {to: public/a.gd, root: public}")
    with pytest.raises(PipelineError, match=r"other.png is not inside public/img/"):
        shelf.export("godot: {to: public/img/a.gd, root: public/img, of: web-hero}")


def _sheet(*names: str) -> SheetFiles:
    here = Origin("specs/a.yaml", 1, 1)
    return SheetFiles(
        images={"png": tuple(f"public/{name}.png" for name in names)},
        data={"phaser": ("public/items.json",), "phaser animations": ("public/items-anims.json",)},
        members=Members(of=(Named("web/*", here),)),
    )


def _files(shelf: Shelf, sheet: SheetFiles | None = None) -> list[dict[str, str]]:
    made = shelf.export(
        "phaser: {to: public/pack.json, key: 'my {{ name }}', section: level1}", {"items": sheet} if sheet else {}
    )
    pack = json.loads(made["public/pack.json"])
    assert list(pack) == ["level1", "meta"]
    return list(pack["level1"]["files"])


def test_a_pack_file_lists_pictures_from_where_the_page_is(shelf: Shelf) -> None:
    assert _files(shelf) == [
        {"type": "image", "key": "my sprite", "url": "img/sprite.png"},
        {"type": "image", "key": "my hero", "url": "img/hero.jpg"},
        {"type": "image", "key": "my logo", "url": "img/logo.png"},
    ]


def test_a_pack_file_has_a_sheet_in_place_of_the_pictures_on_it(shelf: Shelf) -> None:
    assert _files(shelf, _sheet("items")) == [
        {"type": "atlas", "key": "items", "textureURL": "items.png", "atlasURL": "items.json"},
        {"type": "animation", "key": "items animations", "url": "items-anims.json"},
        {"type": "image", "key": "my sprite", "url": "img/sprite.png"},
    ]
    assert _files(shelf, _sheet("items-0", "items-1"))[0] == (
        {"type": "multiatlas", "key": "items", "url": "items.json", "path": ""}
    )


def test_two_pictures_cannot_have_one_key(shelf: Shelf) -> None:
    with pytest.raises(PipelineError, match="`sprite` and `web/hero` would have one key: x"):
        shelf.export("phaser: {to: public/pack.json, key: x}")
