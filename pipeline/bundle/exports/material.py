"""What the kinds of exports are made of: the assets, how their files are told, and what a picture is like."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

from pipeline.bundle.catalog import Built, Catalog, Item, Sheets
from pipeline.bundle.impression import Impression, Impressions
from pipeline.errors import PipelineError
from pipeline.spec.exports import Export
from pipeline.spec.ids import below
from pipeline.spec.templates import TemplateFailed, Templates

HASH_DIGITS = 8


@dataclass(frozen=True, kw_only=True)
class Material:
    """One export, the assets that it is about, and all that it may ask."""

    export: Export
    items: Catalog
    read: Callable[[str], bytes] = field(repr=False)
    sheets: Sheets = field(default_factory=dict)
    templates: Templates = field(repr=False)
    impressions: Impressions = field(default_factory=Impressions, repr=False)
    copies: tuple[Export, ...] = ()
    """The exports whose copies are told in place of the files."""

    def impression(self, item: Item) -> Impression:
        """What the picture is like. Raises PipelineError."""
        return self.impressions.of(item, self.read)

    def path(self, item: Item, file: Built) -> str:
        """The path by which a file is told: its own or that of its copy. Raises PipelineError."""
        if not self.copies:
            return file.path
        for copies in self.copies:
            if copies.members.have(item.id, item.tags):
                return copy_path(copies, item, file, self.templates)
        message = f"it uses copies, and `{item.id}` has none"
        raise PipelineError(message, hint=f"leave it out by `exclude`, or let `of` of `{self.copies[0].name}` name it")

    def is_served(self, path: str) -> bool:
        """Whether a path from the project's root is inside of `root`."""
        root = self.export.options.get("root")
        return not root or path.startswith(f"{root}/")

    def url(self, path: str, by: str = "") -> str:
        """How a path from the project's root is told in the file `by`, the export's own without it.

        Percent-encoded. Raises PipelineError for a path outside of `root`.
        """
        root, url = self.export.options.get("root"), self.export.options.get("url")
        if not self.is_served(path):
            hint = f"leave it out by `exclude`, or build it below {root}/"
            raise PipelineError(f"{path} is not inside `root: {root}`", hint=hint)
        if root is not None or url:
            below_root = path.removeprefix(f"{root}/") if root else path
            before = url if not url or url.endswith(("/", "=")) else f"{url}/"
            return (before or "") + quote(below_root)
        return quote(posixpath.relpath(path, posixpath.dirname(by or self.export.to) or "."))

    def file_url(self, item: Item, file: Built, by: str = "") -> str:
        """How a file of an asset is told. Raises PipelineError."""
        return self.url(self.path(item, file), by)

    def named(self, option: str, item: Item) -> str:
        """What a template of the export says for an asset. Raises PipelineError."""
        return rendered(self.export, option, names_of(item), self.templates)


def names_of(item: Item) -> dict[str, object]:
    """What a template can say of an asset."""
    return {"id": item.id, "name": item.id.rpartition("/")[2], "alt": item.alt}


def rendered(export: Export, option: str, names: dict[str, object], templates: Templates) -> str:
    """The text that a template of an export gives, without blanks at its ends. Raises PipelineError."""
    try:
        value = templates.value(export.options[option], names)
    except TemplateFailed as error:
        message = f"`{option}` of `{export.name}`: {error.message} (in {names['id']})"
        raise PipelineError(message, hint=error.hint) from None
    return str(value).strip()


def copy_path(export: Export, item: Item, file: Built, templates: Templates) -> str:
    """The path of a file's copy, from the project's root. Raises PipelineError."""
    from pipeline.spec import ids
    from pipeline.spec.encoding import FORMATS

    stem = file.path.rpartition("/")[2].rpartition(".")[0]
    known = {"variant": file.variant, "width": file.width, "height": file.height, "format": file.format}
    digest = file.digest.removeprefix("sha256:")[:HASH_DIGITS]
    name = rendered(export, "name", {**names_of(item), **known, "name": stem, "hash": digest}, templates)
    if why := ids.wrong_name(name) if name else "is empty":
        message = f"`{name[:80]}` is no name for a copy of {file.path}: it {why}"
        raise PipelineError(message, hint="such as name: '{{ id }}.{{ hash }}'")
    return below(export.to, name + FORMATS[file.format].suffix)


def unique(export: Export, taken: dict[str, str], name: str, item: Item, what: str) -> None:
    """Note the name of an asset. Raises PipelineError where another asset has it."""
    other = taken.setdefault(name, item.id)
    if other != item.id:
        message = f"`{other}` and `{item.id}` would have one {what}: {name}"
        raise PipelineError(message, hint="leave one out by `exclude`, or rename it")
