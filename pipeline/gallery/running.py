"""The server while it runs: a socket on the loopback, and uvicorn in a thread.  [door: uvicorn]"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import threading
from typing import Final

import anyio.to_thread
import uvicorn

from pipeline.errors import PipelineError, UsageError
from pipeline.gallery.guard import App
from pipeline.gallery.listening import Listeners

HOST: Final = "127.0.0.1"
PORT: Final = 4747

_TRIED: Final = 100
"""Ports that are looked at, from the usual one on."""

_THREADS: Final = 6
"""In which documents are made: more would only wait for one another, and each keeps memory of its own."""

_PATIENCE_S: Final = 3
"""For answers that are under way when the server is to end."""


def bound(port: int | None) -> socket.socket:
    """A socket of the loopback: on that port, or on the first free one from the usual one on. Raises UsageError."""
    wanted = (port,) if port is not None else range(PORT, PORT + _TRIED)
    for number in wanted:
        # With the protocol by name: of a socket without one asyncio does not know that small packets must not wait.
        one = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        # What is still waiting for the last packets of a server that ended may be taken.
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((HOST, number))
            one.listen(128)
        except OSError as error:
            one.close()
            if error.errno == errno.EADDRINUSE and port is None:
                continue
            why = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be had: {error.strerror}"
            raise UsageError(f"the port {number} {why}", hint="without `--port` the next free one is used") from None
        return one
    raise UsageError(f"no port from {PORT} to {PORT + _TRIED - 1} is free", hint="`--port N` asks for another")


class Running:
    """Serves an application from a thread of its own until it is closed."""

    def __init__(self, app: App, at: socket.socket, listeners: Listeners) -> None:
        self._socket, self._listeners = at, listeners
        # Whatever a stranger sends is answered, and is no business of the terminal.
        logger = logging.getLogger("uvicorn")
        logger.handlers, logger.propagate = [logging.NullHandler()], False
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                ws="none",
                interface="asgi3",
                loop="asyncio",
                http="h11",
                server_header=False,
                date_header=False,
                timeout_keep_alive=60,
                timeout_graceful_shutdown=_PATIENCE_S,
            )
        )
        self._thread = threading.Thread(target=self._run, name="gallery", daemon=True)
        self._failure: BaseException | None = None

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Answer what is under way, end all streams, and wait for that."""
        self._server.should_exit = True
        self._listeners.close()
        self._thread.join()
        if self._failure is not None:
            raise PipelineError(f"the server ended: {self._failure}")

    async def _serve(self) -> None:
        anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS
        await self._server.serve(sockets=[self._socket])

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._failure = error
        finally:
            self._socket.close()
