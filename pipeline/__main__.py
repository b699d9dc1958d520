"""The command `pipeline`, and `python -m pipeline`."""

from __future__ import annotations

import gc
import os
import sys

from pipeline import __version__
from pipeline.uptodate import nothing_to_do


def main() -> int:
    """Run the command line with this process's arguments, environment and streams; returns the exit code."""
    if sys.argv[1:] == ["--version"]:
        print(f"asset-pipeline {__version__}")
        return 0
    gc.disable()  # what is read and imported at the start is no garbage, and looking for some among it takes longer
    if nothing_to_do(sys.argv[1:], os.environ, sys.stdout, sys.stderr):
        _leave(0)
    from pipeline import cli

    code = cli.main(sys.argv[1:])
    _leave(code)
    return code


def _leave(code: int) -> None:
    """End the process, as nothing is left to be put in order: to take the interpreter down in order takes a while."""
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except (OSError, ValueError):
        return  # nobody reads: the interpreter knows what to do
    os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
