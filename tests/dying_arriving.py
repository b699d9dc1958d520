"""Runs the command line in this process and dies, as by SIGKILL, around its n-th step of taking an answer in.

    python -m tests.dying_arriving N before|torn|after ARGS...

Steps are what is written of an answer while it arrives, and what is done with it until its folder is gone. `torn` dies
with half of what arrives written.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from typing import Any

from pipeline import cli
from pipeline.draw import arriving
from pipeline.store import incoming, ledger, objects


def main(number: int, moment: str, argv: list[str]) -> int:
    count = 0

    def dying(step: Callable[..., Any]) -> Callable[..., Any]:
        def done(*args: Any, **more: Any) -> Any:
            nonlocal count
            count += 1
            if count != number:
                return step(*args, **more)
            if moment == "torn" and isinstance(args[0], io.FileIO):
                args[0].write(args[1][: len(args[1]) // 2])
            if moment == "after":
                step(*args, **more)
            os.kill(os.getpid(), 9)
            return None

        return done

    for module, name in (
        (arriving, "_write"),
        (incoming.Incoming, "begin"),
        (incoming.Incoming, "remove"),
        (objects, "move_into_place"),
        (objects, "write_atomic"),
        (ledger, "append_line"),
    ):
        setattr(module, name, dying(getattr(module, name)))
    return cli.main(argv)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2], sys.argv[3:]))
