"""How long the tool takes, beside peers that do comparable work in the same run.

    python bench/run.py [--assets N] [--a-file N] [--rounds N] [--only NAME ...] [--peers VENV] [--keep DIR]
    python bench/run.py --document [--rounds N] [--peers VENV] [--keep DIR]

A ratio carries over from machine to machine; the milliseconds do not. ninja and make are found on the PATH, the other
peers there or in a venv, which is made by

    python -m venv VENV && VENV/bin/pip install --requirement bench/peers.txt

Who is not there is left out. `--document` measures all that docs/performance.md shows and writes its tables there (an
hour or two; with `--only` the others are left out).
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bench.peers import PEERS, find, version_of
from bench.projects import A_FILE, Edit, draw_all, forget, write_project
from bench.timing import GOALS, Command, Table, Target, measure, surroundings
from pipeline import __version__

DOCUMENT = Path(__file__).parent.parent / "docs" / "performance.md"
THROUGHPUT = Path(__file__).with_name("throughput.py")
GALLERY = Path(__file__).with_name("gallery.py")
BEGIN, END = "<!-- what bench/run.py --document measured -->", "<!-- end of it -->"

PIPELINE = str(Path(sys.executable).with_name("pipeline"))
WITH_KEY = {"GEMINI_API_KEY": "not-a-key", "GOOGLE_GEMINI_BASE_URL": "http://127.0.0.1:9"}
"""As a developer has it. Nothing that is measured calls a model; if it did, nobody listens there."""

LOADING = """\
import glob, yaml
for path in sorted(glob.glob("specs/**/*.yaml", recursive=True)):
    with open(path, encoding="utf-8") as file:
        yaml.load(file.read(), Loader=yaml.CSafeLoader)
