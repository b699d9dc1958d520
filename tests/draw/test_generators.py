"""Where generators come from."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.draw.generators import generator_names, open_generator
from pipeline.errors import UsageError

PLUG_IN = """
class Echo:
    name = "echo"
    def __init__(self, environ): self.environ = environ
    def missing(self): return None if "ECHO" in self.environ else "set ECHO"
    async def draw(self, call): ...
    async def aclose(self): ...

def broken(environ): raise RuntimeError("no such device")
"""


@pytest.fixture
def with_plug_ins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A distribution with three generators, one that works, one that raises and one that is not there."""
    (tmp_path / "echo_generator.py").write_text(PLUG_IN)
    meta = tmp_path / "echo_generator-1.0.dist-info"
    meta.mkdir()
    (meta / "METADATA").write_text("Metadata-Version: 2.1\nName: echo-generator\nVersion: 1.0\n")
    (meta / "entry_points.txt").write_text(
        "[pipeline.generators]\necho = echo_generator:Echo\nbroken = echo_generator:broken\ngone = no_such_module:X\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_gemini_is_built_in() -> None:
    assert open_generator("gemini", {}).name == "gemini"
    assert "gemini" in generator_names()


def test_a_plug_in_is_found_by_its_entry_point(with_plug_ins: Path) -> None:
    echo = open_generator("echo", {"ECHO": "1"})
    assert echo.name == "echo"
    assert echo.missing() is None
    assert open_generator("echo", {}).missing() == "set ECHO"
    assert "echo" in generator_names()


@pytest.mark.parametrize("name", ["broken", "gone"])
def test_a_plug_in_that_does_not_load_is_told_by_name(with_plug_ins: Path, name: str) -> None:
    with pytest.raises(UsageError, match=f"`{name}`.*does not load"):
        open_generator(name, {})


def test_an_unknown_generator_is_told_with_those_there_are(with_plug_ins: Path) -> None:
    with pytest.raises(UsageError, match="there are `broken`, `echo`, `gemini`, `gone`, `placeholder`"):
        open_generator("dalle", {})


@pytest.mark.parametrize("module", ["generators", "gemini", "limits", "placeholder", "references", "pictures"])
def test_importing_a_module_opens_no_door(module: str) -> None:
    heavy = ("google", "PIL", "httpx2", "tenacity", "yaml", "pydantic")
    code = f"import sys, pipeline.draw.{module}; print([n for n in {heavy!r} if n in sys.modules])"
    root = Path(__file__).parent.parent.parent
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
