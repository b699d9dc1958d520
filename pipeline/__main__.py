"""The command `pipeline`, and `python -m pipeline`."""

from __future__ import annotations

import os
import sys

from pipeline import __version__
from pipeline.uptodate import nothing_to_do


def main() -> int:
    """Run the command line with this process's arguments, environment and streams; returns the exit code."""
    if sys.argv[1:] == ["--version"]:
        print(f"asset-pipeline {__version__}")
        return 0
    if nothing_to_do(sys.argv[1:], os.environ, sys.stdout, sys.stderr):
        # Nothing is left to be put in order, and taking the interpreter down in order takes a while.
        os._exit(0)
    from pipeline import cli

    return cli.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
