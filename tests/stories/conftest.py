"""Pictures, and projects that stories begin with."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from tests.project import Project
from tests.watching import PAIR


@pytest.fixture
def drawn(project: Project) -> Project:
    """A project of two assets, all of which is drawn."""
    project.spec("pair", PAIR).build().ends(0).draws(2)
    assert project.server is not None
    project.server.reset()
    return project


@pytest.fixture
def png() -> bytes:
    return a_picture("teal")


@pytest.fixture
def other_png() -> bytes:
    return a_picture("salmon")


def a_picture(colour: str, format: str = "PNG", size: tuple[int, int] = (64, 48)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, format)
    return file.getvalue()
