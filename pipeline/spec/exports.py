"""`exports:` of pipeline.yaml: what is declared there, held against the table and against the assets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pipeline.errors import Origin
from pipeline.spec import colors, hints, ids, members
from pipeline.spec.export_table import EXPORTS, ICONS, ORDER, ExportKind, Option, OptionKind
from pipeline.spec.folders import Folders
from pipeline.spec.members import Members, Tagged
from pipeline.spec.problems import Problems
from pipeline.spec.scalars import kind_of
from pipeline.spec.source import Broken, Node
from pipeline.spec.templates import TemplateFailed, Templates, problem_of

_SAMPLE: Final = {
    "id": "a/b", "name": "b", "alt": "", "variant": "", "width": 1, "height": 1, "format": "png", "hash": "0" * 8
}  # fmt: skip
"""What a template is tried with; it has to give a text for this as for every file."""

_IDENTIFIER: Final = r"[A-Za-z_][A-Za-z0-9_]*\Z"


@dataclass(frozen=True, kw_only=True)
class Export:
    """One entry of `exports:`, with the defaults for what it does not say."""

    kind: str
    name: str
    """Its kind; of several of one kind all but the first have their number too: `json 2`."""
    origin: Origin
    members: Members
    to: str
    """The file, or of kinds that write several the folder; from the project's root, empty for the root itself."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """All else that its kind can be told."""

    @property
    def declared(self) -> dict[str, Any]:
        """All of it, plain JSON values."""
        return {"kind": self.kind, "to": self.to, **self.members.declared, **self.options}


def read_exports(
    node: Node | None, *, root: Path, remote: str | None, templates: Templates, problems: Problems
) -> tuple[Export, ...]:
    """What `exports:` declares, copies first. What is wrong is a problem, and left out."""
    if node is None or not isinstance(node.value, dict):
        return ()
    reader = _Reader(root, Folders(root, remote), templates, problems)
    found: list[Export] = []
    for name, value in node.value.items():
        if name not in EXPORTS:
            message = f"`{name[:60]}` is no kind of export"
            problems.add(value.key, message, _kind_meant(name))
            continue
        entries = value.value if isinstance(value.value, list) else [value]
        for number, entry in enumerate(entries, 1):
            export = reader.read(EXPORTS[name], f"{name} {number}" if number > 1 else name, entry)
            found += [export] if export is not None else []
    has_copies = "copies" in node.value
    for export in found:
        if export.options.get("use") and not has_copies:
            hint = "such as copies: {to: public/img}"
            problems.add(export.origin, f"`{export.name}` uses copies, and there are none in `exports`", hint)
    return tuple(sorted(found, key=lambda export: ORDER.index(export.kind)))


def check_exports(exports: Sequence[Export], tagged: Tagged, files: Mapping[str, str], problems: Problems) -> None:
    """Hold exports against all assets by ids and tags, and against all files by paths, with whose they are."""
    for export in exports:
        members.check(export.members, tagged, problems)
        named = [id for id, tags in tagged.items() if export.members.have(id, tags)]
        if export.kind == "icons" and len(named) > 1:
            at = export.members.of[0].origin
            problems.add(at, f"icons are made of one asset, and this names {len(named)}", f"such as `{named[0]}`")
    _check_paths(exports, tagged, files, problems)


def paths_of(export: Export, tagged: Tagged) -> Iterator[str]:
    """The files that it writes, by their paths from the root, as far as that is known without the built files."""
    if EXPORTS[export.kind].endings:
        yield export.to
    elif export.kind == "html":
        yield from (ids.below(export.to, f"{id}.html") for id, tags in tagged.items() if export.members.have(id, tags))
    elif export.kind == "icons":
        yield from (ids.below(export.to, name) for name in ICONS)
        yield export.options["html"]


