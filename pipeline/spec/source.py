"""YAML text to nodes that know where they were written. The only module that opens PyYAML for what people wrote.

PyYAML resolves by YAML 1.1, where `16:9` is the number 969 and `on` a boolean. Here libyaml only cuts the text into
events; what a plain scalar means is decided by the core schema of YAML 1.2. Tags, merge keys and further documents are
refused, and aliases are counted, so that no spec grows beyond its text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple, TypeAlias

import yaml

from pipeline.errors import Origin
from pipeline.spec import scalars, traps
from pipeline.spec.problems import Problems

MAX_CHARS: Final = 8_000_000
MAX_DEPTH: Final = 50
MAX_ALIASED_NODES: Final = 100_000
"""Nodes that aliases may repeat, all together."""

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


class Broken:
    """The value of a node that has been told as a problem: nothing that depends on it is looked at."""


BROKEN: Final = Broken()

Scalar: TypeAlias = str | int | float | bool | None
Value: TypeAlias = "Scalar | list[Node] | dict[str, Node] | Broken"


class Node(NamedTuple):
    """A value and where it was written. Of a block scalar (`|`, `>`) the origin is where its text begins."""

    value: Value
    origin: Origin
    key_origin: Origin | None = None
    """Where the key of this value stands, for a value of a mapping."""

    @property
    def key(self) -> Origin:
        return self.key_origin or self.origin


def plain(node: Node) -> Any:
    """The node as ordinary values: texts, numbers, lists and dictionaries."""
    value = node.value
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return None if isinstance(value, Broken) else value


def parse(text: str, file: str) -> Node:
    """The value of a YAML text; an empty one is null. `file` is its path from the project's root.

    Raises SpecErrors with every problem of the text.
    """
    problems = Problems()
    node = read(text, file, problems)
    problems.raise_if_any()
    return node


def read(text: str, file: str, problems: Problems) -> Node:
    """As `parse`, but adds to the problems: what is broken has the value BROKEN, so that the rest can be checked."""
    start = Origin(file, 1, 1)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > MAX_CHARS:
        problems.add(start, f"larger than {MAX_CHARS:,} characters", "split it, or put the rows into a .csv or .json")
        return Node(BROKEN, start)
    if found := _FORBIDDEN.search(text):
        problems.add(_origin_at(text, file, found.start()), *traps.forbidden(found.group()))
        return Node(BROKEN, start)
    reader = _Reader(text, file, problems)
    try:
        return reader.document()
    except yaml.MarkedYAMLError as error:
        problems.add(*traps.syntax(error, file, text.split("\n"), reader.opened[-1] if reader.opened else None))
    except yaml.YAMLError as error:
        problems.add(start, f"this is not YAML: {str(error).splitlines()[0]}")
    except _TooMuch as error:
        problems.add(error.origin, error.message, error.hint)
    return Node(BROKEN, start)


def decode(data: bytes, file: str, problems: Problems) -> str | None:
    """The text of a file; None with a problem when it is not UTF-8, or git left a conflict in it."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        problems.add(Origin(file, 1, 1), "this is UTF-16 text, not UTF-8", "save the file as UTF-8")
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        origin = _origin_at(before, file, len(before))
        problems.add(origin, f"the byte 0x{data[error.start]:02x} is not UTF-8", "save the file as UTF-8")
        return None
    if found := traps.conflict(text):
        problems.add(_origin_at(text, file, found[0]), *found[1:])
        return None
    return text


