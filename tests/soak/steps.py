"""Dying at a step: every change that a process makes to the files below a folder is counted, and one of them kills it.

What is counted is what the system is asked for (open, write, fsync, rename, unlink, mkdir), whoever asks: so it holds
for code that is written tomorrow. Linux: a descriptor's path is read from /proc.
"""

from __future__ import annotations

import builtins
import io
import os
import re
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import files

PAUSE = "pause"
"""Before a step: not to die, but to stop until somebody sends SIGCONT."""


@dataclass(frozen=True, kw_only=True)
class Death:
    """Where to die: at the n-th step, from 1; at 0 nobody dies, and the steps are only listed."""

    number: int
    moment: str = "before"
    """With nothing of that step on the disk; `torn`, with half of it, as only a write can be; `after`, with all."""


class Steps:
    """Counts the steps of this process below `folder`, and dies at one of them. What happened is written to `told`."""

    def __init__(self, folder: Path, death: Death, told: Path) -> None:
        self._folder, self._death = str(folder), death
        self._count = 0
        self._counting = threading.Lock()
        self._open, self._write, self._fsync = os.open, os.write, os.fsync
        self._told = self._open(told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)

    def install(self) -> None:
        """Stand between this process and the system, for good."""
        os.open, os.write, os.fsync = self._opening, self._writing, self._syncing  # type: ignore[assignment]
        for name in ("replace", "rename", "link"):
            setattr(os, name, self._pathwise(name, getattr(os, name), which=1))
        for name in ("unlink", "remove", "mkdir", "rmdir", "truncate", "ftruncate"):
            setattr(os, name, self._pathwise(name, getattr(os, name), which=0))
        # The one step that Python's `os` has no name for.
        files.exchange = self._pathwise("exchange", files.exchange, which=1)
        opened = builtins.open

        def opening(file: Any, mode: str = "r", *args: Any, **more: Any) -> Any:
            path = self._path(file)
            if path is None or not set(mode) & set("wax+"):
                return opened(file, mode, *args, **more)
            if isinstance(file, int):
                return _File(opened(file, mode, *args, **more), path, self)
            return _File(self.around("open", path, lambda: opened(file, mode, *args, **more)), path, self)

        builtins.open = io.open = opening

    def around(self, what: str, path: str, act: Callable[[], Any], torn: Callable[[], Any] | None = None) -> Any:
        """Do a step, or die of it."""
        with self._counting:
            self._count += 1
            number = self._count
        name = f"{'*' if torn else ' '}{what} {_plain(path)}"
        if self._death.number == 0:
            self._write(self._told, f"{name}\n".encode())
        if number != self._death.number:
            return act()
        self._write(self._told, f"{self._death.moment}{name}\n".encode())
        if self._death.moment == PAUSE:
            os.kill(os.getpid(), signal.SIGSTOP)
            return act()
        if self._death.moment == "torn" and torn is not None:
            torn()
        elif self._death.moment == "after":
            act()
        os.kill(os.getpid(), signal.SIGKILL)
        return None

    def _opening(self, path: Any, flags: int, *args: Any, **more: Any) -> int:
        named = self._path(path)
        if named is None or not flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            return self._open(path, flags, *args, **more)
        return int(self.around("open", named, lambda: self._open(path, flags, *args, **more)))

    def _writing(self, descriptor: int, data: bytes) -> int:
        path = self._path(descriptor)
        if path is None:
            return self._write(descriptor, data)
        half = memoryview(data)[: len(data) // 2]
        return int(
            self.around(
                "write", path, lambda: self._write(descriptor, data), lambda: self._write(descriptor, half.tobytes())
            )
        )

    def _syncing(self, descriptor: int) -> None:
        path = self._path(descriptor)
        if path is None:
            return self._fsync(descriptor)
        return self.around("fsync", path, lambda: self._fsync(descriptor))  # type: ignore[no-any-return]

    def _pathwise(self, name: str, act: Callable[..., Any], *, which: int) -> Callable[..., Any]:
        def acting(*args: Any, **more: Any) -> Any:
            path = self._path(args[which])
            return act(*args, **more) if path is None else self.around(name, path, lambda: act(*args, **more))

        return acting

    def _path(self, file: Any) -> str | None:
        """The path of a file or descriptor below the folder, from there."""
        try:
            path = str(Path(f"/proc/self/fd/{file}").readlink()) if isinstance(file, int) else os.fspath(file)
        except OSError:
            return None
        path = path.decode() if isinstance(path, bytes) else path
        return path[len(self._folder) + 1 :] if path.startswith(f"{self._folder}/") else None


class _File:
    """A file that is being written: each write is a step."""

    def __init__(self, file: Any, path: str, steps: Steps) -> None:
        self._file, self._path, self._steps = file, path, steps

    def write(self, data: Any) -> Any:
        def torn() -> None:
            self._file.write(data[: len(data) // 2])
            self._file.flush()

        return self._steps.around("write", self._path, lambda: self._file.write(data), torn)

    def __enter__(self) -> _File:
        self._file.__enter__()
        return self

    def __exit__(self, *error: Any) -> Any:
        return self._file.__exit__(*error)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _plain(path: str) -> str:
    """The path without what is random in it, so that two runs can be compared."""
    path = re.sub(r"\.[0-9a-f]{12}\.tmp", ".tmp", path)
    path = re.sub(r"[0-9a-f]{2}/\.?[0-9a-f]{62}", "ab/cdef", path)
    return re.sub(r"/(objects|requests)/[0-9a-f]{2}$", r"/\1/ab", re.sub(r"[0-9a-f]{32}", "CALL", path))
