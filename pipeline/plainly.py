"""The command lines that people type most, understood without argparse, which takes longer than a plan may.

Whatever is not as plain as that is left to arguments.py. What argparse gives for these lines is given here too.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from argparse import Namespace

_EVERYWHERE: dict[str, Any] = {
    "directory": None,
    "profile": None,
    "json": False,
    "quiet": False,
    "verbose": 0,
    "verbosity": 0,
    "color": "auto",
}
_MAKING: dict[str, Any] = {"generator": None, "offline": False, "redraw_missing": False}
_VALUES: dict[str, dict[str, Any]] = {
    "plan": {**_MAKING, "markdown": False, "exit_code": False},
    "build": {
        **_MAKING,
        "jobs": None,
        "max_cost": None,
        "yes": False,
        "keep_going": False,
        "fail_fast": False,
        "no_placeholders": False,
        "prune": False,
        "frozen": False,
    },
}


def parse(argv: Sequence[str]) -> Namespace | None:
    """The values of `plan` or `build`, with words that are no options; None for any other command line."""
    command, *words = argv or ("",)
    if command not in _VALUES or any(word.startswith("-") for word in words):
        return None
    values = {"command": command, "words": words, "exclude": [], **_EVERYWHERE, **_VALUES[command]}
    return SimpleNamespace(**values)  # type: ignore[return-value]
