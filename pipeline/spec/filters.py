"""What templates may compute: filters, methods and operators, each with a bound on what it can grow to.

Only what gives the same result everywhere is kept (no random, no addresses), and only what cannot fill the memory.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from types import BuiltinMethodType
from typing import Any, Final

from pipeline.spec import hints
from pipeline.spec.pieces import MAX_TEXT
from pipeline.spec.templates import Row

MAX_ITEMS: Final = 50_000
_MAX_WIDTH: Final = 1_000
_MAX_BITS: Final = 4_096


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ALLOWED: Final = _words(
    "abs batch capitalize count d default dictsort first float format groupby indent int items join last length "
    "list lower map max min reject rejectattr replace reverse round select selectattr slice slug sort string sum title "
    "tojson trim truncate unique upper wordcount"
)
_METHODS: Mapping[type, frozenset[str]] = {
    str: _words(
        "capitalize casefold center count endswith find index isalnum isalpha isascii isdecimal isdigit isidentifier "
        "islower isnumeric isspace istitle isupper join ljust lower lstrip partition removeprefix removesuffix replace "
        "rfind rindex rjust rpartition rsplit rstrip split splitlines startswith strip swapcase title upper zfill"
    ),
    list: _words("count index"),
    tuple: _words("count index"),
    dict: _words("get items keys values"),
    bool: frozenset(),
    int: frozenset(),
    float: _words("is_integer"),
}
_WIDTHS = frozenset({"center", "ljust", "rjust", "zfill"})
_WIDE_FILTERS = frozenset({"batch", "indent", "round", "slice", "tojson"})
_BIG_WIDTH: Final = r"%[^%a-zA-Z]*(\d{4}|\*)"
_LETTERS = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "\u0131": "i", "ħ": "h"}
)


class LimitReached(Exception):
    """A template that would grow or run too far."""

    def __init__(self, message: str, hint: str = "", word: str = "") -> None:
        super().__init__(message)
        self.message, self.hint, self.word = message, hint, word


class Unprintable(Exception):
    """A value that has no place in a text; `word` is what to look for in the template, if anything."""

    def __init__(self, message: str, hint: str = "", word: str = "") -> None:
        super().__init__(message)
        self.message, self.hint, self.word = message, hint, word


def slug(value: Any) -> str:
    """A text as part of an id: ASCII letters in lower case, digits, `_`, and `-` for all else.

    `Élan Vital!` becomes `elan-vital`. Raises Unprintable when nothing is left.
    """
    text = printed(value).casefold().translate(_LETTERS)
    ascii_text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    found = re.sub(r"[^a-z0-9_]+", "-", ascii_text).strip("-_")
    if not found:
        raise Unprintable(f"`{text[:40]}` has no letter or digit that `|slug` could keep", "name it in ASCII letters")
    return found


def printable(value: Any) -> Any:
    """Jinja's `finalize`: what `{{ ... }}` may put into a text. Raises Unprintable."""
    if type(value) is str or type(value) is int:
        return value
    return printed(value)


def printed(value: Any) -> str:
    """A value as text. Raises Unprintable for null and for what is no data."""
    if value is None:
        raise Unprintable("a value in this text is null", "write `{{ x or '' }}` if it may be missing")
    if isinstance(value, list | tuple | dict):
        return str(plain(value))
    if isinstance(value, str | int | float) or hasattr(value, "_undefined_name"):
        return str(value)  # of an undefined name this raises, with the name
    if isinstance(value, Iterator):
        raise Unprintable("a sequence cannot be put into a text as it is", "add `|join(', ')` or `|list`")
    raise Unprintable(f"a {type(value).__name__} cannot be put into a text", "call it, or name a value")


def _named(value: Any, owner: Any, words: str) -> Any:
    """The value of `{{ owner.column }}`. Raises Unprintable when it is null."""
    if value is not None:
        return value
    column = words.rpartition(".")[2]
    meant = hints.nearest(column, owner) if isinstance(owner, Row) and column not in owner else None
    hint = f"did you mean `{meant}`?" if meant else f"write `{{{{ {words} or '' }}}}` if it may be missing"
    raise Unprintable(f"`{words}` is null", hint, words)


def plain(value: Any) -> Any:
    """A value as plain data, counted. Raises Unprintable and LimitReached."""
    return _plain(value, [MAX_ITEMS])


def _plain(value: Any, left: list[int]) -> Any:
    left[0] -= 1
    if left[0] < 0:
        raise LimitReached(f"a list or mapping with more than {MAX_ITEMS:,} values")
    if value is None or isinstance(value, str | int | float):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, dict):
        found = {key: _plain(item, left) for key, item in value.items()}
        return Row(found) if isinstance(value, Row) else found
    if isinstance(value, list | tuple | range | Iterator) or type(value).__name__ in ("dict_keys", "dict_values"):
        return [_plain(item, left) for item in value]
    if printed(value) == "" and hasattr(value, "_undefined_name"):
        return ""  # told already
    raise Unprintable(f"a {type(value).__name__} is not data")


def concat(pieces: Iterable[str]) -> str:
    """Join texts; the length is looked at first. Raises LimitReached."""
    found = list(pieces)
    _check_length(sum(map(len, found)))
    return "".join(found)


def guarded(
    known: MutableMapping[str, Callable[..., Any]], spend: Callable[[int], None]
) -> dict[str, Callable[..., Any]]:
    """Jinja's filters that are allowed, each behind its bounds."""
    ours = {"slug": slug, "join": _bounded_join(known["join"]), "replace": _bounded_replace(known["replace"])}
    found = {name: _guard(name, known.get(name, slug), spend) for name in ALLOWED if name not in ours}
    return found | ours | {"_concat": _concat_values, "_named": _named}


