"""The page's files: what index.html names is there, and none of it lets a project's words become markup."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import pipeline.gallery
from pipeline.gallery.page_files import page_files

PAGE = Path(pipeline.gallery.__file__).parent / "page"
INDEX = (PAGE / "index.html").read_text("utf-8")
SCRIPTS = sorted(PAGE.glob("*.js"))
NEVER_LOADED = {"types.js"}


def test_index_names_every_file_once_and_no_other() -> None:
    named = re.findall(r'(?:src|href)="page/([^"]+)"', INDEX)
    there = {path.name for path in PAGE.iterdir() if path.name != "index.html"}
    assert sorted(named) == sorted(there - NEVER_LOADED)


def test_index_has_the_place_for_data_before_the_first_script() -> None:
    assert INDEX.count("<!-- data -->") == 1
    assert INDEX.index("<!-- data -->") < INDEX.index("<script")


def test_a_browser_gets_all_of_it_in_a_few_files() -> None:
    files = page_files()
    page = files["index.html"].decode()
    named = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert named == ["page/first.js", "page/icon.svg", "page/page.css", "page/page.js"]
    assert files.keys() == {"index.html", *named}
    joined = b"".join(files[path] for path in ("page/first.js", "page/page.css", "page/page.js")).decode()
    apart = [(PAGE / name).read_text("utf-8") for name in re.findall(r'(?:src|href)="page/([^"]+[sS])"', INDEX)]
    places = [joined.index(text) for text in apart]
    assert len(places) > 50 and places == sorted(places)


def test_index_has_no_script_or_style_of_its_own() -> None:
    assert re.findall(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=", INDEX) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_makes_no_markup_of_text(path: Path) -> None:
    text = path.read_text("utf-8")
    markup = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|new Function|srcdoc|javascript:"
    )
    assert re.search(markup, text) is None
    assert '"use strict";' in text.splitlines()[1:3] or path.name in NEVER_LOADED


@pytest.mark.parametrize("path", [*SCRIPTS, *sorted(PAGE.glob("*.css"))], ids=lambda path: path.name)
def test_nothing_is_loaded_from_another_host(path: Path) -> None:
    addresses = set(re.findall(r"(?:https?:)?//[\w.]+\.\w+[^\s\"')]*", path.read_text("utf-8")))
    assert addresses <= {"http://www.w3.org/2000/svg"}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_has_one_job(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) < 400
    assert lines[0].startswith("// ")
