"""The short answer "nothing to do" is held against the long one, over random histories of what people and tools do."""

from __future__ import annotations

import io
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from pipeline.store.outputs import RACY_NS
from pipeline.uptodate import STATE, nothing_to_do, unsealed
from tests.gemini_answers import refused
from tests.gemini_server import GeminiServer
from tests.project import Project

ITEMS = """\
vars: {world: bazaar}
assets:
  "{{ row.name }}":
    for_each: {rows: rows.csv}
    prompt: "A {{ row.name }} in the {{ world }}. {% include 'maybe.j2' ignore missing %}"
  banner:
    prompt: "{% include 'style.j2' %} A banner with {{ ref('sword') }} and {{ ref('/art/emblem.png') }}."
  badge:
    prompt: A badge.
    process: [{resize: 32}, {palette: night.hex}]
"""
NIGHT = "101020\nf0f0a0\n"
ROWS = "name\nsword\nshield\n"
SETTINGS = "profiles: {draft: {model: gemini-3.1-flash-lite-image}}\n"


class Machine:
    """A project, and both answers to `pipeline build`."""

    def __init__(self, folder: Path, server: GeminiServer) -> None:
        self.project = Project(folder / "project", server)
        self.project.spec("items", ITEMS).settings(SETTINGS)
        self.project.write("specs/rows.csv", ROWS).write("specs/style.j2", "Pixel art.")
        self.project.write("specs/night.hex", NIGHT)
        self.project.write("art/emblem.png", EMBLEM)

    def short(self, *args: str) -> str | None:
        """What the short answer says; None where it leaves the question to the long one."""
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n") for _ in range(2))
        environ = {**os.environ, **(self.project.server.environ if self.project.server else {})}
        if not nothing_to_do(["-C", str(self.project.folder), *args], environ, out, err):
            return None
        return "".join(stream.buffer.getvalue().decode() for stream in (out, err))

    def ask(self, *args: str) -> bool:
        """Ask both; whether the short answer was enough. It must never be wrong."""
        short, before = self.short(*args), self.looks()
        ran = self.project.run(*args)
        assert "Traceback" not in ran.text
        if short is not None:
            assert (short, ran.code, ran.asked) == (ran.text, 0, 0)
            assert self.looks() == before, "there was something to do"
        return short is not None

    def looks(self) -> dict[str, tuple[bytes, int]]:
        """What a build may change: the files that people see."""
        return {
            str(path.relative_to(self.project.folder)): (path.read_bytes(), path.stat().st_mtime_ns)
            for path in sorted(self.project.folder.rglob("*"))
            if path.is_file() and ".pipeline" not in path.parts
        }

    def outputs(self) -> list[Path]:
        return sorted(path for path in (self.project.folder / "output").rglob("*") if path.is_file())

    def wait(self) -> None:
        """Until what was just written is older than the clock's grain."""
        until = time.time_ns() + 2 * RACY_NS
        while time.time_ns() < until:
            time.sleep(RACY_NS / 4e9)


def _png() -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG")
    return out.getvalue()


EMBLEM = _png()


@pytest.fixture(scope="module")
def server() -> Iterator[GeminiServer]:
    with GeminiServer() as running:
        yield running


@pytest.fixture(autouse=True)
def _as_new(server: GeminiServer) -> None:
    server.reset()


@pytest.fixture
def machine(tmp_path: Path, server: GeminiServer) -> Machine:
    return Machine(tmp_path, server)


def built(machine: Machine, *args: str) -> None:
    """Build until the short answer is given."""
    machine.wait()
    machine.project.run(*(args or ("build",)))
    assert machine.ask(*(args or ("build",))), "right after a build, there is nothing to do"


@pytest.mark.parametrize("keyed", [True, False], ids=["drawn", "placeholders"])
def test_right_after_a_build_there_is_nothing_to_do(machine: Machine, keyed: bool) -> None:
    if not keyed:
        machine.project.server = None
    built(machine)
    assert "Nothing to do" in (machine.short("build") or "")


LATE = "{prompt: A late one., aspect_ratio: '1:1'}"


def _edit(machine: Machine) -> None:
    machine.project.replace("specs/items.yaml", "A banner", "A flag on a pole")


def _edit_alike(machine: Machine) -> None:
    """Of the same size, and with its old time of modification."""
    file = machine.project.folder / "specs/items.yaml"
    before = file.stat()
    machine.project.replace("specs/items.yaml", "A banner", "A Banner")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def _retouch_alike(machine: Machine) -> None:
    file = machine.outputs()[0]
    before, data = file.stat(), bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def _copy_over(machine: Machine) -> None:
    """`cp -p` of another picture over an output."""
    first, second = machine.outputs()[:2]
    shutil.copy2(second, first)


def _swap(machine: Machine) -> None:
    first, second = machine.outputs()[:2]
    between = first.with_name("between")
    first.rename(between)
    second.rename(first)
    between.rename(second)


