"""What text is printed on: a terminal of so many columns, or a file that has none.  Imports nothing heavy."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

WIDTH = 80
"""Columns where nobody says how wide the paper is."""


def columns(stream: TextIO, environ: Mapping[str, str]) -> int | None:
    """Columns of the terminal that a stream is; None where it is none."""
    if not stream.isatty():
        return None
    told = environ.get("COLUMNS", "")
    if told.isdecimal() and int(told):
        return int(told)
    try:
        return os.get_terminal_size(stream.fileno()).columns or WIDTH
    except (OSError, ValueError):
        return WIDTH


def shows_colors(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether colours are wanted there, where nothing else is said."""
    return stream.isatty() and environ.get("TERM") != "dumb" and not environ.get("NO_COLOR")
