"""Who may ask the gallery for what: this machine's own pages alone, and for changes only with the token.

A page of any other origin can send requests to a port of this machine, and a name that its owner points here (DNS
rebinding) can even read the answers. Hence: the Host must be this very server's, an Origin too where one is sent, and
whatever changes something needs a header that no other page can know.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

TOKEN_HEADER: Final = b"x-pipeline-token"

MOST_JSON_BYTES: Final = 1 << 20
MOST_PICTURE_BYTES: Final = 64 << 20

_HEADERS: Final = (
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
        b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
"""On every answer, errors too."""


def token_in(folder: Path) -> str:
    """The token of a project, kept in its `.pipeline/` so that an open page outlives the server; made if need be.

    Nobody else may read it; one that others could have read, or that is no token, is replaced. Raises OSError.
    """
    path = folder / "serve.token"
    with suppress(OSError, UnicodeDecodeError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        with open(descriptor, encoding="ascii") as file:  # noqa: PTH123 - a descriptor, not a path
            status, token = os.fstat(descriptor), file.read(200).strip()
        if len(token) >= 32 and status.st_uid == os.getuid() and not status.st_mode & 0o077:
            return token
    folder.mkdir(exist_ok=True)
    token = secrets.token_urlsafe(32)
    beside = folder / f".serve.token.{os.urandom(6).hex()}.tmp"
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="ascii") as file:  # noqa: PTH123 - a descriptor, not a path
        file.write(token + "\n")
    beside.replace(path)
    return token


class Guard:
    """Lets through what this server's own pages ask, and puts the headers on every answer."""

    def __init__(self, app: App, *, port: int, token: str) -> None:
        self._app = app
        self._token = token.encode("ascii")
        self._hosts = {f"{name}:{port}".encode() for name in ("127.0.0.1", "localhost", "[::1]")}
        if port == 80:
            self._hosts |= {b"127.0.0.1", b"localhost", b"[::1]"}
        self._origins = {b"http://" + host for host in self._hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        if scope["type"] != "http":  # a WebSocket: none is spoken here
            return await send({"type": "websocket.close", "code": 1008})

        async def with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_HEADERS]
            await send(message)

        status, why = self._refusal(scope)
        if status:
            return await _refuse(with_headers, status, why)
        return await self._app(scope, receive, with_headers)

    def _refusal(self, scope: Scope) -> tuple[int, str]:
        """A status and why; 0 where nothing stands against it."""
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        hosts = _all(headers, b"host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return 421, "this server answers to 127.0.0.1 and localhost alone"
        origins = _all(headers, b"origin")
        if any(origin.lower() not in self._origins for origin in origins):
            return 403, "pages of other origins may not ask here"
        if _all(headers, b"sec-fetch-site") not in ([], [b"same-origin"], [b"none"]) and not _is_plain_visit(scope):
            return 403, "pages of other sites may not ask here"
        if scope["method"] in ("GET", "HEAD"):
            return 0, ""
        if scope["method"] != "POST":
            return 405, "GET and POST are all there is"
        tokens = _all(headers, TOKEN_HEADER)
        if len(tokens) != 1 or not hmac.compare_digest(tokens[0], self._token):
            return 403, "the token is missing or wrong: open the address that `pipeline serve` printed"
        return 0, ""


def _is_plain_visit(scope: Scope) -> bool:
    """Whether a person follows a link to the page itself."""
    modes = _all(scope["headers"], b"sec-fetch-mode")
    return scope["method"] == "GET" and scope["path"] == "/" and modes == [b"navigate"]


def _all(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> list[bytes]:
    return [value for found, value in headers if found == name]


async def _refuse(send: Send, status: int, why: str) -> None:
    body = json.dumps({"error": {"message": why, "hint": ""}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
