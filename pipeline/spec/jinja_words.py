"""What Jinja and Python say about a broken template, in words that fit the person who wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from pipeline.spec import hints

_TAGS: Final = (
    "if",
    "elif",
    "else",
    "for",
    "set",
    "macro",
    "call",
    "filter",
    "include",
    "import",
    "from",
    "raw",
    "with",
)
_KINDS: Final = {
    "str": "a text",
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "dict": "a mapping",
    "Row": "a mapping",
    "list": "a list",
    "tuple": "a list",
    "range": "a list",
    "NoneType": "null",
    "Macro": "a macro",
    "builtin_function_or_method": "a method",
}
_TOKENS: Final = {
    "end of print statement": "}}",
    "end of statement block": "%}",
    "begin of print statement": "{{",
    "begin of statement block": "{%",
    "end of template": "the end",
}


class Said(NamedTuple):
    """Message, remedy, and what to look for in the template to point at."""

    message: str
    hint: str = ""
    word: str = ""


_SYNTAX: Final[tuple[tuple[str, Said], ...]] = (
    (r"unexpected end of template, expected 'end of print statement'", Said("`{{` is never closed", "`}}` is missing")),
    (
        r"unexpected end of template, expected 'end of statement block'",
        Said("`{%` is never closed", "`%}` is missing"),
    ),
    (
        r"Unexpected end of template\. .*closed is '(\w+)'",
        Said("`{% <0> %}` is never closed", "`{% end<0> %}` is missing", "{% <0>"),
    ),
    (
        r"Encountered unknown tag '(end\w+)'\. .*closed is '(\w+)'",
        Said("`{% <0> %}` closes nothing: `{% <1> %}` is still open", "close first what was opened last", "<0>"),
    ),
    (r"Encountered unknown tag '(end\w+)'", Said("`{% <0> %}` closes nothing", "nothing of that kind is open", "<0>")),
    (r"Encountered unknown tag '((?:el)\w+)'", Said("`{% <0> %}` stands outside of an `{% if %}`", "", "<0>")),
    (r"Missing end of comment tag", Said("`{#` is never closed", "`#}` is missing", "{#")),
    (r"Missing end of raw directive", Said("`{% raw %}` is never closed", "`{% endraw %}` is missing", "raw")),
    (r"expected token '(.+?)', got '='", Said("`=` cannot stand here", "`==` compares", "=")),
    (r"expected token '(.+?)', got '(.+)'", Said("`<0>` was expected, not `<1>`")),
    (r"unexpected char [\"']([\"'])[\"'] at", Said("a quote is never closed", "close it: <0>")),
    (r"unexpected char '(.+)' at", Said("`<0>` cannot stand here")),
    (r"Expected an expression, got '(.+)'", Said("a value was expected before `<0>`")),
    (r"unexpected '(.+?)', expected '(.+)'", Said("`<1>` was expected, not `<0>`")),
    (r"unexpected '(.+)'", Said("`<0>` was not expected here")),
    (r"(?i)exceeds the limit", Said("a number with too many digits")),
)
_FAILURES: Final[tuple[tuple[str, Said], ...]] = (
    (r"can only concatenate (\w+) \(not \"(\w+)\"\)", Said("`+` cannot add <1> to <0>", "`~` joins texts")),
    (
        r"unsupported operand type\(s\) for \+: '(\w+)' and '(\w+)'",
        Said("`+` cannot add <1> to <0>", "`~` joins texts"),
    ),
    (
        r"unsupported operand type\(s\) for (\S+?)(?: or \w+\(\))?: '(\w+)' and '(\w+)'",
        Said("`<0>` cannot be done with <1> and <2>", "`|int` makes a number of a text"),
    ),
    (
        r"'(\S+)' not supported between instances of '(\w+)' and '(\w+)'",
        Said("`<0>` cannot compare <1> with <2>", "`|int` makes a number of a text, `|string` a text of a number"),
    ),
    (r"'(\w+)' object is not callable", Said("<0> is called here as if it were a function", "leave out the `()`")),
    (r"'(\w+)' object is not iterable", Said("<0> is no list to go through")),
    (r"'(\w+)' object is not subscriptable", Said("<0> has no items")),
    (r"object of type '(\w+)' has no len", Said("<0> has no length")),
    (r"bad operand type for unary (.): '(\w+)'", Said("`<0>` cannot stand before <1>")),
    (r"unhashable type: '(\w+)'", Said("<0> cannot be a key")),
    (r"'(\w+)' object cannot be interpreted as an integer", Said("a whole number was expected, not <0>")),
    (r"macro '(\w+)' takes not more than (\d+) argument", Said("the macro `<0>` takes <1> at most", "", "<0>")),
    (r"macro '(\w+)' takes no keyword argument '(\w+)'", Said("the macro `<0>` takes no `<1>`", "", "<0>")),
    (r"%(\w) format: .*, not (\w+)", Said("`%<0>` is for a number, this is <1>", "`%s` is for any value")),
    (
        r"(?:\w+\.)?(?:do_)?(\w+)\(\) (?:takes|missing|got)",
        Said("`<=0>` does not take what it is given", "", "<=0>"),
    ),
    (
        r"cannot assign attribute on non-namespace object",
        Said("`{% set a.b = ... %}` works with a `namespace()` only", "", "set"),
    ),
    (r"(?i)exceeds the limit", Said("a number with too many digits")),
)
_UNDEFINED: Final[tuple[tuple[str, Said], ...]] = (
    (r"parameter '(\w+)' was not provided", Said("a macro is called without its `<0>`")),
    (r"the inline if-expression", Said("an `if` without an `else` has no value here", "add `else ''`")),
)


def of_syntax(message: str, tests: Iterable[str], *, bare: bool = False) -> Said:
    """What Jinja's parser says. `bare`: of an expression that was written without braces."""
    message = message.rstrip(".")
    if found := re.match(r"No test named '(\w+)'", message):
        return Said(f"there is no test `{found[1]}`", hints.did_you_mean(found[1], tests), found[1])
    if (found := re.match(r"Encountered unknown tag '(\w+)'", message)) and not found[1].startswith(("el", "end")):
        return Said(f"there is no tag `{found[1]}`", hints.did_you_mean(found[1], _TAGS), found[1])
    said = _translated(message, _SYNTAX) or Said(message)
    text = said.message
    if bare:
        early = text == "`}}` was not expected here"
        text = "it ends too early" if early else text.replace("`}}`", "the end")
    return said._replace(message=f"not {'an expression' if bare else 'a template'}: {text}")


