"""The account of a project against that of the API: what was paid is there, and was paid once.

All of it is read from the disk as it is, not with the code that is tested.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

from PIL import Image

from pipeline import text_marks
from tests.gemini_server import GeminiServer
from tests.gemini_wire import Answered
from tests.project import Project
from tests.soak.forge import Ended, Forge
from tests.soak.worlds import World

REPEATS = 1
"""How often a lost call is made again (`retry_lost`, by default)."""


def sha(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def digest_of(answered: Answered) -> str | None:
    """Of the picture that an answer brings; None where there is none."""
    if not answered.reply.paid:
        return None
    parts = json.loads(answered.reply.body)["candidates"][0]["content"]["parts"]
    pictures = [part["inlineData"]["data"] for part in parts if "inlineData" in part and not part.get("thought")]
    return sha(base64.b64decode(pictures[-1]))


def records(folder: Path) -> list[dict[str, Any]]:
    """Every take's record below a store or a remote."""
    files = folder.glob("requests/??/*/*.json")
    return [json.loads(file.read_bytes()) for file in files if file.name != "request.json" and file.name[0] != "."]


def calls(project: Project) -> dict[str, dict[str, Any]]:
    """The ledger, by call: the intent with its outcome over it. What a death tore is passed over, and a note of it."""
    found: dict[str, dict[str, Any]] = {}
    path = project.folder / ".pipeline" / "ledger.jsonl"
    for line in path.read_bytes().splitlines() if path.exists() else ():
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if "call" in value:
            found[value["call"]] = {**found.get(value["call"], {}), **value}
    return found


def may_be_charged(call: dict[str, Any]) -> bool:
    return call.get("result", "") in ("", "lost")


def arrived(project: Project, server: GeminiServer) -> set[str]:
    """The pictures that are on the disk whole, so that they must not be paid for again: to be asked after a death.

    A take is there once it has its record; before that, an answer that lies in incoming/ whole: its JSON, and the
    picture whose digest that names.
    """
    local = project.folder / ".pipeline"
    whole = {record["take"] for record in records(local)}
    paid = {digest for answered in list(server.answers) if (digest := digest_of(answered))}
    for answer in local.glob("incoming/*/answer.json"):
        try:
            text = json.dumps(json.loads(answer.read_bytes()))
        except ValueError:
            continue
        there = {sha(file.read_bytes()) for file in answer.parent.iterdir() if file.is_file()}
        moved = {digest for digest in paid if (local / "objects" / digest[7:9] / digest[9:]).is_file()}
        whole |= {digest for digest in paid & (there | moved) if digest[7:] in text}
    return whole


def complete(forge: Forge, world: World, project: Project, server: GeminiServer) -> Ended:
    """Build to the end. An asset whose calls were lost as often as they are repeated needs a person's `reroll`."""
    done = build(forge, world, project, server)
    lost = Counter(call["asset"] for call in calls(project).values() if may_be_charged(call))
    stuck = [asset for asset, count in lost.items() if count > REPEATS]
    if done.code == 1 and stuck:
        asked = len(server.requests)
        build(forge, world, project, server)
        assert len(server.requests) == asked, f"a call was repeated more than once:\n{done.text}"
        for asset in stuck:
            assert asset in done.text
        forge.run(project.folder, *world.options, "reroll", *stuck, environ=server.environ)
        done = build(forge, world, project, server)
    assert done.code == 0, f"the next build does not complete: {done.code}\n{done.text}"
    return done


def build(forge: Forge, world: World, project: Project, server: GeminiServer, *more: str) -> Ended:
    done = forge.run(project.folder, *world.options, "build", *more, environ=server.environ)
    assert done.code != 70 and "Traceback" not in done.text, done.text
    server.settle()
    return done


def reconcile(
    forge: Forge,
    world: World,
    project: Project,
    server: GeminiServer,
    *,
    whole: set[str] = frozenset(),  # type: ignore[assignment]
    unkept: int = 0,
) -> None:
    """Hold the project, after a build that completed, against what the server answered.

    `whole`: the pictures that some death left on the disk (`arrived`). `unkept`: answers that the disk had no room
    for, at most, and that were told so.
    """
    server.settle()
    answers = {digest: answered for answered in server.answers if (digest := digest_of(answered))}
    takes, ledger = records(project.folder / ".pipeline"), calls(project)
    _check_takes(project, takes, answers, whole)
    _check_lock(world, project, takes)
    assert len(takes) == world.takes, "as many takes as were wanted: none is lost, none was paid twice"
    lost = _check_ledger(takes, ledger, answers, unkept)
    _check_costs(forge, world, project, server, takes, lost)
    for root in (".pipeline", world.remote) if world.remote else (".pipeline",):
        _check_store(project.folder / root, takes)
    _check_bundles(world, project)
    # What a build remembers comes after all else: the next one that remembers something clears up there.
    left = [path for path in project.folder.rglob(".*.tmp") if path.parent.name != "state"]
    assert not left, "what was half written is left behind"
    asked = len(server.requests)
    done = build(forge, world, project, server)
    assert "Nothing to do" in done.text, done.text
    plan = forge.run(project.folder, *world.options, "plan", "--exit-code", environ=server.environ)
    assert plan.code == 0 and "Nothing to do" in plan.text, plan.text
    assert len(server.requests) == asked


