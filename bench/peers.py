"""Other tools with the same work: N targets, each made from one file of its own, all of them up to date.

ninja, GNU make, doit, DVC and snakemake copy files, spread over 100 folders; mosaico, which draws pictures too, has N
prompts. All is brought up to date in the fastest way that each of them has.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.projects import SHELVES, prompt
from bench.timing import surroundings

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A tool, how its project is written, how that is brought up to date, and what is asked when nothing is to do."""

    name: str
    program: str
    write: Callable[[Path, Pairs], None]
    prime: Sequence[Sequence[str]]
    asked: Sequence[str]
    most: int = 100_000
    """With more targets it takes minutes."""

    def prepare(self, folder: Path, targets: int, program: str) -> None:
        """Write a project of so many targets into a folder that is not there yet, and bring it up to date."""
        pairs = [(f"in/{i % SHELVES:02}/{i:06}.txt", f"out/{i % SHELVES:02}/{i:06}.txt") for i in range(targets)]
        for side in (0, 1):  # outputs last, so that they are younger
            for number, pair in enumerate(pairs):
                file = folder / pair[side]
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(f"target {number}\n")
        self.write(folder, pairs)
        for arguments in self.prime:
            done = subprocess.run(
                [program, *arguments], cwd=folder, env=surroundings({}), capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise SystemExit(f"{self.name} could not be made ready:\n{done.stdout}{done.stderr}")


def find(program: str, venv: Path | None) -> str | None:
    """Where a peer is: in the venv made from bench/peers.txt, or on the PATH. None where it is not."""
    return (shutil.which(program, path=str(venv / "bin")) if venv is not None else None) or shutil.which(program)


def version_of(program: str, venv: Path | None) -> str:
    """A peer that is there, with its version; one that does not tell it is looked up among the packages beside it."""
    where = find(program, venv)
    assert where is not None
    look = f"import importlib.metadata as m; print(m.version({program!r}))"
    for command in ([where, "--version"], [str(Path(where).with_name("python")), "-c", look]):
        with suppress(OSError):
            said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
            if found := re.search(r"\d+(\.\d+)+", said):
                return f"{program} {found.group()}"
    return program


# --- the same work in each tool's words -------------------------------------------------------------------------------


def _ninja(folder: Path, pairs: Pairs) -> None:
    rule = "rule copy\n  command = cp $in $out\n"
    (folder / "build.ninja").write_text(rule + "".join(f"build {made}: copy {source}\n" for source, made in pairs))


def _make(folder: Path, pairs: Pairs) -> None:
    every = " ".join(made for _, made in pairs)
    rules = "".join(f"{made}: {source}\n\t@cp $< $@\n" for source, made in pairs)
    (folder / "Makefile").write_text(f".PHONY: all\nall: {every}\n{rules}")


def _doit(folder: Path, pairs: Pairs) -> None:
    (folder / "dodo.py").write_text(
        "from pathlib import Path\n\n"
        "DOIT_CONFIG = {'verbosity': 0, 'reporter': 'error-only'}\n\n\n"
        "def task_copy():\n"
        "    for source in sorted(Path('in').rglob('*.txt')):\n"
        "        made = Path('out', *source.parts[1:])\n"
        "        action = f'cp {source} {made}'\n"
        "        yield {'name': made.name, 'file_dep': [source], 'targets': [made], 'actions': [action]}\n"
    )


def _dvc(folder: Path, pairs: Pairs) -> None:
    stages = [
        f"  copy-{number}:\n    cmd: cp {source} {made}\n    deps: [{source}]\n    outs: [{made}]\n"
        for number, (source, made) in enumerate(pairs)
    ]
    (folder / "dvc.yaml").write_text("stages:\n" + "".join(stages))


def _snakemake(folder: Path, pairs: Pairs) -> None:
    (folder / "Snakefile").write_text(
        "from pathlib import Path\n\n"
        "SOURCES = sorted(Path('in').rglob('*.txt'))\n\n"
        "rule all:\n    input: [str(Path('out', *source.parts[1:])) for source in SOURCES]\n\n"
        "rule copy:\n    input: 'in/{name}.txt'\n    output: 'out/{name}.txt'\n    shell: 'cp {input} {output}'\n"
    )


def _mosaico(folder: Path, pairs: Pairs) -> None:
    chance = random.Random(len(pairs))
    artifacts = []
    for number, (_, made) in enumerate(pairs):
        text = prompt(number, chance)
        for name in ("style", "world", "mood"):
            text = text.replace(f"{{{{ {name} ", f"{{{{ templates.{name} ")
        text = text.replace(" | default('calm') ", " ")
        artifacts.append(f"  - id: picture-{number}\n    prompt_template: {json.dumps(text)}\n    out: {made}\n")
    (folder / "project.yml").write_text(
        "version: 1\nname: pictures\n"
        "templates: {style: gouache, world: the harbour town of Low Quay, mood: quiet}\n"
        "artifacts:\n" + "".join(artifacts)
    )


_ANCHOR = ["render", "project.yml", "--bootstrap", "true"]

PEERS = (
    Peer(name="ninja", program="ninja", write=_ninja, prime=[["--quiet"]], asked=[]),
    Peer(name="make -r", program="make", write=_make, prime=[], asked=["-r"]),
    Peer(name="doit", program="doit", write=_doit, prime=[["reset-dep"]], asked=[], most=10_000),
    Peer(
        name="dvc status",
        program="dvc",
        write=_dvc,
        prime=[["init", "--quiet", "--no-scm"], ["commit", "--quiet", "--force"]],
        asked=["status"],
        most=1000,
    ),
    Peer(
        name="snakemake",
        program="snakemake",
        write=_snakemake,
        prime=[["--quiet", "all", "--cores", "2", "--forceall"]],
        asked=["--quiet", "all", "--cores", "2"],
        most=1000,
    ),
    Peer(
        name="mosaico, render",
        program="mosaico",
        write=_mosaico,
        prime=[_ANCHOR],
        asked=["render", "project.yml", "--save", "true"],
        most=1000,
    ),
    Peer(
        name="mosaico, plan",
        program="mosaico",
        write=_mosaico,
        prime=[_ANCHOR],
        asked=["render", "project.yml"],
        most=1000,
    ),
)
