"""The demo project: the showcase, drawn, in the middle of a working day, as a gallery would show it.

`python -m tests.demo.lantern_line DIR` makes one: some decided, some to choose from, some stale, one failed.
"""

from __future__ import annotations

import io
import json
import shutil
import sys
from difflib import get_close_matches
from pathlib import Path

from PIL import Image

from pipeline import keys
from pipeline.workshop import open_workshop
from tests.demo import people, things
from tests.demo.canvas import BONE, TEAL, Canvas
from tests.demo.scenes import painted
from tests.demo.town import tram_side
from tests.gemini_answers import refused, showing
from tests.gemini_server import GeminiServer
from tests.gemini_wire import MODELS, Reply, Request
from tests.project import ROOT, Project

MARKET = """
# The one picture of the press kit that is still being looked for: six lights, and somebody chooses.
assets:
  market/corner:
    prompt: |
      A corner of the night market on the line, one stall with a striped awning, people waiting their turn.
      The light: {{ light }}. The season: {{ season }}.
    candidates:
      vary:
        light: [clear night, late dusk, fog]
        season: [autumn, first snow]
    aspect_ratio: 4:3
    alt: A stall of the night market.
    approve: true
    tags: [press]
"""

_QUALITY = 90


class Painter:
    """Answers of the loopback API: the picture that belongs to the prompt. A prompt asked again gets another one."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._ids: dict[str, str] = {}
        self._asked: dict[str, int] = {}

    def read(self) -> None:
        """Learn by what prompts the assets are asked for."""
        shop = open_workshop(self._project.folder, None, {})
        self._ids = {
            _flat(keys.with_roles(rendered.prompt, [r.role for r in rendered.references])): id
            for id, rendered in shop.rendered.items()
        }

    def __call__(self, request: Request) -> Reply:
        id = self._id_of(_flat(request.prompt))
        count = self._asked[id] = self._asked.get(id, -1) + 1
        width, height = request.sides
        type = MODELS[request.model].type
        file = io.BytesIO()
        picture = painted(id.partition("#")[0], width, height, self._variant(id, count))
        picture.convert("RGB").save(file, type.rpartition("/")[2].upper(), quality=_QUALITY)
        return showing(file.getvalue(), type)(request)

    def _id_of(self, prompt: str) -> str:
        if prompt not in self._ids:
            self.read()
        near = get_close_matches(prompt, self._ids, n=1, cutoff=0.1) if prompt not in self._ids else [prompt]
        return self._ids[near[0]]

    def _variant(self, id: str, count: int) -> int:
        points = sorted(other for other in self._ids.values() if other.startswith("market/corner#"))
        return points.index(id) if id in points else count


def _flat(text: str) -> str:
    return " ".join(text.split())


def showcase(folder: Path, server: GeminiServer, kind: type[Project] = Project) -> Project:
    """The showcase of this repository in a folder of its own, in git, nothing drawn."""
    shutil.copytree(ROOT / "specs", folder / "specs")
    shutil.copy(ROOT / "pipeline.yaml", folder / "pipeline.yaml")
    project = kind(folder, server).spec("market", MARKET).as_repository()
    project.replace("pipeline.yaml", "per_build: 5.00", "per_build: 20.00")
    project.replace("pipeline.yaml", "# remote: takes/", "remote: takes/")
    # What a person cuts out is transparent.
    for file, line in (
        ("world", "alt: The tram {{ tram }} in side view."),
        ("items", "alt: A {{ tier }} lantern, {{ state }}."),
    ):
        project.replace(f"specs/{file}.yaml", line, f"{line}\n    format: png")
    server.answer = Painter(project)
    return project


def lantern_line(folder: Path, server: GeminiServer, kind: type[Project] = Project) -> Project:
    """The showcase in the middle of a working day, committed in the morning."""
    project = showcase(folder, server, kind)
    project.build("style/key-art", "--yes").ends(0)
    project.run("approve", "style/key-art", "--note", "The lamps carry the picture. This is the game.").ends(0)
    project.build("--yes").ends(0)
    for id in ("brand/logo", "site/hero", "character/ines-sheet", "world/tram"):
        project.run("approve", id).ends(0)
    project.commit().git("tag", "morning")
    _retouch(project)
    _decide(project)
    project.commit()
    project.replace("specs/items.csv", "a thick brass coin with a square hole", "a thick copper coin with a round hole")
    project.replace("specs/site.yaml", "rails that end in tall grass", "rails that end in tall wet grass")
    return project


def _decide(project: Project) -> None:
    """What people did since: other takes, notes, protections; and what the model declined."""
    server = project.server
    assert server is not None
    for id in ("item/sea-glass", "site/hero", "character/miso-portrait", "world/stop-eel-quay"):
        project.run("reroll", id, "--note", "More light from the lamps, please.").ends(0)
    project.build("item/sea-glass", "site/hero", "character/miso-portrait", "world/stop-eel-quay", "--yes").ends(0)
    project.run("protect", "character/ines-portrait", "--note", "Printed on the badge already.").ends(0)
    project.replace("specs/items.csv", "a stubby nickel whistle", "a stubby, sharp nickel whistle")
    server.script(refused("IMAGE_SAFETY"))
    project.build("item/conductor-whistle").ends(1)


def _retouch(project: Project) -> None:
    """Two pictures that a person cut out, and one that somebody painted over in the built file."""
    tram = Canvas(2048, 512, clear=True)
    tram_side(tram, tram.wide * 0.04, 92, 240)
    project.write("cut-outs/tram.png", _png(tram.finished()))
    project.run("adopt", "world/tram", "cut-outs/tram.png", "--note", "Cut out by hand.").ends(0)
    lantern = Canvas(1024, 1024, clear=True)
    things.icon(lantern, "lantern-brass-lit", ground=False)
    project.write("cut-outs/lantern.png", _png(lantern.finished()))
    project.run("adopt", "item/lantern-brass-lit", "cut-outs/lantern.png").ends(0)
    card = Canvas(928, 1152)
    people.portrait(card, people.PEOPLE["quill"], "glad", 9)
    card.text(card.wide * 0.5, 95, "Madame Quill", 6, BONE)
    card.ellipse(card.wide * 0.86, 10, 3, 3, TEAL)
    file = io.BytesIO()
    card.finished().convert("RGB").save(file, "JPEG", quality=_QUALITY)
    project.write("output/game/character/quill-portrait.jpg", file.getvalue())


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


if __name__ == "__main__":
    with GeminiServer() as running:
        made = lantern_line(Path(sys.argv[1]), running)
        print(json.dumps(made.states(), indent=1))
