"""A plan that reads only what moved is the plan that reads everything, over random histories of a project."""

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
from PIL import Image

from pipeline.files import locked
from pipeline.rest import moved
from pipeline.store.outputs import RACY_NS
from tests.gemini_server import GeminiServer
from tests.project import Project, Ran

FILES = {
    "specs/style.yaml": "assets:\n  key-art: {id: style/key-art, prompt: Key art of a bazaar.}\n",
    "specs/items.yaml": """\
prefix: item
assets:
  "{{ row.name }}":
    for_each: {rows: items.csv}
    prompt: "{% include 'look.j2' %} A {% if row.name == 'sword' %}sharp {% endif %}{{ row.name }} \
      like {{ ref('style/key-art') }}."
""",
    "specs/items.csv": "name\nsword\nshield\n",
    "specs/look.j2": "Pixel art.",
    "specs/more/trees.yaml": "assets:\n  oak: {prompt: An oak.}\n  elm: {prompt: An elm., aspect_ratio: '16:9'}\n",
    "specs/more/signs.yaml": "assets:\n  sign: {prompt: \"A sign with {{ ref('/art/emblem.png') }}.\"}\n",
    "specs/more/alone.yaml": "assets:\n  alone: {prompt: Alone., after: [oak]}\n",
    "specs/made/badge.yaml": "assets:\n  badge: {prompt: A badge., process: [{resize: 32}, {palette: night.hex}]}\n",
    "specs/made/scene.yaml": "assets:\n  scene: {prompt: \"A scene of {{ ref('badge', file=true) }}.\", size: 96x64}\n",
    "specs/night.hex": "101020\nf0f0a0\n",
}

OTHERWISE = {
    "specs/style.yaml": [
        "assets:\n  key-art: {id: style/key-art, prompt: Key art of a harbour.}\n",
        "assets:\n  key-art: {id: style/key-art, prompt: Key art of a bazaar., approve: true}\n",
        "assets:\n  key-art: {id: style/main, was: style/key-art, prompt: Key art of a bazaar.}\n",
    ],
    "specs/items.yaml": [FILES["specs/items.yaml"].replace("A {{", "Some {{"), FILES["specs/items.yaml"] + "# note\n"],
    "specs/items.csv": ["name\nsword\nshield\nhelmet\n", "name\nsword\n"],
    "specs/look.j2": ["Oil paint."],
    "specs/more/trees.yaml": [
        "assets:\n  oak: {prompt: An old oak.}\n  elm: {prompt: An elm., aspect_ratio: '16:9'}\n",
        "assets:\n  oak: {prompt: \"An oak like {{ ref('sign') }}.\"}\n",
        "assets:\n  oak: {prompt: An oak.}\n  fir: {was: elm, prompt: An elm., aspect_ratio: '16:9'}\n",
        "assets:\n  oak: {prompt: An oak.}\n  ash: {prompt: An elm., aspect_ratio: '16:9'}\n",
        "assets:\n  oak: {prompt: An oak.}\n  alone: {prompt: Twice.}\n",
        "assets:\n  oak: {prompt: An oak., name: sign}\n",
        "assets:\n  oak: {prompt: An oak., promt: typo}\n",
    ],
    "specs/more/signs.yaml": ["assets:\n  sign: {prompt: A sign., model: gemini-3-pro-image-preview}\n"],
    "specs/made/badge.yaml": [
        "assets:\n  badge: {prompt: A badge., process: [{resize: 32}, mirror], format: webp, quality: 40}\n",
        "assets:\n  badge: {prompt: A badge., process: [{resize: 48}, {palette: dawn.hex}], alt: A badge}\n",
        "assets:\n  badge: {prompt: A badge.}\n",
    ],
    "specs/made/scene.yaml": [
        "assets:\n  scene: {prompt: \"A scene of {{ ref('badge') }}.\", size: 64x64, format: avif}\n"
    ],
    "specs/night.hex": ["202040\nf0f0a0\n", "no color\n"],
    "specs/dawn.hex": ["ffeedd\n112233\n"],
    "specs/more/late.yaml": ["assets:\n  late: {prompt: \"Late, after {{ ref('oak') }}.\"}\n"],
    "pipeline.yaml": ["defaults: {image_size: 2K}\n", "budget: {per_build: 50}\n"],
}


