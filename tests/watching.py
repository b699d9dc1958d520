"""`pipeline watch` in a process of its own, followed by what it tells; nothing here waits for luck.

with Watch(project, "--settle", "0") as watch:
    project.replace("specs/a.yaml", "fox", "red fox")
    watch.until("summary")
"""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

from tests.gemini_server import GeminiServer
from tests.project import ROOT, Project

TIMEOUT_S = 60.0

PAIR = "assets:\n  fox: {prompt: a fox}\n  wolf: {prompt: a wolf}\n"
"""A spec of two assets."""

Event = Mapping[str, Any]


def prompts(server: GeminiServer) -> list[str]:
    """What was paid for, in order."""
    return [request.prompt for request in server.paid]


class Watch:
    """One watch with --json; each event is looked at once, in order."""

    def __init__(self, project: Project, *args: str, env: Mapping[str, str] | None = None) -> None:
        self.project = project
        self.events: list[Event] = []
        """All that was told so far."""
        self._seen = 0
        self._news = threading.Condition()
        self._is_over = False
        self.process = project.spawn("watch", "--json", *args, env=env)
        self._errors: list[str] = []
        self._threads = [threading.Thread(target=self._read), threading.Thread(target=self._read_errors)]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Watch:
        self.until("watching")
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self._ended()

    # --- what it tells ---

    def until(self, kind: str, holds: Callable[[Event], bool] = lambda event: True, **wanted: object) -> Event:
        """The next event of a kind with these values, from the last one that was waited for on."""
        with self._news:
            found = self._news.wait_for(lambda: self._next(kind, holds, wanted) or self._is_over, TIMEOUT_S)
            event = self._next(kind, holds, wanted)
            assert event is not None, f"no {kind} {wanted} ({'ended' if found else 'timeout'}):\n{self.text}"
            self._seen = self.events.index(event) + 1
            return event

    def _next(self, kind: str, holds: Callable[[Event], bool], wanted: Mapping[str, object]) -> Event | None:
        for event in self.events[self._seen :]:
            if event["event"] == kind and holds(event) and all(event.get(k) == v for k, v in wanted.items()):
                return event
        return None

    def until_row(self, asset: str, **wanted: object) -> Event:
        """The next look that finds an asset so."""
        return self.until("looked", lambda event: _row(event, asset, wanted))

    def told(self, kind: str) -> list[Event]:
        """All events of a kind so far."""
        with self._news:
            return [event for event in self.events if event["event"] == kind]

    @property
    def text(self) -> str:
        return "\n".join([*(json.dumps(event)[:400] for event in self.events[-40:]), *self._errors])

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._news:
                # Each event is another object, so that equal ones are told apart.
                self.events.append(_Told(json.loads(line)))
                self._news.notify_all()
        with self._news:
            self._is_over = True
            self._news.notify_all()

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        self._errors.extend(self.process.stderr)

    # --- its end ---

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def stop(self) -> int:
        """Ctrl-C, and its exit code; nothing may have been said on stderr."""
        self.interrupt()
        return self.ends()

    def ends(self) -> int:
        self._ended()
        assert "Traceback" not in "".join(self._errors), "".join(self._errors)
        return self.process.returncode

    def _ended(self) -> None:
        self.process.wait(TIMEOUT_S)
        for thread in self._threads:
            thread.join()
        assert self.process.stdout is not None and self.process.stderr is not None
        self.process.stdout.close()
        self.process.stderr.close()


class _Told(dict[str, Any]):
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


def _row(event: Event, asset: str, wanted: Mapping[str, object]) -> bool:
    rows = [row for row in event["rows"] if row["asset"] == asset]
    return any(all(row.get(key) == value for key, value in wanted.items()) for row in rows)


class AtTerminal:
    """A watch as a person sees it, on a terminal of its own."""

    def __init__(self, project: Project, *args: str) -> None:
        self._master, slave = pty.openpty()
        environ = {**os.environ, **(project.server.environ if project.server else {}), "PYTHONPATH": str(ROOT)}
        environ |= {"TERM": "xterm", "COLUMNS": "120", "NO_COLOR": "1"}
        command = [sys.executable, "-m", "pipeline", "-C", str(project.folder), "watch", *args]
        self.process = subprocess.Popen(command, env=environ, stdin=slave, stdout=slave, stderr=slave)
        os.close(slave)
        self._said = ""
        self._at = 0
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def __enter__(self) -> AtTerminal:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(TIMEOUT_S)
        self._thread.join()
        os.close(self._master)

    def until(self, text: str) -> None:
        """Until that is said, from what was waited for last on."""
        with self._news:
            found = self._news.wait_for(lambda: text in self._said[self._at :], TIMEOUT_S)
            assert found, f"`{text}` is not said:\n{self._said[self._at :]}"
            self._at = self._said.index(text, self._at) + len(text)

    @property
    def said(self) -> str:
        return self._said

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def types(self, text: str) -> None:
        os.write(self._master, text.encode())

    def ends(self) -> int:
        self.process.wait(TIMEOUT_S)
        self._thread.join()
        return self.process.returncode

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self._master, 65536)
            except OSError:  # the last one has closed it
                return
            text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", data.decode("utf-8", "replace")).replace("\r", "")
            with self._news:
                self._said += text
                self._news.notify_all()
