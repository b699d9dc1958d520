"""examples/site: pictures in widths and formats, blurred until they have come, icons, and ids that are checked."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, Response

from tests.examples.conftest import Show
from tests.examples.example import Example

pytestmark = pytest.mark.timeout(180)

PICTURES = 5


def fetched(page: Page, path: str) -> Response | Any:
    response = page.request.get(path if "://" in path else page.url.rstrip("/") + "/" + path.lstrip("/"))
    assert response.ok, f"{path}: {response.status}"
    return response


def picture(page: Page, path: str) -> Image.Image:
    return Image.open(io.BytesIO(fetched(page, path).body()))


def shown(page: Page) -> list[dict[str, Any]]:
    """Every `<img>` of the page, once it has come."""
    for image in page.locator("img").all():
        image.scroll_into_view_if_needed()
    page.wait_for_function("[...document.images].every(one => one.complete && one.naturalWidth > 0)")
    found: list[dict[str, Any]] = page.evaluate(
        "[...document.images].map(one => ({source: one.currentSrc, width: one.naturalWidth, alt: one.alt,"
        " blurred: getComputedStyle(one).backgroundImage, lazy: one.loading}))"
    )
    return found


def test_every_picture_is_decoded_from_the_best_format_in_a_width_that_fits(site: Example, show: Show) -> None:
    wide, narrow = (show(site, width=width).page for width in (1200, 380))
    widths = {}
    for page in (wide, narrow):
        images = shown(page)
        assert len(images) == PICTURES
        assert all(re.fullmatch(r".*/img/[\w/-]+\.[0-9a-f]{8}\.avif", one["source"]) for one in images), images
        assert all(one["alt"] for one in images)
        assert [one["lazy"] for one in images] == ["eager", *["lazy"] * (PICTURES - 1)]
        widths[page] = [picture(page, one["source"]).width for one in images]
    assert widths[wide] == [1600, *[240] * (PICTURES - 1)]
    assert widths[narrow] == [480, *[240] * (PICTURES - 1)]


def test_every_other_width_and_format_is_there_too(site: Example, show: Show) -> None:
    page = show(site).page
    shown(page)
    sets = page.evaluate("[...document.querySelectorAll('source')].map(one => [one.type, one.srcset])")
    assert len(sets) == 2 * PICTURES
    for type, srcset in sets:
        for candidate in srcset.split(", "):
            path, width = candidate.split()
            with picture(page, path) as image:
                assert (image.get_format_mimetype(), f"{image.width}w") == (type, width)
    for path in page.evaluate("[...document.images].map(one => one.getAttribute('src'))"):
        assert picture(page, path).format in ("JPEG", "WEBP")


def test_until_a_picture_has_come_there_is_a_blurred_one(site: Example, show: Show) -> None:
    page = show(site).page
    grounds = [one["blurred"] for one in shown(page)]
    assert all(ground.startswith('url("data:image/png;base64,') for ground in grounds), grounds
    blurred = page.evaluate(
        "Promise.all([...document.images].map(async one => {"
        "  const image = new Image();"
        "  image.src = getComputedStyle(one).backgroundImage.slice(5, -2);"
        "  await image.decode();"
        "  return image.naturalWidth / image.naturalHeight - one.width / one.height; }))"
    )
    assert len(blurred) == PICTURES
    assert all(abs(difference) < 0.35 for difference in blurred), "of about the same ratio"


def test_it_has_icons_a_webmanifest_and_a_card_for_chats(site: Example, show: Show) -> None:
    page = show(site).page
    links = page.evaluate(
        "[...document.head.querySelectorAll('link[rel*=icon]')].map(one => [one.href, one.sizes.value])"
    )
    assert len(links) == 4
    for path, sizes in links:
        with picture(page, path) as icon:
            assert {f"{width}x{height}" for width, height in icon.info.get("sizes", {icon.size})} == set(sizes.split())
    manifest = fetched(page, page.locator("link[rel=manifest]").get_attribute("href") or "").json()
    assert manifest["name"] == "Longrow Seeds"
    for icon in manifest["icons"]:
        assert "{}x{}".format(*picture(page, icon["src"]).size) == icon["sizes"]
    assert picture(page, "og.jpg").size == (1200, 630)


def test_a_misspelt_id_does_not_compile(site: Example, tmp_path: Path) -> None:
    assert site.type_errors(tmp_path, "src/seeds.ts", '"seed/beet"', '"seed/beeet"') == [
        "src/seeds.ts: error TS2820: Type '\"seed/beeet\"' is not assignable to type 'AssetId'. "
        "Did you mean '\"seed/beet\"'?"
    ]