def _picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG")
    return out.getvalue()


PATHS = sorted(FILES.keys() | OTHERWISE.keys())


def twice(project: Project, *args: str) -> tuple[Ran, Ran]:
    """The same command with what earlier builds left behind, and without."""
    state = project.folder / ".pipeline/state"
    short = project.run(*args)
    aside = state.with_name("aside")
    if state.is_dir():
        state.rename(aside)
    try:
        return short, project.run(*args)
    finally:
        if aside.is_dir():
            assert not state.exists(), "a plan leaves nothing behind"
            aside.rename(state)


def wait() -> None:
    """Until what was just written is older than the clock's grain; else a build leaves nothing behind."""
    until = time.time_ns() + 2 * RACY_NS
    while time.time_ns() < until:
        time.sleep(RACY_NS / 4e9)


class Histories(RuleBasedStateMachine):
    """People and tools do things in any order; the plan is asked for in between, twice."""

    server: GeminiServer

    def __init__(self) -> None:
        super().__init__()
        self.server.reset()
        self.folder = TemporaryDirectory()
        self.project = Project(Path(self.folder.name) / "project", self.server)
        for path, text in FILES.items():
            self.project.write(path, text)
        self.project.write("art/emblem.png", _picture())

    def teardown(self) -> None:
        self.folder.cleanup()

    def twice(self, *args: str) -> tuple[Ran, Ran]:
        return twice(self.project, *args)

    @rule(path=st.sampled_from(PATHS), which=st.integers(0, 9))
    def write(self, path: str, which: int) -> None:
        texts = [*([FILES[path]] if path in FILES else [None]), *OTHERWISE.get(path, [])]
        text = texts[which % len(texts)]
        if text is None:
            (self.project.folder / path).unlink(missing_ok=True)
        else:
            self.project.write(path, text)

    @rule(path=st.sampled_from(["specs/more/alone.yaml", "specs/more/late.yaml", "specs/look.j2"]))
    def remove(self, path: str) -> None:
        (self.project.folder / path).unlink(missing_ok=True)

    @rule()
    def repaint_the_emblem(self) -> None:
        self.project.write("art/emblem.png", self.project.read("art/emblem.png") + b"\0")

    @rule(which=st.integers(0, 9), how=st.sampled_from(["unlink", "touch", "retouch"]))
    def hand_in_outputs(self, which: int, how: str) -> None:
        files = sorted(path for path in (self.project.folder / "output").rglob("*") if path.is_file())
        if files:
            file = files[which % len(files)]
            if how == "unlink":
                file.unlink()
            elif how == "touch":
                file.touch()
            else:
                file.write_bytes(file.read_bytes() + b"\0")

    @rule(
        command=st.sampled_from(["reroll", "protect", "unprotect", "approve", "restore", "keep"]),
        id=st.sampled_from(["style/key-art", "oak", "sign", "item/sword", "badge"]),
    )
    def decide(self, command: str, id: str) -> None:
        self.project.run(command, id)

    @rule(keyed=st.booleans())
    def environment(self, keyed: bool) -> None:
        self.project.server = self.server if keyed else None

    @precondition(lambda self: (self.project.folder / "pipeline.lock").exists())
    @rule(which=st.integers(0, 9))
    def forget_an_entry(self, which: int) -> None:
        entries = [one for one in self.project.read("pipeline.lock").decode().split("\n\n") if one.strip()]
        if entries:
            del entries[which % len(entries)]
        self.project.write("pipeline.lock", "\n\n".join(entries))

    @rule(args=st.sampled_from([(), (), (), ("oak",), ("--offline",)]))
    def build(self, args: tuple[str, ...]) -> None:
        wait()
        _, full = self.twice("plan", "--json", *args)
        wanted = full.json.get("price", {}).get("certain_draws", 0) if full.code == 0 else 0
        ran = self.project.run("build", *args)
        assert ran.code in (0, 2, 3) and ran.paid >= wanted * (ran.code == 0), ran.text

    @invariant()
    def both_plans_are_the_same(self) -> None:
        short, full = self.twice("plan")
        assert (short.code, short.text) == (full.code, full.text)


