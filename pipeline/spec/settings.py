"""pipeline.yaml: settings with their defaults, and what it lays under and over every asset."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pipeline import keys
from pipeline.errors import Origin, UsageError
from pipeline.frozen import NamedTuple
from pipeline.spec import hints, ids
from pipeline.spec.layers import Layer, checked_keys, checked_layer, checked_vars
from pipeline.spec.models import BadModels, Models, load_models
from pipeline.spec.problems import Problems
from pipeline.spec.schema import BUILT_IN, Place
from pipeline.spec.source import Broken, Node, plain
from pipeline.spec.templates import has_template
from pipeline.words import BASE, MicroUsd

if TYPE_CHECKING:
    from pipeline.spec.exports import Export

FILE: Final = "pipeline.yaml"
BUDGET_PER_BUILD: Final = MicroUsd(5_000_000)
ASK_ABOVE: Final = MicroUsd(1_000_000)
SETTLE_S: Final = 2.0

_REMOTE: Final = "take a folder of its own, such as takes/"
_PROFILE: Final = r"[A-Za-z0-9][A-Za-z0-9_-]{0,40}\Z"


class Settings(NamedTuple):
    """What pipeline.yaml says, or its default."""

    root: Path
    profile: str | None = None
    profiles: tuple[str, ...] = ()
    """The names that are declared."""
    generator: str | None = None
    remote: str | None = None
    budget_per_build: MicroUsd = BUDGET_PER_BUILD
    ask_above: MicroUsd = ASK_ABOVE
    settle_s: float = SETTLE_S
    """Seconds that people's files have to be quiet before a watch pays for anything."""
    jobs: int | None = None
    """The most calls in flight; None: as many as are of use."""
    retry_lost: int = 1
    retry_blocked: int = 0
    reference_limit: int = keys.REFERENCE_LIMIT
    api_version: str = "v1beta"
    known: tuple[str, ...] = ()
    """Patterns of the pictures that people made: paths from the root, with slashes."""
    exports: tuple[Export, ...] = ()
    """Copies first, which others may tell of."""
    sources: tuple[str, ...] = ()
    """The files that the project was read from, by their paths from the root; some may not exist (yet)."""


class Base(NamedTuple):
    """What pipeline.yaml lays under every asset (vars, defaults) and over it (the profile)."""

    vars: Mapping[str, Node]
    defaults: Layer
    over: Layer
    models: Models
    continues: str | None = None
    """The profile whose approved takes the present one continues from; BASE is the project without a profile."""
    turn_keys: frozenset[str] = frozenset()
    """What the turn by which it does says itself."""
    exports: Node | None = None
    """As they are written."""


def read_settings(node: Node | None, root: Path, profile: str | None, problems: Problems) -> tuple[Settings, Base]:
    """Settings and layers from the value of pipeline.yaml (None: there is none).

    Raises UsageError for a profile that is not declared; all else is a problem.
    """
    found = checked_keys(node, Place.SETTINGS, problems)
    profiles = _profiles(found.get("profiles"), problems)
    if (
        profile is not None
        and profile not in profiles
        and not _is_broken(node)
        and not _is_broken(found.get("profiles"))
    ):
        declared = ", ".join(f"`{name}`" for name in profiles)
        hint = f"declared are {declared}" if declared else f"none is: `profiles:` in {FILE} declares them"
        raise UsageError(f"there is no profile `{profile}`", hint=hints.did_you_mean(profile, profiles) or hint)
    budget = checked_keys(found.get("budget"), Place.BUDGET, problems)
    values: dict[str, Any] = {}
    for name in ("generator", "remote", "jobs", "retry_lost", "retry_blocked", "reference_limit", "api_version"):
        value = found[name].value if name in found else None
        if value is not None and not isinstance(value, Broken):
            values[name] = value.strip() if isinstance(value, str) else value
    for name, setting in (("per_build", "budget_per_build"), ("ask_above", "ask_above")):
        value = budget[name].value if name in budget else None
        if value is not None and not isinstance(value, Broken):
            values[setting] = _micro_usd(value)
    watch = checked_keys(found.get("watch"), Place.WATCH, problems)
    settle = watch["settle"].value if "settle" in watch else None
    if settle is not None and not isinstance(settle, Broken):
        values["settle_s"] = float(str(settle))
    values["known"] = _known(checked_keys(found.get("disclose"), Place.DISCLOSE, problems).get("known"), problems)
    _check_texts(found, values, root, problems)
    settings = Settings(root=root, profile=profile, profiles=tuple(profiles), **values)
    base = Base(
        vars=checked_vars(found.get("vars"), problems),
        defaults=checked_layer(found.get("defaults"), Place.DEFAULTS, problems),
        over=_with_turn(profiles.get(profile, Layer())) if profile else Layer(),
        continues=_continues(profiles, profile),
        turn_keys=frozenset(_turn_keys(profiles.get(profile, Layer()))) if profile else frozenset(),
        models=_models(found.get("models"), problems),
        exports=found.get("exports"),
    )
    return settings, base


