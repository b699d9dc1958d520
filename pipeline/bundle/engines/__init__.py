"""The data of a sheet in the form that each engine reads: a writer gives texts by their path from the root."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from pipeline.bundle.engines import css, godot, ours, phaser, pixi, unity
from pipeline.bundle.layout import Layout
from pipeline.spec.sheets import Sheet

WRITERS: Final[Mapping[str, Callable[[Sheet, Layout], Mapping[str, str]]]] = {
    "json": ours.written,
    "phaser": phaser.written,
    "pixi": pixi.written,
    "godot": godot.written,
    "unity": unity.written,
    "css": css.written,
}
"""By their names in `data`."""
