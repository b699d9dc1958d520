"""How much work the gallery does, counted: the clock of a shared machine is a poor judge."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from bench.projects import draw_all
from pipeline.gallery.deciding import Wish
from pipeline.gallery.hall import Hall
from pipeline.live.reading import Reading
from pipeline.live.state import State, Update
from pipeline.options import BuildOptions
from pipeline.words import AssetId, MicroUsd
from pipeline.workshop import open_workshop
from tests.project import Project

MANY = 400
ROWS = [{"n": number} for number in range(MANY)]
SPEC = "assets: {'fox-{{ r.n }}': {for_each: {rows: rows.json, as: r}, prompt: 'A fox, no. {{ r.n }}.'}}\n"
SEVEN = AssetId("fox-7")


class Still:
    """A keeper that looks once, when it is made, and whenever it is told to."""

    def __init__(self, project: Project, options: BuildOptions) -> None:
        self._open = lambda: open_workshop(project.folder, None, dict(os.environ))
        self._reading = Reading(self._open, options=options)
        self._state = State()
        self.hall = Hall(self, self._open, options, auto=False)
        self.pokes = 0
        self.look()

    def look(self) -> None:
        look = self._reading.look()
        assert look.error is None and look.shop is not None
        revision = self._state.revision + 1
        self._state = State(revision=revision, rows=dict(self._reading.rows), plan=look.plan, shop=look.shop)
        self.hall.heard(Update(state=self._state))

    def state(self) -> State:
        return self._state

    def subscribe(self, told: Callable[[Update], None]) -> Callable[[], None]:
        raise AssertionError

    def decided(self, id: AssetId) -> None:
        self.pokes += 1

    def build(self, ids: Collection[AssetId] | None, price: MicroUsd) -> None:
        raise AssertionError

    def allow(self, question: str) -> None:
        raise AssertionError

    def stop_build(self) -> None:
        raise AssertionError


_COUNTED = {
    ("decide.py", "decide"): "decided",
    ("load.py", "load"): "read",
    ("rows.py", "row"): "rows",
    ("prompts.py", "_one"): "rendered",
    ("objects.py", "takes"): "looked for takes",
}


@contextmanager
def counting() -> Iterator[dict[str, int]]:
    """What is done in this thread meanwhile."""
    counted: dict[str, int] = {}

    def hear(frame: Any, event: str, argument: object) -> None:
        if event == "call":
            code = frame.f_code
            name = _COUNTED.get((code.co_filename.rpartition("/")[2], code.co_name))
            if name is not None and "/pipeline/" in code.co_filename:
                counted[name] = counted.get(name, 0) + 1

    sys.setprofile(hear)
    try:
        yield counted
    finally:
        sys.setprofile(None)


@pytest.fixture(scope="module", params=["all", "one"])
def hall(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Still:
    project = Project(tmp_path_factory.mktemp("many"))
    project.write("specs/rows.json", json.dumps(ROWS)).spec("fox", SPEC)
    draw_all(project.folder)
    if request.param == "one":  # as if only that one had ever been drawn
        kept = [line for line in project.read("pipeline.lock").decode().split("\n\n") if f'"{SEVEN}"' in line]
        project.write("pipeline.lock", kept[0].rstrip() + "\n").remove("output", ".pipeline/requests")
    return Still(project, BuildOptions())


def test_the_wall_is_told_from_memory(hall: Still) -> None:
    with counting() as counted:
        wall = hall.hall.wall()
    assert len(wall["rows"]) == MANY
    assert counted == {}


def test_an_asset_is_told_without_deciding_anything_anew(hall: Still) -> None:
    with counting() as counted:
        assert hall.hall.asset(SEVEN)["prompt"] == "A fox, no. 7."
    assert counted.get("decided", 0) == 0
    assert counted.get("read", 0) == 0
    assert counted.get("looked for takes", 0) <= 4


def test_a_decision_decides_anew_about_one_asset(hall: Still) -> None:
    """Whatever the state of all others."""
    row = hall.state().rows[SEVEN]
    before = hall.pokes
    with counting() as counted:
        answer = hall.hall.decide(Wish(asset=SEVEN, what="protect", version=row.version))
    assert answer["row"]["protected"]
    assert counted["decided"] <= 4
    assert counted["rows"] == 2
    assert counted.get("read", 0) == counted.get("rendered", 0) == 0
    assert hall.pokes == before + 1
    # Until somebody looks, the wall and the asset are told as they were left here.
    (told,) = (row for row in hall.hall.wall()["rows"] if row["id"] == SEVEN)
    assert told == answer["row"] == hall.hall.asset(SEVEN)["row"]
    hall.look()
    (told,) = (row for row in hall.hall.wall()["rows"] if row["id"] == SEVEN)
    assert told == answer["row"]
    back = hall.hall.decide(Wish(asset=SEVEN, what="unprotect", version=told["version"]))["row"]
    assert back["version"] == row.version
    hall.look()
