"""The kinds of `exports:` and what each can be told: as data, for the reader, for editors and for the docs."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple


class OptionKind(StrEnum):
    """The type of a value, as messages name it."""

    TEXT = "a text"
    TEMPLATE = "a template"
    FOLDER = "a folder"
    FILE = "the path of a file"
    CHOICE = "one of a few words"
    BOOL = "true or false"
    INT = "a whole number"
    COLOR = "a color such as '#1e90ff'"
    MEMBERS = "an id, a glob or a tag, or a list of them"


class Option(NamedTuple):
    """One thing that an export can be told."""

    name: str
    kind: OptionKind
    doc: str
    example: Any
    default: Any = None
    """None: nothing is said, and the kind knows what that means."""
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 0
    names: tuple[str, ...] = ()
    """Of a template: the names that it can use."""


class ExportKind(NamedTuple):
    """One kind of export."""

    name: str
    doc: str
    options: tuple[Option, ...]
    endings: tuple[str, ...] = ()
    """That the file at `to` can have; none where `to` is a folder."""

    @property
    def named(self) -> dict[str, Option]:
        return {option.name: option for option in self.options}


BY_ASSET: Final = ("id", "name", "alt")
"""What a template about an asset can use."""
BY_FILE: Final = (*BY_ASSET, "variant", "width", "height", "format", "hash")
"""What a template about one of its files can use."""

_OF: Final = Option(
    "of", OptionKind.MEMBERS, "The assets that it is about; all without it.", ["web/*", "tag:ui"], default=()
)
_EXCLUDE: Final = Option("exclude", OptionKind.MEMBERS, "Assets to leave out.", "web/draft-*", default=())
_ROOT: Final = Option(
    "root", OptionKind.FOLDER, "The folder that is served: paths are told from there; files outside are an error.",
    "public",
)  # fmt: skip
_URL: Final = Option(
    "url", OptionKind.TEXT, "What stands before each path; `/` where `root` is said.", "https://cdn.example.org/"
)
_USE: Final = Option(
    "use", OptionKind.CHOICE, "`copies` tells the paths of the copies in place of the files.", "copies",
    choices=("copies",),
)  # fmt: skip
_PROMPTS: Final = Option(
    "prompts", OptionKind.BOOL, "Tell the prompts too. Whoever gets the file can read them.", True, default=False
)


def _to(doc: str, example: str) -> Option:
    return Option("to", OptionKind.FILE, doc, example)


def _folder(doc: str, example: str) -> Option:
    return Option("to", OptionKind.FOLDER, doc, example)


_KINDS: Final = (
    ExportKind(
        name="json",
        doc="A manifest: each asset with its files, their sizes, its alt text, a ThumbHash and its color.",
        options=(_to("The manifest.", "public/assets.json"), _OF, _EXCLUDE, _ROOT, _URL, _USE, _PROMPTS),
        endings=(".json",),
    ),
    ExportKind(
        name="typescript",
        doc="A module: the ids as a union type, and what the manifest says of them as constants.",
        options=(_to("The module.", "src/assets.ts"), _OF, _EXCLUDE, _ROOT, _URL, _USE),
        endings=(".ts", ".mts"),
    ),
    ExportKind(
        name="css",
        doc="A class for each asset: its picture as background, its ratio, its color.",
        options=(
            _to("The style sheet.", "src/assets.css"), _OF, _EXCLUDE, _ROOT, _URL, _USE,
            Option(
                "class", OptionKind.TEMPLATE, "The name of the class; what a name cannot have becomes `-`.",
                "picture-{{ id }}", default="asset-{{ id }}", names=BY_ASSET,
            ),
        ),
        endings=(".css",),
    ),
    ExportKind(
        name="html",
        doc="A `<picture>` for each asset, in a file of its id.",
        options=(
            _folder("The folder of the snippets.", "partials"), _OF, _EXCLUDE, _ROOT, _URL, _USE,
            Option("sizes", OptionKind.TEXT, "How wide the page shows it, as `sizes` says it in HTML.",
                   "(min-width: 60rem) 50vw, 100vw", default="100vw"),
            Option("loading", OptionKind.CHOICE, "When a browser fetches it.", "eager", default="lazy",
                   choices=("lazy", "eager")),
            Option("placeholder", OptionKind.CHOICE, "What stands there until then: nothing where it is transparent.",
                   "blur", default="color", choices=("color", "blur", "none")),
        ),
    ),
    ExportKind(
        name="godot",
        doc="A class for Godot 4: a constant with the `res://` path of each asset, and their sizes.",
        options=(
            _to("The script.", "game/assets.gd"), _OF, _EXCLUDE,
            Option("root", OptionKind.FOLDER, "The folder of project.godot; without it the project's own.", "game"),
            Option("class", OptionKind.TEXT, "The name of the class.", "Art", default="Assets"),
        ),
        endings=(".gd",),
    ),
    ExportKind(
        name="phaser",
        doc="A pack file for Phaser 3: the pictures that no sheet holds, and the sheets that have data for Phaser.",
        options=(
            _to("The pack file.", "public/pack.json"), _OF, _EXCLUDE, _ROOT, _URL, _USE,
            Option("key", OptionKind.TEMPLATE, "The key by which the game asks for a picture.", "{{ name }}",
                   default="{{ id }}", names=BY_ASSET),
            Option("section", OptionKind.TEXT, "The name of the section.", "level1", default="assets"),
        ),
        endings=(".json",),
    ),
    ExportKind(
        name="icons",
        doc="The icons of a web site, its webmanifest, and the lines of HTML that name them.",
        options=(
            Option("of", OptionKind.MEMBERS, "The one asset to make them of; 512 pixels or more.", "brand/logo"),
            _folder("The folder of the icons.", "public"), _ROOT, _URL,
            Option("name", OptionKind.TEXT, "Of the application.", "Lantern Market"),
            Option("short_name", OptionKind.TEXT, "What fits below an icon.", "Lantern"),
            Option("theme_color", OptionKind.COLOR, "Of what the browser draws around the page.", "#141a2c"),
            Option("background_color", OptionKind.COLOR,
                   "Of the first screen, and the ground of icons that must not be transparent; white without it.",
                   "#f4e6c4"),
            Option("display", OptionKind.CHOICE, "How an installed application looks.", "browser",
                   default="standalone", choices=("standalone", "fullscreen", "minimal-ui", "browser")),
            Option("html", OptionKind.FILE, "Where the lines of HTML go; icons.html beside the icons without it.",
                   "partials/icons.html"),
            Option("provenance", OptionKind.CHOICE, "`none`: the icons say nothing of where their picture comes from.",
                   "none", choices=("none",)),
        ),
    ),
    ExportKind(
        name="markdown",
        doc="A contact sheet: a page that shows all pictures.",
        options=(
            _to("The page.", "docs/assets.md"), _OF, _EXCLUDE, _ROOT, _URL, _USE, _PROMPTS,
            Option("width", OptionKind.INT, "Of each picture on the page, in pixels.", 160, default=160,
                   least=16, most=2000),
        ),
        endings=(".md",),
    ),
    ExportKind(
        name="copies",
        doc="Copies of the built files, under names with a hash of what is in them.",
        options=(
            _folder("The folder of the copies.", "public/img"), _OF, _EXCLUDE,
            Option("name", OptionKind.TEMPLATE, "The path below `to`, without an ending.", "{{ name }}.{{ hash }}",
                   default="{{ id }}.{{ hash }}", names=BY_FILE),
        ),
    ),
)  # fmt: skip

EXPORTS: Final[Mapping[str, ExportKind]] = {kind.name: kind for kind in _KINDS}

ORDER: Final = ("copies", *(name for name in EXPORTS if name != "copies"))
"""Copies first: the others can tell their paths."""

ICONS: Final = (
    "favicon.ico",
    "favicon-16x16.png",
    "favicon-32x32.png",
    "apple-touch-icon.png",
    "icon-192.png",
    "icon-512.png",
    "icon-maskable-512.png",
    "site.webmanifest",
)
"""The files of `icons`, beside the lines of HTML."""
