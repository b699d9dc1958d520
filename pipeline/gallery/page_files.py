"""The page as a browser gets it: its scripts and styles joined, so that it is there after five answers and not fifty.

In `page/` each script and each style is a file of its own, and index.html names them all in their order. A browser asks
a server for six files at a time, and waits for the last before it shows anything.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_PAGE: Final = Path(__file__).parent / "page"

_JOINED: Final = (
    # What has to run before anything is painted; what it looks like; what waits until the page was read.
    ("page/first.js", '<script src="{}"></script>'),
    ("page/page.css", '<link rel="stylesheet" href="{}" />'),
    ("page/page.js", '<script defer src="{}"></script>'),
)

_DATA: Final = "<!-- data -->"


def page_files(*, data: str = "") -> dict[str, bytes]:
    """The files of the page by their paths, index.html among them. `data`: the script that holds what it shows, where
    no server is asked. Raises OSError.
    """
    index = (_PAGE / "index.html").read_text(encoding="utf-8")
    assert _DATA in index, "index.html has no place for the data"
    files = {"page/icon.svg": (_PAGE / "icon.svg").read_bytes()}
    for path, tag in _JOINED:
        index, files[path] = _with_joined(index, path, tag)
    index = index.replace(_DATA, f'<script defer src="{data}"></script>' if data else "")
    return {"index.html": index.encode(), **files}


def _with_joined(index: str, path: str, tag: str) -> tuple[str, bytes]:
    """The page with one tag in place of all of its kind, and the bytes of the files that these name."""
    before, after = tag.split("{}")
    one = re.compile(rf"\s*{re.escape(before)}page/([\w.]+){re.escape(after)}")
    joined = "\n".join((_PAGE / name).read_text(encoding="utf-8") for name in one.findall(index))
    first = iter([f"\n    {tag.format(path)}"])
    return one.sub(lambda _: next(first, ""), index), joined.encode()
