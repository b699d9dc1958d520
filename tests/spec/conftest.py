"""A project in a folder of its own, from the texts of its files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """`write({"specs/a.yaml": "..."})` makes those files and gives the project's root."""

    def write(files: dict[str, str | bytes] | None = None, spec: str | None = None) -> Path:
        (tmp_path / "specs").mkdir(exist_ok=True)
        for name, content in {**(files or {}), **({} if spec is None else {"specs/a.yaml": spec})}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path

    return write
