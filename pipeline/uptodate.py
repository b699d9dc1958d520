"""Is there anything to do? Asked before anything else is imported, because most builds have nothing to do.

A build that ends with every asset fresh (or a placeholder) writes down its footprint: all that its result depended on,
and how that looked. While every part of it still looks the same, the next build that is asked for in the same way would
do and say the same. Whatever is not certain is left to the full build: this module may say "look closer" too often, and
never "nothing to do" wrongly.

It imports what the interpreter has loaded anyway, and a checksum: each of argparse, json, re and pathlib would cost
more than looking at thousands of files.
"""

from __future__ import annotations

import marshal
import os
import sys
from _thread import allocate_lock
from binascii import crc32
from os import stat

import pipeline
from pipeline import credentials, paper

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any, TextIO, TypeAlias

    Rows: TypeAlias = dict[str, tuple[tuple[str, ...], bytes]]
    """By folder: names, and of each its times of modification and change in ns, size and inode, 64 bits each."""
    Footprint: TypeAlias = tuple[Rows, list[tuple[str, int, int]], list[str], list[str], list[str]]
    Question: TypeAlias = tuple[object, ...]
    Paper: TypeAlias = tuple[int | None, int | None, bool, bool]
    Said: TypeAlias = dict[Paper, tuple[str, str]]

FORMAT = 1
"""Of the state files. Another format is another question, so that files of older ones are never found."""

STATE = ".pipeline/state"

NAMED = "pipeline"
"""How the names of settings and locks in a project's root begin."""


def nothing_to_do(argv: Sequence[str], environ: Mapping[str, str], stdout: TextIO, stderr: TextIO) -> bool:
    """Whether a build with that command line would do nothing. Then all that it would say has been said."""
    if "build" not in argv:
        return False
    try:
        said = _said(argv, environ, stdout, stderr)
    except Exception:  # a file that is gone, or whatever else a torn or foreign state can lead to
        said = None
    if said is None:
        return False
    for stream, text in ((stderr, said[1]), (stdout, said[0])):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[attr-defined]
        stream.write(text)
        stream.flush()
    return True


def _said(argv: Sequence[str], environ: Mapping[str, str], stdout: TextIO, stderr: TextIO) -> tuple[str, str] | None:
    root = root_of(argv)
    state = read(root, question(argv, environ, root)) if root is not None else None
    if root is None or state is None or not holds(root, state[0]):
        return None
    return state[1].get(paper_of(environ, stdout, stderr))


# --- the question ---------------------------------------------------------------------------------------------------


def root_of(argv: Sequence[str]) -> str | None:
    """The project's root, as the command line finds it; None where that takes a closer look."""
    named = [word for word in argv if word.startswith("-") and not word.startswith("--") and "C" in word]
    if named:
        # `-Cdir` and `-qC dir` are understood too, but not here.
        after = argv[argv.index("-C") + 1 :] if named == ["-C"] else ()
        return os.path.realpath(after[0]) if after else None
    return project_above(os.getcwd())


def project_above(folder: str) -> str | None:
    """The nearest folder from there upwards that is a project; None where none is."""
    while not (os.path.isfile(f"{folder}/pipeline.yaml") or os.path.isdir(f"{folder}/specs")):
        folder, below = os.path.dirname(folder), folder
        if folder == below:
            return None
    return folder


def question(argv: Sequence[str], environ: Mapping[str, str], root: str) -> Question:
    """What a build was asked, and by which tool: a state answers no other question. Holds no secret."""
    return (
        FORMAT,
        tool(),
        root,
        tuple(argv),
        credentials.missing(environ),
        environ.get("HOME"),  # a remote may begin with ~
    )


def tool() -> tuple[str, ...]:
    """This version of the tool, in this Python and this place."""
    return (sys.version, sys.executable, os.path.dirname(pipeline.__file__), pipeline.__version__)


