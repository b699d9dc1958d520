"""What a look finds, against what another one finds that knows nothing of the looks before."""

from __future__ import annotations

from pathlib import Path

from pipeline.live.reading import Reading
from pipeline.options import BuildOptions
from pipeline.words import AssetId
from pipeline.workshop import open_workshop
from tests.gemini_server import GeminiServer
from tests.project import Project


def reading(project: Project, server: GeminiServer) -> Reading:
    return Reading(lambda: open_workshop(project.folder, None, server.environ), options=BuildOptions())


def test_a_lock_that_changed_together_with_a_broken_spec_is_looked_at_when_that_is_mended(tmp_path: Path) -> None:
    with GeminiServer() as server:
        project = Project(tmp_path / "project", server)
        for name in ("fox", "owl", "elk", "cat"):
            project.spec(name, f"assets:\n  {name}: {{prompt: a {name}}}\n")
        project.build().ends(0)
        drawn = project.read("pipeline.lock")
        project.run("note", "fox", "a good one").ends(0)
        kept = reading(project, server)
        noted = kept.look()
        assert noted.error is None and kept.rows[AssetId("fox")].note == "a good one"
        project.write("pipeline.lock", drawn).spec("cat", "assets: [")
        assert kept.look().error is not None
        project.spec("cat", "assets:\n  cat: {prompt: a cat}\n")
        assert kept.look().error is None
        anew = reading(project, server)
        anew.look()
        assert kept.rows == anew.rows
