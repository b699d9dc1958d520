"""The HTTP client under the SDK, which is ours: it hands a picture to the disk while it arrives.

[door: httpx2, httpcore2]

It follows no redirect and tries nothing twice. How many calls are in flight is decided in limits.py, so its pool has no
bound. The SDK passes nothing of ours through, so which call an answer belongs to is told by a variable of the context:
each call is made in one task.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, partial
from itertools import count
from typing import TYPE_CHECKING, Any

from pipeline.draw.arriving import Arriving
from pipeline.draw.threads import Precedence

if TYPE_CHECKING:
    import ssl

    import httpx2

_CONNECT_TIMEOUT_S = 30.0
_KEPT_ALIVE = 64
"""Connections: answers come together, and the calls that follow them are to find one open."""

_READ_BYTES = 256 << 10
"""So much is read from a connection at a time: an event loop never reads more, and each read has its price."""

_PIECE_BYTES = 1 << 20
"""So much of an answer is taken at a time, in a thread: less is not worth the way there."""

_UNDONE = ("content-encoding", "content-length", "transfer-encoding")
"""Headers that speak of the body as it came over the wire."""

_arriving: ContextVar[Arriving | None] = ContextVar("_arriving", default=None)


@contextmanager
def answered_into(arriving: Arriving) -> Iterator[None]:
    """The answer to a call that is made within goes there; to whoever made it comes what `arriving` lets through."""
    before = _arriving.set(arriving)
    try:
        yield
    finally:
        _arriving.reset(before)


@cache
def trusted() -> ssl.SSLContext:
    """The certificates that this machine trusts. To read them takes longer than all else of a client, so: once."""
    import httpx2

    return httpx2.create_ssl_context()


def open_client() -> httpx2.AsyncClient:
    """A client for all calls of a build."""
    import httpcore2
    import httpx2

    httpcore2.AsyncHTTP11Connection.READ_NUM_BYTES = _READ_BYTES

    async def set_timeouts(request: httpx2.Request) -> None:
        # The SDK gives one time-out for everything. An address that does not answer is known much sooner, and a
        # picture may take all the time that the call as a whole has.
        request.extensions["timeout"] = {"connect": _CONNECT_TIMEOUT_S, "read": None, "write": None, "pool": None}

    ranks = count()
    precedence = Precedence(os.cpu_count() or 2)

    class Client(httpx2.AsyncClient):
        async def send(self, request: httpx2.Request, *, stream: bool = False, **more: Any) -> httpx2.Response:
            arriving = _arriving.get()
            if arriving is None or stream:
                return await super().send(request, stream=stream, **more)
            response = await super().send(request, stream=True, **more)
            try:
                if response.status_code != httpx2.codes.OK:
                    await response.aread()
                    return response
                headers = [(name, value) for name, value in response.headers.multi_items() if name not in _UNDONE]
                content = await _passed(response, arriving, partial(precedence.to_its_end, next(ranks)))
                return httpx2.Response(response.status_code, headers=headers, content=content, request=request)
            finally:
                await response.aclose()

    return Client(
        verify=trusted(),
        limits=httpx2.Limits(max_connections=None, max_keepalive_connections=_KEPT_ALIVE),
        follow_redirects=False,
        event_hooks={"request": [set_timeouts]},
    )


async def _passed(
    response: httpx2.Response, arriving: Arriving, do: Callable[[Callable[[], bytes]], Awaitable[bytes]]
) -> bytes:
    """The body, but for its pictures. Raises as reading the response does, and OSError.

    Nobody else is to meet half a write: when this is cancelled, it ends with what is being written. Where more arrives
    than can be written, the first answers go first: were all equal, all would end late, and no call could follow.
    """
    passed: list[bytes] = []
    waiting: list[bytes] = []
    size = 0
    async for data in response.aiter_bytes():
        waiting.append(data)
        size += len(data)
        if size >= _PIECE_BYTES:
            passed.append(await do(partial(arriving.take, waiting)))
            waiting, size = [], 0
    passed.append(await do(partial(arriving.take, waiting, is_last=True)))
    return b"".join(passed)
