"""How long the tool takes, as ratios to peers that do comparable work in the same run.

    python bench/run.py [--assets N] [--rounds N]

A ratio carries over from machine to machine; the milliseconds do not. Peers: GNU make with nothing to do over as many
targets, and PyYAML's C loader reading the same specs and doing nothing else.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ASSETS_A_FILE = 100
LOAD = (
    "import pathlib, yaml\n"
    "for path in sorted(pathlib.Path('specs').glob('*.yaml')):\n"
    "    yaml.load(path.read_text(), Loader=yaml.CSafeLoader)"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assets", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        project, made = Path(folder) / "project", Path(folder) / "made"
        write_project(project, args.assets)
        write_makefile(made, args.assets)
        pipeline = [sys.executable, "-m", "pipeline", "-C", str(project), "-q"]
        rows = {
            "plan, nothing built yet": ([*pipeline, "plan"], project),
            "PyYAML's C loader on the same specs": ([sys.executable, "-c", LOAD], project),
            "pipeline --version": ([sys.executable, "-m", "pipeline", "--version"], project),
            "python -c pass": ([sys.executable, "-c", "pass"], project),
        }
        print(f"{args.assets} assets, median of {args.rounds} rounds, commands in turn")
        cold = medians(rows, args.rounds)
        show(cold, "plan, nothing built yet", "PyYAML's C loader on the same specs")
        show(cold, "pipeline --version", "python -c pass")
        run([*pipeline, "build", "--offline"], project)
        run(["make", "-r", "-s"], made)
        null = {
            "build, nothing to do": ([*pipeline, "build", "--offline"], project),
            "make -r, nothing to do": (["make", "-r", "-s"], made),
        }
        show(medians(null, args.rounds), "build, nothing to do", "make -r, nothing to do")


def write_project(folder: Path, assets: int) -> None:
    """A project of small assets in files of 100, under one shared style."""
    specs = folder / "specs"
    specs.mkdir(parents=True)
    (specs / "style.j2").write_text("Flat colours, thick outlines, on white.\n")
    (folder / "pipeline.yaml").write_text("defaults: {model: gemini-3.1-flash-lite-image}\n")
    for first in range(0, assets, ASSETS_A_FILE):
        lines = [f"prefix: set-{first}", "vars: {world: a quiet harbour}", "assets:"]
        for number in range(first, min(first + ASSETS_A_FILE, assets)):
            lines += [
                f"  item-{number}:",
                f"    prompt: \"Item {number} of {{{{ world }}}}. {{% include 'style.j2' %}}\"",
                "    tags: [item]",
            ]
        (specs / f"set-{first}.yaml").write_text("\n".join(lines) + "\n")


def write_makefile(folder: Path, targets: int) -> None:
    """As many files, each made from one of its own."""
    folder.mkdir()
    for number in range(targets):
        (folder / f"{number}.in").write_text(str(number))
    names = " ".join(f"{number}.out" for number in range(targets))
    (folder / "Makefile").write_text(f"all: {names}\n%.out: %.in\n\tcp $< $@\n")


def medians(rows: dict[str, tuple[Sequence[str], Path]], rounds: int) -> dict[str, float]:
    """Seconds of each command, run in turn so that a slow spell of the machine meets all of them."""
    taken: dict[str, list[float]] = {name: [] for name in rows}
    for _ in range(rounds + 1):
        for name, (command, folder) in rows.items():
            start = time.perf_counter()
            run(command, folder)
            taken[name].append(time.perf_counter() - start)
    return {name: statistics.median(seconds[1:]) for name, seconds in taken.items()}


def run(command: Sequence[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


def show(seconds: dict[str, float], ours: str, peer: str) -> None:
    print(f"  {ours:28} {seconds[ours] * 1000:8.1f} ms   {seconds[ours] / seconds[peer]:6.2f} x {peer}")


if __name__ == "__main__":
    main()
