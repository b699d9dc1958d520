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
_MEASURE_PX = 100
_SAFETY = 1.03  # widths are measured at one size; hinting makes others differ a little
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


@dataclass(frozen=True, kw_only=True)
class _Measure:
    """The font at one size, for all widths; a character's glyph is looked for once."""

    font: FreeTypeFont

    def width(self, text: str, px: float) -> float:
        return self.font.getlength(text) * px / _MEASURE_PX * _SAFETY


def laid_out(asset: str, prompt: str, size: tuple[int, int], box: tuple[int, int, int, int]) -> list[Block]:
    """The blocks of text inside the box of a picture: the word, the asset's id, ratio and pixels, the prompt."""
    from PIL import ImageFont

    font = ImageFont.load_default(_MEASURE_PX)
    if not isinstance(font, ImageFont.FreeTypeFont):  # a Pillow built without FreeType has no letters to scale
        return []
    measure = _Measure(font=font)
    title = _drawable(asset, font)
    text = _drawable(prompt[:_MOST_PROMPT_CHARS], font)
    facts = f"{_ratio_name(*size)}   {size[0]} x {size[1]}"
    width, height = box[2] - box[0], box[3] - box[1]
    unit = min(math.sqrt(width * height) / 26, height / 6.5, width / 9)
    beside = width >= _SIDE_BY_SIDE_FROM * height
    column = int(width * 0.42) if beside else width
    blocks = list(_heading(title, facts, unit, measure, (box[0], box[1], box[0] + column, box[3])))
    bottom = blocks[-1].box[3]
    if beside:
        gap = int(width * 0.04)
        blocks = [_moved(block, (box[3] - bottom) // 2) for block in blocks]
        where = (box[0] + column + gap, box[1], box[2], box[3])
        prompt_block = _prompt(text, unit, measure, where)
        if prompt_block:
            blocks.append(_moved(prompt_block, (box[3] - prompt_block.box[3]) // 2))
        return blocks
    prompt_block = _prompt(text, unit, measure, (box[0], bottom + int(unit * 0.9), box[2], box[3]))
    if prompt_block:
        blocks.append(prompt_block)
    # A little above the middle looks like the middle.
    spare = box[3] - blocks[-1].box[3]
    return [_moved(block, int(spare * 0.45)) for block in blocks]


def _heading(title: str, facts: str, unit: float, measure: _Measure, box: tuple[int, int, int, int]) -> Iterator[Block]:
    """Badge, id, facts, one below the other from the top of the box."""
    x, y, right, _ = box
    width = right - x
    badge_px = min(unit * _BADGE, width / (measure.width(WORD, 1) + 2))
    pad = badge_px * 0.8
    badge_box = (x, y, x + int(measure.width(WORD, badge_px) + 2 * pad), y + int(badge_px * 1.9))
    yield _block(Style.BADGE, [WORD], badge_px, badge_box)
    y = badge_box[3] + int(unit * 0.7)

    title_px, lines = _fitted(title, unit * _TITLE, unit * 0.8, width, measure)
    yield _below(Style.TITLE, lines, title_px, (x, y), width)
    y += _line_px(title_px) * len(lines) + int(unit * 0.35)

    facts_px = min(unit * _FACTS, unit * _FACTS * width / max(1.0, measure.width(facts, unit * _FACTS)))
    yield _below(Style.FACTS, [facts], facts_px, (x, y), width)


def _prompt(text: str, unit: float, measure: _Measure, box: tuple[int, int, int, int]) -> Block | None:
    """As much of the prompt as fits the box; None when not even a line does."""
    width, height = box[2] - box[0], box[3] - box[1]
    room = height // _line_px(unit)
    lines = list(_wrapped(text, unit, width, measure))
    if not lines or room < 1:
        return None
    if len(lines) > room:
        lines = lines[:room]
        lines[-1] = _shortened(lines[-1], unit, width, measure)
    return _below(Style.PROMPT, lines, unit, (box[0], box[1]), width)


def _fitted(text: str, largest: float, least: float, width: int, measure: _Measure) -> tuple[float, list[str]]:
    """The largest size at which an id fits its lines, and the lines; shortened if no size does."""
    px = largest
    while True:
        lines = list(_wrapped_id(text, px, width, measure))
        if len(lines) <= _MOST_TITLE_LINES and all(measure.width(line, px) <= width for line in lines):
            return px, lines
        if px <= least:
            kept = [_shortened(line, px, width, measure, always=False) for line in lines[:_MOST_TITLE_LINES]]
            if len(lines) > _MOST_TITLE_LINES:
                kept[-1] = _shortened(kept[-1], px, width, measure)
            return px, kept
        px = max(least, px * 0.9)


def _wrapped_id(text: str, px: float, width: int, measure: _Measure) -> Iterator[str]:
    """An id on lines that end behind a slash, dash, underscore or dot, or where nothing else helps."""
    line = ""
    for piece in _pieces(text):
        if line and measure.width(line + piece, px) > width:
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


def _wrapped(text: str, px: float, width: int, measure: _Measure) -> Iterator[str]:
    """Text on lines no wider than the width; a word that is wider is broken."""
    line = ""
    for word in text.split():
        joined = f"{line} {word}" if line else word
        if measure.width(joined, px) <= width:
            line = joined
            continue
        if line:
            yield line
        *full, line = _broken(word, px, width, measure)
        yield from full
    if line:
        yield line


def _broken(word: str, px: float, width: int, measure: _Measure) -> list[str]:
    """A word in pieces that fit, at least one letter each."""
    pieces = []
    while len(word) > 1 and measure.width(word, px) > width:
        fits = max(1, int(len(word) * width / measure.width(word, px)))
        while fits > 1 and measure.width(word[:fits], px) > width:
            fits -= 1
        pieces.append(word[:fits])
        word = word[fits:]
    return [*pieces, word]


def _shortened(line: str, px: float, width: int, measure: _Measure, *, always: bool = True) -> str:
    """The line with three dots at its end, fitting; unchanged if it fits and need not say that more was there."""
    if not always and measure.width(line, px) <= width:
        return line
    while line and measure.width(line + _ELLIPSIS, px) > width:
        line = line[:-1]
    return line.rstrip() + _ELLIPSIS


def _drawable(text: str, font: FreeTypeFont) -> str:
    """The text in characters that the font has; or, when it is mostly in another script, a sentence that says so."""
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


def _line_px(px: float) -> int:
    return max(1, round(px * _LINE))


def _below(style: Style, lines: list[str], px: float, at: tuple[int, int], width: int) -> Block:
    return _block(style, lines, px, (at[0], at[1], at[0] + width, at[1] + _line_px(px) * len(lines)))


def _block(style: Style, lines: list[str], px: float, box: tuple[int, int, int, int]) -> Block:
    from PIL import ImageFont

    font = ImageFont.load_default(max(1.0, px))
    assert isinstance(font, ImageFont.FreeTypeFont)
    return Block(style=style, lines=tuple(lines), font=font, line_px=_line_px(px), box=box)


def _moved(block: Block, down: int) -> Block:
    import dataclasses

    x0, y0, x1, y1 = block.box
    return dataclasses.replace(block, box=(x0, y0 + down, x1, y1 + down))