@pytest.fixture(scope="module")
def server() -> Iterator[GeminiServer]:
    with GeminiServer() as running:
        yield running


@pytest.mark.timeout(600)
def test_no_history_makes_a_plan_of_what_moved_differ(server: GeminiServer) -> None:
    Histories.server = server
    checks = list(HealthCheck)
    run_state_machine_as_test(
        Histories,
        settings=settings(max_examples=8, stateful_step_count=14, deadline=None, suppress_health_check=checks),
    )


# --- one by one -----------------------------------------------------------------------------------------------------

ROWS = "assets: {'{{ row }}-row': {for_each: {rows: rows.yaml, at: list}, prompt: 'A {{ row }}.'}}\n"
APART = {
    **{f"specs/{name}.yaml": f"assets: {{{name}: {{prompt: A {name}.}}}}\n" for name in ("bow", "cup", "dog", "eel")},
    "specs/rows.yaml": "list: [pot, pan]\nassets: {spoon: {prompt: A spoon.}}\n",
    "specs/rowed.yaml": ROWS,
    "specs/flag.yaml": "assets: {flag: {references: [emblem.png, /art/emblem.png], prompt: A flag with these.}}\n",
    "specs/gem.yaml": "assets: {gem: {prompt: A gem., process: [{resize: 32}, {palette: night.hex}]}}\n",
    "specs/ring.yaml": "assets: {ring: {prompt: \"A ring with {{ ref('gem', file=true) }}.\"}}\n",
    "specs/night.hex": "101020\nf0f0a0\n",
    "specs/vars.yaml": "vars: {list: [one]}\nassets: {vars: {prompt: Vars.}}\n",
}


@pytest.fixture
def project(tmp_path: Path, server: GeminiServer) -> Project:
    server.reset()
    project = Project(tmp_path / "project", server)
    for path, text in APART.items():
        project.write(path, text)
    for path in ("art/emblem.png", "specs/emblem.png"):
        project.write(path, _picture())
    return project


def built(project: Project) -> Project:
    for _ in range(3):  # whatever moves just then, as on a busy machine, is looked at again
        wait()
        project.build().ends(0)
        if _is_read_in_part(project):
            return project
    raise AssertionError("after a build, nothing has to be read")


def _is_read_in_part(project: Project) -> bool:
    assert project.server is not None
    return moved(str(project.folder), None, {**os.environ, **project.server.environ}, building=True) is not None


