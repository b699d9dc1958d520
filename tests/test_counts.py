"""Speed, guarded by counts and not by the clock: modules imported, files opened, paths looked at, as assets grow.

docs/performance.md has the times. What is counted here is what they come from, and is the same on every machine.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.projects import Edit, draw_all, forget, write_project

ROOT = Path(__file__).parent.parent
COUNTING = ROOT / "tests" / "counting.py"

FILES = 3
FEW, MANY = 60, 120

SLOW_TO_IMPORT = {
    *("argparse", "dataclasses", "enum", "inspect", "json", "logging", "pathlib", "re", "shutil", "subprocess"),
    *("tempfile", "typing", "importlib.metadata", "asyncio", "concurrent.futures"),
    *("yaml", "jinja2", "PIL", "google", "httpx", "httpx2", "rich", "tenacity", "watchfiles"),
}
"""Each takes longer than hundreds of looks at files, and most of them more than the whole answer may."""

NET_AND_PIXELS = {"asyncio", "google", "http", "httpx", "httpx2", "PIL", "socket", "ssl", "tenacity", "watchfiles"}


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What one run of the command did. Paths are from the project's root; what lies outside of it is left out."""

    out: str
    imported: frozenset[str]
    opened: Counter[str]
    looked: Counter[str]
    listed: Counter[str]


def count(project: Path, report: Path, *arguments: str) -> Counted:
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "GEMINI_API_KEY": "not-a-key",
        "GOOGLE_GEMINI_BASE_URL": "http://127.0.0.1:9",
    }
    command = [sys.executable, str(COUNTING), str(report), *arguments]
    done = subprocess.run(command, cwd=project, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line.split("\t", 1) for line in report.read_text(encoding="utf-8").splitlines()]
    found: dict[str, Counter[str]] = {"opened": Counter(), "looked": Counter(), "listed": Counter()}
    for kind, name in lines:
        path = os.path.relpath(project / name, project)
        if kind in found and not path.startswith("..") and (kind, path) != ("opened", "."):  # which is no file
            found[kind][path] += 1
    return Counted(out=done.stdout, imported=frozenset(name for kind, name in lines if kind == "imported"), **found)


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Two projects with all assets drawn, the second with twice as many in as many files."""
    made = {}
    for assets in (FEW, MANY):
        made[assets] = project = tmp_path_factory.mktemp(f"drawn-{assets}").resolve()
        write_project(project, assets, a_file=assets // FILES)
        draw_all(project)
    return made


@pytest.fixture
def run(projects: dict[int, Path], tmp_path: Path) -> Callable[..., Counted]:
    return lambda assets, *arguments: count(projects[assets], tmp_path / "report", *arguments)


@pytest.fixture
def idle(run: Callable[..., Counted]) -> Callable[[int], Counted]:
    """A build with nothing to do, after one that found so: what was written just now is not trusted at once."""

    def second(assets: int) -> Counted:
        for _ in range(2):
            found = run(assets, "build")
            assert f"Nothing to do: {assets} assets are fresh" in found.out
        return found

    return second


# --- nothing to do ----------------------------------------------------------------------------------------------------


def test_nothing_to_do_is_said_without_a_slow_import(idle: Callable[[int], Counted]) -> None:
    found = idle(FEW)
    assert found.imported & SLOW_TO_IMPORT == set()
    assert len(found.imported) <= 10, sorted(found.imported)


def test_nothing_to_do_opens_no_spec_lock_or_output(idle: Callable[[int], Counted]) -> None:
    opened = idle(FEW).opened
    assert [path for path in opened if not path.startswith(".pipeline/")] == []
    assert opened.total() <= 2


def test_nothing_to_do_looks_at_each_file_once(idle: Callable[[int], Counted], projects: dict[int, Path]) -> None:
    looked = _without_fan_out(idle(FEW).looked)
    specs = _paths(projects[FEW], "specs", "*.yaml")
    outputs = _paths(projects[FEW], "output", "*.jpg")
    assert (len(specs), len(outputs)) == (FILES, FEW)
    assert {path: looked[path] for path in (*specs, *outputs)} == dict.fromkeys([*specs, *outputs], 1)
    folders_settings_and_state = 30
    assert looked.total() <= len(specs) + len(outputs) + folders_settings_and_state


def test_twice_as_many_assets_are_one_more_look_each(idle: Callable[[int], Counted]) -> None:
    few, many = idle(FEW), idle(MANY)
    assert _without_fan_out(many.looked).total() - _without_fan_out(few.looked).total() == MANY - FEW
    assert many.opened.total() == few.opened.total()
    assert many.listed == few.listed
    assert many.imported == few.imported


# --- plans ------------------------------------------------------------------------------------------------------------


def test_the_version_is_said_without_a_slow_import(run: Callable[..., Counted]) -> None:
    found = run(FEW, "--version")
    assert found.imported & SLOW_TO_IMPORT == set()
    assert (found.opened.total(), found.looked.total()) == (0, 0)


@pytest.mark.parametrize("cold", [False, True], ids=["with-its-caches", "cold"])
def test_a_plan_loads_neither_net_nor_pixels(
    run: Callable[..., Counted], projects: dict[int, Path], cold: bool
) -> None:
    if cold:
        forget(projects[FEW])
    assert {name.split(".")[0] for name in run(FEW, "plan").imported} & NET_AND_PIXELS == set()


def test_a_plan_opens_no_file_of_an_asset_and_looks_at_two(
    run: Callable[..., Counted], idle: Callable[[int], Counted]
) -> None:
    idle(FEW), idle(MANY)
    few, many = run(FEW, "plan"), run(MANY, "plan")
    assert many.opened == few.opened
    assert many.looked.total() - few.looked.total() <= 2 * (MANY - FEW)


def test_a_cold_plan_reads_each_spec_once(run: Callable[..., Counted], projects: dict[int, Path]) -> None:
    forget(projects[MANY])
    opened = run(MANY, "plan").opened
    specs = _paths(projects[MANY], "specs", "*.yaml")
    assert {path: opened[path] for path in specs} == dict.fromkeys(specs, 1)
    assert opened["pipeline.lock"] == opened["pipeline.yaml"] == 1
    assert [path for path in opened if path.startswith("output/")] == []


def test_one_changed_prompt_is_one_spec_read_again(
    run: Callable[..., Counted], idle: Callable[[int], Counted], projects: dict[int, Path]
) -> None:
    idle(MANY)
    edit = Edit(projects[MANY])
    try:
        edit()
        found = run(MANY, "plan")
    finally:
        edit.undo()
    assert f"1 to draw, {MANY - 1} fresh" in found.out
    changed = os.path.relpath(edit.path, projects[MANY])
    assert [path for path in found.opened if path.startswith("specs/")] == [changed]
    assert [path for path in found.opened if path.startswith("output/")] == []


def _without_fan_out(looked: Counter[str]) -> Counter[str]:
    """Without the folders that objects are spread over: there are never more than 256 of them."""
    spread = re.compile(r"\.pipeline/objects/[0-9a-f]{2}")
    return Counter({path: times for path, times in looked.items() if not spread.fullmatch(path)})


def _paths(project: Path, folder: str, pattern: str) -> list[str]:
    return sorted(os.path.relpath(path, project) for path in (project / folder).rglob(pattern))
