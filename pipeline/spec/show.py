"""A problem as people read it: the place, the line with a caret, and what would be right. Plain text."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Final

from pipeline.errors import Problem
from pipeline.spec import disk

_WIDTH: Final = 110
_WORD = re.compile(r"""\{[{%#].*?[}%#]\}|"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[\w./@~-]+|\S""")

_BEGINS_SCALAR = re.compile(r"(?:^\s*|:\s+|[\[{,]\s*|(?:^|\s)-\s+)\Z")
_PLAIN = re.compile(r"[^\s\[\]{}\"'|>&*!%@`#,](?:(?!\s+#|:(?:\s|$)|\s*$).)*")
_PLAIN_IN_BRACKETS = re.compile(r"[^\s\[\]{}\"'|>&*!%@`#,](?:(?!\s+#|:(?:\s|$)|\s*(?:$|[\[\]{},])).)*")


def show_problem(problem: Problem, root: Path, kind: str = "error") -> str:
    """The lines to print for a problem, without a line break at the end. `kind` is `error` or `warning`."""
    origin, margin = problem.origin, _margin(problem)
    lines = [f"{origin}: {kind}: {problem.message}", *snippet(problem, root)]
    if problem.hint:
        lines.append(f"{'':>{margin}} = {problem.hint}")
    return "\n".join(lines)


def snippet(problem: Problem, root: Path) -> list[str]:
    """The line that a problem is in, and below it a caret; nothing where there is no such line."""
    origin, margin = problem.origin, _margin(problem)
    shown = _line(root, origin.file, origin.line)
    if shown is None:
        return []
    text, column = _cut(shown, origin.column - 1)
    found = _scalar(text, column) if origin.file.endswith((".yaml", ".yml")) else None
    found = found or _WORD.match(text, column)
    length = _columns(found.group()) if found else 1
    return [
        f"{origin.line:>{margin}} | {text}".rstrip(),
        f"{'':>{margin}} | {' ' * _columns(text[:column])}{'^' * max(length, 1)}",
    ]


def _margin(problem: Problem) -> int:
    """Columns for the number of the line."""
    return max(len(str(problem.origin.line)), 4)


def _scalar(line: str, column: int) -> re.Match[str] | None:
    """The plain scalar of YAML that begins at that column; None if there is none, or it is inside of a template."""
    before = line[:column]
    if "{{" in before or "{%" in before or not _BEGINS_SCALAR.search(before):
        return None
    bracketed = before.count("[") + before.count("{") > before.count("]") + before.count("}")
    return (_PLAIN_IN_BRACKETS if bracketed else _PLAIN).match(line, column)


def _line(root: Path, file: str, number: int) -> str | None:
    """A line of a file with nothing in it that could move the cursor; None if there is no such line."""
    try:
        text = disk.read_file(root / file).decode("utf-8-sig", "replace")
    except (FileNotFoundError, disk.Unreadable):
        return None
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if number > len(lines) or not lines[number - 1].strip():
        return None
    return "".join(_visible(character) for character in lines[number - 1])


def _visible(character: str) -> str:
    if character == "\t":
        return " "
    return character if character.isprintable() else "\N{REPLACEMENT CHARACTER}"


def _cut(line: str, column: int) -> tuple[str, int]:
    """A long line cut to its part around the column."""
    if len(line) <= _WIDTH:
        return line, min(column, len(line))
    start = max(0, min(column - _WIDTH // 2, len(line) - _WIDTH))
    head = "..." if start else ""
    tail = "..." if start + _WIDTH < len(line) else ""
    return head + line[start : start + _WIDTH] + tail, min(column - start, _WIDTH) + len(head)


def _columns(text: str) -> int:
    """Columns of a terminal that a text takes."""
    wide = sum(1 for c in text if unicodedata.east_asian_width(c) in "WF")
    return len(text) + wide - sum(1 for c in text if unicodedata.combining(c))
