"""The docs say what is true: every key, command and setting is there, and what they show works."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.plan.prompts import read_project
from pipeline.spec import sheet_table
from pipeline.spec.encoding import FORMATS
from pipeline.spec.schema import KEYS
from pipeline.spec.step_table import STEPS, StepKind
from tests.stories.conftest import a_picture

ROOT = Path(__file__).parent.parent
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCKS = [
    (path.name, number, text)
    for path in DOCS
    for number, text in enumerate(re.findall(r"```yaml\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL))
]

EXPORTED = """\
assets:
  web/hero: {prompt: A market at night., tags: [ui]}
  game/knight: {prompt: A knight.}
  brand/logo: {prompt: A lantern.}
"""
"""What the exports that docs show are about."""


@pytest.mark.parametrize(("name", "number", "text"), BLOCKS, ids=[f"{name}-{number}" for name, number, _ in BLOCKS])
def test_every_spec_in_the_docs_loads(name: str, number: int, text: str, tmp_path: Path) -> None:
    assert number >= 0
    (tmp_path / "specs/refs").mkdir(parents=True)
    (tmp_path / "brand").mkdir()
    for picture in ("specs/refs/pose.png", "specs/refs/emblem.png", "brand/palette.png"):
        (tmp_path / picture).write_bytes(a_picture("teal"))
    (tmp_path / "specs/items.csv").write_text("key,name\nsword,A sword\n")
    settings = re.search(r"^(budget|remote|profiles|exports|disclose):", text, re.MULTILINE)
    if "exports:" in text:
        (tmp_path / "specs/shown.yaml").write_text(EXPORTED)
    (tmp_path / ("pipeline.yaml" if settings else "specs/shown.yaml")).write_text(text)
    project, _ = read_project(tmp_path, None)
    assert project.assets or settings


def test_every_key_has_its_line_in_the_docs() -> None:
    text = "".join((ROOT / f"docs/{name}.md").read_text(encoding="utf-8") for name in ("specs", "process"))
    assert [key.name for key in KEYS if not re.search(rf"\b{key.name}\b", text)] == []


def test_every_command_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    said = subprocess.run(
        [sys.executable, "-m", "pipeline", "--help"], capture_output=True, text=True, cwd=ROOT, check=True
    )
    commands = re.findall(r"^  ([a-z]+)  +\S", said.stdout, re.MULTILINE)
    assert len(commands) > 20
    assert [command for command in commands if not re.search(rf"\b{command}\b", text)] == []


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8"))
    assert [target for target in targets if "://" not in target and not (path.parent / target).exists()] == []


@pytest.mark.parametrize("kind", STEPS.values(), ids=STEPS)
def test_every_step_is_described_with_all_it_can_be_told_and_a_picture(kind: StepKind) -> None:
    text = (ROOT / "docs/process.md").read_text(encoding="utf-8")
    section = re.search(rf"^### {kind.name}\n(.*?)(?=^##)", text, re.MULTILINE | re.DOTALL)
    assert section is not None
    assert [name for name in kind.named if f"`{name}`" not in section[1] and f"`{name}: " not in section[1]] == []
    assert f"(process/{kind.name}.webp)" in section[1]


def test_every_key_of_a_sheet_and_every_kind_of_data_is_described() -> None:
    text = (ROOT / "docs/sheets.md").read_text(encoding="utf-8")
    keys, data = text.split("## Data")
    told = {name for table in (sheet_table.SHEET, sheet_table.ANIMATION) for name in table}
    assert [name for name in sorted(told) if f"`{name}`" not in keys] == []
    assert [name for name in sheet_table.DATA if f"| `{name}` |" not in data] == []


def test_every_format_is_described_with_all_it_can_be_told() -> None:
    text = (ROOT / "docs/process.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|$", text, re.MULTILINE))
    told = {name: set(re.findall(r"`(\w+)`", rows.get(name, ""))) for name in FORMATS}
    assert told == {name: {option.name for option in format.options} for name, format in FORMATS.items()}
