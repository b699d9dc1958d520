"""Where a line of a template stands in the YAML text that it came from: needed for mistakes alone."""

from __future__ import annotations

import re
from typing import Any

import yaml

from pipeline.errors import Origin
from pipeline.spec import source, strays


def place(text: str, file: str, origin: Origin, line: int, word: str = "") -> Origin:
    """Where line `line` (from 1) of the scalar at `origin` stands in its YAML text; at `word`, if that is there.

    Needed for mistakes inside templates alone, so it may parse the text anew.
    """
    text = source.normal(text)
    if strays.in_yaml(text) is not None:
        return origin
    lines = text.split("\n")
    candidates = [origin.line]
    try:
        for event in source.events(text):
            if isinstance(event, yaml.ScalarEvent) and source.scalar_origin(event, file, lines) == origin:
                candidates = _lines_of(event, lines, origin, line)
                break
    except yaml.YAMLError:
        return origin
    for number in candidates:
        shown = lines[number - 1] if number <= len(lines) else ""
        begin = origin.column - 1 if number == origin.line else 0
        if (found := column_of(word, shown, begin)) is not None:
            return Origin(file, number, found + 1)
    first = candidates[0]
    if first == origin.line or first > len(lines):
        return origin
    shown = lines[first - 1]
    return Origin(file, first, len(shown) - len(shown.lstrip()) + 1)


def column_of(word: str, line: str, begin: int = 0) -> int | None:
    """Where (from 0) a word of a template stands in its line; of `.x` the x. Without one, the only tag there is."""
    if word:
        attribute = re.fullmatch(r"\.\w+", word) is not None
        before = "" if attribute else r"(?<![\w.])"
        end = r"(?!\w)" if word[-1].isalnum() else ""
        found = re.compile(f"{before}{re.escape(word)}{end}").search(line, begin)
        if found:
            return found.start() + attribute
    tags = list(re.compile(r"\{[{%#]").finditer(line, begin))
    return tags[0].start() if len(tags) == 1 else None


def _lines_of(event: Any, lines: list[str], origin: Origin, line: int) -> list[int]:
    """The lines of the YAML text (from 1) from which line `line` of a scalar came: several where lines were folded."""
    line = min(line, event.value.rstrip().count("\n") + 1)  # the end of a template may be told a line too late
    if event.style == "|":
        return [origin.line + line - 1]
    last = event.end_mark.line + 1
    if event.style == ">":
        last -= 1 if event.end_mark.column == 0 else 0
    found: list[int] = []
    current = 1
    for number in range(origin.line, last + 1):
        shown = lines[number - 1] if number <= len(lines) else ""
        if number > origin.line and _breaks(event, lines, number, origin.column):
            current += 1
        breaks = shown.count("\\n") if event.style == '"' else 0
        if shown.strip() and current <= line <= current + breaks:
            found.append(number)
        current += breaks
    return found or [origin.line]


def _breaks(event: Any, lines: list[str], number: int, column: int) -> bool:
    """Does the line break before this line stay when lines are folded?"""
    shown, above = lines[number - 1], lines[number - 2]
    if not shown.strip():
        return True
    return event.style == ">" and (shown[column - 1 : column] == " " or above[column - 1 : column] == " ")