"""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """The benchmarks over projects of one size; `folder` is where projects are made, or found from an earlier run."""

    folder: Path
    assets: int = 1000
    a_file: int = A_FILE
    rounds: int = 7
    venv: Path | None = None

    def nothing(self) -> Table:
        """A build with nothing to do: the files of every asset are there, and are looked at."""
        project = self.drawn()
        (project / "Makefile").write_text(f"assets:\n\t{PIPELINE} build\n")
        rows = [
            *self.peers("ninja", "make -r", "doit", "dvc status", "snakemake", "mosaico, render"),
            python_pass(self.folder),
            pipeline("pipeline build", project, "build"),
            replace(pipeline("make assets", project), argv=[find("make", None) or "make", "assets"]),
        ]
        targets = [
            Target(ours="pipeline build", peer="ninja", at_most=0.8),
            Target(ours="pipeline build", peer="doit", at_most=0.1),
            Target(ours="pipeline build", peer="python -c pass", at_most=3, of="peak_bytes"),
        ]
        return self.measure("Nothing to do", rows, targets if self.assets == 10_000 and self.a_file > 1 else ())

    def placeholders(self) -> Table:
        """The same without a key, where every file is a placeholder."""
        project = self.written("placeholders")
        row = replace(pipeline("pipeline build", project, "build"), environ={})
        settle(row)
        return self.measure("Nothing to do, all placeholders", [*self.peers("ninja"), row])

    def changed(self) -> Table:
        """One prompt changed before each run; the plan is printed."""
        project = self.drawn()
        edit = Edit(project)
        rows = [
            *self.peers("ninja", "mosaico, plan"),
            pipeline("pipeline plan", project, "plan", before=edit),
        ]
        targets = [Target(ours="pipeline plan", peer="ninja", at_most=3)] if self.assets == 10_000 else []
        try:
            return self.measure("One prompt changed: the plan", rows, targets)
        finally:
            edit.undo()

    def cold(self) -> Table:
        """A plan without state and caches: where all is drawn, and where nothing is."""
        project, bare = self.drawn(), self.written("bare")
        rows = [
            Command(name="yaml.CSafeLoader", argv=[sys.executable, "-c", LOADING], folder=bare),
            *self.peers("mosaico, plan"),
            pipeline("plan, all drawn", project, "plan", before=lambda: forget(project)),
            pipeline("plan, nothing drawn", bare, "plan", before=lambda: forget(bare)),
        ]
        ours = ("plan, all drawn", "plan, nothing drawn")
        targets = [Target(ours=name, peer="yaml.CSafeLoader", at_most=6) for name in ours]
        return self.measure("Cold plan", rows, targets if self.assets == 10_000 else ())

    def start(self) -> Table:
        """How long it takes to say something at all."""
        rows = [python_pass(self.folder), pipeline("pipeline --version", self.folder, "--version")]
        targets = [Target(ours="pipeline --version", peer="python -c pass", at_most=1.5)]
        return measure("Start", rows, max(self.rounds, 21), targets)

    def linear(self) -> Table:
        """Ten times as many assets take ten times as long."""
        more = replace(self, assets=10 * self.assets)
        sizes, rows = (self, more), []
        for bench in sizes:
            rows += [replace(row, name=f"ninja, {bench.assets:,}") for row in bench.peers("ninja")]
        rows += [pipeline(f"pipeline build, {bench.assets:,}", bench.drawn(), "build") for bench in sizes]
        small, large = rows[-2:]
        targets = [Target(ours=large.name, peer=small.name, at_most=12)]
        return self.measure("Nothing to do, ten times as many", rows, targets)

    def watching(self) -> Table:
        """From a save to the request that it leads to."""
        from bench.watching import watching

        ours, theirs = self.drawn("watched"), None
        if all(find(program, None) is not None for program in ("entr", "make", "curl")):
            theirs = self.drawn("entr")
        return watching(self.title("A save to its request"), ours, theirs, self.rounds)

    # --- projects and rows ---

    def measure(self, title: str, rows: Sequence[Command], targets: Sequence[Target] = ()) -> Table:
        return measure(self.title(title), rows, self.rounds, targets)

    def title(self, what: str) -> str:
        files = -(-self.assets // self.a_file)
        return f"{what} ({self.assets:,} assets in {files:,} spec file{'s' if files > 1 else ''})"

    def drawn(self, name: str = "drawn") -> Path:
        """A project all of whose assets are drawn, after a build that found so."""
        project = self.folder / f"{name}-{self.assets}-{self.a_file}"
        if is_new(project):
            write_project(project, self.assets, a_file=self.a_file)
            draw_all(project)
        settle(pipeline("build", project, "build"))
        return project

    def written(self, name: str) -> Path:
        """A project of specs alone."""
        project = self.folder / f"{name}-{self.assets}-{self.a_file}"
        if is_new(project):
            write_project(project, self.assets, a_file=self.a_file)
        return project

    def peers(self, *names: str) -> Iterator[Command]:
        """Rows of those peers that are there, in the order of the list, and can do so many."""
        for peer in PEERS:
            program = find(peer.program, self.venv)
            if peer.name not in names or self.assets > peer.most or program is None:
                continue
            folder = self.folder / f"{peer.program}-{self.assets}"
            if is_new(folder):
                peer.prepare(folder, self.assets, program)
            yield Command(name=peer.name, argv=[program, *peer.asked], folder=folder)


BENCHMARKS: dict[str, Callable[[Bench], Table]] = {
    "nothing": Bench.nothing,
    "placeholders": Bench.placeholders,
    "changed": Bench.changed,
    "cold": Bench.cold,
    "start": Bench.start,
    "linear": Bench.linear,
    "watching": Bench.watching,
}
SHORT = ("nothing", "changed", "cold", "start", "watching")
DOCUMENTED = (
    ("nothing", 100, A_FILE),
    ("nothing", 1_000, A_FILE),
    ("nothing", 10_000, A_FILE),
    ("nothing", 10_000, 1),
    ("linear", 10_000, A_FILE),
    ("placeholders", 1_000, A_FILE),
    ("changed", 1_000, A_FILE),
    ("changed", 10_000, A_FILE),
    ("changed", 10_000, 1),
    ("cold", 1_000, A_FILE),
    ("cold", 10_000, A_FILE),
    ("cold", 10_000, 1),
    ("watching", 1_000, A_FILE),
    ("watching", 10_000, A_FILE),
    ("start", 0, A_FILE),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assets", type=int, default=1000)
    parser.add_argument("--a-file", type=int, default=A_FILE, help="assets in a spec file")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", nargs="+", choices=tuple(BENCHMARKS))
    parser.add_argument("--peers", type=Path, metavar="VENV")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="make the projects there, and keep them")
    parser.add_argument("--document", action="store_true")
    args = parser.parse_args()
    wanted = [(name, args.assets, args.a_file) for name in args.only or SHORT]
    if args.document:
        wanted = [shown for shown in DOCUMENTED if shown[0] in (args.only or BENCHMARKS)]
    with kept_or_temporary(args.keep) as folder:
        bench = Bench(folder=folder, rounds=args.rounds, venv=args.peers.resolve() if args.peers else None)
        print(about(bench.venv), flush=True)
        tables = []
        for name, assets, a_file in wanted:
            tables.append(BENCHMARKS[name](replace(bench, assets=assets, a_file=a_file)))
            print(f"\n{tables[-1].text()}", flush=True)
        if args.only is None and not args.document:
            short = ("--assets", str(args.assets), "--large", str(args.assets), "--keep", str(folder))
            print(f"\n{gallery(*short)}", flush=True)
    if args.document:
        document(bench.venv, tables, f"{gallery()}\n\n{throughput()}" if args.only is None else "")


def pipeline(name: str, folder: Path, *arguments: str, before: Callable[[], None] | None = None) -> Command:
    return Command(name=name, argv=[PIPELINE, *arguments], folder=folder, environ=WITH_KEY, before=before)


def python_pass(folder: Path) -> Command:
    return Command(name="python -c pass", argv=[sys.executable, "-c", "pass"], folder=folder)


def settle(build: Command) -> None:
    """Build until nothing is to do, and once more: what was written just now is only trusted later on."""
    for _ in range(2):
        environ = surroundings(build.environ)
        done = subprocess.run(build.argv, cwd=build.folder, env=environ, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{build.folder} does not build:\n{done.stdout}{done.stderr}")
    if "Nothing to do" not in done.stdout:
        raise SystemExit(f"{build.folder} still had something to do:\n{done.stdout}")


def is_new(project: Path) -> bool:
    return not project.exists()


@contextmanager
def kept_or_temporary(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep.resolve()
    else:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder).resolve()


def about(venv: Path | None) -> str:
    """With what it was measured, in a line or two."""
    programs = dict.fromkeys(peer.program for peer in PEERS)
    there = [version_of(program, venv) for program in programs if find(program, venv) is not None]
    absent = [program for program in programs if find(program, venv) is None]
    system = f"{platform.system()} on {platform.machine()}, {os.cpu_count()} cores"
    ours = f"asset-pipeline {__version__}, {platform.python_implementation()} {platform.python_version()}, {system}"
    return f"{ours}; {', '.join(there)}." + (f" Not here, and left out: {', '.join(absent)}." if absent else "")


def throughput() -> str:
    """What bench/throughput.py prints, as Markdown."""
    print("measuring: building", file=sys.stderr)
    command = [sys.executable, str(THROUGHPUT), "--rounds", "3"]
    done = subprocess.run(command, env=surroundings({}), stdout=subprocess.PIPE, text=True, check=True)
    return f"### Building\n\n```\n{done.stdout.strip()}\n```"


def gallery(*arguments: str) -> str:
    """What bench/gallery.py prints, as Markdown."""
    command = [sys.executable, str(GALLERY), *arguments]
    done = subprocess.run(command, env=surroundings({}), stdout=subprocess.PIPE, text=True, check=True)
    return f"### The gallery\n\n{done.stdout.strip()}"


def document(venv: Path | None, tables: Sequence[Table], building: str) -> None:
    """Write the goals and the tables into docs/performance.md, between its marks."""
    goals = [*GOALS, *(goal for table in tables for goal in table.goals())]
    parts = [about(venv), "\n".join(goals), *(table.text() for table in tables), building]
    text = "\n\n".join(part for part in parts if part)
    before, rest = DOCUMENT.read_text(encoding="utf-8").split(BEGIN)
    DOCUMENT.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
