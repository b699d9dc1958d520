"""A project in a temporary folder, driven through the command line against a Gemini API on the loopback.

project.spec("items", KNIGHT).build().draws(1)
project.build().draws(0)
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import cli
from tests.gemini_server import GeminiServer

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Ran:
    """One command, when it has ended."""

    project: Project
    code: int
    out: str
    err: str
    paid: int
    """Pictures that the server drew meanwhile."""
    asked: int
    """Requests that it saw meanwhile."""

    @property
    def text(self) -> str:
        return self.out + self.err

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def draws(self, count: int) -> Ran:
        assert self.paid == count, f"{self.paid} pictures were paid for, not {count}:\n{self.text}"
        return self

    def ends(self, code: int) -> Ran:
        assert self.code == code, f"exit code {self.code}, not {code}:\n{self.text}"
        assert "Traceback" not in self.text
        return self

    def says(self, *texts: str) -> Ran:
        flat = re.sub(r"\s+", " ", self.text)
        for text in texts:
            assert text in flat, f"`{text}` is not said:\n{self.text}"
        return self

    def is_silent_of(self, *texts: str) -> Ran:
        for text in texts:
            assert text not in self.text, f"`{text}` is said:\n{self.text}"
        return self


class Project:
    """A folder with specs. `server` is None for a machine without a key."""

    def __init__(self, folder: Path, server: GeminiServer | None = None) -> None:
        self.folder, self.server = folder, server
        (folder / "specs").mkdir(parents=True, exist_ok=True)

    # --- what is written by hand ---

    def spec(self, name: str, text: str) -> Project:
        return self.write(f"specs/{name}.yaml", text)

    def settings(self, text: str) -> Project:
        return self.write("pipeline.yaml", text)

    def write(self, path: str, data: str | bytes) -> Project:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data if isinstance(data, bytes) else data.encode())
        return self

    def replace(self, path: str, old: str, new: str) -> Project:
        text = self.read(path).decode()
        assert old in text
        return self.write(path, text.replace(old, new))

    def remove(self, *paths: str) -> Project:
        import shutil

        for path in paths:
            where = self.folder / path
            shutil.rmtree(where) if where.is_dir() else where.unlink()
        return self

    # --- what the tool does ---

    def run(self, *args: str, env: Mapping[str, str] | None = None) -> Ran:
        """One command, in this process: its streams are no terminal."""
        server = self.server
        paid, asked = (len(server.paid), len(server.requests)) if server else (0, 0)
        out, err = io.StringIO(), io.StringIO()
        environ = {**os.environ, **(server.environ if server else {}), **(env or {})}
        code = cli.main(["-C", str(self.folder), *args], environ=environ, stdin=io.StringIO(), stdout=out, stderr=err)
        return Ran(
            project=self,
            code=code,
            out=out.getvalue(),
            err=err.getvalue(),
            paid=len(server.paid) - paid if server else 0,
            asked=len(server.requests) - asked if server else 0,
        )

    def build(self, *args: str) -> Ran:
        return self.run("build", *args)

    def plan(self, *args: str) -> Ran:
        return self.run("plan", *args)

    def spawn(self, *args: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """One command in a process of its own."""
        environ = {**os.environ, **(self.server.environ if self.server else {}), **(env or {}), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "pipeline", "-C", str(self.folder), *args]
        return subprocess.Popen(
            command, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def git(self, *args: str) -> str:
        done = subprocess.run(["git", *args], cwd=self.folder, check=True, capture_output=True, text=True)
        return done.stdout

    def as_repository(self) -> Project:
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.email", "someone@example.org")
        self.git("config", "user.name", "Someone")
        self.write(".gitignore", ".pipeline/\noutput/\n")
        return self

    def commit(self) -> Project:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "change")
        return self

    def clone(self, folder: Path, server: GeminiServer | None = None) -> Project:
        subprocess.run(["git", "clone", "-q", str(self.folder), str(folder)], check=True)
        return Project(folder, server).configured()

    def configured(self) -> Project:
        self.git("config", "user.email", "someone@example.org")
        self.git("config", "user.name", "Someone")
        return self

    # --- what is there ---

    def read(self, path: str) -> bytes:
        return (self.folder / path).read_bytes()

    def exists(self, path: str) -> bool:
        return (self.folder / path).exists()

    @property
    def outputs(self) -> dict[str, bytes]:
        files = (p for p in (self.folder / "output").rglob("*") if p.is_file())
        return {p.relative_to(self.folder / "output").as_posix(): p.read_bytes() for p in sorted(files)}

    @property
    def lock(self) -> dict[str, dict[str, Any]]:
        path = self.folder / "pipeline.lock"
        lines = path.read_text().splitlines() if path.exists() else []
        return {entry["asset"]: entry for entry in map(json.loads, filter(None, lines))}

    def states(self, *args: str) -> dict[str, str]:
        listed = self.run("--json", "list", *args).json
        return {asset["asset"]: asset["state"] for asset in listed["assets"]}
