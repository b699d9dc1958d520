"""A build that dies around any of its writes is continued by the next: nothing is lost, nothing is paid twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gemini_server import GeminiServer
from tests.project import ROOT, Project

CHAIN = "assets:\n  art: {prompt: Art.}\n  hero: {prompt: \"Like {{ ref('art') }}.\", format: png}\n"


def dies(project: Project, number: int, moment: str) -> bool:
    """Whether the build died around that write; it did not when there were fewer."""
    assert project.server is not None
    command = [sys.executable, "-m", "tests.dying", str(number), moment, "-C", str(project.folder), "build"]
    environ = {**os.environ, **project.server.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode in (0, -9), done.stdout + done.stderr
    return done.returncode == -9


def booked(project: Project) -> tuple[int, int]:
    """Calls that brought a take, and calls that may have been charged, by the ledger."""
    calls: dict[str, str] = {}
    for line in project.read(".pipeline/ledger.jsonl").splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            continue  # a line that a death cut off
        if "call" in value:
            calls[value["call"]] = value.get("result", "")
    return sum(r == "take" for r in calls.values()), sum(r in ("", "lost") for r in calls.values())


@pytest.mark.timeout(600)
@pytest.mark.parametrize("moment", ["before", "torn", "after"])
def test_a_death_around_any_write_loses_nothing_and_pays_nothing_twice(
    tmp_path: Path, server: GeminiServer, moment: str
) -> None:
    number = 0
    died = True
    while died:
        number += 1
        project = Project(tmp_path / str(number), server).settings("remote: takes/\n").spec("chain", CHAIN)
        server.reset()
        died = dies(project, number, moment)
        project.build().ends(0)
        takes, lost = booked(project)
        # A call that was meant, but not made before the death, is booked as one that may have been charged.
        assert takes <= len(server.paid) <= takes + lost, f"write {number}"
        assert takes == len(project.lock) == 2
        # Only a call that was on the wire when all died is paid again.
        assert lost <= 1
        project.build().ends(0).draws(0).says("Nothing to do")
        keyless = Project(project.folder)
        keyless.remove(".pipeline", "output").build().ends(0)
        assert sorted(keyless.outputs) == ["art.jpg", "hero.png"]
    assert number > 20, "so many writes there are at least"