def _known(node: Node | None, problems: Problems) -> tuple[str, ...]:
    """The patterns of pictures that people made."""
    patterns = node.value if node is not None and isinstance(node.value, list) else []
    found = []
    for one in patterns:
        if not isinstance(one.value, str):
            continue
        pattern = one.value.strip()
        if pattern.startswith(("/", "~")) or "\\" in pattern:
            hint = "from the project's root and with slashes: public/photos/**, ../build/img/**"
            problems.add(one.origin, f"`{pattern}` is no pattern of paths", hint)
        else:
            found.append(pattern)
    return tuple(found)


def _micro_usd(dollars: Any) -> MicroUsd:
    return MicroUsd(round(dollars * 1_000_000))


def _is_broken(node: Node | None) -> bool:
    return node is not None and isinstance(node.value, Broken)


def _profiles(node: Node | None, problems: Problems) -> dict[str, Layer]:
    if node is None or not isinstance(node.value, dict):
        return {}
    found: dict[str, Layer] = {}
    for name, value in node.value.items():
        if name.casefold() == BASE:
            problems.add(value.key, f"`{name}` is what `from:` calls the project without a profile", "rename it")
        if not re.match(_PROFILE, name) or ids.is_device(name):
            hint = "letters, digits, `-` and `_`: its lock is the file pipeline.NAME.lock"
            problems.add(value.key, f"`{name}` is no name for a profile", hint)
        found[name] = checked_layer(value, Place.PROFILE, problems)
    _check_from(found, problems)
    folded: dict[str, str] = {}
    for name in found:
        if (other := folded.setdefault(name.casefold(), name)) != name:
            message = f"the profiles `{other}` and `{name}` differ only in case"
            problems.add(node.value[name].key, message, "their locks would be one file on some systems")
    return found


_ENDS = ("from", "turn")
"""The keys by which a profile continues from the takes of another."""


def _check_from(profiles: Mapping[str, Layer], problems: Problems) -> None:
    """Both keys or none, and each chain of profiles comes to an end."""
    for name, layer in profiles.items():
        said = {key for key in layer.keys if layer.keys[key].value is not None}
        for key, other in (_ENDS, _ENDS[::-1]):
            if key in said and other not in said:
                hint = "from: draft, turn: {prompt: The same picture in full detail., image_size: 4K}"
                problems.add(layer.keys[key].key, f"the profile `{name}` has `{key}` without `{other}`", hint)
        source = _continues(profiles, name)
        if source is None or "turn" not in said:
            continue
        for key in sorted(said.intersection(_turn_keys(layer))):
            problems.add(layer.keys[key].key, f"the turn of `{name}` has `{key}` too", "say it in one of the two")
        at = layer.keys["from"].origin
        if source not in (BASE, *profiles):
            meant = hints.did_you_mean(source, profiles) or f"`{BASE}` is the project without a profile"
            problems.add(at, f"there is no profile `{source}` to continue from", meant)
        chain = [name]
        while source is not None and source not in chain:
            chain.append(source)
            source = _continues(profiles, source)
        if source == name:
            told = " -> ".join(f"`{link}`" for link in [*chain, name])
            problems.add(at, f"profiles continue from one another in a circle: {told}", "take one `from` out")


def _continues(profiles: Mapping[str, Layer], name: str | None) -> str | None:
    node = profiles[name].keys.get("from") if name is not None and name in profiles else None
    return node.value.strip() if node is not None and isinstance(node.value, str) else None


