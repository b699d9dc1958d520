"""What the model signed reaches the project's folder as it was."""

from __future__ import annotations

import base64
from typing import Any

from pipeline import digest, marks
from tests.gemini_answers import picture
from tests.gemini_server import GeminiServer
from tests.gemini_wire import Reply, Request
from tests.project import Project
from tests.signed import with_c2pa

HERO = "assets:\n  hero: {prompt: A hero.}\n"


def signed(request: Request) -> Reply:
    """A picture with a C2PA manifest in it, as the model sends them."""

    def change(answer: dict[str, Any]) -> None:
        inline = answer["candidates"][0]["content"]["parts"][-1]["inlineData"]
        inline["data"] = base64.b64encode(with_c2pa(base64.b64decode(inline["data"]))).decode()

    return picture(request, change=change)


def test_a_file_that_is_its_take_keeps_its_signature_byte_for_byte(project: Project, server: GeminiServer) -> None:
    server.script(signed)
    project.spec("hero", HERO).build().ends(0).draws(1)
    drawn = project.read("output/hero.jpg")
    assert b"c2pa.claim" in drawn
    assert digest.of_bytes(drawn) == project.lock["hero"]["take"]
    assert marks.read_mark(drawn) is None


def test_a_derived_file_does_not_and_the_take_is_still_there(project: Project, server: GeminiServer) -> None:
    server.script(signed)
    project.spec("hero", HERO).build().ends(0).draws(1)
    take = project.read("output/hero.jpg")
    project.replace("specs/hero.yaml", "A hero.}", "A hero., format: webp}").build().ends(0).draws(0)
    made = project.read("output/hero.webp")
    assert b"c2pa" not in made
    assert marks.read_mark(made) == "derived"
    project.replace("specs/hero.yaml", ", format: webp", "").build().ends(0).draws(0)
    assert project.read("output/hero.jpg") == take
