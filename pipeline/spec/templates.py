"""Templates: every text value of a spec may be one. Rendering is pure: the same specs give the same text everywhere.

Simple texts are joined from their pieces (pieces.py). Jinja2 itself is opened by sandbox.py, and only when there is a
text that needs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import Origin, Problem
from pipeline.frozen import NamedTuple
from pipeline.spec import pieces
from pipeline.spec.pieces import INCLUDE, Pieces, Ref, Slot
from pipeline.spec.reads import Reads

if TYPE_CHECKING:
    from pipeline.spec.kept_texts import KeptTexts
    from pipeline.spec.sandbox import Sandbox


class TemplateFailed(Exception):
    """A template that cannot be rendered: where in which text, why, and what would be right.

    `file` is None for the text itself, else the partial by its path from the project's root; `line` counts from 1;
    `word` is what to look for in that line, if anything; `undefined` the name that is not defined, if that is why.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        file: str | None = None,
        line: int = 1,
        word: str = "",
        undefined: str = "",
    ) -> None:
        super().__init__(message)
        self.message, self.hint, self.file, self.line, self.word = message, hint, file, line, word
        self.undefined = undefined


class RefFailed(Exception):
    """Raised by the function behind `ref()`: told at the line that called it."""

    def __init__(self, message: str, hint: str = "", word: str = "") -> None:
        super().__init__(message)
        self.message, self.hint, self.word = message, hint, word


class Text(NamedTuple):
    """A rendered text, and the partials it came from by their paths from the project's root."""

    text: str
    partials: tuple[str, ...] = ()