def _guard(name: str, function: Callable[..., Any], spend: Callable[[int], None]) -> Callable[..., Any]:
    # The first argument after Jinja's own (environment, context) is the value; which these are is on the function.
    skip = 1 if hasattr(function, "jinja_pass_arg") else 0

    def filtered(*args: Any, **kwargs: Any) -> Any:
        given = args[skip:]
        value = given[0] if given else None
        spend(1 + (len(value) // 16 if isinstance(value, list | tuple | dict | range) else 0))
        if name in _WIDE_FILTERS:
            _check_widths([*given[1:], *kwargs.values()])
        if name == "format":
            check_binop("%", value, 0)
        if name == "sum" and not all(isinstance(x, int | float | str) for x in [*given[1:], *kwargs.values()]):
            raise LimitReached("`sum` adds numbers only")
        if name in ("string", "tojson"):
            plain(value)
        if name == "indent" and isinstance(value, str):
            widths = [w for w in [*given[1:], *kwargs.values()] if isinstance(w, int | str)]
            most = max((w if isinstance(w, int) else len(w) for w in widths), default=4)
            _check_length(len(value) + (value.count("\n") + 1) * most)
        return checked(function(*args, **kwargs))

    filtered.__name__ = name
    if skip:
        filtered.jinja_pass_arg = function.jinja_pass_arg  # type: ignore[attr-defined]
    return filtered


def _bounded_join(join: Callable[..., Any]) -> Callable[..., Any]:
    def bounded(eval_ctx: Any, value: Any, d: str = "", attribute: Any = None) -> str:
        if attribute is not None:
            value = [eval_ctx.environment.getitem(item, attribute) for item in value]
        return concat(_between([printed(item) for item in value], str(d)))

    bounded.jinja_pass_arg = join.jinja_pass_arg  # type: ignore[attr-defined]
    return bounded


def _between(items: list[str], separator: str) -> Iterator[str]:
    for number, item in enumerate(items):
        if number:
            yield separator
        yield item


def _bounded_replace(replace: Callable[..., Any]) -> Callable[..., Any]:
    def bounded(eval_ctx: Any, value: Any, old: str, new: str, count: int | None = None) -> str:
        text = printed(value)
        _check_replace(text, old, new)
        return text.replace(str(old), str(new), -1 if count is None else count)

    bounded.__qualname__ = "replace"  # as messages name it
    bounded.jinja_pass_arg = replace.jinja_pass_arg  # type: ignore[attr-defined]
    return bounded


def _concat_values(values: list[Any]) -> str:
    """The `~` operator."""
    return concat([printed(value) for value in values])


def checked(value: Any) -> Any:
    """A result of a call or filter, within bounds. Raises LimitReached."""
    if isinstance(value, str):
        _check_length(len(value))
    elif isinstance(value, list | tuple | dict):
        _check_items(len(value))
    return value


def check_call(function: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Look at a call before it is made. Raises LimitReached."""
    if not isinstance(function, BuiltinMethodType) or not isinstance(function.__self__, str):
        return
    if function.__name__ in _WIDTHS:
        _check_widths([*args, *kwargs.values()])
    elif function.__name__ == "replace" and len(args) >= 2:
        _check_replace(function.__self__, args[0], args[1])
    elif function.__name__ == "join" and args:
        items = list(args[0])
        _check_length(sum(len(item) for item in items if isinstance(item, str)) + len(function.__self__) * len(items))


def check_binop(operator: str, left: Any, right: Any) -> None:
    """Look at an operation before it is done. Raises LimitReached."""
    if operator == "*":
        for sequence, times in ((left, right), (right, left)):
            if isinstance(sequence, str | list | tuple) and isinstance(times, int):
                (_check_length if isinstance(sequence, str) else _check_items)(len(sequence) * max(times, 0))
        if isinstance(left, int) and isinstance(right, int):
            _check_bits(left.bit_length() + right.bit_length())
    elif operator == "**":
        if isinstance(left, int) and isinstance(right, int):
            _check_bits(left.bit_length() * abs(right))
    elif operator == "+":
        if isinstance(left, str) and isinstance(right, str):
            _check_length(len(left) + len(right))
        elif isinstance(left, list | tuple) and isinstance(right, list | tuple):
            _check_items(len(left) + len(right))
    elif isinstance(left, str) and re.search(_BIG_WIDTH, left):
        raise LimitReached("a format with a width of more than three digits")


def is_known_attribute(obj: Any, name: str) -> bool:
    """May a template see this attribute? Of data only what computes something and changes nothing."""
    for kind, known in _METHODS.items():
        if isinstance(obj, kind):
            return name in known
    return True


def _check_length(length: int) -> None:
    if length > MAX_TEXT:
        raise LimitReached(f"a text of more than {MAX_TEXT:,} characters")


def _check_items(count: int) -> None:
    if count > MAX_ITEMS:
        raise LimitReached(f"a list or mapping with more than {MAX_ITEMS:,} values")


def _check_bits(bits: int) -> None:
    if bits > _MAX_BITS:
        raise LimitReached(f"a number of more than {_MAX_BITS:,} bits")


def _check_widths(values: Iterable[Any]) -> None:
    if any(isinstance(value, int) and value > _MAX_WIDTH for value in values):
        raise LimitReached(f"a width or count of more than {_MAX_WIDTH:,}")


def _check_replace(text: str, old: Any, new: Any) -> None:
    times = text.count(str(old)) if old else len(text) + 1
    _check_length(len(text) + times * len(str(new)))
