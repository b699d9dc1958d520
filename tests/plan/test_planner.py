"""A forecast made from another is the one that would have been made from nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.plan.known import Mode
from pipeline.plan.planner import Outlook
from pipeline.workshop import open_workshop
from tests.gemini_server import GeminiServer
from tests.plan.test_invariants import MADE, Node, changed, fresh_project, graphs, yaml_of
from tests.project import Project

pytestmark = pytest.mark.timeout(300)  # each example is several builds


@pytest.fixture(scope="module")
def server() -> Iterator[GeminiServer]:
    with GeminiServer() as running:
        yield running


def forecast(project: Project, mode: Mode, *, without: frozenset[str] = frozenset()) -> Outlook:
    """The forecast of a build of all assets but these, made from nothing."""
    shop = open_workshop(project.folder, None, {})
    return shop.outlook(frozenset(id for id in shop.project.assets if id not in without), mode)


def continued(project: Project, whole: Outlook) -> Outlook:
    """A forecast that is told of all assets to which nothing is to be done, and decides about the others."""
    shop = open_workshop(project.folder, None, {})
    standing = {id: decision for id, decision in whole.decisions.items() if decision.is_plain}
    known = shop.known(whole.known.mode)
    outlook = Outlook(shop.project, shop.rendered, shop.graph, known, whole.selected, standing=standing)
    outlook.forecast([id for id in shop.project.assets if id not in standing])
    return outlook


EDITS = st.sampled_from(
    ["word", "turn", "candidates", "vary", "png", "made", "drop", "output", "reroll", "note", "store"]
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    nodes=graphs(),
    twins=st.lists(st.integers(0, 2), max_size=3),
    edits=st.lists(st.tuples(EDITS, st.integers(0, 6)), max_size=4),
    build_between=st.booleans(),
)
def test_what_a_forecast_takes_over_from_another_is_what_it_would_have_decided(
    nodes: list[Node],
    twins: list[int],
    edits: list[tuple[str, int]],
    build_between: bool,
    server: GeminiServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    project = fresh_project(tmp_path_factory, server)
    project.spec("all", yaml_of(nodes)).run("build", "--yes")
    dropped: frozenset[int] = frozenset()
    for what, which in edits:
        number = which % len(nodes)
        node = nodes[number]
        if what == "word":
            nodes = changed(nodes, number, word=node.word + 1)
        elif what == "turn":
            nodes = changed(nodes, number, turns=(*node.turns[:2], 1))
        elif what == "candidates":
            nodes = changed(nodes, number, candidates=node.candidates % 3 + 1)
        elif what == "vary":
            nodes = changed(nodes, number, vary=not node.vary)
        elif what == "png":
            nodes = changed(nodes, number, png=not node.png)
        elif what == "made":
            nodes = changed(nodes, number, made=(node.made + 1) % len(MADE))
        elif what == "drop" and len(dropped) + 1 < len(nodes):
            dropped = dropped ^ {number}
        elif what == "output" and project.exists(f"output/n{number}.jpg"):
            project.remove(f"output/n{number}.jpg")
        elif what == "reroll" and f"n{number}" in project.lock and number not in dropped:
            project.run("reroll", f"n{number}")
        elif what == "note" and f"n{number}" in project.lock and number not in dropped:
            project.run("protect", f"n{number}", "--note", "as it is")
        elif what == "store" and project.exists(".pipeline"):
            project.remove(".pipeline")
        if build_between:
            project.spec("all", yaml_of(nodes, dropped)).run("build", "--yes")
    # Assets that ask for what others have, or had.
    more = [*nodes, *(Node(word=word) for word in twins)]
    project.spec("all", yaml_of(more, dropped))
    offline, online = Mode(why_not="no_key"), Mode()
    for without in (frozenset(), frozenset({"n0"})):
        here = forecast(project, offline, without=without)
        there = forecast(project, online, without=without)
        assert here.by_mode(online).plan() == there.plan()
        assert dict(here.by_mode(online).decisions) == there.decisions
        assert continued(project, there).plan() == there.plan()
