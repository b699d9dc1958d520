"""How the file of an asset is to be made: size, steps, format and options, held against each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from typing import TYPE_CHECKING, Any, Final

from pipeline.errors import Origin
from pipeline.spec import encoding
from pipeline.spec.models import Model
from pipeline.spec.problems import Problems
from pipeline.words import MATTE, Asset

if TYPE_CHECKING:
    from pipeline.spec.steps import Step

SAID: Final = frozenset({"process", "transparent", "size", "format", "provenance", *encoding.OPTIONS})
"""The keys that have a say in it."""


def finish(
    values: dict[str, Any],
    broken: Set[str],
    model: Model,
    *,
    said: Mapping[str, Origin],
    own: Collection[str],
    under_size: Collection[str],
    source: Asset | None,
    problems: Problems,
    who: str,
) -> None:
    """Complete an asset's values: ratio and tier by its `size`, all of `process`, `ground`, `format`, `options`.

    `said` is where each key was written, by whatever layer; `own` are those that the asset itself writes;
    `under_size` are ratio and tier where a lower layer than the size's says them. Of what is made of a `source` all of
    that one's steps come first, then the one that cuts out its `cell`. What cannot be is a problem.
    """
    cutout, pixels = values["transparent"], values["size"]
    if pixels is not None and "size" not in broken and source is None:
        _cut(values, model, said, under_size, problems, who)
    if cutout is not None:
        _check_ground(values, said, problems, who)
        values["ground"] = ground_of(cutout) if source is None else ""
    before = (*(source.process if source is not None else ()), *values.get("cell", ()))
    process = values["process"] = (*before, *whole_process(values["process"], cutout, pixels))
    if process and values["format"] is None:
        from pipeline.spec.steps import alpha_after

        if alpha_after(process):
            values["format"] = "png"
    usual = source.format if source is not None else encoding.format_of(model.type)
    values["format"] = values["format"] or usual or "jpeg"
    stated = {name: values[name] for name in encoding.OPTIONS if values[name] is not None}
    good = "format" in broken or _options_are_good(values, stated, broken, said, own, problems, who)
    if good and process and broken.isdisjoint(SAID):
        _check_result(values, model, said, problems, who)
    # What the format cannot be told comes from a layer that is not about this asset alone.
    values["options"] = {name: value for name, value in stated.items() if encoding.takes(values["format"], name)}


def whole_process(own: tuple[Step, ...], cutout: Step | None, pixels: tuple[int, int] | None) -> tuple[Step, ...]:
    """All steps of an asset's own: what `transparent` asks for, those of `process`, what `size` asks for."""
    if cutout is None and pixels is None:
        return own
    from pipeline.key_colors import AUTO
    from pipeline.spec.steps import step

    # Models miss the color that they were asked for, so what was painted is measured.
    before: tuple[Step, ...] = ()
    if cutout is not None:
        given = {name: AUTO if name == "key" else value for name, value in cutout.params}
        before = (step(cutout.name, **given),)
    if pixels is None:
        return (*before, *own)
    return (*before, *own, step("resize", width=pixels[0], height=pixels[1], fit="cover", enlarge=True))


def ground_of(cutout: Step) -> str:
    """The ground that a transparent asset asks for, by the step that is to take it away."""
    return str(cutout.given.get("key", MATTE))


def _check_ground(values: Mapping[str, Any], said: Mapping[str, Origin], problems: Problems, who: str) -> None:
    """Whether there is one ground to ask for and to cut out."""
    from pipeline.key_colors import AUTO
    from pipeline.spec import colors

    key = ground_of(values["transparent"])
    if key not in (AUTO, MATTE) and not colors.is_opaque(key):
        message = "the ground that `transparent` asks for needs an opaque color"
        problems.add(said["transparent"], message, "leave the last two digits away", who=who)
    if any(step.name == "cutout" for step in values["process"]):
        message = "`transparent` cuts the ground out already, and `process` does so again"
        hint = "remove the step; what `cutout` is told, `transparent` can be told: {holes: true}"
        problems.add(said["process"], message, hint, who=who)


def _cut(
    values: dict[str, Any],
    model: Model,
    said: Mapping[str, Origin],
    under_size: Collection[str],
    problems: Problems,
    who: str,
) -> None:
    from pipeline.spec.pixels import cut_of

    ratio, tier = (
        values[name] if name in said and name not in under_size else None for name in ("aspect_ratio", "image_size")
    )
    if (ratio is not None and ratio not in model.ratios) or (tier is not None and tier not in model.sizes):
        return  # told where the model is held against the table
    cut = cut_of(model, values["size"], ratio, tier)
    values["aspect_ratio"], values["image_size"] = cut.aspect_ratio, cut.image_size
    if not cut.enough and tier is None:
        width, height = values["size"]
        across, down = model.shape(cut.aspect_ratio, cut.image_size)
        message = f"`size: {width}x{height}` is larger than what `{model.id}` draws in {cut.aspect_ratio}"
        hint = f"it draws {across} x {down} at most; `image_size: {cut.image_size}` beside it enlarges that"
        problems.add(said["size"], message, hint, who=who)


def _options_are_good(
    values: Mapping[str, Any],
    stated: Mapping[str, Any],
    broken: Set[str],
    said: Mapping[str, Origin],
    own: Collection[str],
    problems: Problems,
    who: str,
) -> bool:
    named = {name: value for name, value in stated.items() if name in own and name not in broken}
    usual = "" if "format" in said else ", which is the format of this asset as it does not name one"
    refused = encoding.refused(values["format"], named)
    for name, (message, hint) in refused.items():
        problems.add(said[name], f"{message}{usual}", hint, who=who)
    return not refused


def _place_of_steps(said: Mapping[str, Origin], values: Mapping[str, Any]) -> Origin:
    """Where it is said that there are steps at all."""
    names = ("process", *(("transparent",) if values["transparent"] is not None else ()), "size", "from", "grid")
    return next(said[name] for name in names if name in said)


def _check_result(
    values: Mapping[str, Any], model: Model, said: Mapping[str, Origin], problems: Problems, who: str
) -> None:
    """Whether the format can hold what the steps make, where that is known."""
    from pipeline.spec.step_sizes import Size
    from pipeline.spec.steps import alpha_after, size_after

    drawn = model.shape(values["aspect_ratio"], values["image_size"])
    size = size_after(values["process"], Size(*drawn))
    format, at = values["format"], _place_of_steps(said, values)
    sizes = list(values["sizes"]) if values["sizes"] is not None and size.exact else None
    if (wrong := encoding.too_large(format, size.width, size.height, sizes)) and (size.exact or sizes):
        problems.add(at, *wrong, who=who)
    if "format" in said and alpha_after(values["process"]) and not encoding.FORMATS[format].has_alpha:
        which = "transparent" if values["transparent"] is not None else "process"
        message = f"`{which}` makes a picture that can be seen through, and a {format} cannot be"
        problems.add(said["format"], message, "take png, webp or avif, or let the last step be `flatten`", who=who)
