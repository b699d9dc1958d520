"""The key `sheets` of a spec: what was written becomes sheets, once all assets of the project are known."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from pipeline import digest
from pipeline.digest import Digest
from pipeline.errors import Origin
from pipeline.spec import encoding, ids, members, sheet_table
from pipeline.spec.entries import SpecFile
from pipeline.spec.folders import Folders
from pipeline.spec.layers import Layer, merged
from pipeline.spec.members import Members
from pipeline.spec.partials import NoPartial, Partials
from pipeline.spec.problems import Problems
from pipeline.spec.reads import Reads
from pipeline.spec.scalars import kind_of
from pipeline.spec.schema import BUILT_IN
from pipeline.spec.scope import Renderer, Scope, Told
from pipeline.spec.sheet_values import Values, data_name, rendering
from pipeline.spec.sheets import CENTER, PAGE_ENDINGS, Animation, Point, Sheet, SheetTemplate, css_name, natural
from pipeline.spec.source import Node
from pipeline.spec.values import WrongValue
from pipeline.words import Asset, AssetId

_INCLUDED: Final = re.compile(r"\{%-?\s*(?:include|import|from|extends)\s+(?:'([^']*)'|\"([^\"]*)\"|(\S+))")
_LONGEST_NAME: Final = 200


class Written(NamedTuple):
    """A sheet as it stands in a spec."""

    name: str
    node: Node
    spec: SpecFile


class SheetReader:
    """Reads the sheets of a project."""

    def __init__(
        self, root: Path, *, over: Layer, renderer: Renderer, folders: Folders, problems: Problems, reads: Reads
    ) -> None:
        self._over, self._renderer, self._folders, self._problems = over, renderer, folders, problems
        self._partials, self._reads = Partials(root), reads

    def sheets(self, written: Sequence[Written], assets: Sequence[Asset], *, all_known: bool) -> tuple[Sheet, ...]:
        """The sheets that are right; what is not is a problem.

        `all_known`: whether there can be no assets besides these; else nothing is told of what names none.
        """
        known = {asset.id: asset for asset in assets if asset.path and not asset.is_internal}
        found: list[Sheet] = []
        folded: dict[str, Written] = {}
        for one in written:
            self._reads.by = one.spec.file
            if (other := folded.setdefault(ids.folded(one.name), one)) is not one:
                self._problems.add(
                    one.node.key, f"the sheet `{one.name}` is declared twice (also at {other.node.key})", "rename one"
                )
            elif why := ids.wrong_id(one.name):
                self._problems.add(one.node.key, f"`{one.name[:60]}` is no name for a sheet: it {why}", "such as items")
            elif (sheet := self._sheet(one, known, all_known)) is not None:
                found.append(sheet)
        return tuple(found)

    def _sheet(self, written: Written, known: Mapping[AssetId, Asset], all_known: bool) -> Sheet | None:
        """None with a problem."""
        before = len(self._problems)
        scope = written.spec.scope.with_own({"id": written.name})
        render = rendering(self._renderer, scope, written.name)
        values = Values(sheet_table.SHEET, f"the sheet `{written.name}`", self._problems, render)
        if not values.read(written.node):
            return None
        path, provenance = self._path(written, values, scope), self._provenance(written, values, scope)
        data, templates = self._data(values, path)
        self._check_values(values, data)
        own = Members(of=values.found["of"] or (), exclude=values.found["exclude"] or ())
        if all_known and own.of:
            members.check(own, {id: asset.tags for id, asset in known.items()}, self._problems)
        inside = {id: known[id] for id in sorted(known, key=natural) if own.have(id, known[id].tags)}
        animations = self._animations(values, inside, all_known)
        frames = self._names(values, scope, inside, written)
        if len(self._problems) > before or values.broken:
            return None
        self._check_names(frames, data, values.at("names", written.node.key))
        found = values.found
        names = ("layout", "columns", "max_size", "padding", "extrude", "power_of_two", "scale", "filter", "formats")
        options: dict[str, Any] = {
            name: found[name] for name in encoding.OPTIONS if name in found and found[name] is not None
        }
        pivots = dict.fromkeys(inside, found["pivot"] or CENTER)
        pivots |= {id: one.pivot for one in animations for id in one.frames}
        return Sheet(
            name=written.name,
            origin=written.node.key,
            path=path,
            members=own,
            frames=frames,
            pivots=pivots,
            animations=animations,
            options=options,
            data=data,
            templates=templates,
            provenance=provenance,
            trim=found["trim"] if found["trim"] is not None else found["layout"] == "packed",
            **{name: found[name] for name in names},
        )

    # --- where its files go

    def _path(self, written: Written, values: Values, scope: Scope) -> str:
        output, at = self._layered("output", written, values, scope)
        name = values.found["name"] or written.name
        folder, wrong = self._folders.of(str(output))
        if wrong:
            self._problems.add(at, f"`output`: `{output}` {wrong}", who=written.name)
        if why := ids.wrong_name(name):
            self._problems.add(values.at("name", written.node.key), f"`name`: `{name}` {why}")
        return ids.below(folder, name)

    def _provenance(self, written: Written, values: Values, scope: Scope) -> str:
        return "none" if self._layered("provenance", written, values, scope)[0] == "none" else ""

    def _layered(self, key: str, written: Written, values: Values, scope: Scope) -> tuple[Any, Origin]:
        """The value of a key that assets have too: the sheet's own lies over the file's, and a profile's over all."""
        own = Layer(keys={key: values.nodes[key]} if values.said(key) else {})
        node = merged((*written.spec.under, own, self._over)).keys.get(key)
        if node is None:
            return BUILT_IN[key], written.node.key
        if node is values.nodes.get(key):
            return node.value, node.origin  # rendered already, and what a variable says is no template
        try:
            return self._renderer.value(node, scope, written.name), node.origin
        except Told:
            values.broken.add(key)
            return BUILT_IN[key], node.origin

    # --- data

    def _data(self, values: Values, path: str) -> tuple[tuple[str, ...], tuple[SheetTemplate, ...]]:
        names: dict[str, None] = {}
        templates: list[SheetTemplate] = []
        node = values.nodes.get("data")
        if node is None:
            return tuple(values.found["data"]), ()
        for item in node.value if isinstance(node.value, list) else [node]:
            if isinstance(item.value, dict):
                templates += [one] if (one := self._template(item, path)) is not None else []
                continue
            try:
                names[data_name(item.value)] = None
            except WrongValue as wrong:
                self._problems.add(item.origin, wrong.message, wrong.hint)
        return tuple(names), tuple(templates)

    def _template(self, node: Node, path: str) -> SheetTemplate | None:
        """None with a problem."""
        given = node.value
        assert isinstance(given, dict)
        hint = "such as {template: sheet.j2, to: items.txt}"
        texts: dict[str, str] = {}
        for name, value in given.items():
            if name not in sheet_table.TEMPLATE:
                self._problems.add(value.key, f"`{name[:60]}` is not a key of a template's data", hint)
            elif not isinstance(value.value, str) or not value.value.strip():
                self._problems.add(value.origin, f"`{name}` is a text, not {kind_of(value.value)}", hint)
            else:
                texts[name] = value.value.strip()
        if texts.keys() != set(sheet_table.TEMPLATE):
            if given.keys() <= set(sheet_table.TEMPLATE) and len(given) == len(texts):
                self._problems.add(node.origin, "a template's data needs both `template` and `to`", hint)
            return None
        folder = path.rpartition("/")[0]
        to = texts["to"]
        if why := ids.wrong_path(to):
            self._problems.add(given["to"].origin, f"`to`: `{to}` {why}", "it is a path from the folder of the sheet")
            return None
        digests = self._texts_of(texts["template"], given["template"].origin)
        if digests is None:
            return None
        to = ids.below(folder, to)
        return SheetTemplate(template=texts["template"], path=to, digests=digests, origin=given["template"].origin)

    def _texts_of(self, name: str, origin: Origin) -> dict[str, Digest] | None:
        """The digests of a template and of all that it includes; None with a problem."""
        found: dict[str, Digest] = {}
        waiting = [name]
        while waiting:
            one = waiting.pop()
            if one in found:
                continue
            try:
                source = self._partials.source(one)
            except NoPartial as refused:
                self._problems.add(origin, refused.message, refused.hint)
                return None
            if source is None:
                hint = "a template is named by its path from `specs/`"
                self._problems.add(origin, f"there is no template `{one}`", hint)
                return None
            self._reads.note([f"specs/{one}"])
            found[one] = digest.of_bytes(source[0].encode())
            for single, double, other in _INCLUDED.findall(source[0]):
                if other:
                    message = f"specs/{one} includes a template by an expression"
                    self._problems.add(origin, message, "name it in quotes, so that a change of it is noticed")
                    return None
                waiting.append(single or double)
        return dict(sorted(found.items()))

    # --- values against each other

    def _check_values(self, values: Values, data: tuple[str, ...]) -> None:
        found = values.found
        if found["layout"] == "grid" and found["trim"]:
            message = "a grid has cells of one size, so nothing can be trimmed"
            self._problems.add(values.nodes["trim"].origin, message, "remove `trim`, or take `layout: packed`")
        if found["layout"] != "grid" and values.said("columns"):
            at = values.nodes["columns"].key
            self._problems.add(at, "only a grid has columns", "add `layout: grid`, or remove `columns`")
        side = found["max_size"]
        side = 1 << side.bit_length() - 1 if found["power_of_two"] else side
        if side <= 2 * (found["padding"] + found["extrude"]):
            message = f"`padding` and `extrude` leave no room on a page of {side} pixels"
            at = next(values.nodes[name].origin for name in ("padding", "extrude", "max_size") if values.said(name))
            self._problems.add(at, message, "lower them, or raise `max_size`")
        if "unity" in data and "png" not in found["formats"] and "formats" not in values.broken:
            message = "Unity reads png, and this sheet has none"
            self._problems.add(values.at("formats", values.nodes["data"].origin), message, "add png to `formats`")
        if "godot" in data and found["formats"] == ("avif",):
            self._problems.add(values.nodes["formats"].origin, "Godot reads no avif", "add png or webp to `formats`")
        for name in encoding.OPTIONS:
            taking = [format for format in found["formats"] if encoding.takes(format, name)]
            if values.said(name) and not taking and "formats" not in values.broken:
                listed = " and ".join(found["formats"])
                self._problems.add(values.nodes[name].key, f"a file of format {listed} cannot be told `{name}`")

    # --- frames

    def _names(
        self, values: Values, scope: Scope, inside: Mapping[AssetId, Asset], written: Written
    ) -> dict[AssetId, str]:
        """What each frame is called; a name that is none, or is there twice, is a problem."""
        node = values.nodes.get("names") or Node(values.found["names"], written.node.key)
        found: dict[AssetId, str] = {}
        for id, asset in inside.items():
            own = {"id": str(id), "name": id.rpartition("/")[2], "tags": list(asset.tags), "alt": asset.alt}
            try:
                value = self._renderer.value(node, scope.with_own({**own, "sheet": written.name}), id)
            except Told:
                return found
            text = str(value).strip()
            if not text or len(text) > _LONGEST_NAME or not text.isprintable():
                why = "is empty" if not text else "is too long, or has a character that cannot be seen"
                self._problems.add(node.origin, f"the name of the frame {why}", "`{{ id }}` is always good", who=id)
                return found
            found[id] = text
        return found

    def _check_names(self, frames: Mapping[AssetId, str], data: tuple[str, ...], origin: Origin) -> None:
        """No two frames have one name, and each can have it in every file of data."""
        seen: dict[str, dict[str, AssetId]] = {"": {}, "css": {}, "godot": {}}
        for id, name in frames.items():
            as_written = {"": name, "css": css_name(name), "godot": ids.folded(name)}
            for kind, text in as_written.items():
                if kind and kind not in data:
                    continue
                if (other := seen[kind].setdefault(text, id)) != id:
                    where = {"": "", "css": " as a class of CSS", "godot": " as a file for Godot"}[kind]
                    message = f"the frames of `{other}` and `{id}` are both called `{text}`{where}"
                    self._problems.add(origin, message, "`names: '{{ id }}'` keeps them apart")
                    return
            if "godot" in data and (why := ids.wrong_path(name)):
                message = f"`{name}` cannot be the name of a file for Godot: it {why}"
                self._problems.add(origin, message, "give frames other `names`", who=id)
                return

    # --- animations

    def _animations(self, values: Values, inside: Mapping[AssetId, Asset], all_known: bool) -> tuple[Animation, ...]:
        node = values.nodes.get("animations")
        if node is None:
            return ()
        if not isinstance(node.value, dict):
            hint = "such as {walk: {frames: 'hero/walk-*', fps: 12}}"
            self._problems.add(node.origin, f"`animations` is a mapping of names, not {kind_of(node.value)}", hint)
            return ()
        found: dict[str, Animation] = {}
        pivots: dict[AssetId, tuple[str, Point]] = {}
        for name, value in node.value.items():
            one = self._animation(name, value, values, inside, all_known)
            if one is None:
                continue
            found[name] = one
            for id in one.frames:
                other, pivot = pivots.setdefault(id, (name, one.pivot))
                if pivot != one.pivot:
                    message = f"`{other}` and `{name}` have different pivots, and both show `{id}`"
                    self._problems.add(value.key, message, "give both one `pivot`, or other frames")
                    break
        return tuple(found.values())

    def _animation(
        self, name: str, node: Node, sheet: Values, inside: Mapping[AssetId, Asset], all_known: bool
    ) -> Animation | None:
        """None with a problem."""
        if isinstance(node.value, str | list):  # `walk: 'hero/walk-*'` says enough
            node = node._replace(value={"frames": Node(node.value, node.origin, node.key_origin)})
        values = Values(sheet_table.ANIMATION, f"the animation `{name}`", self._problems, lambda node: node)
        if not values.read(node) or values.broken:
            return None
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,119}", name):
            self._problems.add(node.key, f"`{name[:60]}` is no name for an animation", "letters, digits, `-` and `_`")
            return None
        frames: list[AssetId] = []
        for one in values.found["frames"]:
            named = [id for id in inside if one.names(id, inside[id].tags)]
            if not named and all_known and sheet.broken.isdisjoint(("of", "exclude")):
                hint = "`of` says which assets the sheet has"
                self._problems.add(one.origin, f"`{one.text}` names no frame of this sheet", hint)
            frames += named
        return Animation(
            name=name,
            frames=tuple(frames),
            fps=values.found["fps"],
            repeat=values.found["repeat"],
            pivot=values.found["pivot"] or sheet.found["pivot"] or CENTER,
        )


