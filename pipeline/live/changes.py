"""Which files changed, as the system tells it.  [door: watchfiles]

Folders are followed one by one and not with all that is below them: a project may hold a node_modules, and its
`.pipeline/` changes with every call.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

from pipeline.errors import UsageError

if TYPE_CHECKING:
    from watchfiles._rust_notify import RustNotify

_STEP_MS = 10
"""What changed is told when nothing else has changed for that long. It is a sleep: shorter ones wake the machine."""

_MOST_MS = 100
"""And at the latest then."""

_LISTEN_MS = 100
"""How long it is waited at once. Not by the library's own event that ends a wait: it forgets what has just come."""

_POLL_MS = 300

POLLED_S = 1.1
"""Who looks at times of change sees whole seconds: two saves within one are one to it, so it is looked once more."""

Told = Callable[[frozenset[str]], None]


class Changes:
    """Tells what changed in the folders that it follows: absolute paths, in a thread of its own."""

    def __init__(self, told: Told, environ: Mapping[str, str]) -> None:
        self._told = told
        self.is_polling = _is_forced(environ)
        """Whether folders are looked at again and again, because the system does not tell."""
        self.why_polling = ""
        """Why, where nobody asked for it."""
        self._followed: dict[str, int] = {}
        self._is_doubtful = False
        """Whether one of them came or went: what is there now may have the number of what was there before."""
        self._thread: _Thread | None = None

    def follow(self, folders: Collection[str]) -> frozenset[str]:
        """Follow these folders from now on, and no others. Those that are not there are left out.

        Gives those that were not followed before: what changed there meanwhile nobody has told. Raises OSError, and
        UsageError for one whose name is no text, which the library cannot be told.
        """
        for folder in folders:
            if not _is_text(folder):
                raise UsageError(f"{folder} cannot be watched: its name is not UTF-8", hint="rename the folder")
        found = {folder: inode for folder in folders if (inode := _inode(folder)) is not None}
        if found == self._followed and not self._is_doubtful:
            return frozenset()
        self._is_doubtful = False
        new = frozenset(folder for folder, inode in found.items() if self._followed.get(folder) != inode)
        before, self._thread = self._thread, self._started(sorted(found))
        self._followed = found
        if before is not None:  # it ends by itself, after it has told what came before the new one listened
            before.closed.set()
        return new

    def _tell(self, paths: frozenset[str]) -> None:
        if not self._followed.keys().isdisjoint(paths):
            self._is_doubtful = True
        self._told(paths)

    def close(self) -> None:
        """Tell nothing any more."""
        if self._thread is not None:
            self._thread.closed.set()
            self._thread.join()
            self._thread = None

    def _started(self, folders: list[str]) -> _Thread | None:
        if not folders:
            return None
        from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError

        if not self.is_polling:
            try:
                return _Thread(RustNotify(folders, False, False, _POLL_MS, False, True), self._tell)
            except FileNotFoundError:  # it went just now: the next look follows what is left
                return self._started([folder for folder in folders if _inode(folder) is not None])
            except (OSError, WatchfilesRustInternalError) as error:
                self.is_polling, self.why_polling = True, str(error)
        return _Thread(RustNotify(folders, False, True, _POLL_MS, False, True), self._tell)


class _Thread(threading.Thread):
    """Tells what one set of folders has to tell, until it is closed."""

    def __init__(self, notify: RustNotify, told: Told) -> None:
        super().__init__(name="changes", daemon=True)
        self._notify, self._told = notify, told
        self.closed = threading.Event()
        self.start()

    def run(self) -> None:
        while True:
            is_last = self.closed.is_set()
            changes = self._notify.watch(_MOST_MS, _STEP_MS, _LISTEN_MS, None)
            if not isinstance(changes, str):
                self._told(frozenset(path for _, path in changes))
            elif is_last:
                return self._notify.close()


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _inode(folder: str) -> int | None:
    try:
        found = os.stat(folder)
    except OSError:
        return None
    return found.st_ino


def _is_forced(environ: Mapping[str, str]) -> bool:
    """Whether WATCHFILES_FORCE_POLLING asks for it, as for every tool that stands on watchfiles."""
    return environ.get("WATCHFILES_FORCE_POLLING", "").lower() not in ("", "false", "disable", "disabled")
