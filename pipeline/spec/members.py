"""Which assets a bundle is made of: `of` and `exclude`, ids and globs, and tags behind `tag:`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from pipeline.errors import Origin
from pipeline.spec import hints, ids
from pipeline.spec.problems import Problems
from pipeline.spec.scalars import kind_of
from pipeline.spec.source import Broken, Node

TAG = "tag:"


class Named(NamedTuple):
    """One of the texts that name assets, and where it was written."""

    text: str
    origin: Origin

    def names(self, id: str, tags: Collection[str]) -> bool:
        """Whether it names the asset of that id and those tags."""
        if self.text.startswith(TAG):
            return self.text.removeprefix(TAG) in tags
        return _pattern(self.text)(id)


class Members(NamedTuple):
    """The assets that a bundle is made of."""

    of: tuple[Named, ...] = ()
    """None: all assets."""
    exclude: tuple[Named, ...] = ()

    def have(self, id: str, tags: Collection[str]) -> bool:
        """Whether the asset of that id and those tags is one of them."""
        named = not self.of or any(one.names(id, tags) for one in self.of)
        return named and not any(one.names(id, tags) for one in self.exclude)

    @property
    def declared(self) -> dict[str, list[str]]:
        """Both lists as texts, for the key of a derivation."""
        return {"of": [one.text for one in self.of], "exclude": [one.text for one in self.exclude]}


Tagged: TypeAlias = Mapping[str, Collection[str]]
"""The ids of all assets with their tags."""


def read(name: str, node: Node | None, problems: Problems) -> tuple[Named, ...]:
    """The texts of `of` or `exclude`: one, or a list of them. What is none is a problem, and left out."""
    if node is None or node.value is None or isinstance(node.value, Broken):
        return ()
    found: list[Named] = []
    for item in node.value if isinstance(node.value, list) else [node]:
        if isinstance(item.value, Broken):
            continue
        if not isinstance(item.value, str):
            hint = "such as 'item/*' or 'tag:ui', one or a list"
            problems.add(item.origin, f"`{name}` names assets, this is {kind_of(item.value)}", hint)
        elif why := _wrong(item.value.strip()):
            problems.add(item.origin, f"`{item.value.strip()[:60]}` {why}", "such as 'item/*', or 'tag:ui'")
        else:
            found.append(Named(item.value.strip(), item.origin))
    return tuple(found)


def check(members: Members, tagged: Tagged, problems: Problems) -> None:
    """Each of the texts has to name something, and something has to be left."""
    before = len(problems)
    for one in (*members.of, *members.exclude):
        if not any(one.names(id, tags) for id, tags in tagged.items()):
            problems.add(one.origin, f"`{one.text}` names no asset", _meant(one.text, tagged))
    nothing_left = not any(members.have(id, tags) for id, tags in tagged.items())
    if len(problems) == before and members.exclude and nothing_left:
        problems.add(members.exclude[0].origin, "`exclude` leaves no asset", "remove it, or let `of` name more")


def _wrong(text: str) -> str:
    if not text.removeprefix(TAG).strip():
        return "names nothing"
    if text.startswith(TAG):
        return ""
    if found := re.search(r"[^A-Za-z0-9._/*?\[\]!-]", text):
        return f"has `{found.group()}` in it, which no id has"
    return "" if any(sign in text for sign in "*?[") else _no_id(text)


def _no_id(text: str) -> str:
    why = ids.wrong_id(text)
    return f"is no id: it {why}" if why else ""


def _meant(text: str, tagged: Tagged) -> str:
    if text.startswith(TAG):
        known: Iterable[str] = {f"{TAG}{tag}" for tags in tagged.values() for tag in tags}
    else:
        known = tagged
        if any(id.startswith(f"{text.rstrip('/')}/") for id in tagged):
            return f"did you mean `{text.rstrip('/')}/*`?"
    return hints.did_you_mean(text, known) or "`pipeline list` shows what there is"


@lru_cache(maxsize=1000)
def _pattern(text: str) -> Callable[[str], bool]:
    import fnmatch

    pattern = re.compile(fnmatch.translate(text))
    return lambda id: pattern.match(id) is not None
