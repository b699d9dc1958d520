"""Commands in processes of their own that can be killed, without the price of a start: a parent imports once and forks.

`python -m tests.soak.forge` is that parent. It reads one JSON line for each command ({number, args, ...}), forks, and
writes `[number, pid]`, and `[number, pid, status]` when that process has ended; {kill, signal} is sent to a command
that has not. `Forge` is the other end.
"""

from __future__ import annotations

import ctypes
import io
import json
import os
import resource
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.soak.steps import Death, Steps

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A command that has ended: its exit code, or minus the signal that killed it."""

    code: int
    out: str
    err: str
    steps: tuple[str, ...]
    """Where it died; or all of its steps, where they were to be listed. `*` before one that can be torn."""

    @property
    def text(self) -> str:
        return self.out + self.err

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Running:
    """A command that may still run."""

    def __init__(self, forge: Forge, number: int, pid: int, folder: Path) -> None:
        self._forge, self._number, self._folder = forge, number, folder
        self.pid = pid
        self.started = time.monotonic()

    def kill(self, with_signal: int = signal.SIGKILL) -> None:
        """Unless it has ended by itself. By its parent: only there is its id surely still its own."""
        self._forge.send({"kill": self._number, "signal": int(with_signal)})

    def said(self) -> str:
        """What it has written to stdout and stderr until now."""
        return "".join(self._read(name) for name in ("out", "err"))

    def wait(self, timeout_s: float = 60.0) -> Ended:
        status = self._forge.status(self._number, timeout_s)
        steps = tuple(self._read("steps").splitlines())
        return Ended(code=status, out=self._read("out"), err=self._read("err"), steps=steps)

    def wait_until(self, text: str, timeout_s: float = 30.0) -> None:
        """Until it has said that. Raises TimeoutError."""
        end = time.monotonic() + timeout_s
        while text not in self.said():
            if time.monotonic() > end:
                raise TimeoutError(f"`{text}` was not said:\n{self.said()}")
            select.select([], [], [], 0.005)

    def wait_for_pause(self, timeout_s: float = 60.0) -> str | None:
        """The step at which it has stopped; None where it has ended before that. Raises TimeoutError."""
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            if told := self._read("steps"):
                return told.strip()
            with suppress(TimeoutError):
                self._forge.status(self._number, 0.005)
                return None
        raise TimeoutError(f"neither paused nor ended:\n{self.said()}")

    def _read(self, name: str) -> str:
        path = self._folder / name
        return path.read_text(errors="replace") if path.exists() else ""


class Forge:
    """Starts commands. For one thread."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._count = folder, 0
        self._lines: dict[tuple[int, int], list[int]] = {}
        self._buffer = b""
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.forge"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def start(
        self,
        project: Path,
        *args: str,
        environ: Mapping[str, str] | None = None,
        death: Death | None = None,
        clock: Sequence[float] = (),
        largest_file: int | None = None,
    ) -> Running:
        """One command in that project.

        `clock`: seconds by which the clock is off, another one at each look. `largest_file`: bytes that no file of it
        may pass.
        """
        self._count += 1
        folder = self._folder / str(self._count)
        folder.mkdir(parents=True)
        job = {
            "number": self._count,
            "folder": str(folder),
            "project": str(project),
            "args": ["-C", str(project), *args],
            "environ": {**os.environ, **(environ or {})},
            "death": [death.number, death.moment] if death else None,
            "clock": list(clock),
            "largest_file": largest_file,
        }
        self.send(job)
        return Running(self, self._count, self._told(self._count, 2, 30.0)[1], folder)

    def run(self, project: Path, *args: str, **more: Any) -> Ended:
        return self.start(project, *args, **more).wait()

    def send(self, order: Mapping[str, Any]) -> None:
        assert self._parent.stdin is not None
        self._parent.stdin.write(json.dumps(order).encode() + b"\n")
        self._parent.stdin.flush()

    def status(self, number: int, timeout_s: float) -> int:
        return self._told(number, 3, timeout_s)[2]

    def close(self) -> None:
        assert self._parent.stdin is not None and self._parent.stdout is not None
        self._parent.stdin.close()
        self._parent.wait(10)
        self._parent.stdout.close()

    def _told(self, number: int, length: int, timeout_s: float) -> list[int]:
        """The line of that length about a command. Raises TimeoutError."""
        assert self._parent.stdout is not None
        end = time.monotonic() + timeout_s
        while (number, length) not in self._lines:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._parent.stdout], [], [], left)[0]:
                raise TimeoutError(f"command {number} did not end within {timeout_s:g} s")
            read = os.read(self._parent.stdout.fileno(), 65536)
            assert read, "the forking parent has died"
            *lines, self._buffer = (self._buffer + read).split(b"\n")
            for line in map(json.loads, lines):
                self._lines[line[0], len(line)] = line
        return self._lines[number, length]