def _check_paths(exports: Sequence[Export], tagged: Tagged, files: Mapping[str, str], problems: Problems) -> None:
    seen = {ids.folded(path): whose for path, whose in files.items()}
    taken = {folder for path in seen for folder in _folders(path)}
    for export in exports:
        for path in paths_of(export, tagged):
            folded = ids.folded(path)
            other = seen.get(folded)
            if other is None and folded in taken:
                other = "a folder of other files"
            if other is None:
                other = next((seen[folder] for folder in _folders(folded) if folder in seen), None)
            if other is not None:
                problems.add(export.origin, f"`{export.name}` would write {path}: {other}", "take another `to`")
                break
            seen[folded] = f"a file of the export `{export.name}`"
            taken |= _folders(folded)


def _folders(path: str) -> set[str]:
    parts = path.split("/")
    return {"/".join(parts[:count]) for count in range(1, len(parts))}


def _kind_meant(name: str) -> str:
    other = {"ts": "typescript", "manifest": "json", "md": "markdown", "favicon": "icons", "picture": "html"}
    meant = other.get(name.casefold()) or hints.nearest(name, EXPORTS)
    return f"did you mean `{meant}`?" if meant else f"there are {', '.join(EXPORTS)}"


class _Reader:
    """Reads entries one by one."""

    def __init__(self, root: Path, folders: Folders, templates: Templates, problems: Problems) -> None:
        self._root, self._folders, self._templates, self._problems = root, folders, templates, problems

    def read(self, kind: ExportKind, name: str, node: Node) -> Export | None:
        """An entry; None with a problem."""
        before = len(self._problems)
        said = self._said(kind, node)
        if said is None:
            return None
        found: dict[str, Any] = {option.name: option.default for option in kind.options}
        lists = {key: members.read(key, said.get(key), self._problems) for key in ("of", "exclude")}
        for key, value in said.items():
            if key not in lists and value.value is not None:
                found[key] = self._value(kind, kind.named[key], value)
        if len(self._problems) > before:
            return None
        self._complete(kind, name, node, found, said)
        if len(self._problems) > before:
            return None
        options = {key: value for key, value in found.items() if key not in ("to", "of", "exclude")}
        return Export(
            kind=kind.name,
            name=name,
            origin=node.key,
            members=Members(of=lists["of"], exclude=lists["exclude"]),
            to=found["to"],
            options=options,
        )

    def _said(self, kind: ExportKind, node: Node) -> dict[str, Node] | None:
        """The keys of an entry; a text is its `to`. None with a problem."""
        if isinstance(node.value, Broken):
            return None
        if isinstance(node.value, str):
            return {"to": node}
        if not isinstance(node.value, dict):
            hint = f"such as {kind.name}: {{to: {kind.named['to'].example}}}"
            self._problems.add(node.origin, f"`{kind.name}` is a path or a mapping, not {kind_of(node.value)}", hint)
            return None
        for key, value in node.value.items():
            if key not in kind.named:
                meant = hints.other_name(key, kind.named)
                hint = f"did you mean `{meant}`?" if meant else f"its keys are {', '.join(kind.named)}"
                self._problems.add(value.key, f"`{key[:60]}` is not a key of the export `{kind.name}`", hint)
        return {key: value for key, value in node.value.items() if key in kind.named}

    def _complete(
        self, kind: ExportKind, name: str, node: Node, found: dict[str, Any], said: Mapping[str, Node]
    ) -> None:
        """What follows from several values together."""
        for needed in ("to", *(("of",) if kind.name == "icons" else ())):
            if said.get(needed, Node(None, node.origin)).value is None:
                hint = f"such as {needed}: {kind.named[needed].example}"
                self._problems.add(node.key, f"`{name}` has no `{needed}`", hint)
                return
        if "url" in kind.named and found["url"] is None and found["root"] is not None and kind.name != "phaser":
            found["url"] = "/"
        if kind.name == "icons" and found["html"] is None:
            found["html"] = ids.below(found["to"], "icons.html")
        root, to = found.get("root"), found["to"]
        inside = not root or to == root or to.startswith(f"{root}/")
        if kind.name in ("godot", "icons") and not inside:
            self._problems.add(said["to"].origin, f"{to} is not inside `root: {root}`", "both are from the project")

    def _value(self, kind: ExportKind, option: Option, node: Node) -> Any:
        value = node.value
        if isinstance(value, Broken):
            return None

        def wrong(message: str, hint: str = "") -> None:
            self._problems.add(node.origin, message, hint)

        if option.kind is OptionKind.BOOL:
            if not isinstance(value, bool):
                wrong(f"`{option.name}` is true or false, not {kind_of(value)}")
            return value
        if option.kind is OptionKind.INT:
            if isinstance(value, bool) or not isinstance(value, int):
                wrong(f"`{option.name}` is a whole number, not {kind_of(value)}")
            elif not option.least <= value <= option.most:
                wrong(f"`{option.name}` is from {option.least} to {option.most}, not {value}")
            return value
        if not isinstance(value, str):
            wrong(f"`{option.name}` is {option.kind.value}, not {kind_of(value)}", f"such as {option.example}")
            return value
        text = value.strip()
        found = _text(kind, option, text)
        if isinstance(found, tuple):
            wrong(*found)
            return None
        if option.kind is OptionKind.TEMPLATE:
            self._try(option, text, node.origin)
        if option.kind in (OptionKind.FILE, OptionKind.FOLDER) and (why := self._unwritable(option, found)):
            wrong(f"`{text}` {why}", f"such as {option.example}")
        return found

    def _unwritable(self, option: Option, path: str) -> str:
        if why := ids.wrong_path(path) if path else "":
            return why
        if option.name == "root":
            return ""
        folder = path if option.kind is OptionKind.FOLDER else path.rpartition("/")[0]
        if why := self._folders.wrong(folder):
            return why
        return "is a folder" if option.kind is OptionKind.FILE and (self._root / path).is_dir() else ""

    def _try(self, option: Option, text: str, origin: Origin) -> None:
        try:
            self._templates.value(text, {name: _SAMPLE[name] for name in option.names})
        except TemplateFailed as error:
            found = problem_of(self._root, origin, error)
            known = ", ".join(f"`{name}`" for name in option.names)
            hint = f"there are {known}" if error.undefined else found.hint
            self._problems.add(found.origin, found.message, hint)