def of_failure(error: Exception) -> Said:
    """What Python says of an operation that cannot be done."""
    message = str(error) or type(error).__name__
    return _translated(message, _FAILURES) or Said(f"this template cannot be rendered: {message}")


def of_undefined(message: str) -> Said:
    """What Jinja says of a value that is missing for another reason than its name."""
    return _translated(message, _UNDEFINED) or Said(message)


def opened_in(source: str, tag: str) -> int | None:
    """The line (from 1) of a tag that is never closed."""
    still_open: list[int] = []
    for found in re.finditer(rf"{{%[-+]?\s*(end)?{re.escape(tag)}\b", source):
        if found[1] is None:
            still_open.append(source.count("\n", 0, found.start()) + 1)
        elif still_open:
            still_open.pop()
    return still_open[-1] if still_open else None


def _translated(message: str, table: Iterable[tuple[str, Said]]) -> Said | None:
    for pattern, said in table:
        if found := re.search(pattern, message):
            return Said(*(_filled(part, found.groups()) for part in said))
    return None


def _filled(text: str, groups: Iterable[str]) -> str:
    """`<0>` stands for the first group, in our words where it is a type or token; `<=0>` for what is written."""
    for number, group in enumerate(groups):
        ours = _KINDS.get(group) or _TOKENS.get(group, group)
        text = text.replace(f"<={number}>", group).replace(f"<{number}>", ours)
    return text
