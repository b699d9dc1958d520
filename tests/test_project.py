"""The frame around the code: pins, front door, set-up, and what is in git."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

import pipeline
from pipeline.words import State

ROOT = Path(__file__).parent.parent


def _pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_dependency_is_pinned_with_hashes() -> None:
    declared = [
        *_pyproject()["project"]["dependencies"],
        *(text for extra in _pyproject()["project"]["optional-dependencies"].values() for text in extra),
        *_pyproject()["dependency-groups"]["dev"],
    ]
    names = {_plain(re.split(r"[<>=!~\[; ]", text, maxsplit=1)[0]) for text in declared}
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pins = re.findall(r"^([A-Za-z0-9._-]+)==\S+.*\\\n    --hash=sha256:[0-9a-f]{64}", lock, flags=re.MULTILINE)
    assert names <= {_plain(pin) for pin in pins}
    assert len(pins) == len(re.findall(r"^[A-Za-z0-9]", lock, flags=re.MULTILINE)), "a pin without a hash"


def test_no_lock_file_says_where_packages_come_from() -> None:
    assert "://" not in (ROOT / "requirements.lock").read_text(encoding="utf-8")
    npm_lock = json.loads((ROOT / "tests/node/package-lock.json").read_text(encoding="utf-8"))
    assert [name for name, package in npm_lock["packages"].items() if "resolved" in package] == []


def test_the_version_is_said_once() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\d+\.\d+\.\d+)", changelog, flags=re.MULTILINE)
    assert newest is not None
    assert newest[1] == pipeline.__version__ == _pyproject()["project"]["version"]


def test_every_state_is_in_the_glossary() -> None:
    glossary = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    words = {
        word.strip() for row in re.findall(r"^\| ([^|]+) \|", glossary, flags=re.MULTILINE) for word in row.split(",")
    }
    assert {state.value for state in State} - words - {"held"} == set()
    assert "hold" in words


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)
    assert phony is not None
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^  make ([\w-]+)", told, flags=re.MULTILINE)) == set(phony[1].split())


def test_nothing_that_a_build_writes_is_in_git() -> None:
    for path in ("output/site/hero.jpg", ".pipeline/objects/ab/cd", ".venv/ready"):
        assert subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT, check=False).returncode == 0, path
    for path in ("pipeline.lock", "pipeline.draft.lock", "specs/brand.yaml", "takes/objects/ab/cd"):
        assert subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT, check=False).returncode == 1, path


# --- bin/setup, on machines that lack something ---------------------------------------------------------------------


@pytest.fixture
def bare_machine(tmp_path: Path) -> Path:
    """A copy of the set-up, and a `bin` with the few commands it needs before there is a Python: its PATH."""
    (tmp_path / "project" / "bin").mkdir(parents=True)
    shutil.copy(ROOT / "bin" / "setup", tmp_path / "project" / "bin")
    (tmp_path / "bin").mkdir()
    for command in ("sh", "dirname", "basename", "id", "true", "false"):
        (tmp_path / "bin" / command).symlink_to(shutil.which(command) or command)
    return tmp_path


def _set_up(machine: Path) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": str(machine / "bin")}
    return subprocess.run(
        [machine / "project/bin/setup"], env=environ, capture_output=True, text=True, check=False, cwd=machine
    )


def _command(machine: Path, name: str, script: str) -> None:
    path = machine / "bin" / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_an_old_python_is_refused_in_a_sentence(bare_machine: Path) -> None:
    _command(bare_machine, "python3", "exit 1")
    done = _set_up(bare_machine)
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed" in done.stderr


def test_a_newer_python_is_found_beside_an_old_one(bare_machine: Path) -> None:
    _command(bare_machine, "python3", "exit 1")
    _command(bare_machine, "python3.13", 'case "$*" in *ensurepip*) exit 1;; esac')
    done = _set_up(bare_machine)
    assert done.returncode == 1
    assert "python3.13 comes without ensurepip" in done.stderr


def test_who_may_not_install_is_told_the_one_command(bare_machine: Path) -> None:
    _command(bare_machine, "python3", 'case "$*" in *ensurepip*) exit 1;; esac')
    _command(bare_machine, "apt-get", "exit 1")
    (bare_machine / "bin" / "id").unlink()
    _command(bare_machine, "id", "echo 1000")
    done = _set_up(bare_machine)
    assert done.returncode == 1
    assert "\n    sudo apt-get install python3-venv\n" in done.stderr


def test_root_has_it_installed(bare_machine: Path) -> None:
    _command(bare_machine, "python3", 'case "$*" in *ensurepip*) exit 1;; *venv*) exit 7;; esac')
    _command(bare_machine, "apt-get", f'echo "$@" >>{bare_machine}/asked')
    (bare_machine / "bin" / "id").unlink()
    _command(bare_machine, "id", "echo 0")
    for command in ("env", "mktemp", "rm"):
        (bare_machine / "bin" / command).symlink_to(shutil.which(command) or command)
    assert _set_up(bare_machine).returncode == 7
    asked = (bare_machine / "asked").read_text().splitlines()
    assert asked == ["update -q", "install -q -y --no-install-recommends python3-venv"]