def place(text: str, file: str, origin: Origin, line: int, word: str = "") -> Origin:
    """Where line `line` (from 1) of the scalar at `origin` stands in its YAML text; at `word`, if that is there.

    Needed for mistakes inside templates alone, so it may parse the text anew.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if _FORBIDDEN.search(text):
        return origin
    lines = text.split("\n")
    candidates = [origin.line]
    try:
        for event in _events(text):
            if isinstance(event, yaml.ScalarEvent) and _scalar_origin(event, file, lines) == origin:
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


# --- events to nodes ------------------------------------------------------------------------------------------------


class _TooMuch(Exception):
    def __init__(self, origin: Origin, message: str, hint: str = "") -> None:
        self.origin, self.message, self.hint = origin, message, hint


class _Anchored(NamedTuple):
    node: Node
    size: int
    depth: int


class _Reader:
    def __init__(self, text: str, file: str, problems: Problems) -> None:
        self._file = file
        self._problems = problems
        self._lines = text.split("\n")
        self._hashes = "#" in text
        self._events = _events(text)
        self._anchors: dict[str, _Anchored | None] = {}  # None: begun, not ended
        self._count = 0
        self._aliased = 0
        self._deepest = 0
        self.opened: list[Any] = []
        """Marks of the lists and mappings in brackets whose end has not come yet."""

    def document(self) -> Node:
        start = Origin(self._file, 1, 1)
        node = Node(None, start)
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents == 2:
                    hint = "remove the `---`, or split the file in two"
                    self._problems.add(self._at(event), "a second document in one file", hint)
            elif not isinstance(event, yaml.StreamStartEvent | yaml.DocumentEndEvent | yaml.StreamEndEvent):
                found = self._node(event, 0)
                node = found if documents == 1 else node
        return node

    def _at(self, event: Any) -> Origin:
        mark = event.start_mark
        return Origin(self._file, mark.line + 1, mark.column + 1)

    def _node(self, event: Any, depth: int) -> Node:
        self._count += 1
        kind = type(event)
        if kind is yaml.AliasEvent:
            return self._alias(event, depth)
        if event.tag is not None:
            self._problems.add(self._at(event), f"the tag `{_short(event.tag)}` has no meaning here", "remove it")
            event.tag = None
            return self._node(event, depth)._replace(value=BROKEN)
        if kind is yaml.ScalarEvent and event.anchor is None:
            return self._scalar(event)
        if depth >= MAX_DEPTH:
            raise _TooMuch(self._at(event), f"nested deeper than {MAX_DEPTH} levels")
        return self._anchored(event, depth)

    def _anchored(self, event: Any, depth: int) -> Node:
        """A collection, or anything that has an anchor: remembered with its size for the aliases to come."""
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        count, outer, self._deepest = self._count, self._deepest, depth
        if isinstance(event, yaml.ScalarEvent):
            node = self._scalar(event)
        else:
            if event.flow_style:
                self.opened.append(event.start_mark)
            sequence = isinstance(event, yaml.SequenceStartEvent)
            node = self._sequence(event, depth) if sequence else self._mapping(event, depth)
            if event.flow_style:
                self.opened.pop()
        if event.anchor is not None:
            self._anchors[event.anchor] = _Anchored(node, self._count - count + 1, self._deepest - depth)
        self._deepest = max(outer, self._deepest)
        return node

    def _alias(self, event: Any, depth: int) -> Node:
        name, origin = event.anchor, self._at(event)
        anchored = self._anchors.get(name)
        if anchored is None:
            why = "stands inside its own anchor" if name in self._anchors else "has no anchor above it"
            self._problems.add(
                origin, f"the alias `*{_short(name)}` {why}", "put a text in quotes if it begins with `*`"
            )
            return Node(BROKEN, origin)
        self._aliased += anchored.size
        self._count += anchored.size - 1
        if self._aliased > MAX_ALIASED_NODES:
            raise _TooMuch(origin, f"the aliases repeat more than {MAX_ALIASED_NODES:,} values", "use vars or for_each")
        self._deepest = max(self._deepest, depth + anchored.depth)
        if self._deepest > MAX_DEPTH:
            raise _TooMuch(origin, f"nested deeper than {MAX_DEPTH} levels by the alias `*{_short(name)}`")
        return anchored.node

    def _sequence(self, event: Any, depth: int) -> Node:
        self._deepest = max(self._deepest, depth)
        items: list[Node] = []
        for child in self._events:
            if type(child) is yaml.SequenceEndEvent:
                break
            items.append(self._node(child, depth + 1))
        return Node(items, self._at(event))

    def _mapping(self, event: Any, depth: int) -> Node:
        self._deepest = max(self._deepest, depth)
        found: dict[str, Node] = {}
        unquoted = False
        for child in self._events:
            if type(child) is yaml.MappingEndEvent:
                break
            if event.flow_style and traps.is_unquoted_template(event, child):
                unquoted = True
                self._problems.add(self._at(event), *traps.UNQUOTED)
                self._muted(child, depth + 1)
                self._muted(next(self._events), depth + 1)
                continue
            key = self._key(child, depth)
            value = self._node(next(self._events), depth + 1)
            if key is not None:
                self._keep(found, key, self._at(child), value)
        return Node(BROKEN if unquoted else found, self._at(event))

    def _muted(self, event: Any, depth: int) -> None:
        """Read a node whose problems would only repeat what has been told."""
        problems, self._problems = self._problems, Problems()
        self._node(event, depth)
        self._problems = problems

    def _key(self, event: Any, depth: int) -> str | None:
        """The key as a text, or None with a problem."""
        origin = self._at(event)
        if type(event) is not yaml.ScalarEvent:
            before = len(self._problems)
            self._node(event, depth + 1)
            if len(self._problems) == before:
                self._problems.add(origin, "a key is a text, not a list, a mapping or an alias", "put it in quotes")
            return None
        if event.anchor is not None or event.tag is not None:
            self._problems.add(origin, "a key has neither tag nor anchor", "remove it")
        if event.style is None or event.implicit[0]:
            if event.value == "<<":
                hint = "`defaults:` and `vars:` do what merging was for"
                self._problems.add(origin, "merge keys (`<<`) are not in YAML 1.2", hint)
                return None
            value = scalars.resolve(event.value)
            if not isinstance(value, str):
                shown = event.value or "null"
                what = scalars.kind_of(value)
                self._problems.add(origin, f"the key `{shown}` is {what}, not a text", f'put it in quotes: "{shown}"')
                return None
        return str(event.value)

    def _keep(self, found: dict[str, Node], key: str, origin: Origin, value: Node) -> None:
        if key in found:
            first = found[key].key
            self._problems.add(origin, f"`{_short(key)}` is here twice: also in line {first.line}", "keep one of them")
        else:
            found[key] = Node(value.value, value.origin, origin)

    def _scalar(self, event: Any) -> Node:
        origin = _scalar_origin(event, self._file, self._lines)
        if not (event.style is None or event.implicit[0]):
            return Node(event.value, origin)
        try:
            value = scalars.resolve(event.value)
        except scalars.TooLong:
            self._problems.add(origin, "this number has too many digits", "put it in quotes if it is a text")
            return Node(BROKEN, origin)
        if self._hashes:
            end = event.end_mark
            # At the end of a text libyaml may be a line past it.
            rest = self._lines[end.line][end.column :] if end.line < len(self._lines) else ""
            if swallowed := traps.swallowed(value if event.value else None, rest):
                column = end.column + 1 + rest.index("#")
                self._problems.add(Origin(self._file, end.line + 1, column), *swallowed)
                return Node(BROKEN, origin)
        return Node(value, origin)


def _events(text: str) -> Iterator[Any]:
    loader = _LOADER(text)
    try:
        while (event := loader.get_event()) is not None:
            yield event
            if isinstance(event, yaml.StreamEndEvent):
                return
    finally:
        loader.dispose()


def _scalar_origin(event: Any, file: str, lines: list[str]) -> Origin:
    mark = event.start_mark
    if event.style in ("|", ">"):
        for number in range(mark.line + 1, min(event.end_mark.line + 1, len(lines))):
            shown = lines[number]
            if shown.strip(" "):
                return Origin(file, mark.line + 2, len(shown) - len(shown.lstrip(" ")) + 1)
    return Origin(file, mark.line + 1, mark.column + 1)


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


def _origin_at(text: str, file: str, index: int) -> Origin:
    before = text[:index]
    return Origin(file, before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
