"""YAML text to nodes that know where they were written. The only module that opens PyYAML for what people wrote.

PyYAML resolves by YAML 1.1, where `16:9` is the number 969 and `on` a boolean. Here libyaml only cuts the text into
events; what a plain scalar means is decided by the core schema of YAML 1.2. Tags, merge keys and further documents are
refused, and aliases are counted, so that no spec grows beyond its text.
"""

from __future__ import annotations

import functools
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

import yaml

from pipeline.errors import Origin
from pipeline.frozen import NamedTuple
from pipeline.spec import scalars, strays, traps
from pipeline.spec.problems import Problems

MAX_CHARS: Final = 8_000_000
MAX_DEPTH: Final = 50
MAX_ALIASED_NODES: Final = 100_000
"""Nodes that aliases may repeat, all together."""

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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
    text = normal(text)
    if len(text) > MAX_CHARS:
        problems.add(start, f"larger than {MAX_CHARS:,} characters", "split it, or put the rows into a .csv or .json")
        return Node(BROKEN, start)
    if (found := strays.in_yaml(text)) is not None:
        problems.add(_origin_at(text, file, found), *traps.forbidden(text[found]))
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


def normal(text: str) -> str:
    """The text with line feeds alone, and without the byte order mark before it."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def decode(data: bytes, file: str, problems: Problems) -> str | None:
    """The text of a file; None with a problem when it is not UTF-8, or git left a conflict in it."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        problems.add(Origin(file, 1, 1), "this is UTF-16 text, not UTF-8", "save the file as UTF-8")
        return None
    data = data.removeprefix(BOM_UTF8)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        origin = _origin_at(before, file, len(before))
        problems.add(origin, f"the byte 0x{data[error.start]:02x} is not UTF-8", "save the file as UTF-8")
        return None
    if found := traps.conflict(text):
        problems.add(_origin_at(text, file, found[0]), *found[1:])
        return None
    return text


# --- events to nodes ------------------------------------------------------------------------------------------------


_SCALAR: Final = yaml.ScalarEvent
_MAPPING_END: Final = yaml.MappingEndEvent

# A NamedTuple's own constructor takes twice as long, and there are three of these for each line.
_origin: Final[Callable[[tuple[str, int, int]], Origin]] = functools.partial(tuple.__new__, Origin)
_keyed: Final[Callable[[tuple[Value, Origin, Origin | None]], Node]] = functools.partial(tuple.__new__, Node)


class _TooMuch(Exception):
    def __init__(self, origin: Origin, message: str, hint: str = "") -> None:
        self.origin, self.message, self.hint = origin, message, hint


class _Anchored(NamedTuple):
    node: Node
    size: int
    depth: int


