"""Is an operation of git under way? Told by the files that git itself goes by; git is not asked."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from pipeline.errors import PipelineError

_LOCK = "index.lock"

_LONG_S = 10.0
"""So long git writes nothing as a rule: it waits for somebody, or is dead."""

_SIGNS = {
    _LOCK: "",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
}
"""What git leaves in its folder while it works, and what it is then at. A bisect is none: people look at each step."""


def git_folder(root: Path) -> Path | None:
    """The folder in which git keeps the state of the work tree that a folder is in; None where it is in none."""
    for above in (root, *root.parents):
        place = above / ".git"
        if place.is_dir():
            return place
        with suppress(OSError, UnicodeDecodeError):  # of another work tree, or a submodule: it is named
            named = place.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
            return (above / named).resolve()
    return None


def at_work(folder: Path | None) -> str | None:
    """What git is at, with its article (`a rebase`; empty where that is not told); None where it is at nothing."""
    if folder is None:
        return None
    return next((what for name, what in _SIGNS.items() if (folder / name).exists()), None)


def is_writing(folder: Path | None) -> bool:
    """Whether git is writing files just now, as in a checkout."""
    return folder is not None and (folder / _LOCK).exists()


def held(folder: Path | None) -> PipelineError | None:
    """Why nothing is built where git has been writing for so long that an earlier one may have died of it."""
    lock = folder / _LOCK if folder is not None else Path(_LOCK)
    try:
        age_s = time.time() - lock.stat().st_mtime
    except OSError:
        return None
    if age_s < _LONG_S:
        return None
    return PipelineError(
        f"nothing is built while git holds {lock}", hint="if no git is running, one that died left it there: remove it"
    )
