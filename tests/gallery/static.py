"""A static gallery as a test reads it: its data, and the pictures that these name."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any


class Written:
    """What `pipeline gallery --out` left in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        script = (folder / "data.js").read_text(encoding="ascii")
        self.script = script
        call, text = script.rstrip(";\n").removesuffix(")").split("(", 1)
        assert call == "window.GALLERY = JSON.parse"
        self.data: dict[str, Any] = json.loads(json.loads(text))

    @property
    def rows(self) -> dict[str, dict[str, Any]]:
        return {row["id"]: row for row in self.data["wall"]["rows"]}

    @property
    def changes(self) -> dict[str, str]:
        """The assets that a comparison tells of, and what became of them."""
        return {id: row["change"] for id, row in self.rows.items() if row["change"] is not None}

    def picture(self, id: str, when: str = "picture") -> bytes:
        """The bytes that a row's picture (or `before`) is shown from; its name is their digest."""
        path: str = self.rows[id][when]["src"]
        data = (self.folder / path).read_bytes()
        if path.startswith("pictures/"):
            assert Path(path).stem == hashlib.sha256(data).hexdigest()
        return data

    @property
    def files(self) -> dict[str, bytes]:
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in sorted(found)}
