"""A Gemini image API on the loopback: the real wire format, strict about requests, scriptable about answers.

As a module of tests (the answers are in gemini_answers.py):

    with GeminiServer() as server:
        server.script(throttled(retry_s=1), refused("IMAGE_SAFETY"))   # then the usual picture again
        subprocess.run([...], env={**os.environ, **server.environ})
        assert len(server.paid) == 1

By hand: `python tests/gemini_server.py --port 0` prints its address and serves until interrupted.

It knows the models by a table of its own (gemini_wire.py), so that a slip in the project's does not agree with itself.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # run by hand, the folder above is not where Python looks
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.gemini_answers import picture, throttled
from tests.gemini_rules import refusal_of
from tests.gemini_wire import Answer, Answered, Reply, Request, error_reply

MOST_BODY_BYTES = 100 << 20
_PATH = re.compile(r"/(?P<version>v1|v1beta|v1beta1)/(?:publishers/google/)?models/(?P<model>[^/:?]+):generateContent")


class GeminiServer:
    """The server: start, script, look at what was asked, stop. All of it from any thread."""

    def __init__(self, port: int = 0, keys: frozenset[str] | None = None) -> None:
        self.requests: list[Request] = []
        self.paid: list[Request] = []
        """Requests whose answer was a picture that costs money."""
        self.answers: list[Answered] = []
        """Every request with its reply, in the order in which they were answered: noted before a byte is sent."""
        self.most_in_flight = 0
        self.drafts = False
        """Whether usual answers begin with a draft among the thoughts."""
        self.answer: Answer = picture
        """What a request gets for which nothing is scripted."""
        self.most_a_window: tuple[int, float] | None = None
        """How many calls are taken in any window of so many seconds; the others get a 429 with RetryInfo."""
        self._window: deque[float] = deque()
        self.throttled: list[Request] = []
        """Requests that came when the window was full."""
        self._keys = keys
        self._script: deque[Answer] = deque()
        self._in_flight = 0
        self._changed = threading.Condition()
        self._open = threading.Event()
        self._open.set()
        self.stopping = threading.Event()
        self._http = _Server(("127.0.0.1", port), _Handler)
        self._http.gemini = self
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def answered_micro_usd(self) -> int:
        """What all answers cost by the usage counted for them, at this server's own prices.

        Those that broke off on the way, or that nobody was there to read, are in it too: `answers` tells them apart.
        """
        with self._changed:
            return sum(answered.micro_usd for answered in self.answers)

    @property
    def environ(self) -> dict[str, str]:
        """What a process needs in its environment to take this for the API."""
        return {
            "GOOGLE_GEMINI_BASE_URL": self.url,
            "GOOGLE_VERTEX_BASE_URL": self.url,
            "GEMINI_API_KEY": "loopback-key",
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }

    def start(self) -> GeminiServer:
        self._thread.start()
        return self

    def stop(self) -> None:
        self.stopping.set()
        self._open.set()
        self._http.shutdown()
        self._http.server_close()

    def __enter__(self) -> GeminiServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def script(self, *answers: Answer) -> None:
        """The next valid requests get these answers, one each, before the usual one again."""
        with self._changed:
            self._script.extend(answers)

    def hold(self) -> None:
        """Take requests, and answer none before `release`."""
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    def wait_for(self, count: int, timeout_s: float = 20.0) -> None:
        """Until that many requests have come in. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.requests) >= count, timeout_s):
                raise TimeoutError(f"{len(self.requests)} of {count} requests came within {timeout_s} s")

    def settle(self, timeout_s: float = 20.0) -> None:
        """Until every request that came in has had its answer, read or not. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._in_flight == 0, timeout_s):
                raise TimeoutError(f"{self._in_flight} requests are still open after {timeout_s} s")

    def reset(self) -> None:
        """Forget what was asked, answered, paid and scripted."""
        with self._changed:
            self.requests.clear()
            self.paid.clear()
            self.answers.clear()
            self._script.clear()
            self.most_in_flight = 0

    # --- called by the handler's threads ---

    def taken(self, request: Request) -> Request:
        with self._changed:
            numbered = replace(request, number=len(self.requests) + 1)
            self.requests.append(numbered)
            self._in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
            self._changed.notify_all()
            return numbered

    def reply_to(self, request: Request) -> Reply:
        refusal = refusal_of(request, self._keys)
        if refusal is None:
            with self._changed:
                wait_s = self._wait_s(request)
                usual = self._script.popleft() if self._script and wait_s is None else self.answer
                answer = usual if wait_s is None else throttled(retry_s=wait_s)
            reply = picture(request, draft=self.drafts) if answer is picture else answer(request)
        else:
            reply = refusal
        self._open.wait()
        with self._changed:
            self.answers.append(Answered(request, reply))
            if reply.paid:
                self.paid.append(request)
        return reply

    def _wait_s(self, request: Request) -> float | None:
        """None when the window takes the call, else the seconds until it takes one."""
        if self.most_a_window is None:
            return None
        most, window_s = self.most_a_window
        now = time.monotonic()
        while self._window and self._window[0] <= now - window_s:
            self._window.popleft()
        if len(self._window) >= most:
            self.throttled.append(request)
            return self._window[0] + window_s - now
        self._window.append(now)
        return None

    def done(self) -> None:
        with self._changed:
            self._in_flight -= 1
            self._changed.notify_all()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    gemini: GeminiServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        raw_body = self._body()
        if raw_body is None:
            return self._send(error_reply(400, "INVALID_ARGUMENT", "Request payload size exceeds the limit."))
        found = _PATH.match(self.path)
        if not found:
            return self._send(Reply(status=404, body=b"<!DOCTYPE html><html>Error 404 (Not Found)!!1</html>"))
        try:
            body = json.loads(raw_body)
        except ValueError:
            return self._send(error_reply(400, "INVALID_ARGUMENT", "Invalid JSON payload received. Unexpected token."))
        gemini = self.server.gemini
        request = gemini.taken(
            Request(
                number=0,
                path=self.path,
                version=found["version"],
                model=found["model"],
                headers={name.lower(): value for name, value in self.headers.items()},
                body=body,
                raw=raw_body,
                time=time.monotonic(),
            )
        )
        try:
            self._send(gemini.reply_to(request))
        finally:
            gemini.done()
        return None

    def do_GET(self) -> None:
        self._send(error_reply(404, "NOT_FOUND", "Only generateContent is served here."))

    def _body(self) -> bytes | None:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            pieces = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(pieces)
        length = int(self.headers.get("Content-Length") or 0)
        if length > MOST_BODY_BYTES:
            self.close_connection = True
            return None
        return self.rfile.read(length)

    def _send(self, reply: Reply) -> None:
        if reply.silence_s:
            self.server.gemini.stopping.wait(reply.silence_s)
        if reply.stop_after == -1:
            self.close_connection = True
            return
        body = reply.body if reply.stop_after is None else reply.body[: reply.stop_after]
        length = len(reply.body) if reply.claimed_length is None else reply.claimed_length
        if len(body) != length:
            self.close_connection = True
        self.send_response(reply.status)
        headers = {"Content-Type": "text/html", **reply.headers, "Content-Length": str(length)}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        for piece in self._pieces(body, reply.spread_s):
            self.wfile.write(piece)

    def _pieces(self, body: bytes, spread_s: float) -> Iterator[bytes]:
        if not spread_s:
            yield body
            return
        count = 20
        step = max(1, len(body) // count)
        for start in range(0, len(body), step):
            if self.server.gemini.stopping.wait(spread_s / count):
                return
            yield body[start : start + step]

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def main() -> None:
    parser = argparse.ArgumentParser(description="The Gemini image API on the loopback, for tests.")
    parser.add_argument("--port", type=int, default=0, help="0 (the default) takes any free one")
    port = parser.parse_args().port
    with GeminiServer(port) as server:
        print(server.url, flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
