"""Formulas over the pixels of pictures of one size."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PIL import Image, ImageMath


def calculated(formula: Callable[[Mapping[str, Any]], Any], **images: Image.Image) -> Image.Image:
    """The picture that a formula makes of others, which it finds by their names, beside `min`, `max` and `convert`."""
    found = ImageMath.lambda_eval(formula, **images)
    assert isinstance(found, Image.Image)
    return found
