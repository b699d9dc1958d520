"""From a save to the priced plan on an open page, until a wall is there, and the memory that the server takes.

    python bench/gallery.py [--assets N [N ...]] [--rounds N] [--large N] [--keep DIR]

`pipeline serve` runs as it is installed. A page is open: the stream of events that a browser would read. One prompt
gets a text that it never had, and the clock stops when the page has been told of that asset's new row with the plan
and its price. In the same way a decision is timed, from the click to the answer.

A large project of its own is looked at as people do: the wall, thumbnails, assets, decisions, saves. Chromium opens its
wall, each time as somebody who was never there, and the clock stops when all pictures in the window are decoded.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

if __name__ == "__main__":  # run by hand, the folder above is not where Python looks
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.projects import Edit
from bench.run import PIPELINE, WITH_KEY, Bench, kept_or_temporary
from bench.timing import GOALS, KIB, ms, surroundings
from tests.browser.chromium import chromium

GOALS_MS = {1_000: 150, 10_000: 300}
"""From a save to the page, the median, by how many assets there are."""

MOST_MB = 200
"""What the server may take at most, with 5,000 assets."""

WALL_MS = 1_000
"""Until the wall of 5,000 assets is there, the median."""

IN_WINDOW = """() => {
  const seen = [...document.querySelectorAll("#wall img")].filter((image) => {
    const place = image.getBoundingClientRect();
    return place.top < innerHeight && place.bottom > 0;
  });
  return seen.length > 5 && seen.every((image) => image.complete && image.naturalWidth > 0);
}"""
"""Whether all pictures in the window are there."""

PATIENCE_S = 120


@dataclass(frozen=True)
class Took:
    """How long something took, and what the server worked for it: its clock ticks in hundredths of a second."""

    wall_ms: float
    cpu_ms: float


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What was measured over projects of one size."""

    assets: int
    saves: Sequence[Took]
    decisions: Sequence[Took]
    walls: Sequence[Took]

    def rows(self) -> Iterator[str]:
        for what, taken in (
            ("a save, to the priced plan on the page", self.saves),
            ("a decision, to its answer", self.decisions),
            ("the whole wall, as JSON", self.walls),
        ):
            wall = [took.wall_ms for took in taken]
            cpu = statistics.mean(took.cpu_ms for took in taken)
            spread = f"{ms(min(wall))} to {ms(max(wall))}"
            yield f"| {self.assets:,} | {what} | {ms(statistics.median(wall))} | {spread} | {ms(cpu)} |"

    def goals(self) -> Iterator[str]:
        most = GOALS_MS.get(self.assets)
        if most is not None:
            found = statistics.median(took.wall_ms for took in self.saves)
            cpu = statistics.mean(took.cpu_ms for took in self.saves)
            what = f"From a save to the page with {self.assets:,} assets, median in ms"
            yield f"| {what} | {most} | {ms(found)} | {ms(cpu)} | {verdict(found <= most)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assets", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--large", type=int, default=5_000, metavar="N", help="assets of the large project")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="make the projects there, and keep them")
    args = parser.parse_args()
    if shutil.which("chromium") is None:
        sys.exit("there is no Chromium here: `apt-get install chromium`")
    with kept_or_temporary(args.keep) as folder:
        found = [measured(folder, assets, args.rounds) for assets in args.assets]
        large = looked_at(folder, args.large, args.rounds)
    for line in text(found, large):
        print(line)


@dataclass(frozen=True, kw_only=True)
class Large:
    """What was measured over the large project."""

    assets: int
    first_ms: float
    """Until its wall was there when no thumbnail was made yet."""
    walls_ms: Sequence[float]
    peak_mb: float

    def row(self) -> str:
        spread = f"{ms(min(self.walls_ms))} to {ms(max(self.walls_ms))}"
        median = ms(statistics.median(self.walls_ms))
        return f"| {self.assets:,} | the wall in Chromium, to its last picture in view | {median} | {spread} | |"

    def goals(self) -> Iterator[str]:
        median = statistics.median(self.walls_ms)
        what = f"The wall of {self.assets:,} assets in Chromium, median in ms (the first time {ms(self.first_ms)})"
        yield f"| {what} | {WALL_MS} | {ms(median)} | | {verdict(median <= WALL_MS)} |"
        what = f"Peak memory of the server with {self.assets:,} assets, in MB"
        yield f"| {what} | {MOST_MB} | {self.peak_mb:.0f} | | {verdict(self.peak_mb <= MOST_MB)} |"


def verdict(met: bool) -> str:
    return "met" if met else "**missed**"


def text(found: Sequence[Measured], large: Large) -> Iterator[str]:
    """The table, and below it the goals, as Markdown."""
    yield "| assets | what | wall ms, median | min to max | the server's CPU ms, mean |"
    yield "| ---: | --- | ---: | ---: | ---: |"
    for one in found:
        yield from one.rows()
    yield large.row()
    yield ""
    yield from GOALS
    for one in found:
        yield from one.goals()
    yield from large.goals()


