"""What an id and a path may look like, so that every system can hold them and no two differ only in case."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from pipeline.spec.encoding import FORMATS

MAX_ID: Final = 120
_MAX_SEGMENT: Final = 150

_ID: Final = r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*\Z"
_OUTSIDE_ID: Final = r"[^A-Za-z0-9._/-]"
_OUTSIDE_PATH: Final = '[<>:"|?*\\x00-\\x1f\\x7f-\\x9f\\ud800-\\udfff]'
_DEVICES: Final = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10)}
)
_PLAIN = re.compile(
    r"(?:{0}[a-z0-9][a-z0-9_-]*/)*{0}[a-z0-9][a-z0-9_-]*\Z".format(r"(?!(?:con|prn|aux|nul|(?:com|lpt)[1-9])(?:/|\Z))"),
    re.IGNORECASE | re.ASCII,
)
"""Parts of letters and digits, none of them a device: what nearly all ids and names are, and nothing is wrong with."""

_PICTURE: Final = frozenset({".jpeg", ".gif", *(format.suffix for format in FORMATS.values())})
FORBIDDEN_FOLDERS: Final = frozenset({"specs", ".pipeline", ".git"})


def wrong_id(id: str) -> str:
    """Why a text is no id, as the end of a sentence; nothing if it is one."""
    if len(id) <= MAX_ID and _PLAIN.match(id):
        return ""
    if not id:
        return "is empty"
    if len(id) > MAX_ID:
        return f"is longer than {MAX_ID} characters"
    if found := re.search(_OUTSIDE_ID, id):
        return f"has {_shown(found.group())} in it"
    for segment in id.split("/"):
        if why := _wrong_segment(segment):
            return why
    return "" if re.match(_ID, id) else "has a part that does not begin with a letter or digit"


def outside(id: str) -> str:
    """The characters of a text that no id can have."""
    return "".join(dict.fromkeys(re.findall(_OUTSIDE_ID, id)))


def wrong_path(path: str) -> str:
    """Why a path below the project is none, as the end of a sentence; nothing if it is good."""
    if "\\" in path:
        return "has a backslash: folders are separated by `/`"
    if path.startswith("/") or re.match(r"[A-Za-z]:", path) or path.startswith("~"):
        return "is not inside the project: give it from the project's root"
    if found := re.search(_OUTSIDE_PATH, path):
        return f"has {_shown(found.group())} in it, which not every system can have in a file's name"
    for segment in path.split("/"):
        if segment == "..":
            return "leads out of its folder by `..`"
        if segment != segment.strip():
            return "has a part that begins or ends with a blank"
        if len(segment) > _MAX_SEGMENT:
            return f"has a part of more than {_MAX_SEGMENT} characters"
        if why := _wrong_segment(segment):
            return why
    return ""


def from_specs(path: str) -> str:
    """The path from the project's root of a path as specs write it: from `specs/`, or with a `/` from the root."""
    return path[1:] if path.startswith("/") else f"specs/{path}"


def cleaned(folder: str) -> str:
    """A folder without `./`, `//` and a slash at the end; the project's root is empty."""
    return "/".join(segment for segment in folder.split("/") if segment not in ("", ".")) or ""


def folder_of(output: str) -> str:
    """The folder that an `output` means; one that is not inside the project stays as it is, to be told."""
    return output if output.startswith(("/", "\\")) else cleaned(output)


def wrong_name(name: str) -> str:
    """Why a `name` is none, as the end of a sentence; nothing if it is good."""
    if len(name) <= _MAX_SEGMENT and _PLAIN.match(name):
        return ""
    if why := wrong_path(name):
        return why
    ending = picture_ending(name)
    return f"has the ending `{ending}`, which comes from `format`" if ending else ""


def picture_ending(path: str) -> str:
    """The ending of a path if it is a picture's, else nothing."""
    ending = "." + path.rpartition(".")[2].lower() if "." in path.rpartition("/")[2] else ""
    return ending if ending in _PICTURE else ""


def below(folder: str, name: str) -> str:
    """The path of a name below a folder, both from the root."""
    return f"{folder}/{name}" if folder else name


def path_of(folder: str, name: str, format: str) -> str:
    """The path of an asset's file from the project's root."""
    return below(folder, f"{name}{FORMATS[format].suffix}")


def folded(path: str) -> str:
    """A path as file systems compare it that know no case."""
    return path.casefold() if path.isascii() else unicodedata.normalize("NFC", path).casefold()


def is_device(segment: str) -> bool:
    """Is it a name that Windows keeps for a device, with any ending?"""
    return segment.partition(".")[0].rstrip().lower() in _DEVICES


def _wrong_segment(segment: str) -> str:
    if not segment:
        return "has an empty part: a `/` at its start, at its end, or two in a row"
    if segment.endswith("."):
        return "has a part that ends with a dot"
    return f"has the part `{segment}`, which is a device's name on Windows" if is_device(segment) else ""


def _shown(character: str) -> str:
    return "a blank" if character == " " else f"`{character}`" if character.isprintable() else f"U+{ord(character):04X}"