CHANGES: dict[str, Callable[[Project], object]] = {
    "a new asset": lambda p: p.spec("ant", "assets: {ant: {prompt: An ant.}}"),
    "rows that nobody reads any more are a spec": lambda p: p.spec("rowed", "assets: {}"),
    "a spec becomes rows": lambda p: p.spec("rowed", ROWS.replace("rows.yaml, at: list", "vars.yaml, at: vars.list")),
    "a file that is attached elsewhere is built": lambda p: p.spec(
        "ant", "assets: {emblem: {output: art, prompt: E.}}"
    ),
    "a name that led to a file leads to an asset": lambda p: p.spec("ant", "assets: {x: {id: emblem.png, prompt: E.}}"),
    "a palette of other colors": lambda p: p.write("specs/night.hex", "202040\nf0f0a0\n"),
    "a palette that is damaged": lambda p: p.write("specs/night.hex", "no color\n"),
    "a palette that is gone": lambda p: p.remove("specs/night.hex"),
    "other steps of what is attached": lambda p: p.replace("specs/gem.yaml", "32", "48"),
    "an id that differs in case": lambda p: p.spec("ant", "assets: {Bow: {prompt: Another bow.}}"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_told_as_if_everything_were_read(project: Project, change: Callable[[Project], object]) -> None:
    change(built(project))
    assert _is_read_in_part(project), "or this tests nothing"
    short, full = twice(project, "plan")
    assert (short.code, short.text) == (full.code, full.text)


def test_a_file_left_by_an_asset_that_is_gone_is_still_known(project: Project) -> None:
    project.spec("bow", "assets: {bow: {prompt: A bow.}, old: {prompt: An old one.}}")
    built(project).spec("bow", "assets: {bow: {prompt: A bow.}}")
    built(project).spec("cup", "assets: {cup: {prompt: A cup., name: old}}")
    short, full = twice(project, "plan")
    assert short.text == full.text
    project.build().draws(0).says("restored")


def test_what_all_assets_are_warned_of_together_is_told(project: Project) -> None:
    project.settings("defaults: {model: gemini-3-pro-image-preview}")
    project.spec("bow", "assets: {bow: {prompt: A bow., model: gemini-3.1-flash-lite-image}}")
    wait()
    project.build().ends(0)
    project.replace("specs/bow.yaml", "A bow", "Two bows")
    short, full = twice(project, "plan")
    assert short.text == full.text and "another name of" in short.text


def test_a_spec_that_is_a_partial_too(project: Project) -> None:
    project.spec("cup", "assets: {cup: {prompt: \"{% include 'bow.yaml' %} And a cup.\"}}")
    wait()
    project.build().ends(0)
    project.spec("bow", "assets: {bow: {prompt: A bow.}, axe: {prompt: An axe.}}")
    short, full = twice(project, "plan")
    assert short.text == full.text
    project.build().draws(2)


@pytest.mark.parametrize("in_part", [True, False], ids=["in part", "everything"])
def test_what_is_decided_during_a_build_is_seen_by_the_next(
    project: Project, server: GeminiServer, in_part: bool
) -> None:
    built(project).replace("specs/bow.yaml", "A bow", "Two bows")
    if not in_part:
        shutil.rmtree(project.folder / ".pipeline/state")
    server.hold()
    asked = len(server.requests)
    building = project.spawn("build")
    server.wait_for(asked + 1)
    project.run("reroll", "cup").ends(0)
    server.release()
    out, err = building.communicate(timeout=60)
    assert building.returncode == 0, err
    short, full = twice(project, "plan")
    assert short.text == full.text and "rejected" in short.text
    out, err = project.spawn("build").communicate(timeout=60)
    assert "cup" in out and "1 built" in out


def test_what_is_decided_while_a_build_waits_is_done(project: Project) -> None:
    built(project).replace("specs/bow.yaml", "A bow", "Two bows")
    with locked(project.folder / ".pipeline/build.guard"):
        building = project.spawn("build")
        assert building.stderr is not None and building.stderr.readline()
        project.run("reroll", "cup").ends(0)
    out, err = building.communicate(timeout=60)
    assert building.returncode == 0 and "2 built" in out, out + err


def test_an_asset_that_takes_over_an_adopted_picture_is_told_of_by_both(project: Project) -> None:
    built(project)
    project.run("adopt", "cup", str(project.folder / "output/bow.jpg")).ends(0)
    project.spec("bow", "assets: {bow: {id: long-bow, was: bow, prompt: A bow.}}")
    wait()
    project.build().ends(0)
    project.replace("specs/dog.yaml", "A dog", "Two dogs")
    short, full = twice(project, "plan")
    assert short.text == full.text and "shares its take with `long-bow`" in short.text
