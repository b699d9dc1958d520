"""A disk that is full, and folders that cannot be written: told, no further call is paid, and later all goes on."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from tests.gemini_server import GeminiServer
from tests.soak import rooms
from tests.soak.forge import Forge
from tests.soak.reconcile import build, calls, complete, reconcile
from tests.soak.worlds import CHAIN, CROWD, TWINS

_ROOM_KIB = 96 << 10
"""More than a build asks for before its first call."""

JOBS = 2


@rooms.needs_mount
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(3))
def test_a_disk_that_fills_up_during_a_build_stops_it_and_half_a_file_is_never_taken_for_whole(
    tmp_path: Path, server: GeminiServer, forked: Forge, soak: int, seed: int
) -> None:
    chance = random.Random(seed)
    for number in range(max(1, soak // 30)):
        world = chance.choice([CROWD, TWINS])
        server.reset()
        with rooms.small_disk(tmp_path / f"{number}", _ROOM_KIB) as disk:
            project = world.at(disk / "project", server)
            before, left = chance.randint(1, world.takes - 2), chance.choice([0, 4096, chance.randint(0, 300_000)])
            print(f"seed {seed}: {world.name}, {left} bytes left from call {before} on")
            server.hold()
            running = forked.start(project.folder, "build", "-j", str(JOBS), environ=server.environ)
            server.wait_for(1)
            server.release()
            server.wait_for(before)
            filler = rooms.fill(disk, left)
            full = running.wait()
            server.settle()
            assert full.code in (0, 1) and "Traceback" not in full.text, full.text
            if full.code:
                assert "No space left on device" in full.text, full.text
                asked = len(server.requests)
                again = build(forked, world, project, server)
                assert len(server.requests) == asked, "paid for, although there is no room"
                assert again.code == 0 or "left" in again.text + again.err, again.text
            filler.unlink()
            complete(forked, world, project, server)
            unkept = sum(call.get("result") == "unkept" for call in calls(project).values())
            # Room for each picture was kept before it was asked for.
            assert unkept == 0
            reconcile(forked, world, project, server)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("limit", [0, 200, 700, 12_000])
def test_a_limit_on_files_stops_a_build_and_half_a_file_is_never_taken_for_whole(
    tmp_path: Path, server: GeminiServer, forked: Forge, limit: int
) -> None:
    project = CHAIN.at(tmp_path / "project", server)
    full = forked.run(project.folder, "build", "-j", "1", environ=server.environ, largest_file=limit)
    server.settle()
    assert full.code in (0, 1) and "Traceback" not in full.text, full.text
    assert len(server.paid) == 0 or full.code == 0
    complete(forked, CHAIN, project, server)
    reconcile(forked, CHAIN, project, server)


@pytest.mark.parametrize(
    ("folder", "pays"),
    [(".pipeline", False), (".pipeline/objects", False), ("output", True), (".", False)],
)
def test_a_folder_that_cannot_be_written_is_named_and_nothing_is_paid_that_could_not_be_kept(
    tmp_path: Path, server: GeminiServer, forked: Forge, folder: str, pays: bool
) -> None:
    project = TWINS.at(tmp_path / "project", server)
    spec = project.read("specs/all.yaml").decode()
    project.spec("all", spec.split("  frame:")[0])
    build(forked, TWINS, project, server)
    server.reset()
    shutil.rmtree(project.folder / "takes")
    project.settings("defaults: {model: gemini-nano-banana-2.1, image_size: 1K}\n").spec("all", spec)
    with rooms.read_only(project.folder / folder):
        refused = build(forked, TWINS, project, server)
        assert refused.code == 1, refused.text
        told = "read-only" in refused.text.lower() or "permission denied" in refused.text.lower()
        assert told and (folder == "." or folder in refused.text), refused.text
        assert len(server.paid) == (1 if pays else 0)
        for looking in (["list"], ["plan"], ["costs"], ["takes", "frame"], ["show", "frame"], ["explain", "frame"]):
            looked = forked.run(project.folder, *looking, environ=server.environ)
            assert looked.code == 0, looked.text
        again = build(forked, TWINS, project, server)
        assert again.code == 1 and len(server.paid) == (1 if pays else 0), again.text
    done = build(forked, TWINS, project, server)
    assert done.code == 0 and len(server.paid) == 1, done.text
    assert sorted(project.outputs) == ["frame.png", "trees/1.jpg", "trees/2.jpg", "trees/3.jpg"]


@rooms.needs_mount
def test_nothing_is_paid_where_the_lock_cannot_be_written(tmp_path: Path, server: GeminiServer, forked: Forge) -> None:
    project = CHAIN.at(tmp_path / "project", server)
    (project.folder / "output").mkdir()
    with rooms.small_disk(project.folder / ".pipeline", _ROOM_KIB):
        with rooms.read_only(project.folder):
            refused = build(forked, CHAIN, project, server)
            assert refused.code == 1 and "pipeline.lock belongs there" in refused.text, refused.text
            assert not server.requests
        complete(forked, CHAIN, project, server)
        reconcile(forked, CHAIN, project, server)


@pytest.mark.parametrize("blocked", [".pipeline/lock.guard", ".pipeline/requests"])
def test_what_is_in_the_way_of_keeping_and_picking_is_found_before_anything_is_paid(
    tmp_path: Path, server: GeminiServer, forked: Forge, blocked: str
) -> None:
    project = CHAIN.at(tmp_path / "project", server)
    place = project.folder / blocked
    place.parent.mkdir()
    if blocked.endswith("guard"):
        place.mkdir()
    else:
        place.write_text("a person's")
    refused = build(forked, CHAIN, project, server)
    assert refused.code in (1, 2) and blocked in refused.text and "away" in refused.text, refused.text
    assert not server.requests
    place.rmdir() if place.is_dir() else place.unlink()
    complete(forked, CHAIN, project, server)
    reconcile(forked, CHAIN, project, server)
