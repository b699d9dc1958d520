"""`pipeline gallery`: files that a browser opens from anywhere; through the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.gallery.static import Written
from tests.project import Project

TOYS = """
defaults: {model: gemini-3.1-flash-lite-image, tags: [toys]}
assets:
  kite: {prompt: A kite., tags: [sky]}
  drum: {prompt: A drum.}
"""


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "gallery"


def test_a_gallery_shows_every_asset_with_its_picture(project: Project, out: Path) -> None:
    project.spec("toys", TOYS).build().draws(2)
    project.run("gallery", "--out", str(out)).ends(0).draws(0).says("2 assets in", "index.html")
    gallery = Written(out)
    assert gallery.data["against"] is None
    assert gallery.data["wall"]["project"]["read_only"] is True
    for id in ("kite", "drum"):
        assert gallery.picture(id) == project.outputs[f"{id}.jpg"]
        assert (out / gallery.rows[id]["picture"]["thumb"]).read_bytes()[8:12] == b"WEBP"
        assert gallery.data["assets"][id]["takes"][0]["picture"]["src"] == gallery.rows[id]["picture"]["src"]


def test_the_page_lies_beside_its_data_and_names_no_address(project: Project, out: Path) -> None:
    project.spec("toys", TOYS).run("gallery", "--out", str(out)).ends(0)
    page = (out / "index.html").read_text()
    deferred = re.findall(r'<script defer src="([^"]+)"', page)
    assert deferred[0] == "data.js" and deferred[1:] == ["page/page.js"]
    named = re.findall(r'(?:src|href)="([^"#]+)"', page)
    assert [path for path in named if not (out / path).is_file()] == []


def test_the_same_project_gives_the_same_bytes(project: Project, tmp_path: Path) -> None:
    project.spec("toys", TOYS).build()
    project.run("gallery", "--out", str(tmp_path / "a")).ends(0)
    project.run("gallery", "--out", str(tmp_path / "b")).ends(0)
    assert Written(tmp_path / "a").files == Written(tmp_path / "b").files


def test_nothing_tells_where_the_project_lies_on_the_machine(project: Project, out: Path) -> None:
    project.spec("toys", TOYS).build()
    project.run("gallery", "--out", str(out)).ends(0)
    assert [path for path, data in Written(out).files.items() if str(project.folder).encode() in data] == []


def test_another_run_replaces_what_is_no_longer_shown(project: Project, out: Path) -> None:
    project.spec("toys", TOYS).build()
    project.run("gallery", "--out", str(out)).ends(0)
    before = {path for path in Written(out).files if path.startswith(("pictures/", "thumbs/"))}
    project.replace("specs/toys.yaml", "A kite.", "A red kite.").build().draws(1)
    project.run("gallery", "--out", str(out)).ends(0)
    gallery = Written(out)
    assert gallery.picture("kite") == project.outputs["kite.jpg"]
    # The former picture is still one of the asset's takes; without its line in the lock nothing shows it.
    assert before < gallery.files.keys()
    project.remove("pipeline.lock", ".pipeline", "output")
    project.run("gallery", "--out", str(out)).ends(0)
    assert not before & Written(out).files.keys()


def test_only_what_is_selected_is_written(project: Project, out: Path) -> None:
    project.spec("toys", TOYS).build()
    project.run("gallery", "tag:sky", "--out", str(out)).ends(0)
    gallery = Written(out)
    assert gallery.rows.keys() == gallery.data["assets"].keys() == {"kite"}
    assert len([path for path in gallery.files if path.startswith("pictures/")]) == 1


def test_script_tags_stay_text(project: Project, out: Path) -> None:
    project.spec("evil", "assets: {evil: {prompt: '</script><script>alert(1)</script>', alt: '<img onerror=x>'}}\n")
    project.run("gallery", "--out", str(out)).ends(0)
    assert "<" not in Written(out).script
    assert Written(out).data["assets"]["evil"]["prompt"].startswith("</script>")


# --- the folder -----------------------------------------------------------------------------------------------------


def test_a_folder_with_foreign_files_is_left_alone(project: Project, out: Path) -> None:
    project.spec("toys", TOYS)
    out.mkdir()
    (out / "thesis.txt").write_text("ten years")
    project.run("gallery", "--out", str(out)).ends(2).says("holds what is not of a gallery: `thesis.txt`")
    assert [path.name for path in out.iterdir()] == ["thesis.txt"]


def test_a_file_that_came_to_lie_in_a_gallery_is_not_swept_away(project: Project, out: Path) -> None:
    project.spec("toys", TOYS).run("gallery", "--out", str(out)).ends(0)
    (out / "CNAME").write_text("art.example.org")
    project.run("gallery", "--out", str(out)).ends(2).says("`CNAME`")
    assert (out / "CNAME").read_text() == "art.example.org"


@pytest.mark.parametrize("link", ["index.html", "index.html.part", "page", "gallery.json"])
def test_nothing_is_written_through_a_link(project: Project, out: Path, link: str) -> None:
    """The list of a gallery that somebody else made may name anything as its own."""
    project.spec("toys", TOYS).run("gallery", "--out", str(out)).ends(0)
    elsewhere = out.with_name("elsewhere")
    if (out / link).is_dir():
        (out / link).rename(elsewhere)
        listed = json.loads((out / "gallery.json").read_bytes())
        (out / "gallery.json").write_text(json.dumps({**listed, "files": [*listed["files"], link]}))
    elif (out / link).is_file():
        (out / link).rename(elsewhere)
    else:
        elsewhere.write_text("ten years")
    (out / link).symlink_to(elsewhere)
    looks = elsewhere.read_bytes() if elsewhere.is_file() else sorted(elsewhere.iterdir())
    project.run("gallery", "--out", str(out)).ends(2).says(f"holds what is not of a gallery: `{link}`")
    assert (elsewhere.read_bytes() if elsewhere.is_file() else sorted(elsewhere.iterdir())) == looks


@pytest.mark.parametrize("place", [".", "..", "specs", "specs/gallery", ".pipeline/x", "takes", "output"])
def test_a_gallery_is_never_written_over_the_project(project: Project, place: str) -> None:
    project.settings("remote: takes\n").spec("toys", TOYS).build()
    before = {path: path.read_bytes() for path in project.folder.rglob("*") if path.is_file()}
    project.run("gallery", "--out", str(project.folder / place)).ends(2).says("name a folder of its own")
    assert {path: path.read_bytes() for path in project.folder.rglob("*") if path.is_file()} == before


def test_what_a_death_left_half_written_is_nobody_elses(project: Project, out: Path) -> None:
    project.spec("toys", TOYS).build()
    project.run("gallery", "--out", str(out)).ends(0)
    whole = Written(out).files
    picture = next(path for path in whole if path.startswith("pictures/"))
    (out / picture).rename(out / f"{picture}.part")
    (out / "index.html").unlink()
    project.run("gallery", "--out", str(out)).ends(0)
    assert Written(out).files == whole


def test_a_damaged_take_is_told_and_not_shown(project: Project, out: Path) -> None:
    project.spec("toys", TOYS).build()
    stored = next(path for path in (project.folder / ".pipeline/objects").glob("??/*"))
    stored.write_bytes(stored.read_bytes()[:-9] + b"ruined ..")
    project.run("gallery", "--out", str(out)).ends(1).says("is damaged")


def test_specs_with_errors_are_told_as_everywhere(project: Project, out: Path) -> None:
    project.spec("toys", "assets: {kite: {promt: A kite.}}\n")
    project.run("gallery", "--out", str(out)).ends(2).says("specs/toys.yaml:1:17", "did you mean `prompt`?")
    assert not out.exists()


def test_a_machine_without_a_key_shows_placeholders_and_what_they_would_cost(tmp_path: Path, out: Path) -> None:
    project = Project(tmp_path / "keyless").spec("toys", TOYS)
    project.build().ends(0)
    project.run("gallery", "--out", str(out)).ends(0).says("A build would draw 2 pictures, $0.067 by the table.")
    assert {row["picture"]["kind"] for row in Written(out).rows.values()} == {"placeholder"}
