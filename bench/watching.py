"""From a save to the request that it leads to: `pipeline watch`, beside `entr` that runs `make` on the same tree.

    python bench/watching.py [--assets N ...] [--rounds N] [--keep DIR]

Both wait for changes in a project of which all is drawn. One prompt gets a text that it never had; the time ends when
the request arrives at a server on the loopback: the API's own for ours, with the new prompt in it; for the other any
HTTP request, which curl sends from a recipe. make has a stamp for each spec file and looks at every built file too.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.projects import Edit  # noqa: E402
from bench.timing import Run, Table, surroundings  # noqa: E402
from tests.gemini_server import GeminiServer  # noqa: E402

OURS, PEER = "pipeline watch", "entr, make"
GOALS_MS = {1_000: 150, 10_000: 300}
"""By assets: how soon a request is to arrive, in the middle of all rounds."""

_PATIENCE_S = 120.0
_REST_S = 1.0
"""Between two saves, as people leave it at least: both have gone back to waiting by then."""


class Arrivals:
    """When requests came."""

    def __init__(self) -> None:
        self._times: list[float] = []
        self._news = threading.Condition()

    def note(self) -> None:
        with self._news:
            self._times.append(time.perf_counter())
            self._news.notify_all()

    def next(self, so_far: int) -> float:
        """When the one after so many came. Raises SystemExit where it does not."""
        with self._news:
            if not self._news.wait_for(lambda: len(self._times) > so_far, _PATIENCE_S):
                raise SystemExit("no request came")
            return self._times[so_far]

    def __len__(self) -> int:
        with self._news:
            return len(self._times)


class Watched:
    """One tool that waits for changes in one project."""

    def __init__(
        self, folder: Path, arrivals: Arrivals, process: subprocess.Popen[str], rest: Callable[[], None]
    ) -> None:
        self.edit, self._arrivals, self._process, self._rest = Edit(folder), arrivals, process, rest
        self.edit.count = int(time.time())  # in a project that is kept, no text may come back: its take would be used

    def round(self) -> Run:
        """Save once: until the request came, and the CPU time until all that follows is done."""
        before, cpu = len(self._arrivals), self._cpu_s()
        start = time.perf_counter()
        self.edit()
        seconds = self._arrivals.next(before) - start
        self._rest()
        time.sleep(_REST_S)
        return Run(seconds=seconds, cpu_seconds=self._cpu_s() - cpu, peak_bytes=self._peak_bytes())

    def _cpu_s(self) -> float:
        """Of the process and of those that it has waited for; 0 where the system does not tell."""
        try:
            fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    def _peak_bytes(self) -> int:
        try:
            lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        except OSError:
            return 0
        return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)


@contextmanager
def ours(project: Path) -> Iterator[Watched]:
    """`pipeline watch` without a wait, and the API on the loopback."""
    arrivals, ended = Arrivals(), threading.Semaphore(0)
    with GeminiServer() as server:
        usual = server.answer
        server.answer = lambda request: (arrivals.note(), usual(request))[1]
        command = [str(Path(sys.executable).with_name("pipeline")), "watch", "--json", "--settle", "0"]
        process = subprocess.Popen(
            [*command, "--yes", "--max-cost", "1000000"],
            cwd=project,
            env=surroundings(server.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        stdout, began = process.stdout, threading.Event()
        assert stdout is not None

        def read() -> None:
            for line in stdout:
                event = json.loads(line)["event"]
                if event == "watching":
                    began.set()
                elif event == "summary":
                    ended.release()

        reading = threading.Thread(target=read)
        reading.start()
        try:
            if not began.wait(_PATIENCE_S):
                raise SystemExit(f"{project}: the watch does not begin")
            time.sleep(3 * _REST_S)  # what a first call needs is loaded meanwhile
            yield Watched(project, arrivals, process, lambda: _take(ended))
        finally:
            process.terminate()
            process.wait(_PATIENCE_S)
            reading.join()


def _take(ended: threading.Semaphore) -> None:
    if not ended.acquire(timeout=_PATIENCE_S):
        raise SystemExit("a build did not end")


@contextmanager
def entr(project: Path) -> Iterator[Watched]:
    """`entr` that runs make, whose recipe sends a request."""
    arrivals = Arrivals()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            arrivals.note()
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        (project / "Makefile").write_text(makefile(project, http.server_address[1]))
        subprocess.run(["make", "-rs", "-j2"], cwd=project, check=True)
        specs = "\n".join(map(str, sorted((project / "specs").rglob("*.yaml"))))
        process = subprocess.Popen(
            ["entr", "-np", "make", "-rs"], cwd=project, env=surroundings({}), stdin=subprocess.PIPE, text=True
        )
        assert process.stdin is not None
        process.stdin.write(specs)
        process.stdin.close()
        try:
            time.sleep(_REST_S)
            yield Watched(project, arrivals, process, lambda: None)
        finally:
            process.terminate()
            process.wait(_PATIENCE_S)
            http.shutdown()


def makefile(project: Path, port: int) -> str:
    """A stamp for each spec file, made by sending a request; and every built file is looked at."""
    specs = [path.relative_to(project).as_posix() for path in sorted((project / "specs").rglob("*.yaml"))]
    files = [path.relative_to(project).as_posix() for path in sorted((project / "output").rglob("*")) if path.is_file()]
    stamps = [f".stamps/{number}" for number in range(len(specs))]
    rules = [f"{stamp}: {spec}\n\t$(ASK)\n" for stamp, spec in zip(stamps, specs, strict=True)]
    ask = f"@mkdir -p .stamps; curl -s -o /dev/null --data @$< http://127.0.0.1:{port}/; touch $@"
    return f"ASK = {ask}\nall: {' '.join([*stamps, *files])}\n{''.join(rules)}"


def watching(title: str, project: Path, beside: Path | None, rounds: int) -> Table:
    """Measure in turn; `beside`: a copy of the project for the peer, None where it is not here."""
    runs: dict[str, list[Run]] = {PEER: [], OURS: []} if beside is not None else {OURS: []}
    print(f"measuring: {title}", file=sys.stderr)
    with ExitStack() as stack:
        tools = {OURS: stack.enter_context(ours(project))}
        if beside is not None:
            tools = {PEER: stack.enter_context(entr(beside)), **tools}
        for number in range(rounds + 1):
            for name, tool in tools.items():
                taken = tool.round()
                if number:
                    runs[name].append(taken)
    for tool in tools.values():
        tool.edit.undo()
    return Table(title=title, runs=runs)


def verdict(assets: int, runs: Sequence[Run]) -> str:
    """Whether the goal for so many assets is met, as a sentence; nothing where there is none."""
    if assets not in GOALS_MS:
        return ""
    median = statistics.median(run.seconds for run in runs) * 1000
    goal = GOALS_MS[assets]
    return (
        f"Goal for {assets:,} assets: {goal} ms; measured {median:.0f} ms, {'met' if median <= goal else '**missed**'}."
    )


def main() -> None:
    from bench.run import Bench, kept_or_temporary

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assets", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="make the projects there, and keep them")
    args = parser.parse_args()
    with kept_or_temporary(args.keep) as folder:
        for assets in args.assets:
            table = Bench(folder=folder, assets=assets, rounds=args.rounds).watching()
            print(f"\n{table.text()}\n\n{verdict(assets, table.runs[OURS])}", flush=True)


if __name__ == "__main__":
    main()