def check_paths(sheets: Sequence[Sheet], assets: Sequence[Asset], problems: Problems) -> None:
    """No file of a sheet, however many pages it comes to need, is a file of an asset or of another sheet."""
    files = {ids.folded(path): f"a file of `{asset.id}`" for asset in assets for path in asset.paths}
    pages: dict[re.Pattern[str], Sheet] = {}
    for sheet in sheets:
        base = re.escape(ids.folded(sheet.path))
        page = re.compile(rf"{base}(-[1-9]\d*)?({'|'.join(re.escape(ending) for ending in _PAGES)})\Z")
        own = {ids.folded(path) for path in sheet.paths(sheet.frames, animated=bool(sheet.animations))}
        if taken := next((path for path in files if path in own or page.match(path)), None):
            problems.add(sheet.origin, f"{taken} is {files[taken]}, and would be one of this sheet", _HINT)
        elif other := next((pages[one] for one in pages for path in own if one.match(path)), None):
            message = f"the files of `{sheet.name}` would be those of a further page of `{other.name}`"
            problems.add(sheet.origin, message, _HINT)
        files |= dict.fromkeys(own, f"a file of the sheet `{sheet.name}`")
        pages[page] = sheet


_PAGES: Final = (*(encoding.FORMATS[format].suffix for format in sheet_table.FORMATS), *PAGE_ENDINGS.values())
_HINT: Final = "give the sheet another `name` or `output`"
