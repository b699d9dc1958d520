"""A shelf of built files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bundle.shelf import HOSTILE, Shelf, a_picture


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Three assets of a site: a banner in widths and types, a logo with nothing around it, a sprite in two scales."""
    shelf, banner, sprite = Shelf(tmp_path), a_picture(1200, 630), a_picture(128, 128, ground=None)
    shelf.add(
        "web/hero", banner, "public/img/hero.jpg", alt=HOSTILE, tags=("ui",), prompt="A secret.", model="gemini-3"
    )
    for width in (320, 640):
        for format in ("webp", "avif"):
            small = banner.resize((width, width * 630 // 1200))
            path = f"public/img/hero-{width}.{format}"
            shelf.variant("web/hero", small, path, variant=str(width), file_width=width)
    shelf.add("web/logo", a_picture(512, 512, ground=None), "public/img/logo.png", origin="placeholder")
    shelf.add("sprite", sprite, "public/img/sprite.png", alt="A sprite")
    for scale in (1, 2):
        image = sprite.resize((64 * scale, 64 * scale))
        shelf.variant("sprite", image, f"public/img/sprite@{scale}x.png", variant=f"@{scale}x", scale=scale)
    return shelf
