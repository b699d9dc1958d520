"""A build that is killed is continued by the next: what arrived is not lost, and nothing is paid twice.

`--kills N` says how many deaths there are to be in all: half of them at the steps of keeping a take, each in turn, half
at random moments of a build with many calls in flight. `make soak` runs the long form.
"""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.gemini_server import GeminiServer
from tests.project import Project
from tests.soak.forge import Ended, Forge
from tests.soak.reconcile import arrived, build, complete, reconcile
from tests.soak.steps import Death
from tests.soak.worlds import CHAIN, CHAIN_SHARED, CROWD, CROWD_PROFILE, CROWD_SHARED, PROFILE, TALK, TWINS, World, late

SHARDS = 2
RANDOM_SHARDS = 8
WORLDS = (CHAIN, CHAIN_SHARED, TWINS, PROFILE, TALK)
AGAIN = 0.25
"""The chance that the build after a death dies as well."""


def steps_of(forked: Forge, world: World, server: GeminiServer, folder: Path) -> list[Death]:
    """Every death that a build of this world can die, in the order of its steps."""
    project = world.at(folder, server)
    death = Death(number=0)
    done = forked.run(project.folder, *world.options, "build", "-j", "1", environ=server.environ, death=death)
    assert done.code == 0, done.text
    deaths = []
    for number, step in enumerate(done.steps, 1):
        deaths += [Death(number=number, moment=m) for m in ("before", "torn", "after") if m != "torn" or step[0] == "*"]
    assert len(deaths) > 100, "so many there are at least"
    return deaths


def dies(forked: Forge, world: World, project: Project, server: GeminiServer, death: Death) -> str | None:
    """Where the build died; None where it came to its end before that."""
    command = (*world.options, "build", "-j", "1")
    done = forked.run(project.folder, *command, environ=server.environ, death=death)
    assert done.code in (0, -9) or is_stuck(done), done.text
    server.settle()
    return done.steps[-1] if done.code == -9 else None


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("shard", range(SHARDS))
@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_a_death_at_any_step_loses_nothing_and_pays_nothing_twice(
    tmp_path: Path,
    server: GeminiServer,
    forked: Forge,
    soak: int,
    record_property: Callable[[str, object], None],
    world: World,
    shard: int,
) -> None:
    deaths = steps_of(forked, world, server, tmp_path / "whole")
    chance = random.Random(f"{world.name} {shard}")
    mine = deaths[shard::SHARDS]
    mine = chance.sample(mine, min(len(mine), max(1, round(soak / 2 / SHARDS / len(WORLDS)))))
    kills = 0
    for death in mine:
        folder = tmp_path / f"{death.number}-{death.moment}"
        for back in (0, 15, 40):  # what runs side by side may take fewer steps this time than when they were listed
            shutil.rmtree(folder, ignore_errors=True)
            server.reset()
            project = world.at(folder, server)
            earlier = Death(number=max(1, death.number - back), moment=death.moment if not back else "before")
            where = dies(forked, world, project, server, earlier)
            if where is not None:
                break
        print(f"{world.name} {death}: {where}")
        kills += where is not None
        whole = arrived(project, server)
        while chance.random() < AGAIN and (
            where := dies(forked, world, project, server, Death(number=chance.randint(1, 60)))
        ):
            print("  and", where)
            whole |= arrived(project, server)
            kills += 1
        complete(forked, world, project, server)
        reconcile(forked, world, project, server, whole=whole)
        shutil.rmtree(folder)
    assert kills >= len(mine) * 0.8
    record_property("deaths", kills)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("shard", range(RANDOM_SHARDS))
def test_a_death_at_any_moment_loses_nothing_and_pays_nothing_twice(
    tmp_path: Path,
    server: GeminiServer,
    forked: Forge,
    soak: int,
    record_property: Callable[[str, object], None],
    shard: int,
) -> None:
    seed = 20260000 + shard
    chance = random.Random(seed)
    server.answer = late(seed)
    kills = 0
    wanted = max(1, round(soak / 2 / RANDOM_SHARDS))
    while kills < wanted:
        world = chance.choice([CROWD, CROWD_SHARED, CROWD_PROFILE, TALK])
        server.reset()
        project = world.at(tmp_path / f"{kills}", server)
        whole: set[str] = set()
        while True:
            moment_s = chance.uniform(0.02, 0.9)
            print(f"seed {seed}, {world.name}, after {moment_s:.3f} s")
            died = killed_after(forked, world, project, server, moment_s)
            whole |= arrived(project, server)
            kills += died
            if not died or chance.random() > AGAIN:
                break
        complete(forked, world, project, server)
        reconcile(forked, world, project, server, whole=whole)
        shutil.rmtree(project.folder)
    record_property("deaths", kills)


def killed_after(forked: Forge, world: World, project: Project, server: GeminiServer, moment_s: float) -> bool:
    running = forked.start(project.folder, *world.options, "build", "-j", "8", environ=server.environ)
    time.sleep(moment_s)
    running.kill()
    done = running.wait()
    assert done.code in (0, -9) or is_stuck(done), done.text
    server.settle()
    return done.code == -9


def is_stuck(done: Ended) -> bool:
    """Whether it ended because a call was lost as often as it is repeated."""
    return done.code == 1 and "calls brought no answer and may have been charged" in done.text


@pytest.mark.parametrize("world", [CROWD_SHARED, CROWD_PROFILE], ids=lambda world: world.name)
def test_a_build_that_nobody_kills_agrees_with_the_api(
    tmp_path: Path, server: GeminiServer, forked: Forge, world: World
) -> None:
    project = world.at(tmp_path / "project", server)
    build(forked, world, project, server, "-j", "8")
    assert len(server.paid) == world.takes
    reconcile(forked, world, project, server)
