"""The texts of files of rows as plain values: JSON, CSV, YAML."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any, Final

from pipeline.spec import source
from pipeline.spec.problems import Problems
from pipeline.spec.source import plain

_TOKEN: Final = r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s"{}\[\]:,]+'
_CSV_ERRORS = (
    ("field larger than field limit", "a cell of more than 131,072 characters", "perhaps a quote is not closed"),
    (
        "expected after '\"'",
        "text behind the quote that ends a cell",
        'a quote inside a quoted cell is written twice: ""',
    ),
    ("unexpected end of data", "a quote is never closed", "close it"),
    ("new-line character seen", "a line break inside a cell without quotes", "put the cell in double quotes"),
)


class Bad(Exception):
    """A text that is not of its format: why, what would be right, and where (from 1)."""

    def __init__(self, message: str, hint: str = "", line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message, self.hint, self.line, self.column = message, hint, line, column


def parsed(suffix: str, text: str, file: str, problems: Problems) -> Any:
    """The value of a text by its file's ending; what is wrong with YAML goes to `problems`. Raises Bad."""
    if suffix == ".json":
        return _json(text)
    if suffix == ".csv":
        return _csv(text)
    return plain(source.read(text, file, problems))


# --- JSON


class _Twice(ValueError):
    pass


class _Constant(ValueError):
    pass


def _json(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_pairs, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise Bad(f"this is not JSON: {error.msg}", "", error.lineno, error.colno) from None
    except RecursionError:
        raise Bad("nested too deeply") from None
    except _Twice as error:
        raise Bad(f"the key `{error}` is in one object twice", "keep one of them", *_place_of_twice(text)) from None
    except _Constant as error:
        raise Bad(f"{error} is not in JSON", "use null", *_place_of_word(text, str(error))) from None
    except ValueError:
        raise Bad(
            "a number with too many digits", "put it in quotes if it is a text", *_place_of_digits(text)
        ) from None


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _Twice(next(name for name in names if names.count(name) > 1))
    return found


def _no_constant(name: str) -> Any:
    raise _Constant(name)


def _place_of_twice(text: str) -> tuple[int, int]:
    """Line and column of the first key that its object has already."""
    objects: list[set[str] | None] = []  # None: a list
    tokens = list(re.finditer(_TOKEN, text))
    for number, token in enumerate(tokens):
        word = token.group()
        if word in "{[":
            objects.append(set() if word == "{" else None)
        elif word in "}]" and objects:
            objects.pop()
        elif word[0] == '"' and number + 1 < len(tokens) and tokens[number + 1].group() == ":" and objects:
            keys, key = objects[-1], json.loads(word, strict=False)
            if keys is not None and key in keys:
                return _place(text, token.start())
            if keys is not None:
                keys.add(key)
    return 1, 1


def _place_of_word(text: str, word: str) -> tuple[int, int]:
    for token in re.finditer(_TOKEN, text):
        if token.group() == word:
            return _place(text, token.start())
    return 1, 1


def _place_of_digits(text: str) -> tuple[int, int]:
    for token in re.finditer(_TOKEN, text):
        if len(token.group()) > 4000 and token.group()[0] != '"':
            return _place(text, token.start())
    return 1, 1


def _place(text: str, index: int) -> tuple[int, int]:
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


# --- CSV


def _csv(text: str) -> list[dict[str, str]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    rows: list[dict[str, str]] = []
    start = 1
    try:
        for cells in reader:
            line, start = start, reader.line_num + 1
            if not cells or cells == [""]:
                continue  # an empty line
            if header is None:
                header = _header(cells, line)
            elif len(cells) != len(header):
                hint = "put a cell that has a comma in double quotes" if len(cells) > len(header) else ""
                raise Bad(f"row {len(rows) + 1} has {len(cells)} cells, the header {len(header)}", hint, line)
            else:
                rows.append(dict(zip(header, cells, strict=True)))
    except csv.Error as error:
        raise _csv_error(str(error), start if "end of data" in str(error) else reader.line_num) from None
    if header is None:
        raise Bad("a CSV file begins with a line of column names, this one is empty")
    return rows


def _csv_error(error: str, line: int) -> Bad:
    for theirs, message, hint in _CSV_ERRORS:
        if theirs in error:
            return Bad(message, hint, max(line, 1))
    return Bad(f"this is not CSV: {error}", "", max(line, 1))


def _header(cells: list[str], line: int) -> list[str]:
    names = [cell.strip() for cell in cells]
    for other, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(names) == 1 and other in cells[0]:
            raise Bad(f"the columns are separated by {name}, not by commas", "save the file with commas", line)
    for number, name in enumerate(names, 1):
        if not name:
            raise Bad(f"column {number} has no name in the header", "every column has a name", line)
        if names.index(name) < number - 1:
            raise Bad(f"two columns are named `{name}` in the header", "rename one", line)
    return names
