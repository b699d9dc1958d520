"""Runs the command in this process and counts what it asks of Python and of the system.

    python tests/counting.py REPORT ARGUMENT...

REPORT gets a line for each module imported, file opened, path looked at (stat, lstat) and folder listed: the kind, a
tab, the module's name or the path from the root of the file system. Nothing is imported here that a bare Python has not
imported anyway, and the report is also written where the command ends by `os._exit`.
"""

import os
import posix
import sys


def main() -> None:
    report, *arguments = sys.argv[1:]
    seen = []
    before = set(sys.modules)

    def note(kind, path):  # type: ignore[no-untyped-def]
        seen.append((kind, os.path.join(os.getcwd(), os.fsdecode(path))))  # noqa: PTH109, PTH118 - without pathlib

    def hear(event, args):  # type: ignore[no-untyped-def]
        if event == "open" and isinstance(args[0], str | bytes):
            note("opened", args[0])
        elif event in ("os.listdir", "os.scandir") and not isinstance(args[0], int):
            note("listed", args[0] or ".")

    def counted(function):  # type: ignore[no-untyped-def]
        def look(path, *args, **more):  # type: ignore[no-untyped-def]
            if not isinstance(path, int):
                note("looked", path)
            return function(path, *args, **more)

        # shutil and others ask whether a function is among these.
        for able in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks):
            if function in able:
                able.add(look)
        return look

    def tell():  # type: ignore[no-untyped-def]
        lines = [*seen, *(("imported", name) for name in sorted(set(sys.modules) - before))]
        with open(report, "w", encoding="utf-8") as file:  # noqa: PTH123 - without pathlib
            file.write("".join(f"{kind}\t{name}\n" for kind, name in lines))

    def leave(code, leave=os._exit):  # type: ignore[no-untyped-def]
        tell()
        leave(code)

    for name in ("stat", "lstat"):
        setattr(posix, name, counted(getattr(posix, name)))
        setattr(os, name, getattr(posix, name))
    posix._exit = os._exit = leave  # type: ignore[assignment]
    sys.addaudithook(hear)
    sys.argv = ["pipeline", *arguments]
    try:
        from pipeline.__main__ import main as command

        sys.exit(command())
    finally:
        tell()


if __name__ == "__main__":
    main()
