"""The gallery over HTTP: routes, and the messages that keep an open page up to date.  [door: starlette]"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from pipeline.digest import Digest, of_bytes
from pipeline.errors import Overtaken, PipelineError, UsageError
from pipeline.files import failure_of
from pipeline.gallery.deciding import Wish, wish_of
from pipeline.gallery.guard import MOST_JSON_BYTES, MOST_PICTURE_BYTES, Guard
from pipeline.gallery.hall import Absent, Hall
from pipeline.gallery.listening import Listeners
from pipeline.gallery.page_files import page_files
from pipeline.gallery.thumbnails import SIDES, TYPE, Thumbnails
from pipeline.gallery.wire import error_json, json_bytes
from pipeline.words import AssetId, MicroUsd

_HEX = re.compile(r"[0-9a-f]{64}")
_FOR_EVER: Final = "private, max-age=31536000, immutable"
_LONGEST_NAME: Final = 200

_TYPES: Final = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
"""Of the page's own files, by how their names end."""

Handler = Callable[[Request], Awaitable[Response]]


class _Refused(Exception):
    """A request that makes no sense: status and sentence."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


class Gallery:
    """The application of one project. `bug` is told of what should never happen, and gives a sentence about it."""

    def __init__(
        self, hall: Hall, thumbnails: Thumbnails, listeners: Listeners, bug: Callable[[BaseException], str]
    ) -> None:
        self._hall, self._thumbnails, self._listeners, self._bug = hall, thumbnails, listeners, bug
        self._page = {path: (data, of_bytes(data)) for path, data in page_files().items()}
        self.id = secrets.token_hex(8)
        """Of this process: an open page that finds another one reads everything again."""

    def guarded(self, *, port: int, token: str) -> Guard:
        """The application behind its guard."""
        get = {
            "/": self._of_page,
            "/page/{name}": self._of_page,
            "/api/wall": self._wall,
            "/api/events": self._events,
            "/api/asset": self._asset,
            "/pictures/{hex}": self._picture,
            "/thumbs/{hex}": self._thumb,
        }
        post = {
            "/api/decide": self._decide,
            "/api/adopt": self._adopt,
            "/api/build": self._build,
            "/api/allow": self._allow,
            "/api/stop": self._stop,
        }
        routes: list[BaseRoute] = [Route(path, self._told(handler), methods=["GET"]) for path, handler in get.items()]
        routes += [Route(path, self._told(handler), methods=["POST"]) for path, handler in post.items()]
        app = Starlette(routes=routes, exception_handlers={HTTPException: _refused})
        app.router.redirect_slashes = False
        return Guard(app, port=port, token=token)

    def _told(self, handler: Handler) -> Handler:
        """The handler, with whatever goes wrong told as JSON and a fitting status."""

        async def told(request: Request) -> Response:
            try:
                return await handler(request)
            except _Refused as error:
                return _error(error.status, PipelineError(error.why))
            except Absent as error:
                return _error(404, error)
            except PipelineError as error:
                return _error(400, error)
            except ClientDisconnect:
                return Response(status_code=400)
            except OSError as error:
                return _error(500, failure_of(error))
            except Exception as error:
                return _error(500, PipelineError(await run_in_threadpool(self._bug, error)))

        return told

    # --- pages and pictures ---

    async def _of_page(self, request: Request) -> Response:
        path = request.url.path[1:] or "index.html"
        if path not in self._page:
            raise _Refused(404, "there is nothing here")
        data, digest = self._page[path]
        # A browser asks each time whether they are still these: another version of the tool may serve the next time.
        headers = {**_etag(digest), "cache-control": "no-cache"}
        if _is_known(request, digest):
            return Response(status_code=304, headers=headers)
        return Response(data, media_type=_TYPES[Path(path).suffix], headers=headers)

    async def _wall(self, request: Request) -> Response:
        return await _document(self._hall.wall)

    async def _asset(self, request: Request) -> Response:
        id = AssetId(request.query_params.get("id", ""))
        return await _document(lambda: self._hall.asset(id))

    async def _picture(self, request: Request) -> Response:
        digest, asset = _digest(request), _asset_of(request)
        if _is_known(request, digest):
            return Response(status_code=304, headers=_for_ever(digest))
        found = await run_in_threadpool(self._hall.picture, digest, asset)
        if found is None:
            raise _Refused(404, "there is no such picture")
        return FileResponse(found.path, media_type=found.type, headers=_for_ever(digest))

    async def _thumb(self, request: Request) -> Response:
        digest, asset = _digest(request), _asset_of(request)
        side = request.query_params.get("side", str(SIDES[0]))
        if side not in map(str, SIDES):
            raise _Refused(400, f"thumbnails have a side of {' or '.join(map(str, SIDES))} pixels")
        if _is_known(request, digest):
            return Response(status_code=304, headers=_for_ever(digest))
        path = await run_in_threadpool(self._thumbnails.made, digest, int(side))
        if path is None:
            path = await self._made(digest, asset, int(side))
        return FileResponse(path, media_type=TYPE, headers=_for_ever(digest))

    async def _made(self, digest: Digest, asset: AssetId | None, side: int) -> Path:
        found = await run_in_threadpool(self._hall.picture, digest, asset)
        if found is not None:
            making = self._thumbnails.make(found.path, digest, side)
            if await asyncio.shield(asyncio.wrap_future(making)):
                return self._thumbnails.path(digest, side)
        raise _Refused(404, "there is no such picture, or it cannot be read")

    # --- what is new ---

    async def _events(self, request: Request) -> Response:
        type, headers = "text/event-stream", {"cache-control": "no-store"}
        if request.method == "HEAD":  # who asks for no body would be told, and never hear an end
            return Response(media_type=type, headers=headers)
        return StreamingResponse(self._messages(), media_type=type, headers=headers)

    async def _messages(self) -> AsyncIterator[bytes]:
        with self._listeners.listening() as messages:
            revision = self._hall.keeper.state().revision
            yield message("hello", {"revision": revision, "server": self.id})
            async for one in messages:
                yield one

    # --- what people want ---

    async def _decide(self, request: Request) -> Response:
        wish = wish_of(await _json(request))
        return await self._decided(wish, lambda: self._hall.decide(wish))

    async def _adopt(self, request: Request) -> Response:
        query = request.query_params
        wish = wish_of({"do": "adopt", **{name: query.get(name) for name in ("id", "version", "note")}})
        as_take = query.get("as_take", "0")
        if as_take not in ("0", "1"):
            raise UsageError("`as_take` is 0 or 1")
        called = query.get("name", "")[:_LONGEST_NAME] or "the picture"
        with tempfile.NamedTemporaryFile() as file:
            async for piece in _body(request, MOST_PICTURE_BYTES):
                file.write(piece)
            file.flush()
            path = Path(file.name)
            return await self._decided(
                wish, lambda: self._hall.adopt(wish, path, as_take=as_take == "1", called=called)
            )

    async def _decided(self, wish: Wish, act: Callable[[], dict[str, Any]]) -> Response:
        try:
            return await _document(act)
        except Overtaken as error:
            asset = await run_in_threadpool(self._hall.overtaken, wish.asset)
            return _error(409, error, overtaken=True, asset=asset)

    async def _build(self, request: Request) -> Response:
        value = await _json(request)
        ids, price = value.get("ids"), value.get("price_micro_usd")
        if ids is not None and not (isinstance(ids, list) and all(isinstance(id, str) for id in ids)):
            raise UsageError("`ids` is to be a list of ids, or null for all")
        if not isinstance(price, int) or isinstance(price, bool) or price < 0:
            raise UsageError("`price_micro_usd` is to be what the button showed")
        wanted = [AssetId(id) for id in ids] if ids is not None else None
        return await self._asked(lambda: self._hall.build(wanted, MicroUsd(price)))

    async def _allow(self, request: Request) -> Response:
        question = (await _json(request)).get("question")
        if not isinstance(question, str):
            raise UsageError("`question` is to be the one that waits")
        return await self._asked(lambda: self._hall.keeper.allow(question))

    async def _stop(self, request: Request) -> Response:
        return await self._asked(self._hall.keeper.stop_build)

    async def _asked(self, act: Callable[[], None]) -> Response:
        try:
            await run_in_threadpool(act)
        except Overtaken as error:
            plan = await run_in_threadpool(self._hall.plan)
            return _error(409, error, overtaken=True, plan=plan)
        return _answer(b"{}", 202)


async def _refused(request: Request, error: Exception) -> Response:
    """What the router itself refuses: there is no such place, or not by that method."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    return _error(status, PipelineError("there is nothing here" if status == 404 else "that cannot be done here"))


