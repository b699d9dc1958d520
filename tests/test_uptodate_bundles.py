"""Bundles belong to what a build depended on: the short answer, and what stands on the disk, over random histories."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.gemini_server import GeminiServer
from tests.project import Project
from tests.test_uptodate import Machine, built, sees

SPRITES = """\
defaults: {format: png, process: [{resize: 24}]}
assets:
  knight: {prompt: A knight., tags: [ui]}
  dragon: {prompt: A dragon.}
sheets:
  units: {of: '*', data: [json, {template: list.j2, to: units.txt}]}
"""
EXPORTS = "exports:\n  json: public/assets.json\n  html: {to: partials/, of: knight}\n"
LATE = "assets: {late: {prompt: A late one., format: png, process: [{resize: 24}]}}"
LIST = "{% for frame in sheet.frames %}{{ frame.name }}\n{% endfor %}"

MADE = ("output/units.png", "output/units.json", "output/units.txt", "public/assets.json", "partials/knight.html")


class Bundles(Machine):
    """A project with a sheet, two exports and a template of its own."""

    def __init__(self, folder: Path, server: GeminiServer | None) -> None:
        self.project = Project(folder / "project", server)
        self.project.spec("sprites", SPRITES).settings(EXPORTS).write("specs/list.j2", LIST)

    def made(self) -> dict[str, bytes]:
        """All that bundles wrote."""
        found = [path for name in MADE for path in self.project.folder.glob(name)]
        return {str(path.relative_to(self.project.folder)): path.read_bytes() for path in found}


@pytest.fixture(scope="module")
def server() -> Iterator[GeminiServer]:
    with GeminiServer() as running:
        yield running


@pytest.fixture
def machine(tmp_path: Path, server: GeminiServer) -> Bundles:
    server.reset()
    return Bundles(tmp_path, server)


def _retouch_alike(machine: Machine) -> None:
    """Of the same size, and with its old time of modification."""
    file = machine.project.folder / "output/units.json"
    before, data = file.stat(), file.read_bytes()
    file.write_bytes(data.replace(b"knight", b"knivht"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


CHANGES: dict[str, Callable[[Machine], object]] = {
    "a file deleted": lambda m: m.project.remove("public/assets.json"),
    "a file retouched to the same size and time": _retouch_alike,
    "an asset added": lambda m: m.project.spec("late", LATE),
    "an alt text": lambda m: m.project.replace("specs/sprites.yaml", "dragon.}", "dragon., alt: A dragon}"),
    "a sheet declared otherwise": lambda m: m.project.replace("specs/sprites.yaml", "'*'", "knight"),
    "its template": lambda m: m.project.write("specs/list.j2", "- " + LIST),
    "an export added": lambda m: m.project.settings(EXPORTS + "  markdown: docs/assets.md\n"),
    "an input edited by hand": lambda m: m.project.write("output/knight.png", m.project.read("output/dragon.png")),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_seen(machine: Bundles, change: Callable[[Machine], object]) -> None:
    sees(machine, change)


def test_a_selection_sees_the_other_assets_of_its_bundles(machine: Bundles) -> None:
    built(machine)
    built(machine, "build", "knight")
    machine.project.replace("specs/sprites.yaml", "dragon.}", "dragon., alt: Wings}")
    assert machine.short("build", "knight") is None
    machine.project.build("knight").ends(0).says("made export json")


class Histories(RuleBasedStateMachine):
    """People and tools do things in any order; then all bundles are as if they were made for the first time."""

    server: GeminiServer

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.machine = Bundles(Path(self.folder.name), self.server)
        self.machine.project.build().ends(0)

    def teardown(self) -> None:
        project = self.machine.project
        for path in self.machine.made():
            project.remove(path)
        project.build()
        now = self.machine.made()
        for path in now:
            project.remove(path)
        for record in ("bundles", "files", "state"):
            if project.exists(f".pipeline/{record}"):
                project.remove(f".pipeline/{record}")
        project.build()
        assert self.machine.made() == now
        self.folder.cleanup()

    @rule()
    def wait(self) -> None:
        self.machine.wait()

    @rule(args=st.sampled_from([(), ("knight",), ("--frozen",), ("--prune",)]))
    def build(self, args: tuple[str, ...]) -> None:
        self.machine.project.build(*args)

    @rule(of=st.sampled_from(["'*'", "knight", "'tag:ui'"]), alt=st.sampled_from(["", ", alt: Wings"]))
    def declare(self, of: str, alt: str) -> None:
        text = SPRITES.replace("of: '*'", f"of: {of}").replace("dragon.}", f"dragon.{alt}}}")
        self.machine.project.spec("sprites", text)

    @rule(there=st.booleans())
    def more(self, there: bool) -> None:
        if there:
            self.machine.project.spec("late", LATE)
        elif self.machine.project.exists("specs/late.yaml"):
            self.machine.project.remove("specs/late.yaml")

    @rule(more=st.sampled_from(["", "  css: src/assets.css\n"]), to=st.sampled_from(["public", "docs"]))
    def export(self, more: str, to: str) -> None:
        self.machine.project.settings(EXPORTS.replace("public/", f"{to}/") + more)

    @precondition(lambda self: self.machine.made())
    @rule(which=st.integers(0, 9), how=st.sampled_from(["unlink", "touch", "retouch", "copy"]))
    def hand_in_files(self, which: int, how: str) -> None:
        files = [self.machine.project.folder / path for path in sorted(self.machine.made())]
        file, other = files[which % len(files)], files[(which + 1) % len(files)]
        before, data = file.stat(), file.read_bytes()
        match how:
            case "unlink":
                file.unlink()
            case "touch":
                file.touch()
            case "retouch":
                file.write_bytes(data[:-2] + bytes([data[-2] ^ 1]) + data[-1:])
                os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
            case "copy" if file != other:
                shutil.copy2(other, file)

    @rule(record=st.sampled_from(["bundles", "files", "state"]))
    def lose(self, record: str) -> None:
        if self.machine.project.exists(f".pipeline/{record}"):
            self.machine.project.remove(f".pipeline/{record}")

    @invariant()
    def short_is_never_wrong(self) -> None:
        self.machine.ask("build")


@pytest.mark.timeout(900)
def test_no_history_leaves_a_bundle_otherwise_than_made_anew(server: GeminiServer) -> None:
    Histories.server = server
    checks = list(HealthCheck)
    run_state_machine_as_test(
        Histories,
        settings=settings(max_examples=6, stateful_step_count=10, deadline=None, suppress_health_check=checks),
    )


def test_files_of_a_bundle_that_went_are_told_of_while_something_knows_them(machine: Bundles) -> None:
    built(machine)
    machine.project.settings(EXPORTS.replace("public/", "docs/")).build()
    built(machine)
    assert "No longer declared" in machine.project.build().text
    machine.project.remove(".pipeline/files")
    machine.ask("build")
    built(machine)
    assert "No longer declared" not in machine.project.build().text
