"""What a placeholder says and where: wrapped, shortened and scaled to its picture.  [door: PIL]"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

WORD = "PLACEHOLDER"

_RATIOS = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9", "1:4", "4:1", "1:8", "8:1")
_LEAST_PX = 4
_LOOK_PX = 40
"""At which glyphs are compared."""

_LINE = 1.32
_TITLE, _FACTS, _BADGE = 2.1, 0.95, 0.8
"""Sizes of text as multiples of the prompt's."""

_SPELT = {
    "\u2010": "-", "\u2011": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-", "\u2022": "-", "\u00d7": "x",
    "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u00ab": '"', "\u00bb": '"', "\u2044": "/",
    "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "ð": "d",
    "þ": "th", "\u0131": "i",
}  # fmt: skip
"""How to write what has no simpler form by Unicode's own tables, and the font lacks."""

_MOST_TITLE_LINES = 3
_MOST_PROMPT_CHARS = 2000
_ELLIPSIS = "..."
_BREAK_BEHIND = "/-_."
_SIDE_BY_SIDE_FROM = 2.2
"""Pictures at least so much wider than high have the prompt beside the id."""


class Style(Enum):
    BADGE = "badge"
    TITLE = "title"
    FACTS = "facts"
    PROMPT = "prompt"


@dataclass(frozen=True, kw_only=True)
class Block:
    """Lines of text in one font, and where they go; a badge has its own ground."""

    style: Style
    lines: tuple[str, ...]
    font: FreeTypeFont
    line_px: int
    box: tuple[int, int, int, int]


class _Fonts:
    """The font that comes with Pillow, opened once a size."""

    def __init__(self) -> None:
        self._opened: dict[int, FreeTypeFont] = {}

    def at(self, px: int) -> FreeTypeFont:
        if px not in self._opened:
            from PIL import ImageFont

            font = ImageFont.load_default(px)
            if not isinstance(font, ImageFont.FreeTypeFont):
                raise TypeError("this Pillow was built without FreeType, which placeholders need")
            self._opened[px] = font
        return self._opened[px]

    def width(self, text: str, px: int) -> float:
        return self.at(px).getlength(text)