class Templates:
    """Renders texts with the partials of one project. Keeps what it compiled."""

    def __init__(self, root: Path, reads: Reads | None = None) -> None:
        self._root = root
        self.reads = reads or Reads()
        self._sandbox: Sandbox | None = None
        self._jinja_was_needed = False
        self._partials: dict[str, None] = {}
        self._cut: dict[str, Pieces | None] = {}
        self._slots: dict[str, Slot | None] = {}
        self._includes: dict[str, Slot | None] = {}

    @property
    def partials(self) -> tuple[str, ...]:
        """All partials that any rendering so far used, by their paths from the project's root."""
        return tuple(self._partials)

    def check(self, source: str) -> None:
        """Check the syntax alone. Raises TemplateFailed."""
        if has_template(source) and self._pieces(source) is None and not self._kept.knows(source):
            self._opened().compiled(source)
            self._kept.know(source)

    def text(self, source: str, names: Mapping[str, Any], ref: Ref | None = None) -> Text:
        """Render to text; `ref` is what `ref()` does in it. Raises TemplateFailed.

        `ref` may be called twice with the same, in the same order: a failure is looked for in the whole text.
        """
        if not has_template(source):
            return Text(text=source)
        cut = self._pieces(source)
        if cut is not None:
            try:
                text, partials = self._joined(cut, names, ref)
            except Exception:
                cut = None  # Jinja tells why, and where
        if cut is None:
            text, partials = self._by_jinja(source, names, ref)
        self._note(partials)
        return Text(text=text, partials=partials)

    def _by_jinja(self, source: str, names: Mapping[str, Any], ref: Ref | None) -> tuple[str, tuple[str, ...]]:
        """The text and its partials: as it was rendered before, or rendered now. Raises TemplateFailed."""
        key = self._kept.key(source, names)
        if key is not None:
            try:
                found = self._kept.find(key, ref)
            except Exception:
                found = None  # a reference that is right no more: Jinja tells where
            if found is not None:
                return found
        calls: list[tuple[tuple[Any, ...], dict[str, Any], str]] = []

        def noting(*args: Any, **more: Any) -> str:
            assert ref is not None
            answer = ref(*args, **more)
            calls.append((args, more, answer))
            return answer

        text, partials = self._opened().text(source, names, noting if ref is not None else None)
        if key is not None:
            self._kept.keep(key, text, partials, calls)
        return text, partials

    def save(self, *, all_read: bool) -> None:
        """Keep the texts that Jinja rendered for the next process. Raises OSError."""
        if self._jinja_was_needed:
            self._kept.save(all_read=all_read)

    @cached_property
    def _kept(self) -> KeptTexts:
        from pipeline.spec.kept_texts import KeptTexts

        self._jinja_was_needed = True
        return KeptTexts(self._root)

    def failures(self, source: str, names: Mapping[str, Any], ref: Ref | None = None) -> list[TemplateFailed]:
        """All that fails in a text that failed, as far as one failure does not hide the next."""
        return self._opened().failures(source, names, ref)

    def value(self, source: str, names: Mapping[str, Any]) -> Any:
        """Render a value: a lone `{{ x }}` keeps the type of x, all else is text. Raises TemplateFailed."""
        if not has_template(source):
            return source
        cut = self._pieces(source.strip())
        if cut is not None and (cut.whole or cut.lone is None):
            try:
                if cut.lone is not None:
                    return pieces.settled(cut.lone(names, None))
                text, partials = self._joined(cut, names, None)
                self._note(partials)
                return text
            except Exception:
                pass  # no plain scalar; or it failed, and Jinja tells why
        value, partials = self._opened().value(source, names)
        self._note(partials)
        return value

    def expression(self, source: str, names: Mapping[str, Any]) -> Any:
        """The value of an expression written without braces, as in `where`. Raises TemplateFailed."""
        return self._opened().expression(source, names)

    def _note(self, partials: tuple[str, ...]) -> None:
        if partials:
            self._partials.update(dict.fromkeys(partials))
            self.reads.note(partials)

    def _pieces(self, source: str) -> Pieces | None:
        if source not in self._cut:
            self._cut[source] = pieces.cut(source, self._slot, self._included)
        return self._cut[source]

    def _slot(self, expression: str) -> Slot | None:
        """The slot of an expression, the same for all texts; None if it is none."""
        if expression not in self._slots:
            found = pieces.simple(expression)
            if found is None and pieces.is_apart(expression):
                found = self._opened().slot("{{" + expression + "}}")
            self._slots[expression] = found
        return self._slots[expression]

    def _included(self, name: str) -> Slot | None:
        """The slot of a partial, the same for all texts; None if there is none, or it includes itself."""
        if name not in self._includes:
            self._includes[name] = None
            with suppress(RecursionError):
                self._includes[name] = self._partial(name)
        return self._includes[name]

    def _partial(self, name: str) -> Slot | None:
        from pipeline.spec.partials import NoPartial, Partials

        try:
            found = Partials(self._root).source(name)
        except NoPartial:
            return None
        if found is None or "'" in name:
            return None
        text, path, _ = found
        cut = pieces.cut(text, self._slot, self._included)
        if cut is None:
            lacking = None in map(self._included, pieces.included(text))
            return None if lacking else self._opened().slot(f"{{% include '{name}' %}}")
        return Slot(cut.text, INCLUDE + cut.steps, cut.whole, (path, *cut.partials))

    def _joined(self, cut: Pieces, names: Mapping[str, Any], ref: Ref | None) -> tuple[str, tuple[str, ...]]:
        return (cut.text(names, ref), cut.partials) if cut.whole else self._opened().joined(cut, names, ref)

    def _opened(self) -> Sandbox:
        if self._sandbox is None:
            from pipeline.spec.sandbox import Sandbox

            self._sandbox = Sandbox(self._root)
        return self._sandbox


def problem_of(root: Path, origin: Origin, error: TemplateFailed) -> Problem:
    """A failed template as a problem: at its line of the scalar at `origin`, or of the partial that failed."""
    from pipeline.spec import disk, places

    file = error.file or origin.file
    try:
        text = disk.read_file(root / file).decode("utf-8-sig", "replace")
    except (FileNotFoundError, disk.Unreadable):
        text = ""
    if error.file is None:
        at = places.place(text, origin.file, origin, error.line, error.word)
    else:
        lines = text.splitlines()
        shown = lines[error.line - 1] if 0 < error.line <= len(lines) else ""
        found = places.column_of(error.word, shown)
        at = Origin(file, error.line, (found if found is not None else len(shown) - len(shown.lstrip())) + 1)
    return Problem(at, error.message, error.hint)


def has_template(text: str) -> bool:
    """Does a text hold anything that Jinja would look at?"""
    return "{" in text and ("{{" in text or "{%" in text or "{#" in text)


class Row(dict[str, Any]):
    """A mapping of data: a column that it lacks is null, and a column may be called `items`."""

    def __missing__(self, key: str) -> None:
        return None


def as_data(value: Any) -> Any:
    """Plain values with every mapping, at any depth, as a Row."""
    if isinstance(value, Mapping):
        return Row((key, as_data(item)) for key, item in value.items())
    return [as_data(item) for item in value] if isinstance(value, list | tuple) else value
