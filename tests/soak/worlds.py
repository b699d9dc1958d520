"""Projects that are worth killing: chains with references, twins, derived files, bundles, a remote, a profile."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from pathlib import Path

from tests.gemini_answers import picture
from tests.gemini_server import GeminiServer
from tests.gemini_wire import Answer, Reply, Request
from tests.project import Project

_MODEL = "defaults: {model: gemini-nano-banana-2.1, image_size: 1K}\n"

_CHAIN = """\
assets:
  art: {prompt: Art of a harbour.}
  hero: {prompt: "A hero like {{ ref('art') }}.", format: png}
"""

_TWINS = """\
assets:
  "tree-{{ n }}": {for_each: {n: [1, 2, 3]}, prompt: A tree., name: "trees/{{ n }}"}
  frame: {prompt: "A frame of {{ ref('tree-2') }}.", after: [tree-1], format: png}
"""

_TALK = """\
assets:
  art: {prompt: Art of a tavern., candidates: 2}
  logo: {prompt: "A logo like {{ ref('art') }}.", refine: [Make it bolder.], format: png}
"""

_CROWD = """\
assets:
  art: {prompt: Art of a market.}
  "stall-{{ n }}": {for_each: {n: [1, 2, 3, 4, 5, 6]}, prompt: "Stall {{ n }}, like {{ ref('art') }}."}
  "tree-{{ n }}": {for_each: {n: [1, 2, 3]}, prompt: A tree., format: png}
  sign: {prompt: "A sign of {{ ref('stall-1') }} and {{ ref('stall-2') }}.", format: png}
"""


_EXPORTS = "exports: {json: public/assets.json, html: {to: partials/, of: 'tree-*'}}\n"


@dataclass(frozen=True, kw_only=True)
class World:
    """A kind of project, and how it is built."""

    name: str
    takes: int
    """As many as are paid for."""
    spec: str
    settings: str = ""
    profile: str = ""

    @property
    def options(self) -> tuple[str, ...]:
        """What goes before the command."""
        return ("--profile", self.profile) if self.profile else ()

    @property
    def lock(self) -> str:
        return f"pipeline.{self.profile}.lock" if self.profile else "pipeline.lock"

    @property
    def remote(self) -> str:
        return "takes" if "remote: takes/" in self.settings else ""

    def at(self, folder: Path, server: GeminiServer) -> Project:
        return Project(folder, server).settings(self.settings + _MODEL).spec("all", self.spec)


CHAIN = World(name="chain", takes=2, spec=_CHAIN)
CHAIN_SHARED = replace(CHAIN, name="chain-shared", settings="remote: takes/\n")
TWINS = World(name="twins", takes=4, spec=_TWINS, settings=f"remote: takes/\n{_EXPORTS}")
PROFILE = World(name="profile", takes=2, spec=_CHAIN, settings="profiles: {final: {seed: 7}}\n", profile="final")
# A reroll would reject the candidate that is there: so no call of these is lost too often.
TALK = World(name="talk", takes=4, spec=_TALK, settings="remote: takes/\nretry_lost: 9\n")
CROWD = World(name="crowd", takes=11, spec=_CROWD)
CROWD_SHARED = replace(CROWD, name="crowd-shared", settings="remote: takes/\nprofiles: {final: {seed: 7}}\n")
CROWD_PROFILE = replace(CROWD_SHARED, name="crowd-profile", profile="final")


def late(seed: int, most_s: float = 0.05) -> Answer:
    """The usual picture, after a while and bit by bit, by chance."""
    chance = random.Random(seed)

    def answer(request: Request) -> Reply:
        silence_s, spread_s = chance.uniform(0, most_s), chance.choice([0.0, chance.uniform(0, most_s)])
        return replace(picture(request), silence_s=silence_s, spread_s=spread_s)

    return answer
