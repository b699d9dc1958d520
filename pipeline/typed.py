"""What is typed on the command line as values: amounts, seconds, counts. Each raises argparse.ArgumentTypeError."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.words import MicroUsd

_MOST_JOBS = 1000
_MOST_SECONDS = 3600


def money(text: str) -> MicroUsd:
    """`5`, `5.00` or `$5` as money."""
    from pipeline.words import MicroUsd

    found = re.fullmatch(r"\$?([0-9]{1,9})(?:\.([0-9]{1,6}))?", text.strip())
    if not found:
        raise argparse.ArgumentTypeError(f"`{text}` is not an amount; write US dollars as 5, 5.00 or $5")
    return MicroUsd(int(found.group(1)) * 1_000_000 + int((found.group(2) or "").ljust(6, "0")))


def seconds(text: str) -> float:
    """`2` or `0.5` as seconds, up to an hour."""
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", text) or float(text) > _MOST_SECONDS:
        raise argparse.ArgumentTypeError(f"`{text}` is not a number of seconds from 0 to {_MOST_SECONDS:,}")
    return float(text)


def port(text: str) -> int:
    """A port, 0 for any that is free."""
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"`{text}` is not a port: a number up to 65535, or 0 for any free one")
    return int(text)


def jobs(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= _MOST_JOBS:
        raise argparse.ArgumentTypeError(f"`{text}` is not a number of calls from 1 to {_MOST_JOBS}")
    return int(text)