@contextmanager
def forge() -> Iterator[Forge]:
    with tempfile.TemporaryDirectory() as folder:
        forge = Forge(Path(folder))
        try:
            yield forge
        finally:
            forge.close()


# --- the parent -------------------------------------------------------------------------------------------------------


def _import_all() -> None:
    """All that a build imports on its way."""
    import importlib
    import pkgutil

    import httpx2  # noqa: F401
    import tenacity  # noqa: F401
    from google.genai import types  # noqa: F401
    from PIL import Image

    import pipeline

    Image.init()
    for module in pkgutil.walk_packages(pipeline.__path__, "pipeline."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def _run(job: dict[str, Any]) -> int:
    """The command itself, in the child."""
    from pipeline import cli

    folder = Path(job["folder"])
    for descriptor, name, flags in (
        (0, os.devnull, os.O_RDONLY),
        (1, str(folder / "out"), os.O_WRONLY | os.O_CREAT),
        (2, str(folder / "err"), os.O_WRONLY | os.O_CREAT),
    ):
        os.dup2(os.open(name, flags, 0o666), descriptor)
    os.environ.clear()
    os.environ.update(job["environ"])
    if job["clock"]:
        from tests.soak.clock import turn

        turn(job["clock"])
    if job["death"] is not None:
        Steps(Path(job["project"]), Death(number=job["death"][0], moment=job["death"][1]), folder / "steps").install()
    with (
        open(0, closefd=False) as stdin,
        open(1, "w", buffering=1, closefd=False) as stdout,
        open(2, "w", buffering=1, closefd=False) as stderr,
    ):
        if job["largest_file"] is None:
            return cli.main(job["args"], stdin=stdin, stdout=stdout, stderr=stderr)
        # What it says goes to files as well, and those are not to be meant.
        said, warned = io.StringIO(), io.StringIO()
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (job["largest_file"], before[1]))
        code = cli.main(job["args"], stdin=stdin, stdout=said, stderr=warned)
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        stdout.write(said.getvalue())
        stderr.write(warned.getvalue())
        return code


def _fork(job: dict[str, Any]) -> int:
    # A thread that holds a lock does not come along: its lock would stay shut in the child.
    assert len(list(Path("/proc/self/task").iterdir())) == 1, "the parent holds threads"
    pid = os.fork()
    if pid:
        return pid
    code = 99
    try:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # die with the parent: nothing is left behind by a test that fails
        code = _run(job)
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(code)


def main() -> None:
    _import_all()
    numbers: dict[int, int] = {}
    buffer = b""
    while True:
        if select.select([0], [], [], 0.004 if numbers else None)[0]:
            read = os.read(0, 1 << 20)
            if not read:
                return
            *lines, buffer = (buffer + read).split(b"\n")
            for order in map(json.loads, lines):
                if "kill" in order:
                    for pid in (pid for pid, number in numbers.items() if number == order["kill"]):
                        os.kill(pid, order["signal"])
                else:
                    pid = _fork(order)
                    numbers[pid] = order["number"]
                    os.write(1, json.dumps([order["number"], pid]).encode() + b"\n")
        while numbers:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            code = os.waitstatus_to_exitcode(status)
            os.write(1, json.dumps([numbers.pop(pid), pid, code]).encode() + b"\n")


if __name__ == "__main__":
    main()
