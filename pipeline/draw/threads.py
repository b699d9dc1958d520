"""Work in threads that is not left halfway, and in which order it is done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from heapq import heappop, heappush
from itertools import count
from typing import TypeVar

T = TypeVar("T")


async def to_its_end(work: Callable[[], T]) -> T:
    """What `work` gives, done in a thread; and when this is cancelled, once or twice, not before that is done."""
    working = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        while not working.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([working])
        raise


class Precedence:
    """Lets so many work at a time, and of those who wait the one with the lowest rank."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        """A heap; the second number keeps equal ranks in the order of their coming."""
        self._came = count()

    async def to_its_end(self, rank: int, work: Callable[[], T]) -> T:
        """As `to_its_end`, once there is a place."""
        await self._come(rank)
        try:
            return await to_its_end(work)
        finally:
            self._go()

    async def _come(self, rank: int) -> None:
        if self._free:
            self._free -= 1
            return
        called = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (rank, next(self._came), called))
        try:
            await called
        except asyncio.CancelledError:
            if called.done() and not called.cancelled():  # called, and gone before it heard
                self._go()
            raise

    def _go(self) -> None:
        while self._waiting:
            called = heappop(self._waiting)[2]
            if not called.done():
                called.set_result(None)
                return
        self._free += 1
