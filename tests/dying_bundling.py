"""Runs the command line in this process and dies, as by SIGKILL, around its n-th step of putting a bundle in its place.

    python -m tests.dying_bundling N before|torn|after ARGS...

Steps are the files that are written of bundles, and the records of them. `torn` dies with half of a file written
beside its place.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline import files
from pipeline.store import bundled, outputs
from tests import dying

STEPS = ((outputs, "write_atomic"), (outputs, "append_line"), (bundled, "write_atomic"))


def tear(args: Sequence[Any]) -> None:
    if isinstance(args[0], Path):
        files._written_beside(args[0], args[1][: len(args[1]) // 2])


if __name__ == "__main__":
    sys.exit(dying.main(STEPS, tear))
