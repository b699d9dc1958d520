"""A keeper ends when it is told to, whatever it is doing just then."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from pipeline.errors import Interrupted
from pipeline.live.keeping import Keeper
from pipeline.options import BuildOptions
from pipeline.workshop import open_workshop
from tests.project import Project


def test_a_word_of_the_end_that_comes_during_a_look_ends_it(tmp_path: Path) -> None:
    project = Project(tmp_path / "toys").spec("toys", "assets: {kite: {prompt: A kite.}}\n")
    keeper = Keeper(
        lambda: open_workshop(project.folder, None, os.environ), options=BuildOptions(offline=True), auto=False
    )
    # What is told is told in the middle of a look.
    keeper.subscribe(lambda _: keeper.stop())
    codes: list[int] = []
    loop = threading.Thread(target=lambda: codes.append(keeper.run()), daemon=True)
    loop.start()
    loop.join(30)
    assert codes == [Interrupted.exit_code]