def message(kind: str, value: Any) -> bytes:
    """One message of an event stream."""
    return b"event: " + kind.encode() + b"\ndata: " + json_bytes(value) + b"\n\n"


async def _document(make: Callable[[], dict[str, Any]]) -> Response:
    """A document that takes a while to make, and to write as JSON."""

    return _answer(await run_in_threadpool(lambda: json_bytes(make())))


def _answer(body: bytes, status: int = 200) -> Response:
    return Response(body, status, media_type="application/json", headers={"cache-control": "no-store"})


def _error(status: int, error: PipelineError, **more: Any) -> Response:
    return _answer(json_bytes({"error": error_json(error), **more}), status)


def _digest(request: Request) -> Digest:
    text = str(request.path_params["hex"])
    if not _HEX.fullmatch(text):
        raise _Refused(404, "there is no such picture")
    return Digest(f"sha256:{text}")


def _asset_of(request: Request) -> AssetId | None:
    id = request.query_params.get("id")
    return AssetId(id) if id else None


def _for_ever(digest: Digest) -> dict[str, str]:
    return {**_etag(digest), "cache-control": _FOR_EVER}


def _etag(digest: Digest) -> dict[str, str]:
    return {"etag": f'"{digest[7:]}"'}


def _is_known(request: Request, digest: Digest) -> bool:
    return f'"{digest[7:]}"' in request.headers.get("if-none-match", "")


async def _json(request: Request) -> dict[str, Any]:
    """The object that a request's body holds. Raises UsageError."""
    data = b"".join([piece async for piece in _body(request, MOST_JSON_BYTES)])
    with suppress(ValueError, RecursionError):
        value = json.loads(data or b"{}")
        if isinstance(value, dict):
            return value
    raise UsageError("the body is to be a JSON object")


async def _body(request: Request, most: int) -> AsyncIterator[bytes]:
    """The body in pieces. Raises _Refused for one that is longer than that."""
    told = request.headers.get("content-length", "0")
    if not told.isdecimal() or int(told) > most:
        raise _Refused(413, f"that is more than {most:,} bytes")
    count = 0
    async for piece in request.stream():
        count += len(piece)
        if count > most:
            raise _Refused(413, f"that is more than {most:,} bytes")
        yield piece
