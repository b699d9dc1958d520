"""Runs the command line in this process and dies, as by SIGKILL, around its n-th step of some work.

python -m tests.dying_... N before|torn|after ARGS...
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pipeline import cli


def main(steps: Iterable[tuple[Any, str]], tear: Callable[[Sequence[Any]], None]) -> int:
    """Run, and die at one of the steps (attributes of modules or classes); `tear` does half of one by its arguments."""
    number, moment, count = int(sys.argv[1]), sys.argv[2], 0

    def dying(step: Callable[..., Any]) -> Callable[..., Any]:
        def done(*args: Any, **more: Any) -> Any:
            nonlocal count
            count += 1
            if count != number:
                return step(*args, **more)
            if moment == "torn":
                tear(args)
            if moment == "after":
                step(*args, **more)
            os.kill(os.getpid(), 9)
            return None

        return done

    for owner, name in steps:
        setattr(owner, name, dying(getattr(owner, name)))
    return cli.main(sys.argv[3:])
