"""A decision, or a `git pull`, in the middle of a build: stopped before any of its steps, a person acts, it goes on.

The person's word wins, nothing that was paid is lost, and the build completes or says why not.
"""

from __future__ import annotations

import io
import json
import random
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.gemini_server import GeminiServer
from tests.project import Project
from tests.soak.forge import Ended, Forge
from tests.soak.reconcile import digest_of, records, sha
from tests.soak.steps import PAUSE, Death

SETTINGS = "remote: takes/\ndefaults: {model: gemini-nano-banana-2.1, image_size: 1K}\n"
BEFORE = """\
assets:
  art: {prompt: Art of a harbour.}
  hero: {prompt: "A hero like {{ ref('art') }}.", format: png}
  lamp: {prompt: A lamp.}
"""
AFTER = BEFORE.replace("a harbour", "a harbour at night")

DECISIONS = ("approve", "pick", "keep", "protect", "adopt", "reroll", "note", "other", "pull")


@dataclass(frozen=True)
class Base:
    """A project that was built and whose spec has changed since; and a colleague's, where the change is built."""

    mine: Project
    theirs: Project
    first: str
    """The take that `art` had before the change."""
    png: bytes


@pytest.fixture(scope="module")
def served() -> Iterator[GeminiServer]:
    with GeminiServer() as server:
        yield server


@pytest.fixture(scope="module")
def base(served: GeminiServer, tmp_path_factory: pytest.TempPathFactory) -> Base:
    folder = tmp_path_factory.mktemp("base")
    mine = Project(folder / "mine", served).settings(SETTINGS).spec("all", BEFORE)
    mine.build().ends(0).draws(3)
    first = mine.lock["art"]["take"]
    mine.spec("all", AFTER)
    theirs = Project(folder / "theirs", served)
    shutil.copytree(mine.folder, theirs.folder, dirs_exist_ok=True)
    theirs.build().ends(0).draws(2)
    theirs.run("approve", "lamp", "--note", "from them").ends(0)
    file = io.BytesIO()
    Image.new("RGB", (1024, 1024), "teal").save(file, "JPEG")
    return Base(mine, theirs, first, file.getvalue())


def acts(base: Base, project: Project, decision: str, forked: Forge) -> list[Any]:
    """What the person does; commands that run."""
    if decision == "pull":
        # As git does it: new files in place of the old ones.
        shutil.copytree(base.theirs.folder / "takes", project.folder / "takes", dirs_exist_ok=True)
        (project.folder / "pulled").write_bytes(base.theirs.read("pipeline.lock"))
        (project.folder / "pulled").replace(project.folder / "pipeline.lock")
        return []
    project.write("art-by-hand.jpg", base.png)
    words = {
        "approve": ("approve", "art"),
        "pick": ("pick", "art", base.first[7:19]),
        "keep": ("keep", "art"),
        "protect": ("protect", "art"),
        "adopt": ("adopt", "art", str(project.folder / "art-by-hand.jpg")),
        "reroll": ("reroll", "art"),
        "note": ("approve", "art", "--note", "a little darker"),
        "other": ("protect", "lamp"),
    }[decision]
    return [forked.start(project.folder, *words, environ=project.server.environ if project.server else {})]


