"""A keeper ends when it is told to, whatever it is doing just then."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.errors import Interrupted
from pipeline.live.inbox import Inbox
from pipeline.live.keeping import Keeper
from pipeline.options import BuildOptions
from pipeline.workshop import Workshop, open_workshop
from tests.project import Project


def test_a_word_of_the_end_that_comes_during_a_look_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = Project(tmp_path / "toys").spec("toys", "assets: {kite: {prompt: A kite.}}\n")
    looked: list[object] = []

    def open_shop() -> Workshop:
        if looked:  # it is looking once more, and nothing else is due then
            keeper.stop()
        return open_workshop(project.folder, None, os.environ)

    work_off = Inbox.work_off

    def never_after_the_end(inbox: Inbox, timeout_s: float | None) -> None:
        assert not (keeper._is_over and timeout_s is None), "it would wait for ever"
        work_off(inbox, timeout_s)

    keeper = Keeper(open_shop, options=BuildOptions(offline=True), auto=False)
    keeper.subscribe(looked.append)
    monkeypatch.setattr(Inbox, "work_off", never_after_the_end)
    assert keeper.run() == Interrupted.exit_code
