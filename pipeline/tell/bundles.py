"""What is told of bundles: why one is to be made or stays as it is, and what became of it; no full stops."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pipeline.amounts import names, plural
from pipeline.words import Event, Reason

_SHOWN = 3
"""Paths and assets that are named; of more there is a count."""


def _awaits(detail: Mapping[str, Any]) -> str:
    assets = detail.get("assets", ())
    return f"{_few(assets, 'asset')} {'changes' if len(assets) == 1 else 'change'} first"


def _missing(detail: Mapping[str, Any]) -> str:
    paths = detail.get("paths", ())
    return f"{_few(paths, 'file')} {'is' if len(paths) == 1 else 'are'} not there, or not as made"


def _edited(detail: Mapping[str, Any]) -> str:
    paths = detail.get("paths", ())
    them = "it" if len(paths) == 1 else "them"
    stands = "is" if len(paths) == 1 else "are"
    return f"{_few(paths, 'file')} {stands} not as the tool wrote {them}: move {them} away, and build again"


def _without_files(detail: Mapping[str, Any]) -> str:
    return f"{_few(detail.get('assets', ()), 'asset')} would be in it, and nothing is built of that yet"


def _few(found: tuple[str, ...], what: str) -> str:
    return names(found) if len(found) <= _SHOWN else f"{names(found[:1])} and {plural(len(found) - 1, 'more ' + what)}"


def _failed(detail: Mapping[str, Any]) -> str:
    hint = f" ({detail['hint']})" if detail.get("hint") else ""
    return f"{detail.get('message')}{hint}"


REASONS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "bundle_new": lambda detail: "not made yet",
    "bundle_inputs": lambda detail: "what it is made of changed",
    "bundle_declared": lambda detail: "what it tells changed, or how it is declared",
    "bundle_awaits": _awaits,
    "bundle_missing": _missing,
    "bundle_edited": _edited,
    "bundle_without_files": _without_files,
    "failed": _failed,
}


def reason(one: Reason) -> str:
    told = REASONS.get(one.kind)
    return told(one.detail) if told is not None else one.kind.replace("_", " ")


def why(reasons: Iterable[Reason]) -> str:
    """All reasons of a bundle in one line."""
    return "; ".join(map(reason, reasons))


def reasons_json(reasons: Iterable[Reason]) -> list[dict[str, Any]]:
    """The same for programs: the facts, and the sentence beside them."""
    return [{"kind": one.kind, **one.detail, "text": reason(one)} for one in reasons]


def event(one: Event) -> str:
    """What became of a bundle, in a line behind its name."""
    detail = one.detail
    if one.kind == "bundle_made":
        without = detail.get("without", ())
        files = _paths(detail.get("written", ()))
        return f"{files}, without {_few(without, 'asset')}, of which nothing is built" if without else files
    return why(detail.get("reasons", ()))


def _paths(paths: tuple[str, ...]) -> str:
    return paths[0] if len(paths) == 1 else f"{paths[0]} and {plural(len(paths) - 1, 'more file')}" if paths else ""
