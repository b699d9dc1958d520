"""Places where YAML reads something else than people meant, each with a message of its own."""

from __future__ import annotations

import re
from typing import Any, Final

from pipeline.errors import Origin

UNQUOTED = ("an unquoted `{{` is a mapping inside a mapping to YAML", 'put the whole value in quotes: "{{ ... }}"')
_TAB = ("a tab in the indentation: YAML counts blanks only", "replace the tab by blanks")

_TEMPLATE_VALUE: Final = r"(?:^\s*|[:,\[]\s+|-\s+|\[)(\{\{|\{%|\{#)"
_COLOUR: Final = r"\s+#(?=[0-9a-fA-F]*[0-9])(?:[0-9a-fA-F]{8}|[0-9a-fA-F]{6}|[0-9a-fA-F]{3,4})(?![0-9a-zA-Z])"
_COMMENT_OR_TEXT: Final = r"\s+(#+[^\s#]\S*)"
_CONFLICT: Final = r"(?m)^(?:<{7}|>{7}|\|{7})(?: .*)?$"
_COMMENT_IN_PLACE_OF_VALUE: Final = r"\s+#(\S+)"

_MESSAGES = {
    "mapping values are not allowed in this context": (
        "a `: ` where no key can be",
        "put a text that has a `: ` in quotes; else look at the indentation",
    ),
    "did not find expected key": (
        "a key was expected here",
        "look at the indentation and at the quotes of the lines above",
    ),
    "could not find expected ':'": ("a `:` was expected before this", "a key is followed by `: `"),
    "did not find expected '-' indicator": (
        "a list's `- ` was expected here",
        "one level is a list or a mapping, not both",
    ),
    "block sequence entries are not allowed in this context": (
        "a list cannot begin on the line of its key",
        "begin it on the next line, or write it in brackets: [a, b]",
    ),
    "found unknown escape character": (
        "an unknown escape in a text in double quotes",
        "write `\\\\` for a backslash, or use single quotes",
    ),
    "did not find expected comment or line break": ("the text of a block begins on the next line", "break after `|`"),
    "did not find expected node content": (
        "a value was expected here",
        "put a text in quotes if it begins with one of `[ ] { } ,`",
    ),
    "did not find expected alphabetic or numeric character": (
        "a text that begins with `*` or `&` is an alias or an anchor to YAML",
        "put the whole text in quotes",
    ),
    "found undefined tag handle": ("tags have no meaning here", "put a text that begins with `!` in quotes"),
    "did not find expected <document start>": (
        "the file should have ended here",
        "look at the indentation and at the quotes of the lines above",
    ),
}

_IN_BRACKETS = ("while parsing a flow sequence", "while parsing a flow mapping", "while parsing a flow node")
_BRACKETS = {"[": ("list in brackets", "]"), "{": ("mapping in braces", "}")}


def is_unquoted_template(outer: Any, key: Any) -> bool:
    """Is this key of a mapping in braces a mapping in braces right behind it, as in `{{ x }}`?"""
    mark, inner = outer.start_mark, key.start_mark
    return (
        getattr(key, "flow_style", None) is True
        and type(key).__name__ == "MappingStartEvent"
        and (inner.line, inner.column) == (mark.line, mark.column + 1)
    )


def swallowed(value: object, rest: str) -> tuple[str, str] | None:
    """Was a text taken for a comment? `value` is a plain scalar's (null: there is none), `rest` what follows it."""
    if "#" not in rest:
        return None
    if value is None and (found := re.match(_COMMENT_IN_PLACE_OF_VALUE, rest)):
        return f"`#{found.group(1)}` is a comment to YAML, so there is no value here", _quoted(f"#{found.group(1)}")
    if found := re.match(_COLOUR, rest):
        shown = found.group().strip()
        return f"`{shown}` and all behind it is a comment to YAML", "put the whole text in quotes"
    if isinstance(value, str) and (found := re.match(_COMMENT_OR_TEXT, rest)):
        message = f"`{found.group(1)}` and all behind it is a comment to YAML, and not in the text"
        return message, "put the whole text in quotes; a comment begins with `# `, with a blank"
    return None


