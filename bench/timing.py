"""Commands measured in turn, so that a slow spell of the machine meets all of them: medians, and ratios of a round."""

from __future__ import annotations

import marshal
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

STOPWATCH = Path(__file__).with_name("stopwatch.py")
GOALS = ("| goal | at most | measured | by CPU | |", "| --- | ---: | ---: | ---: | --- |")
FEWEST_ROUNDS = 3
ENOUGH_S = 120.0
KIB = 1 if sys.platform == "darwin" else 1024
"""Bytes in the unit of `ru_maxrss`."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """A row of a table: what is run where, and what is done before each run without being measured."""

    name: str
    argv: Sequence[str]
    folder: Path
    before: Callable[[], None] | None = None
    environ: Mapping[str, str] = field(default_factory=dict)
    """Beside what all commands get."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one run of a command took."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int


@dataclass(frozen=True, kw_only=True)
class Target:
    """At most so many times what the peer takes, of `seconds` or `peak_bytes`, by the names of the rows."""

    ours: str
    peer: str
    at_most: float
    of: str = "seconds"


@dataclass(frozen=True, kw_only=True)
class Table:
    """What the commands of one benchmark took, a round each, in the order of the rows; the first one is the peer."""

    title: str
    runs: Mapping[str, Sequence[Run]]
    targets: Sequence[Target] = ()

    def ratio(self, name: str, peer: str, of: str = "seconds") -> float:
        """The median of the ratios within a round."""
        rounds = zip(self.runs[name], self.runs[peer], strict=True)
        ratios: list[float] = [getattr(mine, of) / getattr(theirs, of) for mine, theirs in rounds]
        return statistics.median(ratios)

    def text(self) -> str:
        """The table, and below it the goals, as Markdown."""
        lines = [f"### {self.title}", "", *self._rows()]
        goals = list(self.goals())
        return "\n".join([*lines, "", *GOALS, *goals] if goals else lines)

    def _rows(self) -> Iterator[str]:
        peer = next(iter(self.runs))
        yield f"| command | wall ms, median | min to max | CPU ms | peak MiB | wall / {peer} | CPU / {peer} |"
        yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
        for name, runs in self.runs.items():
            wall = [run.seconds * 1000 for run in runs]
            cpu = statistics.median(run.cpu_seconds * 1000 for run in runs)
            peak = statistics.median(run.peak_bytes for run in runs) / 2**20
            ratios = f"{self.ratio(name, peer):.2f} | {self.ratio(name, peer, 'cpu_seconds'):.2f}"
            spread = f"{ms(min(wall))} to {ms(max(wall))}"
            yield f"| {name} | {ms(statistics.median(wall))} | {spread} | {ms(cpu)} | {peak:.0f} | {ratios} |"

    def goals(self) -> Iterator[str]:
        """A row for each target whose peer was there."""
        for target in self.targets:
            if target.peer in self.runs:
                found = self.ratio(target.ours, target.peer, target.of)
                peak = "peak memory of " if target.of == "peak_bytes" else ""
                verdict = "met" if found <= target.at_most else "**missed**"
                what = f"{self.title}: {peak}`{target.ours}`, times `{target.peer}`"
                cpu = f"{self.ratio(target.ours, target.peer, 'cpu_seconds'):.2f}" if target.of == "seconds" else ""
                yield f"| {what} | {target.at_most:g} | {found:.2f} | {cpu} | {verdict} |"


def ms(value: float) -> str:
    return f"{value:.1f}" if value < 1000 else f"{value:,.0f}"


def measure(title: str, commands: Sequence[Command], rounds: int, targets: Sequence[Target] = ()) -> Table:
    """Run the commands in turn, once unmeasured and then so many rounds, of long ones fewer.

    Raises SystemExit where one of them fails.
    """
    print(f"measuring: {title}", file=sys.stderr)
    runs: dict[str, list[Run]] = {command.name: [] for command in commands}
    enough = time.monotonic() + ENOUGH_S
    with _stopwatch() as run:
        for number in range(rounds + 1):
            if number > FEWEST_ROUNDS and time.monotonic() > enough:
                break
            for command in commands:
                if command.before is not None:
                    command.before()
                taken = run(command)
                if number:
                    runs[command.name].append(taken)
    return Table(title=title, runs=runs, targets=targets)


@contextmanager
def _stopwatch() -> Iterator[Callable[[Command], Run]]:
    command = [sys.executable, "-I", "-S", str(STOPWATCH)]
    with (
        tempfile.NamedTemporaryFile() as errors,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process,
    ):
        asked, told = process.stdin, process.stdout
        assert asked is not None and told is not None

        def run(command: Command) -> Run:
            what = (list(command.argv), str(command.folder), surroundings(command.environ), errors.name)
            data = marshal.dumps(what)
            asked.write(len(data).to_bytes(8, "big") + data)
            asked.flush()
            seconds, cpu_seconds, peak, code = marshal.loads(told.read(int.from_bytes(told.read(8), "big")))
            if code != 0:
                said = Path(errors.name).read_text(errors="replace")
                raise SystemExit(f"{command.name} ended with {code}: {' '.join(command.argv)}\n{said}")
            return Run(seconds=seconds, cpu_seconds=cpu_seconds, peak_bytes=peak * KIB)

        yield run
        asked.close()


def surroundings(more: Mapping[str, str]) -> dict[str, str]:
    """The environment of every command: no key that could pay, no calls home, and Python keeps what it compiled."""
    dropped = ("GEMINI_", "GOOGLE_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return {**kept, "DVC_NO_ANALYTICS": "1", **more}
