"""A class for Godot 4: constants by which a script names pictures, so that a wrong name is seen by the editor.

Nothing is loaded by it, and no `.import` file is written: Godot writes those itself, with numbers of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pipeline.bundle.catalog import Built, Item
from pipeline.bundle.exports.material import Material, unique
from pipeline.errors import PipelineError

_READ = ("png", "webp", "jpeg")
"""Of our formats those that Godot 4 imports."""
_TAKEN = frozenset({"PATHS", "SIZES", "PI", "TAU", "INF", "NAN"})


def write(material: Material) -> Mapping[str, bytes]:
    """The script by its path. Raises PipelineError."""
    taken: dict[str, str] = {}
    constants, paths, sizes = [], [], []
    for item in material.items:
        file, name = _file(item), constant(item.id)
        unique(material.export, taken, name, item, "constant")
        constants.append(f"const {name} := {quoted(_path(file, material))}\n")
        paths.append(f"\t{quoted(item.id)}: {name},\n")
        sizes.append(f"\t{quoted(item.id)}: Vector2i({file.width}, {file.height}),\n")
    text = [
        f"class_name {material.export.options['class']}\nextends RefCounted\n\n",
        *constants,
        "\n## The path of each asset, by its id.\n" if constants else "## The path of each asset, by its id.\n",
        "const PATHS := {\n", *paths, "}\n",
        "\n## The size of each asset in pixels, by its id.\n",
        "const SIZES := {\n", *sizes, "}\n",
        "\n\n## The picture of an asset, loaded now if it is not yet.\n",
        "static func texture(id: String) -> Texture2D:\n\treturn load(PATHS[id]) as Texture2D\n",
    ]  # fmt: skip
    return {material.export.to: "".join(text).encode()}


def constant(id: str) -> str:
    """An id as the name of a constant: `hero/knight-2` is HERO_KNIGHT_2."""
    name = re.sub(r"[^A-Z0-9]+", "_", id.upper()).strip("_")
    return f"_{name}" if name[0].isdigit() else f"{name}_" if name in _TAKEN else name


def quoted(text: str) -> str:
    """A text as a string of GDScript."""
    return '"' + re.sub(r'[\x00-\x1f"\\\x7f]', lambda found: f"\\u{ord(found[0]):04x}", text) + '"'


def _file(item: Item) -> Built:
    for file in item.files:
        if file.format in _READ:
            return file
    message = f"Godot reads no {item.files[0].format}: {item.files[0].path}"
    raise PipelineError(message, hint=f"leave `{item.id}` out by `exclude`, or give it a variant as png or webp")


def _path(file: Built, material: Material) -> str:
    root = material.export.options["root"]
    if not material.is_served(file.path):
        hint = "leave it out by `exclude`, or build it there: `root` is the folder of project.godot"
        raise PipelineError(f"{file.path} is not inside {root}/", hint=hint)
    return "res://" + (file.path.removeprefix(f"{root}/") if root else file.path)
