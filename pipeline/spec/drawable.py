"""Can the model draw what is wanted? Held against the table before any call: the SDK itself checks nothing."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.errors import Origin
from pipeline.frozen import NamedTuple
from pipeline.spec import hints
from pipeline.spec.models import Model, Models
from pipeline.spec.problems import Problems


class Wanted(NamedTuple):
    """What an asset wants of its model."""

    model: str
    aspect_ratio: str
    image_size: str


def is_fine(wanted: Wanted, models: Models) -> bool:
    """Can the model draw it, and is there nothing to know about the model? Then there is nothing to check."""
    model = models.get(wanted.model)
    able = wanted.aspect_ratio in model.ratios and wanted.image_size in model.sizes
    return able and model.known and model.id == wanted.model and model.status == "current"


def check(
    wanted: Wanted,
    at: Mapping[str, Origin],
    models: Models,
    problems: Problems,
    warnings: Problems,
    *,
    who: Mapping[str, str],
) -> None:
    """Add what the model cannot draw to the problems, and what to know about the model to the warnings."""
    _warn(wanted.model, at["model"], models, warnings)
    model = models.get(wanted.model)
    if wanted.aspect_ratio not in model.ratios:
        able = [m.id for m in _current(models) if wanted.aspect_ratio in m.ratios]
        meant = hints.ratio_meant(wanted.aspect_ratio, model.ratios)
        hint = _hint(meant, model.ratios, able)
        problems.add(
            at["aspect_ratio"], f"`{model.id}` cannot draw `{wanted.aspect_ratio}`", hint, who=who["aspect_ratio"]
        )
    if wanted.image_size not in model.sizes:
        able = [m.id for m in _current(models) if wanted.image_size in m.sizes]
        meant = hints.size_meant(wanted.image_size, model.sizes)
        hint = _hint(meant, model.sizes, able)
        problems.add(at["image_size"], f"`{model.id}` cannot draw `{wanted.image_size}`", hint, who=who["image_size"])


def _current(models: Models) -> list[Model]:
    return [model for model in models.all() if model.status == "current"]


def _hint(meant: str | None, possible: tuple[str, ...], able: list[str]) -> str:
    if meant:
        return f"did you mean `{meant}`?"
    others = f"; {' or '.join(f'`{id}`' for id in able[:3])} can" if able else ""
    return f"it draws {', '.join(possible)}{others}"


def _warn(name: str, origin: Origin, models: Models, warnings: Problems) -> None:
    model = models.get(name)
    if not model.known:
        meant = hints.nearest(name, [*models.ids, *models.aliases])
        hint = f"did you mean `{meant}`?" if meant else "it is taken to be able to do all, at the dearest price"
        warnings.add(origin, f"nothing is known of the model `{name}`", hint)
        return
    if model.id != name:
        gone = models.retirement(name)
        since = f" since {gone.retired_when}, when it was retired" if gone is not None and gone.retired_when else ""
        warnings.add(origin, f"`{name}` is another name of `{model.id}`{since}", f"write `{model.id}`")
    if model.status == "retired":
        since = f" since {model.retired_when}" if model.retired_when else ""
        warnings.add(origin, f"the model `{model.id}` is retired{since}", _successor(model))
    elif model.status == "deprecated":
        when = f", and ends {model.retired_when}" if model.retired_when else ""
        warnings.add(origin, f"the model `{model.id}` is deprecated{when}", _successor(model))


def _successor(model: Model) -> str:
    return f"its successor is `{model.successor}`" if model.successor else ""
