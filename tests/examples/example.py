"""One of examples/, as somebody has it who has just cloned it: copied, and built by its own Makefile."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PATIENCE_S = 120


@dataclass(frozen=True, kw_only=True)
class Example:
    """A copy of an example."""

    folder: Path
    environ: Mapping[str, str] = field(default_factory=dict)
    """On top of what there is, but for keys: without those of a test there is none."""

    def run(self, *command: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command in it, with this `pipeline` on the PATH."""
        env = {name: value for name, value in os.environ.items() if not name.startswith(("GEMINI_", "GOOGLE_"))}
        env |= self.environ
        env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
        return subprocess.run(
            command, cwd=folder or self.folder, env=env, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )  # fmt: skip

    def build(self) -> None:
        """Its pictures, and the page."""
        for command in (("make", "assets"), ("npm", "run", "build")):
            ran = self.run(*command)
            assert ran.returncode == 0, ran.stdout + ran.stderr

    def price(self) -> str:
        """What drawing all of it costs, as a plan says it."""
        plan = self.run("pipeline", "plan").stdout
        found = re.search(r"^Cost: (\$[\d.]+) by the table", plan, re.MULTILINE)
        assert found is not None, plan
        return found[1]

    def type_errors(self, copy: Path, path: str, old: str, new: str) -> list[str]:
        """What the real tsc says of its sources with one text replaced: files with mistakes, but no lines."""
        shutil.copytree(self.folder / "src", copy / "src")
        shutil.copy(self.folder / "tsconfig.json", copy)
        (copy / "node_modules").symlink_to(self.folder / "node_modules")
        source = (copy / path).read_text(encoding="utf-8")
        assert source.count(old) == 1
        (copy / path).write_text(source.replace(old, new), encoding="utf-8")
        ran = self.run("node_modules/.bin/tsc", "--noEmit", "--pretty", "false", folder=copy)
        return [re.sub(r"\(\d+,\d+\)", "", line) for line in ran.stdout.splitlines() if not line.startswith(" ")]


def built(name: str, base: Path) -> Example:
    """The example of that name, built once below `base` however many processes ask for it."""
    if not _modules(name).is_dir():
        pytest.skip(f"`npm ci --prefix examples/{name}` was not run")
    base.mkdir(exist_ok=True)
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        example = Example(folder=base / name)
        if not example.folder.exists():
            example = copied(name, example.folder)
        if not (example.folder / "dist").exists():
            example.build()
    return example


def copied(name: str, to: Path, environ: Mapping[str, str] | None = None) -> Example:
    """What git has of the example, or would have: nothing that an earlier build left there."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "."]
    there = ROOT / "examples" / name
    for path in subprocess.run(listed, cwd=there, capture_output=True, text=True, check=True).stdout.split("\0"):
        if path and (there / path).is_file():
            (to / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(there / path, to / path)
    # Linked, since it takes longer to install than all else together; CI has just done so by the lock.
    (to / "node_modules").symlink_to(_modules(name))
    return Example(folder=to, environ=environ or {})


def _modules(name: str) -> Path:
    return ROOT / "examples" / name / "node_modules"