def _check_bundles(world: World, project: Project) -> None:
    files = [path for name in ("public", "partials") for path in (project.folder / name).rglob("*") if path.is_file()]
    assert bool(files) == ("exports:" in world.settings)
    for path in files:
        mark = text_marks.read_mark(path.read_bytes()) or ""
        assert mark.partition(":")[0] == "export", f"{path} is not whole"


def _check_takes(project: Project, takes: list[dict[str, Any]], answers: dict[str, Answered], whole: set[str]) -> None:
    digests = [take["take"] for take in takes]
    assert len(set(digests)) == len(digests)
    assert set(digests) <= set(answers), "a take that nobody drew"
    assert whole <= set(digests), "a picture that had arrived is gone"
    for take in takes:
        assert take["cost_micro_usd"] == answers[take["take"]].micro_usd


def _check_lock(world: World, project: Project, takes: list[dict[str, Any]]) -> None:
    lines = project.read(world.lock).decode().splitlines()
    entries = [json.loads(line) for line in lines if line]
    named = Counter(digest for entry in entries for digest in {entry["take"], *entry.get("takes", ())})
    assert set(named.values()) == {1}, "two assets share a paid take"
    assert set(named) == {take["take"] for take in takes}, "a take that is nobody's"
    for entry in entries:
        for path, (_, digest) in entry.get("files", {}).items():
            data = project.read(path)
            assert sha(data) == digest, f"{path} is not what the lock says"
            if path.endswith(".jpg"):
                assert digest == entry["take"], f"{path} is not its take"
            with Image.open(io.BytesIO(data)) as image:
                image.load()
                assert image.size == (entry["width"], entry["height"])


def _check_ledger(
    takes: list[dict[str, Any]], ledger: dict[str, dict[str, Any]], answers: dict[str, Answered], unkept: int
) -> list[dict[str, Any]]:
    """Paid answers = takes + answers that never arrived whole, each of which may have been charged by the ledger."""
    booked = {id: call["take"] for id, call in ledger.items() if call.get("result") == "take"}
    assert booked == {take["call"]: take["take"] for take in takes}
    assert all("result" in call for call in ledger.values()), "an intent without outcome after a build"
    lost = [call for call in ledger.values() if may_be_charged(call)]
    gone = sum(call["result"] == "unkept" for call in ledger.values())
    assert gone <= unkept
    assert len(takes) + gone <= len(answers) <= len(takes) + gone + len(lost)
    return lost


def _check_costs(
    forge: Forge,
    world: World,
    project: Project,
    server: GeminiServer,
    takes: list[dict[str, Any]],
    lost: list[dict[str, Any]],
) -> None:
    done = forge.run(project.folder, *world.options, "--json", "costs")
    assert done.code == 0, done.text
    kept = {take["take"] for take in takes}
    unkept = {call.get("take") for call in calls(project).values() if call.get("result") == "unkept"}
    told = [a.micro_usd for a in server.answers if (digest := digest_of(a)) is None or digest in kept | unkept]
    assert done.json["cost_micro_usd"] == sum(told), "`costs` and the API differ"
    charged = done.json["may_be_charged"]
    assert charged["calls"] == len(lost)
    cut = server.answered_micro_usd - sum(told)
    assert cut <= charged["at_most_micro_usd"], "more was cut off than may have been charged"


def _check_store(folder: Path, takes: list[dict[str, Any]]) -> None:
    for file in folder.glob("objects/??/*"):
        if not file.name.startswith("."):
            assert sha(file.read_bytes()) == f"sha256:{file.parent.name}{file.name}", f"{file} is damaged"
    for take in takes:
        named = {take["take"], *(part["object"] for part in take.get("turn", ()) if "object" in part)}
        for digest in named:
            assert (folder / "objects" / digest[7:9] / digest[9:]).is_file(), f"{digest} is not in {folder}"
    assert {take["call"] for take in records(folder)} == {take["call"] for take in takes}
    for file in folder.glob("requests/??/*/request.json"):
        assert sha(file.read_bytes()) == f"sha256:{file.parent.parent.name}{file.parent.name}"