def _text(kind: ExportKind, option: Option, text: str) -> str | tuple[str, str]:
    """A text as the option wants it, or what is wrong with it and what would be right."""
    if not text and option.kind is not OptionKind.FOLDER and option.name != "url":
        return f"`{option.name}` is empty", "give it a value, or remove it"
    if option.kind is OptionKind.CHOICE and text not in option.choices:
        hint = hints.did_you_mean(text, option.choices) or f"one of {', '.join(option.choices)}"
        return f"`{option.name}` cannot be `{text}`", hint
    if option.kind is OptionKind.COLOR:
        color = colors.parsed(text)
        if color is None or not colors.is_opaque(color):
            return f"`{text}` is no color", f"such as {option.example}, in quotes: `#` begins a comment"
        return color
    if option.kind is OptionKind.FOLDER:
        return ids.folder_of(text)
    if option.kind is OptionKind.FILE:
        endings = kind.endings if option.name == "to" else (".html",)
        if not text.lower().endswith(endings):
            return f"`{text}` is no file of the export `{kind.name}`", f"its ending is {' or '.join(endings)}"
        return ids.cleaned(text) if not text.startswith("/") else text
    if option.name == "class" and option.kind is OptionKind.TEXT and not re.match(_IDENTIFIER, text):
        return f"`{text}` is no name of a class", "letters, digits and `_`"
    if option.name == "url" and re.search(r"[\s\"'<>\\]", text):
        return f"`{text}` is no part of an address", "such as https://cdn.example.org/"
    return text
