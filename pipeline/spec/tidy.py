"""Lines of a template that hold nothing but tags leave no line behind in the text.

A line with an `include` does: it holds the partial's text, whose own last line break Jinja drops.

Jinja's own trim_blocks takes the line break behind every tag, and so glues the last word of a line to the next one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any


def without_lines_of_tags(tokens: list[Any]) -> Iterator[Any]:
    """Jinja's tokens; where a line holds nothing but tags and blanks, the data around them loses that line."""
    values = {number: token.value for number, token in enumerate(tokens) if token.type == "data"}
    written = dict(values)  # a line that the run before has taken away began a line all the same
    for first, last in _runs_of_tags(tokens, values):
        before, after = values.get(first - 1), values.get(last + 1)
        if _has_text(tokens[first : last + 1]):
            continue
        if _begins_line(written.get(first - 1), first) and _ends_line(after, last, len(tokens)):
            if before is not None:
                values[first - 1] = before.rstrip(" \t")
            for between in range(first, last):
                if between in values:
                    values[between] = ""
            if after is not None:
                values[last + 1] = re.sub(r"\A[ \t]*\n?", "", after, count=1)
    for number, token in enumerate(tokens):
        if number not in values:
            yield token
        elif values[number]:
            yield token._replace(value=values[number]) if values[number] != token.value else token


def _has_text(run: list[Any]) -> bool:
    """Does one of these tags leave a text behind: is it an `include`?"""
    return any(
        begin.type == "block_begin" and name.type == "name" and name.value == "include" for begin, name in pairwise(run)
    )


def _begins_line(before: str | None, first: int) -> bool:
    """Is there nothing but blanks on its line before the tag that is token number `first`?"""
    if before is None:
        return first == 0
    rest = before.rstrip(" \t")
    return rest.endswith("\n") or (not rest and first == 1)


def _ends_line(after: str | None, last: int, count: int) -> bool:
    """Is there nothing but blanks on its line behind the tag that ends with token number `last`?"""
    if after is None:
        return last + 1 == count
    rest = after.lstrip(" \t")
    return rest.startswith("\n") or (not rest and last + 2 == count)


def _runs_of_tags(tokens: list[Any], values: Mapping[int, str]) -> Iterator[tuple[int, int]]:
    """First and last token of each run of `{% %}` tags with nothing but blanks between them."""
    number, count = 0, len(tokens)
    while number < count:
        if tokens[number].type != "block_begin":
            number += 1
            continue
        first = number
        while True:
            while number < count and tokens[number].type != "block_end":
                number += 1
            if number == count:
                return  # never closed: the parser tells
            blank = number + 1 < count and values.get(number + 1) is not None and not values[number + 1].strip(" \t")
            following = number + (2 if blank else 1)
            if following < count and tokens[following].type == "block_begin":
                number = following
                continue
            break
        yield first, number
        number += 1