def laid_out(asset: str, prompt: str, size: tuple[int, int], box: tuple[int, int, int, int]) -> list[Block]:
    """The blocks of text inside the box of a picture: the word, the asset's id, ratio and pixels, the prompt."""
    fonts = _Fonts()
    title = _drawable(asset, fonts)
    text = _drawable(prompt[:_MOST_PROMPT_CHARS], fonts)
    facts = f"{_ratio_name(*size)}   {size[0]} x {size[1]}"
    width, height = box[2] - box[0], box[3] - box[1]
    unit = max(_LEAST_PX, int(min(math.sqrt(width * height) / 24, height / 6.5, width / 9)))
    beside = width >= _SIDE_BY_SIDE_FROM * height
    column = int(width * 0.42) if beside else width
    blocks = list(_heading(title, facts, unit, fonts, (box[0], box[1], box[0] + column, box[3])))
    bottom = blocks[-1].box[3]
    if beside:
        gap = int(width * 0.04)
        blocks = [_moved(block, (box[3] - bottom) // 2) for block in blocks]
        where = (box[0] + column + gap, box[1], box[2], box[3])
        prompt_block = _prompt(text, unit, fonts, where)
        if prompt_block:
            blocks.append(_moved(prompt_block, (box[3] - prompt_block.box[3]) // 2))
        return blocks
    prompt_block = _prompt(text, unit, fonts, (box[0], bottom + int(unit * 0.9), box[2], box[3]))
    if prompt_block:
        blocks.append(prompt_block)
    # A little above the middle looks like the middle.
    spare = box[3] - blocks[-1].box[3]
    return [_moved(block, int(spare * 0.45)) for block in blocks]


def _heading(title: str, facts: str, unit: int, fonts: _Fonts, box: tuple[int, int, int, int]) -> Iterator[Block]:
    """Badge, id, facts, one below the other from the top of the box."""
    x, y, right, _ = box
    width = right - x
    badge_px = _shrunk(WORD, _share(unit, _BADGE), int(width * 0.8), fonts)
    pad = badge_px * 0.8
    badge_box = (x, y, x + int(fonts.width(WORD, badge_px) + 2 * pad), y + int(badge_px * 1.9))
    yield _block(Style.BADGE, [WORD], badge_px, badge_box, fonts)
    y = badge_box[3] + int(unit * 0.7)

    title_px, lines = _fitted(title, _share(unit, _TITLE), _share(unit, 0.8), width, fonts)
    yield _below(Style.TITLE, lines, title_px, (x, y), width, fonts)
    y += _line_px(title_px) * len(lines) + int(unit * 0.35)

    facts_px = _shrunk(facts, _share(unit, _FACTS), width, fonts)
    yield _below(Style.FACTS, [facts], facts_px, (x, y), width, fonts)


def _prompt(text: str, unit: int, fonts: _Fonts, box: tuple[int, int, int, int]) -> Block | None:
    """As much of the prompt as fits the box; None when not even a line does."""
    width, height = box[2] - box[0], box[3] - box[1]
    room = height // _line_px(unit)
    lines = list(_wrapped(text, unit, width, fonts))
    if not lines or room < 1:
        return None
    if len(lines) > room:
        lines = lines[:room]
        lines[-1] = _shortened(lines[-1], unit, width, fonts)
    return _below(Style.PROMPT, lines, unit, (box[0], box[1]), width, fonts)


def _fitted(text: str, largest: int, least: int, width: int, fonts: _Fonts) -> tuple[int, list[str]]:
    """The largest size at which an id fits its lines, and the lines; shortened if no size does."""
    px = largest
    while True:
        lines = list(_wrapped_id(text, px, width, fonts))
        if len(lines) <= _MOST_TITLE_LINES and all(fonts.width(line, px) <= width for line in lines):
            return px, lines
        if px <= least:
            kept = [_shortened(line, px, width, fonts, always=False) for line in lines[:_MOST_TITLE_LINES]]
            if len(lines) > _MOST_TITLE_LINES:
                kept[-1] = _shortened(kept[-1], px, width, fonts)
            return px, kept
        px = max(least, min(px - 1, int(px * 0.9)))


def _shrunk(text: str, px: int, width: int, fonts: _Fonts) -> int:
    """The size, or the largest below it at which the text fits the width."""
    while px > _LEAST_PX and fonts.width(text, px) > width:
        px -= 1
    return px


def _share(unit: int, of: float) -> int:
    return max(_LEAST_PX, round(unit * of))


def _wrapped_id(text: str, px: int, width: int, fonts: _Fonts) -> Iterator[str]:
    """An id on lines that end behind a slash, dash, underscore or dot, or where nothing else helps."""
    line = ""
    for piece in _pieces(text):
        if line and fonts.width(line + piece, px) > width:
            yield line
            line = ""
        line += piece
    yield line


def _pieces(text: str) -> Iterator[str]:
    piece = ""
    for character in text:
        piece += character
        if character in _BREAK_BEHIND:
            yield piece
            piece = ""
    if piece:
        yield piece


def _wrapped(text: str, px: int, width: int, fonts: _Fonts) -> Iterator[str]:
    """Text on lines no wider than the width; a word that is wider is broken."""
    line = ""
    for word in text.split():
        joined = f"{line} {word}" if line else word
        if fonts.width(joined, px) <= width:
            line = joined
            continue
        if line:
            yield line
        *full, line = _broken(word, px, width, fonts)
        yield from full
    if line:
        yield line


def _broken(word: str, px: int, width: int, fonts: _Fonts) -> list[str]:
    """A word in pieces that fit, at least one letter each."""
    pieces = []
    while len(word) > 1 and fonts.width(word, px) > width:
        fits = max(1, int(len(word) * width / fonts.width(word, px)))
        while fits > 1 and fonts.width(word[:fits], px) > width:
            fits -= 1
        pieces.append(word[:fits])
        word = word[fits:]
    return [*pieces, word]


def _shortened(line: str, px: int, width: int, fonts: _Fonts, *, always: bool = True) -> str:
    """The line with three dots at its end, fitting; unchanged if it fits and need not say that more was there."""
    if not always and fonts.width(line, px) <= width:
        return line
    while line and fonts.width(line + _ELLIPSIS, px) > width:
        line = line[:-1]
    return line.rstrip() + _ELLIPSIS


def _drawable(text: str, fonts: _Fonts) -> str:
    """The text in characters that the font has; or, when it is mostly in another script, a sentence that says so."""
    font = fonts.at(_LOOK_PX)
    wanted = " ".join("".join(c if c.isprintable() else " " for c in unicodedata.normalize("NFC", text)).split())
    has = {c: _has_glyph(c, font) for c in set(wanted)}
    written = "".join(c if has[c] else _plainer(c, font) for c in wanted)
    lost = written.count("\ufffd")
    if lost * 2 > len(wanted.replace(" ", "")):
        return f"({len(wanted)} characters in a script that this font does not have)"
    return " ".join(written.replace("\ufffd", "?").split())


def _has_glyph(character: str, font: FreeTypeFont) -> bool:
    if character.isascii():
        return True
    # What a font lacks, it draws as one and the same box.
    return bytes(font.getmask(character)) != bytes(font.getmask("\U0010fffd"))


def _plainer(character: str, font: FreeTypeFont) -> str:
    """A letter without its accents, a ligature as its letters; else the replacement character."""
    parts = [c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c)]
    spelt = "".join(_SPELT.get(c, c) for c in parts)
    return spelt if spelt and all(_has_glyph(c, font) for c in spelt) else "\ufffd"


def _ratio_name(width: int, height: int) -> str:
    def distance(name: str) -> float:
        across, _, down = name.partition(":")
        return abs(math.log(width / height * int(down) / int(across)))

    nearest = min(_RATIOS, key=distance)
    return nearest if distance(nearest) < 0.06 else f"{width / height:.2f}:1"


def _line_px(px: int) -> int:
    return max(1, round(px * _LINE))


def _below(style: Style, lines: list[str], px: int, at: tuple[int, int], width: int, fonts: _Fonts) -> Block:
    box = (at[0], at[1], at[0] + width, at[1] + _line_px(px) * len(lines))
    return _block(style, lines, px, box, fonts)


def _block(style: Style, lines: list[str], px: int, box: tuple[int, int, int, int], fonts: _Fonts) -> Block:
    return Block(style=style, lines=tuple(lines), font=fonts.at(px), line_px=_line_px(px), box=box)


def _moved(block: Block, down: int) -> Block:
    import dataclasses

    x0, y0, x1, y1 = block.box
    return dataclasses.replace(block, box=(x0, y0 + down, x1, y1 + down))
