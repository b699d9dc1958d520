"""Runs the command line in this process and dies, as by SIGKILL, around its n-th step of putting a bundle in its place.

    python -m tests.dying_bundling N before|torn|after ARGS...

Steps are the files that are written of bundles, and the records of them. `torn` dies with half of a file written
beside its place.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline import cli, files
from pipeline.store import bundled, outputs


def main(number: int, moment: str, argv: list[str]) -> int:
    count = 0

    def dying(step: Callable[..., Any]) -> Callable[..., Any]:
        def done(*args: Any, **more: Any) -> Any:
            nonlocal count
            count += 1
            if count != number:
                return step(*args, **more)
            if moment == "torn" and isinstance(args[0], Path):
                files._written_beside(args[0], args[1][: len(args[1]) // 2])
            if moment == "after":
                step(*args, **more)
            os.kill(os.getpid(), 9)
            return None

        return done

    for module, name in ((outputs, "write_atomic"), (outputs, "append_line"), (bundled, "write_atomic")):
        setattr(module, name, dying(getattr(module, name)))
    return cli.main(argv)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2], sys.argv[3:]))