def measured(folder: Path, assets: int, rounds: int) -> Measured:
    """Save, decide and look so many times, in a project that is drawn."""
    print(f"measuring: the gallery of {assets:,} assets", file=sys.stderr)
    project = Bench(folder=folder, assets=assets).drawn()
    edit = Edit(project)
    with serving(project) as server:
        ids = [row["id"] for row in server.get("/api/wall")["rows"]]
        save(server, edit)  # unmeasured, as the first round of any benchmark
        saves = [server.took(lambda: save(server, edit)) for _ in range(rounds)]
        edit.undo()
        server.told(lambda row: row["state"] == "fresh")
        decisions = [decided(server, ids[len(ids) // 3], number) for number in range(rounds + rounds % 2)]
        walls = [server.took(lambda: server.get("/api/wall")) for _ in range(rounds)]
    return Measured(assets=assets, saves=saves, decisions=decisions, walls=walls)


def looked_at(folder: Path, assets: int, rounds: int) -> Large:
    """How soon the wall of a project is there, and what memory the server takes while somebody looks and decides."""
    print(f"measuring: the wall of {assets:,} assets", file=sys.stderr)
    project = Bench(folder=folder, assets=assets).drawn()
    edit = Edit(project)
    shutil.rmtree(project / ".pipeline" / "thumbs", ignore_errors=True)
    with serving(project) as server:
        with chromium() as browser:
            first_ms, *walls_ms = [opened_ms(browser, server) for _ in range(rounds + 1)]
        rows = server.get("/api/wall")["rows"]
        for row in rows[:: max(1, len(rows) // 200)]:
            server.fetch("/" + row["picture"]["thumb"])
        for row in rows[:: max(1, len(rows) // 20)]:
            server.get(f"/api/asset?id={row['id']}")
        for number in range(10):
            decided(server, rows[-1]["id"], number)  # the first one is edited
            save(server, edit)
        server.get("/api/wall")
        edit.undo()
    return Large(assets=assets, first_ms=first_ms, walls_ms=walls_ms, peak_mb=server.peak_mb)


def opened_ms(browser: Browser, server: Server) -> float:
    """Until a window that opens the gallery shows its pictures; nothing of it was looked at before in that window."""
    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        page = context.new_page()
        began = time.perf_counter()
        page.goto(f"http://127.0.0.1:{server.port}/#token={server.token}")
        page.wait_for_function(IN_WINDOW)
        return (time.perf_counter() - began) * 1000


def save(server: Server, edit: Edit) -> None:
    """Change a prompt, and wait until the page knows what that costs."""
    edit()
    server.told(lambda row: row["draws"] and row["why"])


def decided(server: Server, asset: str, number: int) -> Took:
    """Protect an asset, or take that back."""
    version = server.get(f"/api/asset?id={asset}")["row"]["version"]
    what = {"id": asset, "do": ("protect", "unprotect")[number % 2], "version": version}
    took = server.took(lambda: server.post("/api/decide", what))
    server.told(lambda row: row["id"] == asset)  # what follows from it is no part of the next one
    return took


@dataclass(kw_only=True)
class Server:
    """`pipeline serve`, and a page of it."""

    process: int
    port: int
    token: str
    stream: http.client.HTTPResponse
    peak_mb: float = 0.0
    _line: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)

    def fetch(self, path: str) -> bytes:
        self._line.request("GET", path)
        return self._answer(path)

    def get(self, path: str) -> Any:
        return json.loads(self.fetch(path))

    def post(self, path: str, value: Any) -> Any:
        self._line.request("POST", path, json.dumps(value), {"X-Pipeline-Token": self.token})
        return json.loads(self._answer(path))

    def _answer(self, path: str) -> bytes:
        answer = self._line.getresponse()
        data = answer.read()
        if answer.status >= 300:
            raise SystemExit(f"{path}: {answer.status}: {data.decode(errors='replace')}")
        return data

    def told(self, is_it: Callable[[Any], bool]) -> None:
        """Wait for an update with a plan in which a row is as meant."""
        for line in self.stream:
            value = json.loads(line[6:]) if line.startswith(b"data: ") else {}
            if "plan" in value and any(map(is_it, value.get("rows", ()))):
                return
        raise SystemExit("the server ended")

    def took(self, act: Callable[[], object]) -> Took:
        """Do something, and say how long it took."""
        began, cpu_ms = time.perf_counter(), self._cpu_ms()
        act()
        return Took((time.perf_counter() - began) * 1000, self._cpu_ms() - cpu_ms)

    def _cpu_ms(self) -> float:
        """What the server has worked so far; 0 where the system does not tell."""
        try:
            fields = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(project: Path) -> Iterator[Server]:
    """The gallery of a project, with a page open; its peak memory is known when it has ended."""
    command = [PIPELINE, "serve", "--port", "0"]
    process = subprocess.Popen(command, cwd=project, env=surroundings(WITH_KEY), stdout=subprocess.PIPE, text=True)
    server: Server | None = None
    try:
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:(\d+)/#token=(\S+)", process.stdout.readline())
        if found is None:
            raise SystemExit(f"{project} is not served")
        stream = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=PATIENCE_S)
        stream.request("GET", "/api/events")
        server = Server(process=process.pid, port=int(found[1]), token=found[2], stream=stream.getresponse())
        yield server
    finally:
        process.send_signal(signal.SIGINT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.stdout is not None:
            process.stdout.close()
        if server is not None:
            server.peak_mb = usage.ru_maxrss * KIB / 1e6


if __name__ == "__main__":
    main()
