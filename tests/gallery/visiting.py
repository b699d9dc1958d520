"""A page of the gallery without a browser: what it fetches, what it posts, and what it is told as it happens."""

from __future__ import annotations

import json
import queue
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from tests.project import Project

PATIENCE_S = 30
Message = tuple[str, dict[str, Any]]


class Served:
    """`pipeline serve` in a process of its own."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process = process
        found = re.fullmatch(r"(http://127\.0\.0\.1:(\d+))/#token=([\w-]+)", address)
        assert found, address
        self.base, self.port, self.token = found[1], int(found[2]), found[3]
        self._pages: list[Page] = []

    def page(self) -> Page:
        """A tab; it is closed with the server."""
        self._pages.append(Page(self.base, self.token))
        return self._pages[-1]

    def close(self) -> None:
        for page in self._pages:
            page.http.close()

    def stop(self) -> str:
        """Ctrl-C; gives what it said on stderr."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        _, err = self.process.communicate(timeout=PATIENCE_S)
        return err

    @property
    def resident_bytes(self) -> int:
        """The most memory that the process ever had."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found
        return int(found[1]) * 1024


@contextmanager
def serving(
    project: Project, *args: str, env: Mapping[str, str] | None = None, watching: bool = False
) -> Iterator[Served]:
    """A project's gallery for the time of the block, on any free port; `watching`: by `watch --serve`."""
    command = ("watch", "--serve") if watching else ("serve",)
    process = project.spawn(*command, "--port", "0", *args, env=env)
    assert process.stdout is not None
    served: Served | None = None
    try:
        address = next((line for line in process.stdout if "http://" in line), "")
        if not address:
            _, err = process.communicate(timeout=PATIENCE_S)
            raise AssertionError(f"no address was printed:\n{err}")
        served = Served(process, address.split()[-1])
        yield served
    finally:
        if served is not None:
            served.close()
        if process.poll() is None:
            process.kill()
        process.communicate()


class Page:
    """One open tab. As a context it listens to what is new."""

    def __init__(self, base: str, token: str) -> None:
        self.http = httpx2.Client(base_url=base, timeout=PATIENCE_S, trust_env=False)
        self.token = token
        self._told: queue.Queue[Message] = queue.Queue()
        self._thread: threading.Thread | None = None
        self._stream: httpx2.Response | None = None

    # --- fetching ---

    def get(self, path: str, **headers: str) -> httpx2.Response:
        return self.http.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def json(self, path: str) -> Any:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def wall(self) -> dict[str, Any]:
        return dict(self.json("/api/wall"))

    def rows(self) -> dict[str, dict[str, Any]]:
        return {row["id"]: row for row in self.wall()["rows"]}

    def asset(self, id: str) -> dict[str, Any]:
        answer = self.http.get("/api/asset", params={"id": id})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    # --- posting ---

    def post(self, path: str, value: Any, **headers: str) -> httpx2.Response:
        return self.http.post(path, json=value, headers={"x-pipeline-token": self.token, **headers})

    def decide(self, id: str, what: str, version: str | None = None, **more: str) -> httpx2.Response:
        """Decide about an asset as it is shown now, or was shown in that version."""
        version = version if version is not None else self.asset(id)["row"]["version"]
        return self.post("/api/decide", {"id": id, "do": what, "version": version, **more})

    def decided(self, id: str, what: str, version: str | None = None, **more: str) -> dict[str, Any]:
        answer = self.decide(id, what, version, **more)
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["row"])

    # --- listening ---

    def __enter__(self) -> Page:
        stream = self.http.build_request("GET", "/api/events")
        self._stream = self.http.send(stream, stream=True)
        assert self._stream.status_code == 200
        self._thread = threading.Thread(target=self._listen, args=(self._stream,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._stream is not None and self._thread is not None
        self.http.close()

    def _listen(self, stream: httpx2.Response) -> None:
        kind = ""
        try:
            for line in stream.iter_lines():
                if line.startswith("event: "):
                    kind = line[7:]
                elif line.startswith("data: "):
                    self._told.put((kind, json.loads(line[6:])))
        except (httpx2.HTTPError, httpx2.StreamError, OSError, RuntimeError):
            pass
        self._told.put(("closed", {}))

    def next(self) -> Message:
        """The next thing that the page is told."""
        return self._told.get(timeout=PATIENCE_S)

    def wait_for(self, is_it: Callable[[str, dict[str, Any]], bool]) -> dict[str, Any]:
        """What the page is told that is meant; all else is passed over."""
        while True:
            kind, value = self.next()
            if is_it(kind, value):
                return value
            assert kind != "closed", "the server has gone"

    def row_told(self, id: str, is_it: Callable[[dict[str, Any]], bool] = lambda row: True) -> dict[str, Any]:
        """The row of an asset, as soon as the page is told of one that is meant."""
        found: list[dict[str, Any]] = []

        def has_it(kind: str, value: dict[str, Any]) -> bool:
            found[:] = [row for row in value.get("rows", ()) if row["id"] == id and is_it(row)]
            return kind == "update" and bool(found)

        self.wait_for(has_it)
        return found[0]
