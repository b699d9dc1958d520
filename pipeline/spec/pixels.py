"""`size: 1200x630`: pixels that are wanted, and the ratio and tier of a model from which they are best cut."""

from __future__ import annotations

import re
from math import log
from typing import Final, NamedTuple

from pipeline.spec.models import Model

MOST: Final = 16_384
"""A side of a file: what browsers, engines and formats take."""

_SIZE: Final = re.compile(r"(\d{1,6})\s*[xX\u00d7]\s*(\d{1,6})")


class WrongSize(ValueError):
    """A text that is no size in pixels, and what would be right."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


class Cut(NamedTuple):
    """What the model is to draw, and whether it has pixels enough."""

    aspect_ratio: str
    image_size: str
    enough: bool


def pixels_of(text: str) -> tuple[int, int]:
    """Width and height of a text such as 1200x630. Raises WrongSize."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        if re.fullmatch(r"(?i)512|[124]k", text.strip()):
            hint = f"did you mean `image_size: {text.strip().upper()}`?"
            raise WrongSize(f"`size` is width and height in pixels, not `{text}`", hint)
        hint = f"write {text.strip()}x{text.strip()}" if text.strip().strip("0").isdigit() else "such as 1200x630"
        raise WrongSize(f"`size` is width and height in pixels, not `{text[:60]}`", hint)
    width, height = int(found[1]), int(found[2])
    if not (1 <= width <= MOST and 1 <= height <= MOST):
        raise WrongSize(f"a side is from 1 to {MOST:,} pixels, not {text.strip()}", "")
    return width, height


def cut_of(model: Model, pixels: tuple[int, int], aspect_ratio: str | None, image_size: str | None) -> Cut:
    """The nearest ratio that the model draws, and the smallest of its tiers that needs no enlarging.

    What is given stays as it is. Where no tier is large enough it is the largest.
    """
    width, height = pixels

    def area(tier: str) -> int:
        across, down = model.shape(ratio, tier)
        return across * down

    ratio = aspect_ratio or min(model.ratios, key=lambda one: _distance(one, width / height))
    tiers = sorted(model.sizes, key=area) if image_size is None else [image_size]
    able = [tier for tier in tiers if _covers(model.shape(ratio, tier), pixels)]
    return Cut(ratio, able[0] if able else tiers[-1], bool(able))


def _covers(drawn: tuple[int, int], wanted: tuple[int, int]) -> bool:
    return drawn[0] >= wanted[0] and drawn[1] >= wanted[1]


def _distance(ratio: str, wanted: float) -> float:
    """How far apart two shapes are: twice as wide is as far as half as wide."""
    across, _, down = ratio.partition(":")
    return abs(log(float(across) / float(down) / wanted))
