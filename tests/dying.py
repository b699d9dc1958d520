"""Runs the command line in this process and dies, as by SIGKILL, around its n-th write.

    python -m tests.dying N before|torn|after ARGS...

`before` dies with nothing of that write on the disk, `torn` with half of it beside its place, `after` with all of it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline import cli, files
from pipeline.store import ledger, lock, objects, outputs


def main(number: int, moment: str, argv: list[str]) -> int:
    count = 0

    def dying(write: Callable[..., None]) -> Callable[..., None]:
        def written(path: Path, data: bytes, **more: Any) -> None:
            nonlocal count
            count += 1
            if count != number:
                write(path, data, **more)
                return
            if moment == "torn":
                files.make_folder(path.parent)
                torn = path if more else path.with_name(f".{path.name}.dead.tmp")
                with torn.open("ab") as file:
                    file.write(data[: len(data) // 2])
            if moment == "after":
                write(path, data, **more)
            os.kill(os.getpid(), 9)

        return written

    atomic, append = dying(files.write_atomic), dying(files.append_line)
    for module in (lock, objects, outputs):
        setattr(module, "write_atomic", atomic)  # noqa: B010 - a module's own name for it
    for module in (ledger, outputs):
        setattr(module, "append_line", append)  # noqa: B010
    return cli.main(argv)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2], sys.argv[3:]))
