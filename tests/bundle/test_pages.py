"""Snippets, style sheets and contact sheets: what a page gets, whatever a person wrote as alt text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from pipeline.bundle.exports.css import class_name, quoted
from pipeline.errors import PipelineError
from tests.bundle.shelf import HOSTILE, Shelf, a_picture


class Tags(HTMLParser):
    """All tags of a text with their attributes, and the text between them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_snippet_offers_all_types_and_widths(shelf: Shelf) -> None:
    made = shelf.export("html: {to: partials, root: public, sizes: 50vw}")
    assert sorted(made) == ["partials/sprite.html", "partials/web/hero.html", "partials/web/logo.html"]
    tags = Tags(made["partials/web/hero.html"].decode()).found
    assert [tag for tag, _ in tags] == ["picture", "source", "source", "img"]
    assert tags[1][1] == {
        "type": "image/avif",
        "srcset": "/img/hero-320.avif 320w, /img/hero-640.avif 640w",
        "sizes": "50vw",
    }
    color = shelf.bundles("html: p")[0].impressions.of(shelf.items["web/hero"], shelf.read).color
    assert tags[3][1] == {
        "src": "/img/hero.jpg",
        "width": "1200",
        "height": "630",
        "alt": HOSTILE.replace("\n", " "),
        "loading": "lazy",
        "decoding": "async",
        "style": f"background-color: {color}",
    }


def test_a_square_cut_of_a_wide_picture_is_no_choice(shelf: Shelf) -> None:
    shelf.variant("web/hero", a_picture(180, 180), "public/apple-touch-icon.png")
    made = shelf.export("html: {to: partials, root: public}")
    assert b"apple-touch-icon" not in made["partials/web/hero.html"]


def test_without_a_choice_it_is_an_img_that_shows_nothing_behind_what_can_be_seen_through(shelf: Shelf) -> None:
    made = shelf.export("html: {to: partials, loading: eager, placeholder: blur}")
    assert Tags(made["partials/web/logo.html"].decode()).found == [
        (
            "img",
            {
                "src": "../../public/img/logo.png",
                "width": "512",
                "height": "512",
                "alt": "",
                "loading": "eager",
                "decoding": "async",
            },
        )
    ]
    [(_, sprite)] = Tags(made["partials/sprite.html"].decode()).found
    assert (sprite["srcset"], sprite["width"]) == (
        "../public/img/sprite%401x.png 1x, ../public/img/sprite%402x.png 2x",
        "64",
    )
    *_, (_, hero) = Tags(made["partials/web/hero.html"].decode()).found
    assert "url(data:image/png;base64," in str(hero["style"])


def test_a_browser_that_knows_only_old_types_gets_one_of_those(shelf: Shelf) -> None:
    picture = a_picture(300, 200)
    shelf.add("new", picture, "public/img/new.avif").variant("new", picture, "public/img/new.png")
    tags = Tags(shelf.export("html: {to: p, of: new}")["p/new.html"].decode()).found
    assert [(tag, values.get("src") or values.get("srcset")) for tag, values in tags] == [
        ("picture", None),
        ("source", "../public/img/new.avif"),
        ("img", "../public/img/new.png"),
    ]


def test_a_style_sheet_has_a_rule_for_each_asset(shelf: Shelf) -> None:
    text = shelf.export("css: {to: src/a.css, class: 'art-{{ id }}'}")["src/a.css"].decode()
    rules = dict(re.findall(r"^\.([\w-]+) \{\n(.*?)^\}$", text, re.MULTILINE | re.DOTALL))
    assert list(rules) == ["art-sprite", "art-web-hero", "art-web-logo"]
    assert "aspect-ratio: 1200 / 630;" in rules["art-web-hero"]
    assert 'url("../public/img/hero-640.avif") type("image/avif") 1x,' in rules["art-web-hero"]
    assert 'url("../public/img/sprite%402x.png") type("image/png") 2x' in rules["art-sprite"]
    assert ("background-color" in rules["art-web-hero"], "background-color" in rules["art-sprite"]) == (True, False)
    assert "image-set" not in rules["art-web-logo"]


def test_two_assets_cannot_have_one_class(shelf: Shelf) -> None:
    shelf.add("web-hero", a_picture(64, 64), "public/other.png")
    with pytest.raises(PipelineError, match="`web-hero` and `web/hero` would have one class: asset-web-hero"):
        shelf.export("css: a.css")


def test_what_goes_into_a_style_sheet_stays_inside_of_its_string() -> None:
    assert quoted('a"b\\c</style>\n') == '"a\\22 b\\5c c\\3c /style\\3e \\a "'
    assert [class_name(text) for text in ("2d/hero.x", "-", "a b{}", "Ä")] == ["_2d-hero-x", "asset", "a-b", "asset"]


def test_a_contact_sheet_shows_every_picture_and_reads_as_it_was_written(shelf: Shelf) -> None:
    text = shelf.export("markdown: {to: docs/a.md, prompts: true}")["docs/a.md"].decode()
    page = Tags(MarkdownIt("commonmark").enable("table").render(text))
    pictures = [values for tag, values in page.found if tag == "img"]
    assert [picture["src"] for picture in pictures] == [
        f"../public/img/{name}" for name in ("sprite.png", "hero.jpg", "logo.png")
    ]
    assert [picture["width"] for picture in pictures] == ["128", "160", "160"]
    assert pictures[1]["alt"] == HOSTILE.replace("\n", " ")
    assert HOSTILE.replace("\n", "") in page.text
    assert len([tag for tag, _ in page.found if tag == "tr"]) == 5
    assert not [tag for tag, _ in page.found if tag in ("b", "script", "a", "em")]
    assert "(a placeholder)" in page.text
    assert "A secret." in page.text
