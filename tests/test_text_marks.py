"""Marks in text: known again after git changed its line ends, and not after anybody changed anything else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import text_marks
from pipeline.text_marks import carries, read_mark, stamp

FILES = {
    "src/assets.ts": b"export const assets = {} as const;\n",
    "a.css": b".a { color: red }\n",
    "a.gd": b"const A = 1\n",
    "a.tres": b"[gd_resource]\n",
    "partials/a.html": b'<picture><img src="a.png" alt=""></picture>\n',
    "a.svg": b'<?xml version="1.0"?>\n<svg/>\n',
    "charset.css": b'@charset "utf-8";\n.a { color: red }\n',
    "run.py": b"#!/usr/bin/env python3\npass\n",
    "docs/assets.md": b"# Assets\n",
    "a.json": b'{\n  "version": 1\n}\n',
    "site.webmanifest": b"{}",
    "tight.json": b'{"a":[1]}',
}

FIRST = ("a.svg", "charset.css", "run.py")
"""Files whose first line has to stay the first."""


@pytest.mark.parametrize("path", FILES)
def test_a_mark_is_read_again_and_the_text_stays(path: str) -> None:
    text = FILES[path]
    made = stamp(path, text, "export")
    assert carries(path)
    assert read_mark(made) == "export"
    assert read_mark(made.replace(b"\n", b"\r\n")) == "export"
    assert read_mark(text) is None
    if path in FIRST:
        assert made.split(b"\n")[0] == text.split(b"\n")[0]
        assert made.split(b"\n")[2:] == text.split(b"\n")[1:]
    elif path.endswith(("json", "webmanifest")):
        value = json.loads(made)
        assert next(iter(value)) == "generator"
        assert {key: value[key] for key in value if key != "generator"} == json.loads(text)
    else:
        assert made.split(b"\n")[1:] == text.split(b"\n")


@pytest.mark.parametrize("path", FILES)
def test_no_other_byte_of_it_can_change(path: str) -> None:
    made = stamp(path, FILES[path], "sheet:0f:3")
    for at in range(len(made)):
        if made[at] not in b"\r\n":
            assert read_mark(made[:at] + bytes([made[at] ^ 1]) + made[at + 1 :]) != "sheet:0f:3", made[at:]
        assert read_mark(made[:at]) is None


@pytest.mark.parametrize(("path", "text"), [("a.txt", b"a"), ("a.json", b"[1]"), ("a.json", b""), ("a.ts", b"\xff")])
def test_what_has_no_place_for_a_mark_stays_as_it_is(path: str, text: bytes) -> None:
    assert stamp(path, text, "export") == text
    assert read_mark(text) is None


@given(st.text(), st.sampled_from(["a.ts", "a.css", "a.html", "a.gd", "a.tres"]))
def test_any_text_can_have_one(text: str, path: str) -> None:
    made = stamp(path, text.encode(), "export")
    assert read_mark(made) == "export"
    assert read_mark(stamp(path, (text + "x").encode(), "export")[:-1]) is None


def test_endings_are_told_apart_whatever_their_case() -> None:
    assert carries("A.TS") and not carries("folder.ts/picture") and not carries("ts")
    assert text_marks.stamp("A.JSON", b"{}", "export").startswith(b'{"generator"')