class _Reader:
    """Half of the time of a cold start goes by here: hence the plain scalars, which nearly all are, come first."""

    def __init__(self, text: str, file: str, problems: Problems) -> None:
        self._file = file
        self._problems = problems
        self._lines = text.split("\n")
        self._hashes = frozenset(n for n, line in enumerate(self._lines) if "#" in line) if "#" in text else frozenset()
        self._next: Callable[[], Any] = _LOADER(text).get_event
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
        while not isinstance(event := self._next(), yaml.StreamEndEvent):
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents == 2:
                    hint = "remove the `---`, or split the file in two"
                    self._problems.add(self._at(event), "a second document in one file", hint)
            elif not isinstance(event, yaml.StreamStartEvent | yaml.DocumentEndEvent):
                found = self._node(event, 0)
                node = found if documents == 1 else node
        return node

    def _at(self, event: Any) -> Origin:
        mark = event.start_mark
        return _origin((self._file, mark.line + 1, mark.column + 1))

    def _node(self, event: Any, depth: int, key: Origin | None = None) -> Node:
        """The node that an event begins; `key` is where its key stands."""
        kind = type(event)
        if kind is _SCALAR and event.anchor is None and event.tag is None:
            return self._scalar(event, key)
        self._count += 1
        if kind is yaml.AliasEvent:
            node = self._alias(event, depth)
        elif event.tag is not None:
            self._problems.add(self._at(event), f"the tag `{_short(event.tag)}` has no meaning here", "remove it")
            event.tag = None
            node = self._node(event, depth)._replace(value=BROKEN)
        elif depth >= MAX_DEPTH and kind is not _SCALAR:
            raise _TooMuch(self._at(event), f"nested deeper than {MAX_DEPTH} levels")
        else:
            node = self._collection(event, depth) if event.anchor is None else self._anchored(event, depth)
        return node if key is None else Node(node.value, node.origin, key)

    def _collection(self, event: Any, depth: int) -> Node:
        if depth > self._deepest:
            self._deepest = depth
        if event.flow_style:
            self.opened.append(event.start_mark)
        node = self._sequence(event, depth) if type(event) is yaml.SequenceStartEvent else self._mapping(event, depth)
        if event.flow_style:
            self.opened.pop()
        return node

    def _anchored(self, event: Any, depth: int) -> Node:
        """What has an anchor: remembered with its size for the aliases to come."""
        self._anchors[event.anchor] = None
        count, outer, self._deepest = self._count, self._deepest, depth
        node = self._scalar(event) if type(event) is _SCALAR else self._collection(event, depth)
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
        items: list[Node] = []
        while type(child := self._next()) is not yaml.SequenceEndEvent:
            items.append(self._node(child, depth + 1))
        return Node(items, self._at(event))

    def _mapping(self, event: Any, depth: int) -> Node:
        found: dict[str, Node] = {}
        unquoted = False
        while type(child := self._next()) is not _MAPPING_END:
            if event.flow_style and traps.is_unquoted_template(event, child):
                unquoted = True
                self._problems.add(self._at(event), *traps.UNQUOTED)
                self._muted(child, depth + 1)
                self._muted(self._next(), depth + 1)
                continue
            key = self._key(child, depth)
            at = self._at(child)
            value = self._node(self._next(), depth + 1, at)
            if key in found:
                hint = "keep one of them"
                self._problems.add(at, f"`{_short(key)}` is here twice: also in line {found[key].key.line}", hint)
            elif key is not None:
                found[key] = value
        return Node(BROKEN if unquoted else found, self._at(event))

    def _muted(self, event: Any, depth: int) -> None:
        """Read a node whose problems would only repeat what has been told."""
        problems, self._problems = self._problems, Problems()
        self._node(event, depth)
        self._problems = problems

    def _key(self, event: Any, depth: int) -> str | None:
        """The key as a text, or None with a problem."""
        if type(event) is _SCALAR and event.anchor is None and event.tag is None:
            text: str = event.value
            if event.style or scalars.is_word(text):
                return text
        return self._unusual_key(event, depth)

    def _unusual_key(self, event: Any, depth: int) -> str | None:
        origin = self._at(event)
        if type(event) is not _SCALAR:
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

    def _scalar(self, event: Any, key: Origin | None = None) -> Node:
        self._count += 1
        mark, text, value = event.start_mark, event.value, event.value
        origin = _origin((self._file, mark.line + 1, mark.column + 1))
        if not event.implicit[0] and event.style is not None:
            if event.style in ("|", ">"):
                origin = scalar_origin(event, self._file, self._lines)
            return _keyed((value, origin, key))
        if not scalars.is_word(text):
            try:
                value = scalars.resolve(text)
            except scalars.TooLong:
                self._problems.add(origin, "this number has too many digits", "put it in quotes if it is a text")
                return Node(BROKEN, origin, key)
        # At the end of a text libyaml may be a line past it, which has no hash then.
        if self._hashes and (end := event.end_mark).line in self._hashes:
            rest = self._lines[end.line][end.column :]
            if swallowed := traps.swallowed(value if text else None, rest):
                column = end.column + 1 + rest.index("#")
                self._problems.add(Origin(self._file, end.line + 1, column), *swallowed)
                return Node(BROKEN, origin, key)
        return _keyed((value, origin, key))


def events(text: str) -> Iterator[Any]:
    """The events of a normal text. Raises YAMLError."""
    loader = _LOADER(text)
    while (event := loader.get_event()) is not None:
        yield event


def scalar_origin(event: Any, file: str, lines: list[str]) -> Origin:
    """Where the text of a scalar begins."""
    mark = event.start_mark
    if event.style in ("|", ">"):
        for number in range(mark.line + 1, min(event.end_mark.line + 1, len(lines))):
            shown = lines[number]
            if shown.strip(" "):
                return Origin(file, mark.line + 2, len(shown) - len(shown.lstrip(" ")) + 1)
    return Origin(file, mark.line + 1, mark.column + 1)


def _origin_at(text: str, file: str, index: int) -> Origin:
    before = text[:index]
    return Origin(file, before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