def _turn_keys(layer: Layer) -> Mapping[str, Node]:
    """What the turn of a profile says."""
    turn = layer.keys.get("turn")
    if turn is None or turn.value is None or isinstance(turn.value, Broken):
        return {}
    return turn.value if isinstance(turn.value, dict) else {"prompt": turn}


def _with_turn(layer: Layer) -> Layer:
    """The layer of a profile; one that continues another lays its turn over every asset, in place of theirs."""
    own = {name: node for name, node in layer.keys.items() if name not in _ENDS}
    turn = layer.keys.get("turn")
    if turn is None or turn.value is None or isinstance(turn.value, Broken):
        return Layer(keys=own, vars=layer.vars)
    says = _turn_keys(layer)
    cleared = {name: Node(None, turn.origin) for name in ("references", "refine", "candidates")}
    return Layer(keys={**cleared, **own, **says}, vars=layer.vars)


def _check_texts(found: Mapping[str, Node], values: dict[str, Any], root: Path, problems: Problems) -> None:
    """What the texts among the settings may say."""

    def wrong(name: str, message: str, hint: str) -> None:
        problems.add(found[name].origin, message, hint)
        del values[name]

    if "remote" in values:
        remote = values["remote"]
        first = ids.cleaned(remote).split("/")[0].lower()
        if "://" in remote or re.match(r"[\w.-]+@?[\w.-]*:(?!\\)", remote):
            wrong("remote", "a remote is a folder", "such as takes/ in the project, or the path of a share")
        elif not remote or (first in ids.FORBIDDEN_FOLDERS and not remote.startswith("/")):
            wrong("remote", f"`{remote}` cannot be the remote", _REMOTE)
        elif why := _wrong_remote(root, remote, _output(found)):
            wrong("remote", f"`{remote}` cannot be the remote: {why}", _REMOTE)
    if "generator" in values and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", values["generator"]):
        wrong(
            "generator", f"`{values['generator']}` is no generator's name", "gemini, placeholder, or a plug-in's name"
        )
    if "api_version" in values and not re.fullmatch(r"v\d+((alpha|beta)\d*)?", values["api_version"]):
        wrong("api_version", f"`{values['api_version']}` is no version of the API", "such as v1beta or v1")


def _output(found: Mapping[str, Node]) -> str:
    """The folder of built files that holds for all specs, as far as it is no template."""
    defaults = found["defaults"].value if "defaults" in found else None
    output = defaults["output"].value if isinstance(defaults, dict) and "output" in defaults else None
    return output if isinstance(output, str) and not has_template(output) else str(BUILT_IN["output"])


def _wrong_remote(root: Path, remote: str, output: str) -> str:
    """Why a folder cannot be the remote, as the end of a sentence; nothing if it can."""
    try:
        home = root.resolve()
        path = (home / Path(remote).expanduser()).resolve()
    except (OSError, RuntimeError, ValueError):
        return "it cannot be followed to its end"
    if path == home:
        return "it is the project itself"
    if home.is_relative_to(path):
        return "the project is inside it"
    for folder in ("specs", ".git", ".pipeline", output):
        if folder.strip("./") and path.is_relative_to((home / folder).resolve()):
            return f"it is {'' if path == (home / folder).resolve() else 'inside '}`{folder.rstrip('/')}/`"
    return ""


def _models(node: Node | None, problems: Problems) -> Models:
    overrides = plain(node) if node is not None and isinstance(node.value, dict) else None
    try:
        return load_models(overrides)
    except BadModels as error:
        for problem in error.problems:
            at = _origin_of(node, problem.path, key=problem.at_key)
            problems.add(at, problem.message, problem.hint)
        return load_models(None)


def _origin_of(node: Node | None, path: tuple[str, ...], *, key: bool = False) -> Origin:
    """The place of what a path of keys leads to, as far as it can be followed; `key`: of the last key itself."""
    if node is None:
        return Origin(FILE, 1, 1)
    origin = node.origin
    for name in path:
        if not isinstance(node.value, dict) or name not in node.value:
            break
        node = node.value[name]
        origin = node.key if key or isinstance(node.value, dict) else node.origin
    return origin
