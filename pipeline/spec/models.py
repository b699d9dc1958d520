"""What each model can draw, and for how much: models.yaml, with a project's own `models:` over it.

A model that nobody described is allowed: it may have come out yesterday. It gets every size and ratio that any model
has, the dearest price, and `known` False, so that whoever uses it can say that these are guesses.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pipeline import keys
from pipeline.frozen import NamedTuple
from pipeline.spec.model_fields import FIELDS, TIERS, PixelTables, named, pixels, wrong_model_id
from pipeline.words import MicroUsd, Price

__all__ = ["BadModels", "Model", "ModelProblem", "Models", "load_models"]

_SIDE_1K = 1024
_SIDE_STEP = 16  # sides of the real models are multiples of it, nearly all of them
_MICRO = 1_000_000
_ITS_OWN = (
    "name",
    "status",
    "retired_when",
    "successor",
    "requests_per_minute",
    "images_per_minute",
)  # what no model takes over from another
_PROMPT_OVERHEAD_TOKENS = 16
_ANSWER_TEXT_TOKENS = 256
"""Words that a model may put beside its picture."""


class ModelProblem(NamedTuple):
    """One mistake below `models:`: where as a path of keys, what is wrong, what would be right."""

    path: tuple[str, ...]
    message: str
    hint: str = ""
    at_key: bool = False
    """Is the path's last key itself the mistake, and not its value?"""