def conflict(text: str) -> tuple[int, str, str] | None:
    """Index, message and hint where git left a merge unresolved, if it did."""
    marked = "<<<<<<<" in text or ">>>>>>>" in text or "|||||||" in text
    found = re.search(_CONFLICT, text) if marked else None
    if found is None:
        return None
    hint = "decide what stays, and remove the lines with `<<<<<<<`, `=======` and `>>>>>>>`"
    return found.start(), "an unresolved merge conflict", hint


def forbidden(character: str) -> tuple[str, str]:
    """Message and hint for a character that a YAML text cannot hold."""
    code = ord(character)
    name = f"U+{code:04X}"
    if code == 0:
        return "a NUL byte: this is not a text file", "save the file as UTF-8 text"
    if code == 0xFEFF:
        return "a byte order mark in the middle of the file", "remove it: it was probably pasted in"
    if code in (0x85, 0x2028, 0x2029):
        return f"{name} is a line break to some programs and none to others", "use ordinary line breaks"
    return f"the control character {name} cannot be in a YAML file", f'remove it, or write "\\u{code:04x}" in quotes'


def syntax(error: Any, file: str, lines: list[str], opened: Any) -> tuple[Origin, str, str]:
    """Where libyaml stopped, why as far as that can be told, and what would be right.

    `opened`: the mark of the innermost list or mapping in brackets that was not closed yet; None if there is none.
    """
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    for number in _suspects(error, line):
        shown = lines[number] if number < len(lines) else ""
        if re.match(r" *\t\s*\S", shown):
            return Origin(file, number + 1, shown.index("\t") + 1), *_TAB
        if found := re.search(_TEMPLATE_VALUE, shown):
            origin = Origin(file, number + 1, found.start(1) + 1)
            opener = found.group(1)
            return (
                (origin, *UNQUOTED)
                if opener == "{{"
                else (origin, f"an unquoted `{opener}` is not YAML", "put the whole value in quotes")
            )
    if error.problem == "found unexpected end of stream" and error.context_mark:
        start = error.context_mark
        return Origin(file, start.line + 1, start.column + 1), "this quote is never closed", "close it"
    bracketed = opened is not None and error.context in _IN_BRACKETS
    if bracketed and (told := _unclosed(error, opened, Origin(file, line + 1, column + 1), lines)):
        return told
    if error.context in ("while scanning an alias", "while scanning an anchor") and error.context_mark:
        line, column = error.context_mark.line, error.context_mark.column
    origin = Origin(file, min(line, len(lines) - 1) + 1, column + 1)
    if error.problem == "found character that cannot start any token":
        return origin, *_bad_start(lines[line][column : column + 1] if line < len(lines) else "")
    message, hint = _MESSAGES.get(error.problem, (f"this is not YAML: {error.problem}", ""))
    return origin, message, hint


def _unclosed(error: Any, opened: Any, stopped: Origin, lines: list[str]) -> tuple[Origin, str, str] | None:
    """A list or mapping in brackets that does not end: at its bracket, if the file ends first."""
    opener = lines[opened.line][opened.column]
    if opener not in _BRACKETS:
        return None  # an anchor stands before it
    what, closer = _BRACKETS[opener]
    rest = [lines[stopped.line - 1][stopped.column - 1 :], *lines[stopped.line :]] if stopped.line <= len(lines) else []
    if not any(part.partition("#")[0].strip() for part in rest):
        at = Origin(stopped.file, opened.line + 1, opened.column + 1)
        return at, f"this `{opener}` is never closed", f"a `{closer}` is missing"
    if error.context == "while parsing a flow node":
        return None
    where = f" of line {opened.line + 1}" if opened.line + 1 != stopped.line else ""
    return stopped, f"the {what}{where} is not closed here", f"a `,` or `{closer}` is missing"


def _suspects(error: Any, line: int) -> list[int]:
    """Lines in which the reason may be: where reading stopped, and the one above when it stopped at a line's start."""
    numbers = [line]
    if error.context_mark and error.context == "while parsing a flow mapping":
        numbers.append(error.context_mark.line)
    if line:
        numbers.append(line - 1)
    return numbers


def _bad_start(character: str) -> tuple[str, str]:
    if character == "\t":
        return _TAB
    return f"a text cannot begin with `{character}` in YAML", "put it in quotes"


def _quoted(text: str) -> str:
    return f'put it in quotes: "{text}"'
