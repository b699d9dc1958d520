"""Runs the command line in this process and dies, as by SIGKILL, around its n-th step of taking an answer in.

    python -m tests.dying_arriving N before|torn|after ARGS...

Steps are what is written of an answer while it arrives, and what is done with it until its folder is gone. `torn` dies
with half of what arrives written.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from typing import Any

from pipeline.draw import arriving
from pipeline.store import incoming, ledger, objects
from tests import dying

STEPS = (
    (arriving, "_write"),
    (incoming.Incoming, "begin"),
    (incoming.Incoming, "remove"),
    (objects, "move_into_place"),
    (objects, "write_atomic"),
    (ledger, "append_line"),
)


def tear(args: Sequence[Any]) -> None:
    if isinstance(args[0], io.FileIO):
        args[0].write(args[1][: len(args[1]) // 2])


if __name__ == "__main__":
    sys.exit(dying.main(STEPS, tear))
