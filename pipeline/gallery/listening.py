"""The open pages that are told what is new, each over a stream of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

_MOST_WAITING = 500
"""Messages that a page may be behind: one that does not read is let go, and asks anew when it wakes."""

ALIVE_S = 15.0
ALIVE = b": alive\n\n"


class Listeners:
    """All of them. Only `tell` and `close` may be called from other threads than the server's."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[bytes | None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    @property
    def any(self) -> bool:
        return bool(self._queues)

    def tell(self, message: bytes) -> None:
        """Send a message to every open page."""
        self._call(message)

    def close(self) -> None:
        """End all streams, and those that are still to come."""
        self._closed = True
        self._call(None)

    def _call(self, message: bytes | None) -> None:
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._put, message)

    def _put(self, message: bytes | None) -> None:
        for queue in tuple(self._queues):
            if message is not None and queue.qsize() >= _MOST_WAITING:
                self._queues.discard(queue)
                message = None
            queue.put_nowait(message)

    @contextmanager
    def listening(self) -> Iterator[AsyncIterator[bytes]]:
        """Messages from now on, and a sign of life where there is none for a while."""
        self._loop = asyncio.get_running_loop()
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._queues.add(queue)
        if self._closed:
            queue.put_nowait(None)
        try:
            yield _messages(queue)
        finally:
            self._queues.discard(queue)


async def _messages(queue: asyncio.Queue[bytes | None]) -> AsyncIterator[bytes]:
    while True:
        try:
            message = await asyncio.wait_for(queue.get(), ALIVE_S)
        except TimeoutError:
            message = ALIVE
        if message is None:
            return
        yield message