@pytest.fixture(scope="module")
def points(base: Base, served: GeminiServer, forked: Forge, tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many steps the build of the change has."""
    project = copied(base, tmp_path_factory.mktemp("points") / "project", served)
    death = Death(number=0)
    done = forked.run(project.folder, "build", "-j", "1", environ=served.environ, death=death)
    assert done.code == 0, done.text
    assert len(done.steps) > 80
    return len(done.steps)


def copied(base: Base, folder: Path, served: GeminiServer) -> Project:
    project = Project(folder, served)
    shutil.copytree(base.mine.folder, folder, dirs_exist_ok=True)
    return project


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("decision", DECISIONS)
def test_what_a_person_does_meanwhile_wins_and_nothing_paid_is_lost(
    tmp_path: Path, served: GeminiServer, forked: Forge, base: Base, points: int, soak: int, decision: str
) -> None:
    mine = range(1, points + 1)
    chance = random.Random(decision)
    failures = []
    for number in sorted(chance.sample(mine, min(len(mine), max(1, soak // 30)))):
        project = copied(base, tmp_path / str(number), served)
        server_answered = len(served.answers)
        death = Death(number=number, moment=PAUSE)
        running = forked.start(project.folder, "build", "-j", "1", environ=served.environ, death=death)
        where = running.wait_for_pause()
        decided = acts(base, project, decision, forked)
        said: list[Ended] = []
        waited = False
        for command in decided:
            try:
                said.append(command.wait(1.0))
            except TimeoutError:  # it waits for the short guard, which the stopped build holds
                waited = True
        seen = None if waited else project.lock
        running.kill(signal.SIGCONT)
        said += [command.wait() for command in decided if waited]
        done = running.wait()
        served.settle()
        try:
            for one in said:
                assert one.code in (0, 2) and "Traceback" not in one.text, one.text
            heard = all(one.code == 0 for one in said)
            _check(base, project, served, forked, done, decision if heard else "none", seen, server_answered)
        except AssertionError as error:
            failures.append(f"{number} ({where}): {error}\n  build said: {done.text}")
        shutil.rmtree(project.folder)
    assert not failures, "\n".join(failures)


def _check(
    base: Base,
    project: Project,
    served: GeminiServer,
    forked: Forge,
    done: Ended,
    decision: str,
    seen: dict[str, dict[str, Any]] | None,
    answered: int,
) -> None:
    assert done.code in (0, 1) and "Traceback" not in done.text, done.text
    assert done.code == 0 or "failed" in done.text.lower()
    if seen is not None and decision != "pull":
        _check_word(base, project, decision, seen["art"])
    # What was drawn from a pick that a pull then replaced turns to what was pulled in the next build, free.
    again = forked.run(project.folder, "build", environ=served.environ)
    served.settle()
    assert again.code == 0, f"the next build ended {again.code}: {again.text}"
    if seen is not None:
        _check_word(base, project, decision, seen["art"])
    third = forked.run(project.folder, "build", environ=served.environ)
    assert third.code == 0 and "Nothing to do" in third.text, third.text
    # Paid is kept, and only a reroll makes it be paid again.
    kept = records(project.folder / ".pipeline")
    paid = {digest_of(one) for one in served.answers[answered:]} - {None}
    assert paid <= {take["take"] for take in kept}, "a paid picture is not in the store"
    most = Counter((take["asset"], take["request"]) for take in kept).most_common(1)[0][1]
    theirs = 1 if decision == "pull" else 0
    assert most <= 1 + (decision == "reroll") + theirs, "a request was paid for twice"
    for asset, entry in project.lock.items():
        assert entry.get("take") not in entry.get("rejected", ())
        for path, (_, digest) in entry["files"].items():
            assert sha(project.read(path)) == digest, f"{path} of {asset} is not what the lock says"


def _check_word(base: Base, project: Project, decision: str, then: dict[str, Any]) -> None:
    """That what the person said still stands: `then` is the entry as they left it."""
    now, theirs = project.lock["art"], base.theirs.lock
    if decision in ("approve", "note"):
        approved = {now.get("approved"), *(past.get("approved") for past in now.get("past", {}).values())}
        assert then["approved"] in approved, "an approval is gone"
        assert now.get("note") == then.get("note"), "a note is gone"
    elif decision in ("pick", "keep", "protect"):
        assert now["take"] == then["take"], "the pick was changed under a person"
        assert now.get("protected") == then.get("protected")
    elif decision == "adopt":
        assert now["adopted"] == sha(base.png) == sha(project.read("output/art.jpg"))
    elif decision == "reroll":
        assert set(then["rejected"]) <= set(now["rejected"])
    elif decision == "other":
        assert project.lock["lamp"]["protected"] is True
    elif decision == "pull":
        assert {id: entry["take"] for id, entry in project.lock.items()} == {
            id: entry["take"] for id, entry in theirs.items()
        }, f"not what was pulled: {json.dumps(project.lock)}"
        assert project.lock["lamp"]["note"] == "from them"
