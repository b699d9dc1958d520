"""The rules of the house that no other tool checks: sizes, names, and which doors stay shut.

Who imports whom is checked by `make layers`, types by `make types`, style by `make lint`.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "pipeline"
MODULES = sorted(PACKAGE.rglob("*.py"))

MODULE_LINES = 400
FUNCTION_LINES = 60

LONG_BUT_FLAT: dict[str, str] = {}
"""Functions over the limit that read as a list, and why that is better than cutting them."""

NOT_OUR_WORDS = {
    # Words that say nothing.
    *("util", "utils", "helper", "helpers", "manager", "misc"),
    # Synonyms of words in docs/glossary.md.
    *("artifact", "artefact", "artwork", "lockfile", "pinned", "upvote", "regenerate", "generated"),
}

SAYS_THINGS = {"__main__.py", "cli.py", "commands.py", "console.py"}
"""Below these, facts go up as events and values: nothing else writes to the terminal."""


def _tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


def _name(module: Path) -> str:
    return module.relative_to(PACKAGE.parent).as_posix()


def _defined_names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()):
                yield name


def _words(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    lengths = {_name(module): len(module.read_text(encoding="utf-8").splitlines()) for module in MODULES}
    assert {name: length for name, length in lengths.items() if length > MODULE_LINES} == {}


def test_no_function_is_long_unless_it_is_listed_as_flat() -> None:
    offenders = {}
    for module in MODULES:
        for node in ast.walk(_tree(module)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_LINES:
                    offenders[f"{_name(module)}: {node.name}"] = length
    assert {name: length for name, length in offenders.items() if name not in LONG_BUT_FLAT} == {}
    assert set(LONG_BUT_FLAT) <= set(offenders), "no longer too long: take it off the list"


def test_names_use_the_words_of_the_glossary() -> None:
    found = {
        f"{_name(module)}: {name}"
        for module in MODULES
        for name in {module.stem, *_defined_names(_tree(module))}
        if _words(name) & NOT_OUR_WORDS
    }
    assert found == set()


def test_only_the_upper_floors_print() -> None:
    found = [
        f"{_name(module)}:{node.lineno}"
        for module in MODULES
        if module.relative_to(PACKAGE).parts[0].removesuffix(".py") + ".py" not in SAYS_THINGS
        for node in ast.walk(_tree(module))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert found == []


def test_nothing_is_left_for_later() -> None:
    found = [
        f"{_name(module)}:{number}"
        for module in MODULES
        for number, line in enumerate(module.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"#.*\b(TODO|FIXME|XXX|HACK)\b", line)
    ]
    assert found == []


# --- doors: a heavy dependency is loaded by the one command that needs it ---------------------------------------------

HEAVY = ("yaml", "jinja2", "PIL", "google", "asyncio", "rich", "httpx2", "watchfiles", "tenacity")
DRAWING = {"PIL", "google", "httpx2", "watchfiles", "tenacity"}

MOST_MODULES = 178
"""That a plan of simple specs imports, those of Python itself included, beside those that read YAML and templates."""


def _loaded_by(code: str, *, cwd: Path | None = None) -> set[str]:
    """Top-level names of the heavy modules that a fresh interpreter has loaded once it has run `code`."""
    report = f"import sys; print(*(name for name in {HEAVY!r} if name in sys.modules), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "", "PYTHONPATH": str(PACKAGE.parent)},
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.splitlines()[-1].split()) if done.stderr.strip() else set()


def _run(*arguments: str) -> str:
    """Code that runs the command as a user would, and goes on after it."""
    return f"""
import os, sys
os._exit = sys.exit  # a command ends its process at once, and here something is to be asked of it afterwards
sys.argv = ["pipeline", *{arguments!r}]
from pipeline.__main__ import main
try:
    sys.exit(main())
except SystemExit as stop:
    assert stop.code in (0, None), stop.code
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "toys.yaml").write_text("assets:\n  kite:\n    prompt: A red kite.\n")
    return tmp_path


def test_the_command_line_itself_opens_no_door() -> None:
    assert _loaded_by("import pipeline.cli") == set()


def test_help_opens_no_door() -> None:
    assert _loaded_by(_run("--help")) == set()


def test_a_build_with_nothing_to_do_loads_neither_the_sdk_nor_pixels(project: Path) -> None:
    assert "PIL" in _loaded_by(_run("build"), cwd=project)
    assert _loaded_by(_run("build"), cwd=project) & DRAWING == set()


@pytest.mark.parametrize("command", ["plan", "list", "graph", "costs", "models", "disclose"])
def test_looking_loads_neither_the_sdk_nor_pixels(project: Path, command: str) -> None:
    assert _loaded_by(_run(command), cwd=project) & DRAWING == set()


def test_a_plan_imports_little(project: Path) -> None:
    """Every import is paid for by each command, and most commands have little else to do."""
    assert _loaded_by(_run("build", "--offline"), cwd=project) & {"google"} == set()
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "pipeline", "plan"],
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "", "PYTHONPATH": str(PACKAGE.parent)},
    )
    lines = [line.split("|") for line in done.stderr.splitlines() if line.startswith("import time:")]
    names = {line[2].strip() for line in lines if len(line) == 3}
    assert "pipeline.plan.decide" in names
    tops = {name.partition(".")[0] for name in names}
    assert tops & {*DRAWING, "asyncio", "rich", "http", "socket", "ssl", "socketserver", "concurrent"} == set()
    assert tops & {"difflib", "random", "secrets", "subprocess", "tarfile", "tempfile", "uuid", "xml"} == set()
    assert tops & {"dataclasses", "inspect"} == set(), "pipeline/frozen.py has what is needed of them"
    assert tops & {"hashlib", "_hashlib"} == set(), "pipeline/digest.py hashes a little without them"
    assert {
        name for name in names if name.startswith(("pipeline.draw", "pipeline.finish", "pipeline.console"))
    } == set()
    beside = {name for name in names if name.partition(".")[0] not in ("yaml", "jinja2", "markupsafe")}
    assert len(beside) <= MOST_MODULES, sorted(beside)
