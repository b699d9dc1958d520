"""Marks in text: a line or key by which a file of text is known to be the tool's, as pictures are by marks.py.

It reads `asset-pipeline KIND sha256:HEX`, where HEX is the digest of the text without it. Line ends do not count: git
writes them as a system likes them.

    a comment    the first line, of every kind of file that has comments; behind `<?xml ...`, `#!` and `@charset`
    JSON         the first key of an object, `"generator"`
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Final, NamedTuple

_NAME: Final = "asset-pipeline"


class _Comment(NamedTuple):
    """How a comment begins and ends."""

    start: str
    end: str = ""


_COMMENTS: Final[Mapping[str, _Comment]] = {
    **dict.fromkeys(("ts", "tsx", "js", "mjs", "cjs", "jsx", "cs", "jsonc", "gdshader"), _Comment("// ")),
    **dict.fromkeys(("css", "scss", "less"), _Comment("/* ", " */")),
    **dict.fromkeys(("gd", "py", "yaml", "yml", "toml"), _Comment("# ")),
    **dict.fromkeys(("tres", "tscn", "import", "cfg", "ini"), _Comment("; ")),
    **dict.fromkeys(("html", "htm", "svg", "xml", "md"), _Comment("<!-- ", " -->")),
}
"""By the ending of a file's name."""

_JSON: Final = ("json", "webmanifest", "atlas")

_MARK: Final = rf"{_NAME} ([!-~]+) (sha256:[0-9a-f]{{64}})"
_LINE: Final = re.compile(rf"(?://|/\*|#|;|<!--) {_MARK}(?: \*/| -->)?\r?\n")
_KEY: Final = re.compile(rf'\{{(\s*)"generator": ?"{_MARK}"(,?)')


def carries(path: str) -> bool:
    """Whether a file of that name can have a mark; JSON only if it is an object."""
    return _ending(path) in _COMMENTS or _ending(path) in _JSON


def stamp(path: str, text: bytes, kind: str) -> bytes:
    """The text with a mark of that kind, which has no blank in it; without, where a file of that name has no place."""
    comment = _COMMENTS.get(_ending(path))
    try:
        bare = text.decode("utf-8")
    except UnicodeDecodeError:
        return text
    mark = f"{_NAME} {kind} {_digest(bare)}"
    if comment is not None:
        at = _behind_first(bare)
        return f"{bare[:at]}{comment.start}{mark}{comment.end}\n{bare[at:]}".encode()
    if _ending(path) in _JSON and bare.startswith("{"):
        inside = bare[1:]
        blank = inside[: len(inside) - len(inside.lstrip())]
        comma = "" if inside.lstrip().startswith("}") else ","
        return f'{{{blank}"generator": {json.dumps(mark)}{comma}{inside}'.encode()
    return text


def read_mark(text: bytes) -> str | None:
    """The kind that a mark in a text names, if all but the line ends is still as it was stamped; else None."""
    if _NAME.encode() not in text[:_MOST]:
        return None
    try:
        there = text.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return None
    at = _behind_first(there)
    if line := _LINE.match(there, at):
        kind, told = line.groups()
        bare = there[:at] + there[line.end() :]
    elif (key := _KEY.match(there)) and bool(key[4]) != there[key.end() :].lstrip().startswith("}"):
        _, kind, told, _ = key.groups()
        bare = "{" + there[key.end() :]
    else:
        return None
    return kind if told == _digest(bare) else None


_MOST: Final = 1000
"""Bytes from the start in which a mark begins."""


def _ending(path: str) -> str:
    _, dot, ending = path.rpartition("/")[2].rpartition(".")
    return ending.lower() if dot else ""


def _behind_first(text: str) -> int:
    """Where the mark goes: behind a line that has to be the first."""
    if text.startswith(("<?xml", "#!", "@charset")):
        return text.find("\n") + 1
    return 0


def _digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.replace(chr(13) + chr(10), chr(10)).encode()).hexdigest()}"
