"""Several builds of one project at once, people who look while a build runs and dies, and a clock that jumps."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from tests.gemini_server import GeminiServer
from tests.project import Project
from tests.soak.forge import Forge
from tests.soak.reconcile import arrived, build, complete, reconcile
from tests.soak.worlds import CROWD_PROFILE, CROWD_SHARED, World, late

WAITS = "another build is under way here"


@pytest.mark.parametrize("count", [2, 8])
def test_builds_at_once_wait_for_each_other_and_draw_nothing_twice(
    tmp_path: Path, server: GeminiServer, forked: Forge, count: int
) -> None:
    world = CROWD_SHARED
    project = world.at(tmp_path / "project", server)
    server.hold()
    first = forked.start(project.folder, "build", environ=server.environ)
    server.wait_for(1)
    others = [forked.start(project.folder, "build", environ=server.environ) for _ in range(count - 1)]
    for other in others:
        other.wait_until(WAITS)
    server.release()
    done = [one.wait() for one in (first, *others)]
    assert [one.code for one in done] == [0] * count, [one.text for one in done]
    assert WAITS not in done[0].text
    assert all("Nothing to do" in one.text for one in done[1:])
    assert len(server.paid) == world.takes
    reconcile(forked, world, project, server)


def test_builds_at_once_that_begin_together_pay_once(tmp_path: Path, server: GeminiServer, forked: Forge) -> None:
    server.answer = late(1)
    world = CROWD_SHARED
    project = world.at(tmp_path / "project", server)
    running = [forked.start(project.folder, "build", "-j", "3", environ=server.environ) for _ in range(8)]
    assert [one.wait().code for one in running] == [0] * 8
    assert len(server.paid) == world.takes
    reconcile(forked, world, project, server)


@pytest.mark.parametrize("seed", range(2))
def test_when_the_build_that_others_wait_for_is_killed_the_next_goes_on(
    tmp_path: Path, server: GeminiServer, forked: Forge, seed: int
) -> None:
    chance = random.Random(seed)
    server.answer = late(seed)
    world = chance.choice([CROWD_SHARED, CROWD_PROFILE])
    project = world.at(tmp_path / "project", server)
    command = (*world.options, "build", "-j", "4")
    running = [forked.start(project.folder, *command, environ=server.environ) for _ in range(4)]
    time.sleep(chance.uniform(0.1, 0.8))
    running[0].kill()
    running[1].kill()
    codes = [one.wait().code for one in running]
    assert set(codes) <= {0, -9}, codes
    complete(forked, world, project, server)
    reconcile(forked, world, project, server, whole=arrived(project, server))


LOOKS = (
    ("list",),
    ("plan",),
    ("takes", "stall-1"),
    ("costs",),
    ("show", "sign"),
    ("explain", "sign"),
    ("--json", "plan"),
    ("--json", "takes", "art"),
)


@pytest.mark.parametrize("seed", range(2))
def test_a_reader_sees_whole_things_while_a_build_runs_and_is_killed(
    tmp_path: Path, server: GeminiServer, forked: Forge, seed: int
) -> None:
    chance = random.Random(seed)
    server.answer = late(seed, 0.1)
    world = CROWD_SHARED
    project = world.at(tmp_path / "project", server)
    whole: set[str] = set()
    looked = 0
    for last in (False, False, True):
        running = forked.start(project.folder, "build", "-j", "4", environ=server.environ)
        dies_at = time.monotonic() + chance.uniform(0.2, 1.0)
        reading = True
        while reading:
            looks = [forked.start(project.folder, *look, environ=server.environ) for look in chance.sample(LOOKS, 3)]
            for look in looks:
                seen = look.wait()
                assert seen.code == 0, seen.text
                looked += 1
            if last:
                reading = "Done:" not in running.said() and "Nothing to do" not in running.said()
            elif time.monotonic() > dies_at:
                running.kill()
                reading = False
        assert running.wait().code in (0, -9, 1)
        server.settle()
        whole |= arrived(project, server)
    complete(forked, world, project, server)
    reconcile(forked, world, project, server, whole=whole)
    assert looked >= 10


HOUR, DAY = 3600.0, 86400.0
JUMPS = {
    "an hour on and back": (HOUR, -HOUR),
    "back and forth": (0.0, -DAY, DAY, -HOUR, HOUR),
    "1970 and back": (-1e10, 0.0),
}


def touch_all(project: Project, at_s: float) -> None:
    """As if all files had been written then."""
    for file in project.folder.rglob("*"):
        os.utime(file, (at_s, at_s))


@pytest.mark.parametrize("jump", JUMPS)
def test_a_clock_that_jumps_changes_nothing(tmp_path: Path, server: GeminiServer, forked: Forge, jump: str) -> None:
    world: World = CROWD_SHARED
    project = world.at(tmp_path / "project", server)

    def fresh() -> None:
        for clock in ((), JUMPS[jump]):
            for command in (["build", "--frozen"], ["plan", "--exit-code"], ["build"]):
                done = forked.run(project.folder, *command, environ=server.environ, clock=clock)
                assert done.code == 0 and "Nothing to do" in done.text, done.text

    server.hold()
    running = forked.start(project.folder, "build", environ=server.environ, clock=JUMPS[jump])
    server.wait_for(1)
    server.release()
    server.wait_for(4)
    running.kill()
    running.wait()
    server.settle()
    whole = arrived(project, server)
    for clock in (JUMPS[jump], ()):
        done = forked.run(project.folder, "build", environ=server.environ, clock=clock)
        assert done.code == 0, done.text
    fresh()
    for at_s in (0.0, time.time() + DAY, time.time() - HOUR):
        touch_all(project, at_s)
        fresh()
    reconcile(forked, world, project, server, whole=whole)
    # A change is seen whatever the times say: what a file looks like on the disk is more than its time.
    project.write("output/art.jpg", project.read("output/stall-1.jpg"))
    os.utime(project.folder / "output" / "art.jpg", (0, 0))
    frozen = forked.run(project.folder, "build", "--frozen", environ=server.environ, clock=JUMPS[jump])
    assert frozen.code in (0, 4) and "edited" in frozen.text.lower(), frozen.text
    os.utime(project.folder / "specs" / "all.yaml", (0, 0))
    project.replace("specs/all.yaml", "A sign of", "A flag of")
    plan = forked.run(project.folder, "plan", "--exit-code", "sign", environ=server.environ, clock=JUMPS[jump])
    assert plan.code == 4 and "1 to draw" in plan.text, plan.text
    assert len(server.paid) <= world.takes + 8
    build(forked, world, project, server, "sign")
    assert "A flag of" in server.requests[-1].prompt
