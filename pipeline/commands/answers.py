"""What a person types while something else goes on: read as it comes, and nobody waits for it."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable
from typing import TextIO

_MOST_BYTES = 4096

_BEHIND_S = 0.5


class Answers:
    """Hands on each line that is typed on a stream, in a thread of its own, until it is closed or the stream ends."""

    def __init__(self, stream: TextIO, heard: Callable[[str], None]) -> None:
        self._from, self._heard = stream.fileno(), heard
        self._wake, self._waker = os.pipe()
        self._thread = threading.Thread(target=self._work, name="answers", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hear nothing any more."""
        os.write(self._waker, b"x")
        self._thread.join()
        os.close(self._wake)
        os.close(self._waker)

    def _work(self) -> None:
        typed = b""
        while True:
            # Not by the stream: a thread that waits in there would be waited for when the program ends.
            ready, _, _ = select.select([self._from, self._wake], [], [])
            if self._wake in ready:
                return
            if not _is_in_front(self._from):  # to read is to be stopped: what is typed is another's
                if select.select([self._wake], [], [], _BEHIND_S)[0]:
                    return
                continue
            try:
                data = os.read(self._from, _MOST_BYTES)
            except OSError:  # the terminal is gone
                return
            if not data:
                return
            *lines, typed = (typed + data).split(b"\n")
            for line in lines:
                self._heard(line.decode("utf-8", "replace").strip())


def _is_in_front(descriptor: int) -> bool:
    """Whether what is typed at a terminal is for this process, and not for the shell that runs it in the background."""
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:  # no terminal, or it is gone
        return True