class BadModels(ValueError):
    """A project's `models:` cannot be used; holds every mistake in it."""

    def __init__(self, problems: Iterable[ModelProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{'.'.join(p.path)}: {p.message}" for p in self.problems))


class Model(NamedTuple):
    """What one model can draw. Prices are US dollars for a million tokens, as the price lists give them."""

    id: str
    name: str
    sizes: tuple[str, ...]
    ratios: tuple[str, ...]
    pixels: Mapping[str, Mapping[str, tuple[int, int]]]
    """ratio -> size -> (width, height)."""
    sends_size: bool
    references: int
    """The most pictures that a request may attach."""
    type: str
    """The media type it answers."""
    thinking: tuple[str, ...]
    input_per_million: float
    text_per_million: float
    image_per_million: float
    image_tokens: Mapping[str, int]
    reference_tokens: int
    thinking_allowance: int
    priced_on: str
    status: str
    """current, deprecated or retired."""
    retired_when: str | None
    successor: str | None
    known: bool
    requests_per_minute: int | None
    images_per_minute: int | None
    """Limits of this project's account, where it has told them."""

    @property
    def per_minute(self) -> int | None:
        """Calls that may start in a minute: each is one request, for one image."""
        return min(filter(None, (self.requests_per_minute, self.images_per_minute)), default=None)

    def pixel_size(self, aspect_ratio: str, image_size: str) -> tuple[int, int] | None:
        """Width and height of a picture by the table, or None where the table does not say."""
        return self.pixels.get(aspect_ratio, {}).get(image_size)

    def shape(self, aspect_ratio: str, image_size: str) -> tuple[int, int]:
        """Width and height by the table, else computed from ratio and size: a picture's likely shape, never a fact."""
        return self.pixel_size(aspect_ratio, image_size) or _nominal(aspect_ratio, image_size)

    def price(self, prompt_chars: int, references: int, image_size: str, repeats: int) -> Price:
        """What one request may cost.

        `table` is the picture alone; `ceiling` adds the prompt, the references, thinking and some words; `worst` is the
        ceiling of the first call and of as many repeats as are allowed.
        """
        picture = self._image_tokens(image_size) * _rate(self.image_per_million)
        # Three characters a token is low for English and about right for the languages that take most.
        asked = prompt_chars // 3 + _PROMPT_OVERHEAD_TOKENS + references * self.reference_tokens
        words = self.thinking_allowance + _ANSWER_TEXT_TOKENS
        allowance = asked * _rate(self.input_per_million) + words * _rate(self.text_per_million)
        ceiling = _micro_usd(picture + allowance)
        return Price(table=_micro_usd(picture), ceiling=ceiling, worst=MicroUsd(ceiling * (1 + repeats)))

    def cost_of(self, usage: Mapping[str, Any]) -> MicroUsd | None:
        """The cost of an answer by the API's `usageMetadata`, or None where it counts nothing."""
        counted = ("promptTokenCount", "candidatesTokenCount", "thoughtsTokenCount", "toolUsePromptTokenCount")
        if not any(isinstance(usage.get(name), int) for name in counted):
            return None
        asked, drawn, thought, tools = (_count(usage.get(name)) for name in counted)
        pictures = min(drawn, _pictures_among(usage, drawn))
        words = drawn - pictures + thought
        return _micro_usd(
            (asked + tools) * _rate(self.input_per_million)
            + words * _rate(self.text_per_million)
            + pictures * _rate(self.image_per_million)
        )

    def _image_tokens(self, image_size: str) -> int:
        return self.image_tokens.get(image_size) or max(self.image_tokens.values(), default=0)


class Models:
    """Every model by its id, and the other names that some of them go by."""

    def __init__(self, models: Mapping[str, Model], aliases: Mapping[str, str], unknown: Model) -> None:
        self._models = dict(models)
        self.aliases = dict(aliases)
        self._unknown = unknown

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids that are described, in the order of the files, retired ones too; no aliases."""
        return tuple(id for id in self._models if id not in self.aliases)

    def all(self) -> tuple[Model, ...]:
        """The models behind `ids`."""
        return tuple(self._models[id] for id in self.ids)

    def resolve(self, id: str) -> str:
        """The id that a name stands for: the name itself unless it is an alias."""
        return self.aliases.get(id, id)

    def get(self, id: str) -> Model:
        """The model of an id or alias; for an id that nobody described, a guess with `known` False."""
        resolved = self.aliases.get(id, id)
        found = self._models.get(resolved)
        return found or self._unknown._replace(id=resolved, name=resolved)

    def retirement(self, id: str) -> Model | None:
        """What is known of that very name if it is retired, an alias too: when it went and what draws on."""
        found = self._models.get(id)
        return found if found is not None and found.status == "retired" else None


def load_models(overrides: Mapping[str, Any] | None = None) -> Models:
    """The packaged table with a project's `models:` (plain values) laid over it. Raises BadModels."""
    tables, packaged = _packaged()
    problems: list[ModelProblem] = []
    entries: dict[str, dict[str, Any]] = {id: dict(entry) for id, entry in packaged.items()}
    aliases = dict(keys.ALIASES)
    for id, override in (overrides or {}).items():
        _lay_over(entries, aliases, id, override, tables, problems)
    whole = {id: _with_like(id, entries, problems) for id in entries}
    _check_aliases(aliases, entries, problems)
    if problems:
        raise BadModels(problems)
    unknown = _unknown_from([entry for entry in whole.values() if entry.get("status") != "retired"])
    models = {id: _model(id, {**unknown, **entry}) for id, entry in whole.items()}
    return Models(models, aliases, _model("", {**unknown, "known": False}))


@functools.cache
def _packaged() -> tuple[PixelTables, Mapping[str, Mapping[str, Any]]]:
    """The pixel tables by name and the models' entries of models.yaml, converted."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    path = Path(__file__).parent.parent / "models.yaml"
    raw = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # a safe loader either way
    problems: list[ModelProblem] = []
    tables = {name: pixels(table, {}) for name, table in raw["pixel_tables"].items()}
    entries = {id: _converted((id,), entry, tables, problems) for id, entry in raw["models"].items()}
    if problems:
        raise BadModels(problems)
    return tables, entries


def _lay_over(
    entries: dict[str, dict[str, Any]],
    aliases: dict[str, str],
    id: str,
    override: Any,
    tables: PixelTables,
    problems: list[ModelProblem],
) -> None:
    """Put one entry of a project over what is known of that model."""
    if why := wrong_model_id(id):
        problems.append(ModelProblem((id,), f"`{id[:60]}` is no model's id: an id {why[0]}", why[1], at_key=True))
        return
    if not isinstance(override, Mapping):
        problems.append(ModelProblem((id,), f"a model is a mapping of what it can draw, not {named(override)}"))
        return
    if "alias_of" in override:
        if len(override) > 1:
            problems.append(ModelProblem((id,), "`alias_of` stands alone: an alias has no values of its own"))
        elif not isinstance(override["alias_of"], str):
            problems.append(ModelProblem((id, "alias_of"), "expected the id of a model"))
        elif id in entries:
            problems.append(ModelProblem((id,), f"`{id}` is a model itself and cannot be an alias"))
        else:
            aliases[id] = override["alias_of"]
        return
    if id in aliases:
        problems.append(ModelProblem((id,), f"`{id}` is another name of `{aliases[id]}`: describe that one"))
        return
    mine = _converted((id,), override, tables, problems)
    under = entries.get(id, {})
    for name in ("pixels", "image_tokens"):
        if name in mine and name in under:
            mine[name] = _merged(under[name], mine[name])
    entries[id] = {**under, **mine}


def _with_like(id: str, entries: Mapping[str, Mapping[str, Any]], problems: list[ModelProblem]) -> dict[str, Any]:
    """An entry over the entry that its `like` names, and so on down; a circle and an unknown id are problems."""
    chain = [id]
    while (like := entries[chain[-1]].get("like")) is not None:
        if like in chain:
            problems.append(ModelProblem((id, "like"), f"goes in a circle: {' -> '.join([*chain, like])}"))
            break
        if like not in entries:
            problems.append(ModelProblem((id, "like"), f"there is no model `{like}`", _nearest(like, entries)))
            break
        chain.append(like)
    whole: dict[str, Any] = {}
    for link in reversed(chain):
        mine = {name: value for name, value in entries[link].items() if link == id or name not in _ITS_OWN}
        for name in ("pixels", "image_tokens"):
            if name in mine and name in whole:
                mine[name] = _merged(whole[name], mine[name])
        whole.update(mine)
    return whole


def _check_aliases(
    aliases: Mapping[str, str], entries: Mapping[str, Mapping[str, Any]], problems: list[ModelProblem]
) -> None:
    for alias, id in aliases.items():
        if id in aliases:
            problems.append(ModelProblem((alias, "alias_of"), f"`{id}` is an alias itself: name `{aliases[id]}`"))
        elif id not in entries:
            problems.append(ModelProblem((alias, "alias_of"), f"there is no model `{id}`", _nearest(id, entries)))


def _converted(
    path: tuple[str, ...], entry: Mapping[str, Any], tables: PixelTables, problems: list[ModelProblem]
) -> dict[str, Any]:
    """An entry's values as Model has them; what is wrong with them goes to `problems`."""
    values: dict[str, Any] = {}
    for name, value in entry.items():
        convert = FIELDS.get(name)
        if convert is None:
            hint = _nearest(name, [*FIELDS, "alias_of"]) or "known are " + ", ".join(f"`{n}`" for n in FIELDS)
            problems.append(ModelProblem((*path, name), f"unknown key `{name}`", hint, at_key=True))
            continue
        try:
            values[name] = convert(value, tables)
        except ValueError as error:
            problems.append(ModelProblem((*path, name), str(error)))
    return values


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Mappings merged all the way down; anything else of `over` replaces."""
    whole = dict(under)
    for name, value in over.items():
        below = whole.get(name)
        whole[name] = _merged(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return whole


def _nearest(word: str, known: Iterable[str]) -> str:
    import difflib

    found = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean `{found[0]}`?" if found else ""


def _unknown_from(entries: list[dict[str, Any]]) -> dict[str, Any]:
    """What to expect of a model that nobody described: all that any can, at the dearest price of each kind."""

    def dearest(name: str) -> Any:
        return max(entry[name] for entry in entries if name in entry)

    tokens: dict[str, int] = {}
    for entry in entries:
        for size, count in entry.get("image_tokens", {}).items():
            tokens[size] = max(tokens.get(size, 0), count)
    return {
        "sizes": tuple(size for size in TIERS if any(size in entry.get("sizes", ()) for entry in entries)),
        "ratios": tuple(dict.fromkeys(ratio for entry in entries for ratio in entry.get("ratios", ()))),
        "pixels": {},
        "sends_size": True,
        "references": dearest("references"),
        "type": "image/jpeg",
        "thinking": (),
        "input_per_million": dearest("input_per_million"),
        "text_per_million": dearest("text_per_million"),
        "image_per_million": dearest("image_per_million"),
        "image_tokens": tokens,
        "reference_tokens": dearest("reference_tokens"),
        "thinking_allowance": dearest("thinking_allowance"),
        "priced_on": "",
        "status": "current",
        "retired_when": None,
        "successor": None,
        "known": True,
        "requests_per_minute": None,
        "images_per_minute": None,
    }


def _model(id: str, entry: Mapping[str, Any]) -> Model:
    values = {name: value for name, value in entry.items() if name != "like"}
    return Model(id=id, **{"name": id, **values})


def _nominal(aspect_ratio: str, image_size: str) -> tuple[int, int]:
    """The sides of a picture of that ratio with the area that its size has as a square."""
    across, _, down = aspect_ratio.partition(":")
    ratio = int(across) / int(down)
    side = _SIDE_1K * TIERS.get(image_size, 1.0)
    width, height = side * ratio**0.5, side / ratio**0.5
    return _stepped(width), _stepped(height)


def _stepped(side: float) -> int:
    return max(_SIDE_STEP, round(side / _SIDE_STEP) * _SIDE_STEP)


# --- money ------------------------------------------------------------------------------------------------------


def _rate(dollars_per_million: float) -> int:
    """Micro-dollars for a million tokens: whole, so that sums are exact."""
    return round(dollars_per_million * _MICRO)


def _micro_usd(tokens_at_rates: int) -> MicroUsd:
    """Rounded up: a fraction of a micro-dollar is never lost."""
    return MicroUsd(-(-tokens_at_rates // _MICRO))


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0


def _pictures_among(usage: Mapping[str, Any], drawn: int) -> int:
    """Tokens of pictures among those drawn; all of them where the answer does not tell kinds apart."""
    details = usage.get("candidatesTokensDetails")
    if not isinstance(details, list) or not details:
        return drawn
    return sum(
        _count(part.get("tokenCount"))
        for part in details
        if isinstance(part, Mapping) and str(part.get("modality")).upper() == "IMAGE"
    )
