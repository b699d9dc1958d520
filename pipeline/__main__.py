"""The command `pipeline`, and `python -m pipeline`."""

from __future__ import annotations

import sys

from pipeline import cli


def main() -> int:
    """Run the command line with this process's arguments, environment and streams; returns the exit code."""
    return cli.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
