"""What holds for every project and every history of edits: on random graphs, with real builds over real HTTP."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

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
    turns: tuple[int, ...] = ()
    """The words of its turns after the first."""
    candidates: int = 1
    vary: bool = False
    made: int = 0
    """How its file is made: of MADE."""
    whole: bool = False
    """Whether it refers to the files of the others, and not to their takes."""


MADE: list[dict[str, Any]] = [
    {},
    {"process": ["mirror", {"resize": 48}]},
    {"process": [{"crop": "16:9"}, {"resize": 32}], "format": "webp", "quality": 50},
    {"process": [{"pad": 8}, {"resize": 64}], "alt": "Padded."},
    {"process": [{"resize": 40}], "format": "avif", "effort": 0, "provenance": "full"},
    {"process": [{"resize": 64}], "format": "ico"},
    {"quality": 30, "provenance": "none"},
    {"size": "96x64"},
]
"""What may stand in a spec about the file. But for the last, none of it is a matter of what is drawn."""


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
                turns=tuple(draw(st.lists(st.integers(0, 2), max_size=2))) if draw(st.integers(0, 3)) == 0 else (),
                candidates=draw(st.integers(1, 3)) if draw(st.integers(0, 3)) == 0 else 1,
                vary=draw(st.integers(0, 5)) == 0,
                made=draw(st.integers(0, len(MADE) - 1)) if draw(st.integers(0, 2)) == 0 else 0,
                whole=draw(st.integers(0, 4)) == 0,
            )
        )
    return nodes


EDITS = st.sampled_from(
    [
        "word",
        "turn",
        "another turn",
        "candidates",
        "vary",
        "drop",
        "format",
        "made",
        "output",
        "one output",
        "store",
        "lock",
        "reroll",
        "revert",
    ]
)


def yaml_of(nodes: list[Node], dropped: frozenset[int] = frozenset()) -> str:
    assets = {}
    for number, node in enumerate(nodes):
        if number in dropped:
            continue
        file = ", file=true" if node.whole else ""
        refs = "".join(f" like {{{{ ref('n{ref}'{file}) }}}}" for ref in node.refs if ref not in dropped)
        texts = [f"Word {node.word}{refs}.", *(f"Turn {word}." for word in node.turns)]
        texts[-1] += " At {{ light }}." if node.vary else ""
        asset: dict[str, object] = {"prompt": texts[0]}
        after = [f"n{ref}" for ref in node.after if ref not in dropped]
        asset |= {"after": after} if after else {}
        asset |= {"approve": True} if node.approve else {}
        asset |= {"protect": True} if node.protect else {}
        asset |= MADE[node.made]
        asset |= {"format": "png"} if node.png and "quality" not in asset else {}
        asset |= {"refine": texts[1:]} if texts[1:] else {}
        asset |= {"candidates": {"vary": {"light": ["dusk", "noon"]}} if node.vary else node.candidates}
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
    max_examples=7, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
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
            before, nodes = nodes, changed(nodes, number, word=nodes[number].word + 1)
        elif what == "turn":
            before, nodes = nodes, changed(nodes, number, turns=nodes[number].turns[:-1])
        elif what == "another turn":
            before, nodes = nodes, changed(nodes, number, turns=(*nodes[number].turns[:2], 1))
        elif what == "candidates":
            before, nodes = nodes, changed(nodes, number, candidates=nodes[number].candidates % 3 + 1)
        elif what == "vary":
            before, nodes = nodes, changed(nodes, number, vary=not nodes[number].vary)
        elif what == "revert":
            nodes, before = before, nodes
        elif what == "format":
            nodes = changed(nodes, number, png=not nodes[number].png)
        elif what == "made":
            nodes = changed(nodes, number, made=(nodes[number].made + 1 + which % 3) % len(MADE))
        elif what == "drop":
            dropped = dropped ^ {number}
        elif what == "output" and project.exists("output"):
            project.remove("output")
        elif what == "one output" and (files := list(project.folder.glob(f"output/n{number}.*"))):
            files[0].unlink()
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
        # A take belongs to one asset, with its turns and points.
        owners = {(e["take"], e["asset"].partition("#")[0]) for e in project.lock.values() if "take" in e}
        assert len({take for take, _ in owners}) == len(owners)


def changed(nodes: list[Node], number: int, **fields: Any) -> list[Node]:
    return [replace(node, **fields) if i == number else node for i, node in enumerate(nodes)]


def ledger(project: Project) -> list[dict[str, int]]:
    path = project.folder / ".pipeline/ledger.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return [{"cost_micro_usd": 0, **json.loads(line)} for line in lines]


@relaxed
@given(nodes=graphs(), seed=st.randoms(use_true_random=False))
def test_who_gets_which_take_does_not_depend_on_the_order(
    nodes: list[Node], seed: random.Random, server: GeminiServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    nodes = [replace(node, approve=False, turns=(), candidates=1, vary=False, made=0) for node in nodes]
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


@relaxed
@given(
    nodes=graphs(),
    edits=st.lists(st.tuples(st.integers(0, 6), st.integers(0, len(MADE) - 2)), min_size=1, max_size=4),
)
def test_how_files_are_made_costs_nothing_however_often_it_changes(
    nodes: list[Node], edits: list[tuple[int, int]], server: GeminiServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    nodes = [replace(node, approve=False, whole=False, made=node.made % (len(MADE) - 1)) for node in nodes]
    project = fresh_project(tmp_path_factory, server).spec("all", yaml_of(nodes))
    project.run("build", "--yes").ends(0)
    takes = picks(project)
    for which, made in edits:
        nodes = changed(nodes, which % len(nodes), made=made)
        project.spec("all", yaml_of(nodes))
        assert project.run("--json", "plan").json["price"]["top_micro_usd"] == 0
        project.run("build").ends(0).draws(0)
        assert picks(project) == takes
        assert {step["action"] for step in project.run("--json", "plan").json["steps"]} == {"nothing"}
    before = project.outputs
    project.remove("output").run("build", "--frozen").ends(0).draws(0)
    declared = {path.removeprefix("output/") for entry in project.lock.values() for path in entry.get("files", {})}
    assert {name: before[name] for name in project.outputs} == project.outputs
    assert project.outputs.keys() <= declared
