"""Snippets and style sheets in a browser: it chooses, decodes and shows what they offer."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser

from tests.bundle.shelf import HOSTILE, Shelf, a_picture

LOADED = """() => Promise.all([...document.images].map(async image => {
  await image.decode();
  return [image.currentSrc.split('/').pop(), image.naturalWidth, image.alt];
}))"""

GROUND = "node => [getComputedStyle(node).backgroundImage, node.clientWidth / node.clientHeight]"


def test_a_browser_shows_what_snippets_and_style_sheets_offer(tmp_path: Path, browser: Browser) -> None:
    shelf, banner = Shelf(tmp_path), a_picture(1200, 600)
    shelf.add("web/hero", banner, "img/hero.jpg", alt=HOSTILE)
    for width in (320, 640):
        small = banner.resize((width, width // 2))
        shelf.variant("web/hero", small, f"img/hero-{width}.avif", variant=str(width), file_width=width)
    sprite = a_picture(128, 128, ground=None)
    shelf.add("sprite", sprite, "img/sprite.png")
    shelf.variant("sprite", sprite.resize((64, 64)), "img/a sprite, #1.png", variant="@1x", scale=1)
    shelf.variant("sprite", sprite, "img/sprite@2x.png", variant="@2x", scale=2)
    made = shelf.export("html: {to: ., root: ., url: '', sizes: 300px, placeholder: blur}\ncss: a.css")
    snippets = "".join(made[name].decode() for name in ("web/hero.html", "sprite.html"))
    grounds = '<div class="asset-web-hero"></div><div class="asset-sprite"></div>'
    page_text = f'<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="a.css">{snippets}{grounds}'
    (tmp_path / "page.html").write_text(page_text, encoding="utf-8")

    context = browser.new_context(device_scale_factor=2, viewport={"width": 800, "height": 1200})
    page, failed = context.new_page(), list[str]()
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.goto((tmp_path / "page.html").as_uri())
    hero, small = page.evaluate(LOADED)
    ground, ratio = page.eval_on_selector(".asset-web-hero", GROUND)
    beneath, _ = page.eval_on_selector(".asset-sprite", GROUND)
    title, bold = page.title(), page.query_selector("b")
    context.close()

    name, width, alt = hero
    assert (name, alt) == ("hero-640.avif", HOSTILE.replace("\n", " "))
    assert abs(width - 300) <= 1  # as wide as `sizes` says, and rounded down or up
    assert small == ["sprite%402x.png", 64, ""]
    assert "hero-640.avif" in ground and 'type("image/avif")' in ground
    assert "a%20sprite%2C%20%231.png" in beneath
    assert abs(ratio - 2) < 0.01
    assert (failed, title, bold) == ([], "", None)
