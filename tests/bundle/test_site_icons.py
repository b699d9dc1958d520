"""The icons of a site: each as browsers and telephones want it."""

from __future__ import annotations

import io
import json
from html.parser import HTMLParser

import pytest
from PIL import Image

from pipeline import marks
from pipeline.errors import PipelineError
from tests.bundle.shelf import Shelf, a_picture

ICONS = "icons: {of: web/logo, to: public, root: public, name: 'Lantern & \"Co\"', short_name: L, theme_color: navy}"


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_each_icon_has_its_size_and_says_where_it_comes_from(shelf: Shelf) -> None:
    made = shelf.export(ICONS)
    sizes = {path.removeprefix("public/"): opened(data).size for path, data in made.items() if path.endswith(".png")}
    assert sizes == {
        "favicon-16x16.png": (16, 16),
        "favicon-32x32.png": (32, 32),
        "icon-192.png": (192, 192),
        "icon-512.png": (512, 512),
        "apple-touch-icon.png": (180, 180),
        "icon-maskable-512.png": (512, 512),
    }
    assert opened(made["public/favicon.ico"]).info["sizes"] == {(16, 16), (32, 32), (48, 48)}
    assert marks.read_mark(made["public/favicon.ico"]) == "derived"
    shelf.add(
        "web/logo", a_picture(600, 600), "public/img/logo.png", model="gemini-3", alt="A lantern", origin="edited"
    )
    for path, data in shelf.export(ICONS).items():
        if path.endswith((".png", ".ico")):
            assert b"compositeWithTrainedAlgorithmicMedia" in data and b"A lantern" in data
    silent = shelf.export(ICONS[:-1] + ", provenance: none}")
    assert [path for path, data in silent.items() if b"AlgorithmicMedia" in data or b"A lantern" in data] == []


def test_the_webmanifest_names_icons_beside_it(shelf: Shelf) -> None:
    made = shelf.export(ICONS.replace("to: public,", "to: public/icons,"))
    manifest = json.loads(made["public/icons/site.webmanifest"])
    icons = manifest.pop("icons")
    assert manifest == {
        "name": 'Lantern & "Co"',
        "short_name": "L",
        "start_url": "../",
        "display": "standalone",
        "theme_color": "#000080",
    }
    assert [(icon["sizes"], icon["purpose"]) for icon in icons] == [
        ("192x192", "any"),
        ("512x512", "any"),
        ("512x512", "maskable"),
    ]
    for icon in icons:
        side = int(icon["sizes"].partition("x")[0])
        assert opened(made[f"public/icons/{icon['src']}"]).size == (side, side)


def test_the_lines_of_html_name_files_that_are_there(shelf: Shelf) -> None:
    made = shelf.export(ICONS[:-1] + ", html: partials/icons.html}")
    found: list[dict[str, str | None]] = []

    class Links(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append(dict(attrs))

    Links().feed(made["partials/icons.html"].decode())
    *links, color = found
    assert color == {"name": "theme-color", "content": "#000080"}
    assert [link["rel"] for link in links] == ["icon", "icon", "icon", "apple-touch-icon", "manifest"]
    assert all(f"public{link['href']}" in made for link in links)


def test_what_may_not_be_transparent_is_not_and_what_is_cut_off_has_nothing_in_it(shelf: Shelf) -> None:
    shelf.add("web/logo", Image.new("RGBA", (512, 512), (200, 0, 0, 254)), "public/img/logo.png")
    made = shelf.export(ICONS[:-1] + ", background_color: '#00ff00'}")
    assert opened(made["public/apple-touch-icon.png"]).convert("RGBA").getextrema()[3] == (255, 255)
    maskable = opened(made["public/icon-maskable-512.png"]).convert("RGB")
    assert maskable.getpixel((0, 0)) == (0, 255, 0)
    reach = max(
        ((x - 255.5) ** 2 + (y - 255.5) ** 2) ** 0.5
        for x in range(512)
        for y in range(512)
        if maskable.getpixel((x, y)) != (0, 255, 0)
    )
    assert 195 < reach <= 0.4 * 512


def test_an_icon_with_a_ground_of_its_own_keeps_it(shelf: Shelf) -> None:
    shelf.add("web/logo", a_picture(512, 512), "public/img/logo.png")
    maskable = opened(shelf.export(ICONS)["public/icon-maskable-512.png"]).convert("RGB")
    assert maskable.getpixel((0, 0)) == (0x1E, 0x3C, 0x8C)
    assert maskable.getpixel((256, 256)) == (0xE6, 0x78, 0x28)
    # The disc reaches over half of the picture, and half is within what every system shows: it stays as large.
    assert maskable.getpixel((256, 132)) == (0xE6, 0x78, 0x28)


def test_a_picture_that_is_too_small_is_told(shelf: Shelf) -> None:
    shelf.add("web/logo", a_picture(256, 256), "public/img/logo.png")
    with pytest.raises(PipelineError, match=r"icons need 512 pixels, and public/img/logo.png has 256 x 256"):
        shelf.export(ICONS)
    shelf.variant("web/logo", a_picture(1024, 512), "public/img/large.webp", variant="large")
    assert opened(shelf.export(ICONS)["public/icon-512.png"]).size == (512, 512)


def test_without_its_asset_there_are_no_icons_yet(shelf: Shelf) -> None:
    [bundle] = shelf.bundles(ICONS)
    assert (bundle.make((), shelf.read, {}), bundle.paths(())) == ({}, ())