def paper_of(environ: Mapping[str, str], stdout: TextIO, stderr: TextIO) -> Paper:
    """What decides how the same words are printed."""
    return (
        paper.columns(stdout, environ),
        paper.columns(stderr, environ),
        paper.shows_colors(stdout, environ),
        paper.shows_colors(stderr, environ),
    )


# --- the state ------------------------------------------------------------------------------------------------------


def file_of(root: str, asked: Question) -> str:
    """Where the state of a question is kept."""
    return f"{root}/{STATE}/{crc32(repr(asked).encode('utf-8', 'backslashreplace')):08x}"


def read(root: str, asked: Question) -> tuple[Footprint, Said] | None:
    """The state of a question; None where it is damaged or of another one.

    Raises OSError where there is none, and what marshal raises.
    """
    state = unsealed(root, file_of(root, asked))
    if state is None:
        return None
    found, footprint, said = state
    return (footprint, said) if found == asked else None


def sealed(root: str, value: tuple[Any, ...], apart: Iterable[bytes | memoryview] = ()) -> bytes:
    """The bytes of a state file: the value, and behind it what stands apart.

    marshal's format is one Python's own, and which Python it was is in the question. It trusts what it reads. So the
    sum over the bytes begins with what no other folder has: a state that came with a clone, or with a copy, is not even
    looked into. Raises OSError where the folder of states is not there yet.
    """
    data = b"".join((marshal.dumps(value), *apart))
    return crc32(data, _place(root)).to_bytes(4, "little") + data


def unsealed(root: str, path: str) -> tuple[Any, ...] | None:
    """What is in a state file; None where it is damaged or from elsewhere. Raises OSError, and what marshal raises."""
    data = opened(root, path)
    if data is None:
        return None
    value: tuple[Any, ...] = marshal.loads(data)
    return value


def opened(root: str, path: str) -> memoryview | None:
    """The bytes of a state file: its value, and what stands behind it. None and errors as of `unsealed`."""
    with open(path, "rb", 0) as file:
        data = memoryview(file.read())
    if crc32(data[4:], _place(root)) != int.from_bytes(data[:4], "little"):
        return None
    return data[4:]


def _place(root: str) -> int:
    """What the folder of states is told by; 32 bits."""
    inodes = [stat(path).st_ino for path in (root, f"{root}/{STATE}")]
    return crc32(repr((inodes, os.getuid())).encode())


def holds(root: str, footprint: Footprint) -> bool:
    """Whether everything still looks as it did. Raises OSError where something is gone."""
    rows, folders, absent, empty, names = footprint
    here = root + "/"
    for path, inode, mode in folders:
        now = os.lstat(here + path)
        if now.st_ino != inode or now.st_mode != mode:
            return False
    if any(os.path.lexists(here + path) for path in absent):
        return False
    if any(os.path.lexists(here + path) and stat(here + path).st_size for path in empty):
        return False
    return names_in(root) == names and look_alike(here, rows)


STANDING = allocate_lock()
"""Held by whoever stands in another folder for a while: the threads of a process share the one they stand in."""


def look_alike(here: str, rows: Rows) -> bool:
    """Whether files still look as they did: times of modification and change, size, inode; by folder.

    The time of change is the one that nobody can set (`cp -p` sets the other). From inside its folder a file is found
    in two thirds of the time.
    """
    with STANDING:
        before = os.open(".", os.O_RDONLY)
        try:
            for folder, (names, numbers) in rows.items():
                os.chdir(here + folder)
                looks = memoryview(numbers).cast("Q")
                columns = (looks[::4], looks[1::4], looks[2::4], looks[3::4])
                for name, mtime, ctime, size, inode in zip(names, *columns, strict=True):
                    now = stat(name)
                    if (
                        now.st_ctime_ns != ctime
                        or now.st_size != size
                        or now.st_ino != inode
                        or now.st_mtime_ns != mtime
                    ):
                        return False
            return True
        finally:
            os.fchdir(before)
            os.close(before)


def names_in(root: str) -> list[str]:
    """The files of the root that may be settings or locks."""
    return sorted(name for name in os.listdir(root) if name.startswith(NAMED))
