"""What holds for every project and every history of edits: on random graphs, with real builds over real HTTP."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.gemini_server import GeminiServer
from tests.project import Project

pytestmark = pytest.mark.timeout(300)  # each example is several builds


@dataclass(frozen=True)
class Node:
    """An asset: its words, those before it that it refers to, and what stands in its spec besides."""

    word: int
    refs: tuple[int, ...] = ()
    after: tuple[int, ...] = ()
    approve: bool = False
    protect: bool = False
    png: bool = False


@st.composite
def graphs(draw: st.DrawFn) -> list[Node]:
    nodes: list[Node] = []
    for number in range(draw(st.integers(1, 7))):
        earlier = st.lists(st.integers(0, number - 1), max_size=2, unique=True) if number else st.just([])
        # Few words, so that many assets ask for the same and are twins.
        nodes.append(
            Node(
                word=draw(st.integers(0, 2)),
                refs=tuple(draw(earlier)),
                after=tuple(draw(earlier)),
                approve=draw(st.integers(0, 9)) == 0,
                protect=draw(st.integers(0, 9)) == 0,
                png=draw(st.integers(0, 4)) == 0,
            )
        )
    return nodes


EDITS = st.sampled_from(["word", "drop", "format", "output", "one output", "store", "lock", "reroll", "revert"])


def yaml_of(nodes: list[Node], dropped: frozenset[int] = frozenset()) -> str:
    assets = {}
    for number, node in enumerate(nodes):
        if number in dropped:
            continue
        refs = "".join(f" like {{{{ ref('n{ref}') }}}}" for ref in node.refs if ref not in dropped)
        asset: dict[str, object] = {"prompt": f"Word {node.word}{refs}."}
        after = [f"n{ref}" for ref in node.after if ref not in dropped]
        asset |= {"after": after} if after else {}
        asset |= {"approve": True} if node.approve else {}
        asset |= {"protect": True} if node.protect else {}
        asset |= {"format": "png"} if node.png else {}
        assets[f"n{number}"] = asset
    return json.dumps({"assets": assets})


@pytest.fixture(scope="module")
def server() -> Iterator[GeminiServer]:
    with GeminiServer() as running:
        yield running


def fresh_project(factory: pytest.TempPathFactory, server: GeminiServer) -> Project:
    return Project(factory.mktemp("project"), server).settings("budget: {per_build: 1000}\n")


def picks(project: Project) -> dict[str, str]:
    return {asset: entry["take"] for asset, entry in project.lock.items() if "take" in entry}


FREE_ACTIONS = {"nothing", "hold"}
relaxed = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@relaxed
@given(nodes=graphs(), edits=st.lists(st.tuples(EDITS, st.integers(0, 6)), max_size=5))
def test_after_a_build_nothing_is_to_do_and_it_cost_no_more_than_was_said(
    nodes: list[Node], edits: list[tuple[str, int]], server: GeminiServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    project = fresh_project(tmp_path_factory, server)
    dropped: frozenset[int] = frozenset()
    before = nodes
    for what, which in [("nothing", 0), *edits]:
        number = which % len(nodes)
        if what == "word":
            before, nodes = nodes, [replace(n, word=n.word + 1) if i == number else n for i, n in enumerate(nodes)]
        elif what == "revert":
            nodes, before = before, nodes
        elif what == "format":
            nodes = [replace(n, png=not n.png) if i == number else n for i, n in enumerate(nodes)]
        elif what == "drop":
            dropped = dropped ^ {number}
        elif what == "output" and project.exists("output"):
            project.remove("output")
        elif what == "one output" and project.exists(f"output/n{number}.jpg"):
            project.remove(f"output/n{number}.jpg")
        elif what == "lock" and project.exists("pipeline.lock"):
            project.remove("pipeline.lock")
        elif what == "store" and project.exists(".pipeline") and project.exists("output"):
            project.remove(".pipeline")
        elif what == "reroll" and f"n{number}" in project.lock and number not in dropped:
            project.run("reroll", f"n{number}")
        if len(dropped) == len(nodes):
            dropped = frozenset()
        project.spec("all", yaml_of(nodes, dropped))
        top = project.run("--json", "plan").json["price"]["top_micro_usd"]
        spent = sum(call["cost_micro_usd"] for call in ledger(project))
        project.run("build", "--yes")
        assert sum(call["cost_micro_usd"] for call in ledger(project)) - spent <= top
        steps = project.run("--json", "plan").json["steps"]
        assert {step["action"] for step in steps} <= FREE_ACTIONS, what
        named = [entry for entry in project.lock.values() if "take" in entry]
        assert len({entry["take"] for entry in named}) == len(named)


def ledger(project: Project) -> list[dict[str, int]]:
    path = project.folder / ".pipeline/ledger.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return [{"cost_micro_usd": 0, **json.loads(line)} for line in lines]


@relaxed
@given(nodes=graphs(), seed=st.randoms(use_true_random=False))
def test_who_gets_which_take_does_not_depend_on_the_order(
    nodes: list[Node], seed: random.Random, server: GeminiServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    nodes = [replace(node, approve=False) for node in nodes]
    project = fresh_project(tmp_path_factory, server).spec("all", yaml_of(nodes))
    project.run("build", "--yes").ends(0).draws(len(nodes))
    project.remove("pipeline.lock", "output")
    # Other names, so that nobody finds takes that were drawn for it; offline, as what refers to one of several twins
    # may now refer to another one's take, and would be drawn.
    project.spec("all", yaml_of(nodes).replace('"n', '"m').replace("'n", "'m"))
    one_by_one = Project(tmp_path_factory.mktemp("copy") / "project", server)
    shutil.copytree(project.folder, one_by_one.folder, dirs_exist_ok=True)
    project.run("build", "--offline").ends(0).draws(0)
    names = [f"m{number}" for number in range(len(nodes))]
    seed.shuffle(names)
    for name in names:
        one_by_one.run("build", "--offline", name).ends(0).draws(0)
    assert picks(one_by_one) == picks(project)
    assert {"m0"} <= picks(project).keys()
