"""The showcase in specs/: what the repository promises that `make assets` builds."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image

from pipeline import marks
from pipeline.plan.prompts import render
from pipeline.plan.wanted import file_size
from pipeline.spec.load import Project, load_project
from pipeline.words import AssetId, Rendered

ROOT = Path(__file__).parent.parent
PROMISED_USD = 4.50


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(ROOT)


@pytest.fixture(scope="module")
def rendered(project: Project) -> Mapping[AssetId, Rendered]:
    return render(project)


def _table_usd(project: Project, rendered: Mapping[AssetId, Rendered]) -> float:
    micro_usd = 0
    for asset in project.assets.values():
        sent = rendered[asset.id]
        price = project.models.get(asset.model).price(len(sent.prompt), len(sent.references), asset.image_size, 0)
        micro_usd += price.table
    return micro_usd / 1e6


def test_it_is_of_a_real_projects_size_and_fits_the_default_budget(
    project: Project, rendered: Mapping[AssetId, Rendered]
) -> None:
    assert len(project.assets) >= 30
    assert 0 < _table_usd(project, rendered) <= PROMISED_USD
    assert _table_usd(project, rendered) * 1e6 <= project.settings.budget_per_build


def test_it_has_no_warnings(project: Project) -> None:
    assert project.warnings == ()


def test_it_shows_every_shape(project: Project) -> None:
    assets = project.assets.values()
    ratios = {asset.aspect_ratio for asset in assets}
    assert ratios >= {
        "1:1",
        "16:9",
        "4:5",
        "9:16",
        "21:9",
        "8:1",
        "1:8",
        "4:1",
        "2:3",
    }
    assert {asset.image_size for asset in assets} == {"1K", "2K", "4K"}
    assert {asset.format for asset in assets} == {"jpeg", "png", "webp", "ico"}
    assert any(asset.process for asset in assets)


def test_every_picture_is_described_for_those_who_cannot_see_it(project: Project) -> None:
    assert [asset.id for asset in project.assets.values() if not asset.alt.strip()] == []
    alts = [asset.alt for asset in project.assets.values()]
    assert max(map(len, alts)) <= 200


def test_characters_refer_to_a_key_art_that_a_person_approves(
    project: Project, rendered: Mapping[AssetId, Rendered]
) -> None:
    key_art = project.assets[AssetId("style/key-art")]
    assert key_art.approve
    assert key_art.protect
    sheets = [asset.id for asset in project.assets.values() if "sheets" in asset.tags]
    assert len(sheets) >= 3
    for sheet in sheets:
        assert key_art.id in rendered[sheet].upstream


def test_prompts_say_what_to_draw_and_not_what_to_leave_out(rendered: Mapping[AssetId, Rendered]) -> None:
    """Image models draw what is named, also after a "no": wanted is the positive wording."""
    negative = re.compile(r"\b(no|not|without|never|avoid|don't)\b", re.IGNORECASE)
    allowed = ("never late", "page not found")  # lettering, and the name of a page
    found = {}
    for asset, sent in rendered.items():
        text = sent.prompt
        for phrase in allowed:
            text = text.replace(phrase, "")
        if word := negative.search(text):
            found[asset] = word[0]
    assert found == {}


def test_a_partial_ends_its_last_line(rendered: Mapping[AssetId, Rendered]) -> None:
    """An `include` alone on its line must not glue the partial's last sentence to the next one."""
    assert [asset for asset, sent in rendered.items() if re.search(r"[a-z][.:,][A-Z]", sent.prompt)] == []


def test_every_attached_picture_has_a_role(rendered: Mapping[AssetId, Rendered]) -> None:
    assert [asset for asset, sent in rendered.items() for reference in sent.references if not reference.role] == []


@pytest.mark.parametrize("profile", ["draft"])
def test_every_profile_loads(profile: str) -> None:
    project = load_project(ROOT, profile)
    assert _table_usd(project, render(project)) < PROMISED_USD
    assert {asset.image_size for asset in project.assets.values()} == {"1K"}


@pytest.mark.timeout(300)
def test_without_a_key_every_asset_becomes_a_placeholder_of_the_right_size(tmp_path: Path, project: Project) -> None:
    shutil.copytree(ROOT / "specs", tmp_path / "specs")
    shutil.copy(ROOT / "pipeline.yaml", tmp_path)

    first = _pipeline(tmp_path, "build")
    assert first.returncode == 0, first.stderr
    for asset in project.assets.values():
        file = tmp_path / asset.path
        assert marks.read_mark(file.read_bytes()) == "placeholder", asset.id
        with Image.open(file) as picture:
            drawn = project.models.get(asset.model).shape(asset.aspect_ratio, asset.image_size)
            largest = max(asset.options.get("sizes", (0,)))
            assert picture.size == ((largest, largest) if largest else file_size(asset.files[0], drawn)[:2]), asset.id
            assert picture.format is not None
            assert picture.format.lower() == asset.format

    again = _pipeline(tmp_path, "build")
    assert again.returncode == 0, again.stderr
    assert "nothing to do" in again.stdout.lower()
    assert not (tmp_path / "pipeline.lock").exists(), "placeholders never enter the lock"


def _pipeline(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pipeline", *arguments]
    return subprocess.run(
        command,
        cwd=folder,
        env={"PATH": "", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