def _forget(machine: Machine) -> None:
    """Take the first entry out of the lock, as a merge might."""
    lines = machine.project.read("pipeline.lock").decode().split("\n\n")
    machine.project.write("pipeline.lock", "\n\n".join(lines[1:]))


def _reject(machine: Machine) -> None:
    machine.project.run("reroll", "shield").ends(0)


CHANGES: dict[str, Callable[[Machine], object]] = {
    "a spec edited": _edit,
    "a spec edited to the same size and time": _edit_alike,
    "a spec added in a new folder": lambda m: m.project.spec("more/late", f"assets: {{late: {LATE}}}"),
    "a spec removed": lambda m: m.project.spec("more", f"assets: {{late: {LATE}}}").remove("specs/items.yaml"),
    "a row added": lambda m: m.project.write("specs/rows.csv", ROWS + "helmet\n"),
    "a template edited": lambda m: m.project.write("specs/style.j2", "Oil paint."),
    "a template that was not there": lambda m: m.project.write("specs/maybe.j2", "With gold."),
    "a reference drawn anew": lambda m: m.project.write("art/emblem.png", EMBLEM + b"\0"),
    "a palette edited": lambda m: m.project.write("specs/night.hex", NIGHT + "ff0000\n"),
    "a palette removed": lambda m: m.project.remove("specs/night.hex"),
    "settings edited": lambda m: m.project.settings(SETTINGS + "defaults: {aspect_ratio: 16:9}\n"),
    "an output deleted": lambda m: m.outputs()[0].unlink(),
    "an output retouched to the same size and time": _retouch_alike,
    "an output copied over": _copy_over,
    "two outputs swapped": _swap,
    "an entry forgotten": _forget,
    "a pick rejected": _reject,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_seen(machine: Machine, change: Callable[[Machine], object]) -> None:
    sees(machine, change)


def sees(machine: Machine, change: Callable[[Machine], object]) -> None:
    """A build after the change is no short one, and two later there is nothing to do in truth."""
    built(machine)
    change(machine)
    assert machine.short("build") is None
    machine.project.build()
    machine.project.build()
    machine.ask("build")


def test_a_file_that_was_only_touched_is_looked_at_once(machine: Machine) -> None:
    built(machine)
    for file in (machine.outputs()[0], machine.project.folder / "specs/items.yaml"):
        file.touch()
        assert not machine.ask("build")
    built(machine)


def test_another_question_is_not_answered(machine: Machine) -> None:
    built(machine)
    for args in (["build", "sword"], ["--profile", "draft", "build"], ["build", "--offline"], ["build", "-v"]):
        assert machine.short(*args) is None
    keyed, machine.project.server = machine.project.server, None
    assert machine.short("build") is None
    machine.project.server = keyed
    assert machine.short("build") is not None


def test_a_selection_answers_for_itself_alone(machine: Machine) -> None:
    built(machine, "build", "shield")
    assert machine.short("build") is None
    machine.project.replace("specs/items.yaml", "A banner", "A flag")
    assert not machine.ask("build", "shield")


def test_what_cannot_be_asked_of_files_is_never_answered_shortly(machine: Machine) -> None:
    built(machine)
    machine.project.run("build", "state:fresh").ends(0)
    assert machine.short("build", "state:fresh") is None


def test_a_moved_project_is_looked_at(machine: Machine) -> None:
    built(machine)
    machine.project.folder = machine.project.folder.rename(machine.project.folder.with_name("moved"))
    assert not machine.ask("build")
    built(machine)


def test_a_folder_that_became_a_link_is_seen(machine: Machine, tmp_path: Path) -> None:
    built(machine)
    output = machine.project.folder / "output"
    output.symlink_to(output.rename(tmp_path / "elsewhere"))
    assert machine.short("build") is None


def test_a_failed_build_leaves_no_short_answer(machine: Machine, server: GeminiServer) -> None:
    machine.wait()
    server.script(refused("IMAGE_SAFETY"))
    machine.project.build().ends(1)
    assert machine.short("build") is None


def test_a_damaged_state_is_not_believed(machine: Machine) -> None:
    built(machine)
    for damage in (lambda data: data[:-9], lambda data: b"", lambda data: data[:40] + b"\xff" + data[41:]):
        (file,) = (one for one in (machine.project.folder / STATE).iterdir() if one.name not in ("whole", "texts"))
        file.write_bytes(damage(file.read_bytes()))
        assert machine.short("build") is None
        built(machine)


def test_a_state_that_came_with_a_copy_is_not_looked_into(machine: Machine, tmp_path: Path) -> None:
    built(machine)
    home = machine.project.folder
    shutil.copytree(home, tmp_path / "copy")
    home.rename(tmp_path / "away")
    (tmp_path / "copy").rename(home)
    (state,) = (one for one in (home / STATE).iterdir() if one.name not in ("whole", "texts"))
    assert unsealed(str(home), str(state)) is None
    assert machine.short("build") is None


def test_what_a_build_that_died_had_half_remembered_is_cleared_away(machine: Machine) -> None:
    built(machine)
    half = machine.project.folder / STATE / ".whole.0123456789ab.tmp"
    half.write_bytes(b"half")
    machine.project.replace("specs/rows.csv", "shield", "shield\nlamp")
    built(machine)
    assert not half.exists()


def test_a_take_that_another_machine_drew_takes_the_place_of_a_placeholder(machine: Machine, tmp_path: Path) -> None:
    other = Machine(tmp_path / "other", machine.project.server)  # type: ignore[arg-type]
    other.project.build().ends(0)
    machine.project.server = None
    built(machine)
    shutil.copytree(other.project.folder / ".pipeline/requests", machine.project.folder / ".pipeline/requests")
    shutil.copytree(
        other.project.folder / ".pipeline/objects", machine.project.folder / ".pipeline/objects", dirs_exist_ok=True
    )
    assert machine.short("build") is None
    machine.project.build().says("reused")
    built(machine)


def test_the_state_holds_no_secret(machine: Machine) -> None:
    built(machine)
    assert machine.project.server is not None
    key = machine.project.server.environ["GEMINI_API_KEY"].encode()
    for file in (machine.project.folder / STATE).iterdir():
        assert key not in file.read_bytes()


class Histories(RuleBasedStateMachine):
    """People and tools do things in any order, fast and slowly; both answers are asked in between."""

    server: GeminiServer

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.machine = Machine(Path(self.folder.name), self.server)
        self.args: tuple[str, ...] = ("build",)
        self.number = 0

    def teardown(self) -> None:
        self.folder.cleanup()

    @rule(args=st.sampled_from([(), ("shield",), ("--offline",), ("--profile", "draft"), ("-q",)]))
    def ask_otherwise(self, args: tuple[str, ...]) -> None:
        self.args = ("build", *args)

    @rule()
    def wait(self) -> None:
        self.machine.wait()

    @rule()
    def build(self) -> None:
        self.machine.project.run(*self.args)

    @rule(
        path=st.sampled_from(
            ["specs/items.yaml", "specs/style.j2", "specs/rows.csv", "specs/night.hex", "pipeline.yaml"]
        )
    )
    def write_again(self, path: str) -> None:
        self.machine.project.write(path, self.machine.project.read(path))

    @rule(word=st.sampled_from(["bazaar", "forest"]), keep_time=st.booleans())
    def edit(self, word: str, keep_time: bool) -> None:
        file = self.machine.project.folder / "specs/items.yaml"
        before = file.stat()
        file.write_text(ITEMS.replace("bazaar", word))
        if keep_time:
            os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))

    @rule(there=st.booleans(), path=st.sampled_from(["specs/maybe.j2", "specs/more/late.yaml"]))
    def add_or_remove(self, there: bool, path: str) -> None:
        file = self.machine.project.folder / path
        if there:
            self.machine.project.write(path, "{}" if path.endswith("j2") else f"assets: {{late: {LATE}}}")
        elif file.exists():
            file.unlink()

    @precondition(lambda self: self.machine.outputs())
    @rule(which=st.integers(0, 5), how=st.sampled_from(["unlink", "touch", "retouch", "copy", "rewrite"]))
    def hand_in_outputs(self, which: int, how: str) -> None:
        files = self.machine.outputs()
        file, other = files[which % len(files)], files[(which + 1) % len(files)]
        before, data = file.stat(), file.read_bytes()
        match how:
            case "unlink":
                file.unlink()
            case "touch":
                file.touch()
            case "retouch":
                file.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
                os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
            case "copy" if file != other:
                shutil.copy2(other, file)
            case "rewrite":
                file.write_bytes(data)

    @rule(keyed=st.booleans())
    def environment(self, keyed: bool) -> None:
        self.machine.project.server = self.server if keyed else None

    @rule()
    def move(self) -> None:
        self.number += 1
        folder = self.machine.project.folder
        self.machine.project.folder = folder.rename(folder.with_name(f"moved-{self.number}"))

    @precondition(lambda self: (self.machine.project.folder / "pipeline.lock").exists())
    @rule(command=st.sampled_from(["reroll", "protect", "unprotect", "approve", "restore"]))
    def decide(self, command: str) -> None:
        self.machine.project.run(command, "shield")

    @precondition(lambda self: (self.machine.project.folder / "pipeline.lock").exists())
    @rule()
    def forget(self) -> None:
        _forget(self.machine)

    @invariant()
    def short_is_never_wrong(self) -> None:
        self.machine.ask(*self.args)


@pytest.mark.timeout(600)
def test_no_history_makes_the_short_answer_wrong(server: GeminiServer) -> None:
    Histories.server = server
    checks = list(HealthCheck)
    run_state_machine_as_test(
        Histories,
        settings=settings(max_examples=8, stateful_step_count=12, deadline=None, suppress_health_check=checks),
    )
