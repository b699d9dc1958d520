"""`pipeline init` and `pipeline schema`: how a project starts."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pipeline.commands.starting import STARTER
from pipeline.spec.json_schema import json_schema
from pipeline.spec.schema import Place
from pipeline.spec.source import parse, plain
from tests.project import Project

ROOT = Path(__file__).parent.parent


@pytest.fixture
def folder(tmp_path: Path) -> Project:
    """An empty folder of someone without a key."""
    made = Project(tmp_path / "new")
    made.remove("specs")
    return made


def _read(project: Project, path: str) -> Any:
    """A YAML file by the rules of specs."""
    return plain(parse(project.read(path).decode(), path))


def test_what_init_writes_can_be_planned_and_built_without_a_key(folder: Project) -> None:
    folder.run("init").ends(0).says("pipeline plan", "pipeline build")
    folder.plan().ends(0).is_silent_of("error")
    folder.build().ends(0)
    assert set(folder.outputs) == {"hero.jpg", "icon/rain.jpg", "icon/sun.jpg", "icon/wind.jpg"}
    assert set(folder.states().values()) == {"placeholder"}


def test_the_default_model_is_written_down(folder: Project) -> None:
    folder.run("init").ends(0)
    assert _read(folder, "pipeline.yaml")["defaults"]["model"] == "gemini-3-pro-image"


def test_a_second_init_writes_nothing(folder: Project) -> None:
    folder.run("init").ends(0)
    before = {path: path.read_bytes() for path in folder.folder.rglob("*") if path.is_file()}
    told = folder.run("init", "--json").ends(0).json
    assert told["written"] == []
    assert {path: path.read_bytes() for path in folder.folder.rglob("*") if path.is_file()} == before
    folder.run("init").says("Nothing was written")


def test_init_makes_the_folder_that_it_is_given(tmp_path: Path) -> None:
    new = Project(tmp_path)
    new.folder = tmp_path / "a" / "b"
    new.run("init").ends(0)
    assert new.exists("specs/first.yaml")


def test_what_is_there_is_left_alone_and_told(folder: Project) -> None:
    folder.write("pipeline.yaml", "defaults: {model: gemini-nano-banana-2.1}\n")
    folder.write("Makefile", "all:\n\techo hello\n")
    folder.write(".gitignore", "node_modules")
    ran = folder.run("init").ends(0)
    ran.says("left alone pipeline.yaml", "left alone Makefile", "assets: ; pipeline build", "plan: ; pipeline plan")
    assert folder.read("pipeline.yaml") == b"defaults: {model: gemini-nano-banana-2.1}\n"
    assert folder.read("Makefile") == b"all:\n\techo hello\n"
    assert folder.read(".gitignore").splitlines()[0] == b"node_modules"
    assert folder.read(".gitignore").splitlines()[-1] == b"/.pipeline/"
    folder.build().ends(0)


@pytest.mark.parametrize("line", [".pipeline/", "/.pipeline", ".pipeline"])
def test_a_store_that_is_ignored_is_not_ignored_twice(folder: Project, line: str) -> None:
    folder.write(".gitignore", f"{line}\n").run("init").ends(0)
    assert folder.read(".gitignore") == f"{line}\n".encode()


def test_the_makefile_under_any_name_is_left_alone(folder: Project) -> None:
    folder.write("GNUmakefile", "all:\n").run("init").ends(0).says("left alone GNUmakefile")
    assert not folder.exists("Makefile")


def test_a_project_with_specs_gets_no_example_to_pay_for(folder: Project) -> None:
    folder.spec("mine", "assets: {kite: {prompt: A red kite.}}\n").run("init").ends(0)
    assert [path.name for path in (folder.folder / "specs").iterdir()] == ["mine.yaml"]
    assert list(folder.states()) == ["kite"]


def test_make_assets_works_in_a_new_project(folder: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.run("init").ends(0)
    folder.write("bin/pipeline", f'#!/bin/sh\nexec {sys.executable} -m pipeline "$@"\n')
    command = folder.folder / "bin" / "pipeline"
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{command.parent}:/usr/bin:/bin")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    subprocess.run(["make", "assets"], cwd=folder.folder, check=True, capture_output=True)
    assert len(folder.outputs) == 4


def test_make_finds_the_tool_in_a_virtual_environment(folder: Project) -> None:
    folder.run("init").ends(0)
    folder.write(".venv/bin/pipeline", '#!/bin/sh\necho found "$@"\n')
    (folder.folder / ".venv/bin/pipeline").chmod(0o755)
    make = subprocess.run(["make", "-s", "plan"], cwd=folder.folder, check=True, capture_output=True, text=True)
    assert make.stdout == "found plan\n"
    assert "/.venv/" in folder.read(".gitignore").decode().splitlines()


def test_a_folder_that_cannot_be_written_is_told_by_the_file_that_was_to_be(folder: Project) -> None:
    folder.write("specs", "a file in the way")
    ran = folder.run("init").ends(2)
    assert ".tmp" not in ran.err
    assert "specs/first.yaml` cannot be written" in ran.err


def test_a_file_in_place_of_the_folder_is_wrong_use(folder: Project) -> None:
    folder.write("taken", "a file")
    folder.folder = folder.folder / "taken"
    folder.run("init").ends(2).says("is not a folder")


def test_the_wheel_holds_the_starter(tmp_path: Path) -> None:
    build = "from setuptools import build_meta; print(build_meta.build_wheel(__import__('sys').argv[1]))"
    copy = tmp_path / "copy"
    tracked = ["pyproject.toml", "LICENSE", "pipeline"]
    copy.mkdir()
    subprocess.run(["cp", "-R", *(str(ROOT / name) for name in tracked), str(copy)], check=True)
    (copy / "README.md").write_text("readme")
    done = subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)], cwd=copy, check=True, capture_output=True, text=True
    )
    with zipfile.ZipFile(tmp_path / done.stdout.splitlines()[-1]) as wheel:
        held = set(wheel.namelist())
    files = {path.relative_to(STARTER).as_posix() for path in STARTER.rglob("*") if path.is_file()}
    assert {f"pipeline/starter/{file}" for file in files} <= held
    assert "pipeline/models.yaml" in held


# --- schema -----------------------------------------------------------------------------------------------------------


def test_the_schema_goes_to_stdout_and_its_use_to_stderr(folder: Project) -> None:
    ran = folder.run("schema").ends(0)
    assert ran.json == json_schema()
    assert "# yaml-language-server: $schema=" in ran.err


def test_the_schema_of_the_settings(folder: Project) -> None:
    assert folder.run("schema", "--settings").ends(0).json == json_schema(Place.SETTINGS)


def test_a_schema_in_a_file_is_named_as_a_spec_sees_it(folder: Project) -> None:
    folder.run("init").ends(0)
    ran = folder.run("schema", "--output", "spec.schema.json").ends(0)
    assert ran.out == ""
    assert "$schema=../spec.schema.json" in ran.err
    assert json.loads(folder.read("spec.schema.json")) == json_schema()


def test_what_init_writes_fits_the_schema(folder: Project) -> None:
    folder.run("init").ends(0)
    jsonschema.validate(_read(folder, "specs/first.yaml"), json_schema())
    jsonschema.validate(_read(folder, "pipeline.yaml"), json_schema(Place.SETTINGS))


@pytest.mark.parametrize("output", ["/", ".", "nowhere/x.json"])
def test_a_schema_goes_only_where_a_file_can_be(folder: Project, output: str) -> None:
    folder.run("schema", "-o", output).ends(2).says(f"`{output}`")
    assert not folder.exists("nowhere")
