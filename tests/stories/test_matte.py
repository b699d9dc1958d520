"""`transparent: {matte: true}` over HTTP: two pictures, one paid after the other, and one file of both."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from pipeline import key_colors
from tests.finish.seen_through import BLACK, WHITE, added, error, glass, spot
from tests.finish.subjects import on
from tests.gemini_answers import showing
from tests.gemini_server import GeminiServer
from tests.gemini_wire import Answer, Reply, Request
from tests.project import Project

GLASS = "assets:\n  glass: {prompt: A goblet., transparent: {matte: true}}\n"
FILE = "output/glass.png"
MOST = 0.02


def answer(image: Image.Image) -> Answer:
    file = io.BytesIO()
    image.convert("RGB").save(file, "JPEG", quality=92)
    return showing(file.getvalue(), "image/jpeg")


def pair(moved: int = 0) -> tuple[Answer, Answer]:
    """The answers of a model that paints the same goblet twice, at a place of its own."""
    return answer(on(goblet(moved), WHITE)), answer(on(goblet(moved), BLACK))


def goblet(moved: int = 0) -> Image.Image:
    """In the size that is asked for."""
    layer = Image.new("RGBA", (1024, 1024))
    layer.paste(glass(), (350 + moved, 350))
    return layer


def opened(project: Project, path: str = FILE) -> Image.Image:
    return Image.open(io.BytesIO(project.read(path))).convert("RGBA")


@pytest.fixture
def drawn(project: Project, server: GeminiServer) -> Project:
    server.script(*pair())
    project.spec("a", GLASS).build().ends(0).draws(2)
    return project


def test_two_pictures_are_told_before_they_are_paid(project: Project) -> None:
    single = project.spec("a", GLASS.replace("{matte: true}", "true")).run("--json", "plan").json
    plan = project.spec("a", GLASS).run("--json", "plan").json
    [once], both = single["steps"], plan["steps"]
    assert [(step["asset"], step["count"]) for step in both] == [("glass#matte", 1), ("glass", 1)]
    assert [step["price"]["table_micro_usd"] for step in both] == [once["price"]["table_micro_usd"]] * 2
    assert plan["price"]["top_micro_usd"] > 2 * single["price"]["top_micro_usd"]


def test_the_second_picture_goes_on_from_the_first_on_another_ground(drawn: Project, server: GeminiServer) -> None:
    first, second = server.paid
    assert first.prompt == key_colors.with_white_ground("A goblet.")
    assert second.prompt == key_colors.ON_BLACK
    turns = second.snake["contents"]
    assert [turn["role"] for turn in turns] == ["user", "model", "user"]
    assert turns[:1] == first.snake["contents"]
    assert list(drawn.lock) == ["glass", "glass#matte"]
    assert list(drawn.outputs) == ["glass.png"]
    drawn.run("show", "glass").ends(0).says("process matte", "glass#matte")
    drawn.run("show", "glass#matte").ends(0).says("pure white, #FFFFFF")
    drawn.build().ends(0).draws(0).says("Nothing to do")


def test_what_is_seen_through_is_as_much_so_as_in_truth(drawn: Project) -> None:
    found = opened(drawn)
    assert error(found.getchannel("A"), goblet().getchannel("A")) < MOST
    for ground in (BLACK, WHITE, (200, 40, 120)):
        assert error(on(found, ground), on(goblet(), ground)) < MOST


def test_light_that_only_adds_is_as_bright_as_it_was_painted(project: Project, server: GeminiServer) -> None:
    light = Image.new("RGB", (1024, 1024))
    light.paste(spot((255, 190, 64)), (350, 350))
    server.script(*(answer(added(light, ground)) for ground in (WHITE, BLACK)))
    project.spec("a", GLASS).build().ends(0).draws(2)
    found = opened(project)
    for ground in (BLACK, (16, 18, 40)):
        assert error(on(found, ground), added(light, ground)) < MOST


def test_what_is_done_to_the_file_pays_nothing(drawn: Project) -> None:
    whole = opened(drawn)
    further = (
        ", process: [{resize: 64}], variants: [{widths: [16], formats: [webp]}]}\n  small: {from: glass, size: 32x32}\n"
    )
    drawn.replace("specs/a.yaml", "}}\n", "}" + further).plan().says("To derive, free (1)")
    drawn.build().ends(0).draws(0)
    small = whole.resize((64, 64), Image.Resampling.LANCZOS)
    assert error(opened(drawn).getchannel("A"), small.getchannel("A")) < MOST
    assert opened(drawn, "output/glass-16.webp").size == (16, 16)
    assert opened(drawn, "output/small.png").getpixel((1, 1)) == (0, 0, 0, 0)
    drawn.build().ends(0).draws(0).says("Nothing to do")
    drawn.remove("output").build().ends(0).draws(0)
    assert sorted(drawn.outputs) == ["glass-16.webp", "glass.png", "small.png"]


def test_a_reroll_of_the_second_pays_it_alone_and_one_of_the_first_both(drawn: Project, server: GeminiServer) -> None:
    before = drawn.read(FILE)
    drawn.run("reroll", "glass").ends(0)
    server.script(answer(on(goblet(), (8, 8, 8))))
    drawn.build().ends(0).draws(1)
    again = drawn.read(FILE)
    assert again != before
    drawn.run("reroll", "glass#matte").ends(0)
    server.script(*pair(moved=20))
    drawn.build().ends(0).draws(2)
    assert opened(drawn).getbbox() != Image.open(io.BytesIO(again)).getbbox()
    drawn.build().ends(0).draws(0).says("Nothing to do")


def test_the_file_is_made_of_the_picture_that_the_second_went_on_from(drawn: Project, server: GeminiServer) -> None:
    """However long ago: the first one may have another take by then."""
    before = drawn.read(FILE)
    drawn.run("protect", "glass").ends(0)
    drawn.run("reroll", "glass#matte").ends(0)
    server.script(*pair(moved=20))
    drawn.build().draws(1)
    drawn.remove(FILE).build().draws(0)
    assert drawn.read(FILE) == before


def test_a_pair_that_does_not_match_is_told_and_what_was_paid_is_kept(project: Project, server: GeminiServer) -> None:
    server.script(pair()[0], answer(on(goblet(), WHITE)))
    project.spec("a", GLASS).build().ends(1).draws(2).says(
        "a matte needs two grounds that differ, these are #ffffff and #ffffff", "draws the second picture anew"
    )
    assert project.lock["glass"]["take"] and project.lock["glass#matte"]["take"]
    project.build().ends(1).draws(0)
    project.run("reroll", "glass").ends(0)
    server.script(pair()[1])
    project.build().ends(0).draws(1)
    assert error(opened(project).getchannel("A"), goblet().getchannel("A")) < MOST


def test_a_picture_that_is_adopted_goes_through_no_matte(drawn: Project) -> None:
    drawn.run("show", "glass").ends(0)
    mine = io.BytesIO()
    Image.new("RGBA", (20, 20), (9, 9, 9, 99)).save(mine, "PNG")
    drawn.write("mine.png", mine.getvalue())
    drawn.run("adopt", "glass", str(drawn.folder / "mine.png")).ends(0)
    assert opened(drawn).getpixel((3, 3)) == (9, 9, 9, 99)
    drawn.build().ends(0).draws(0)
    drawn.run("restore", "glass").ends(0)
    assert error(opened(drawn).getchannel("A"), goblet().getchannel("A")) < MOST


def test_it_is_drawn_offline_as_one_placeholder_that_can_be_seen_through(project: Project) -> None:
    project.spec("a", GLASS).build("--generator", "placeholder").ends(0)
    assert list(project.outputs) == ["glass.png"]
    assert opened(project).getpixel((1, 1))[3] == 0  # type: ignore[index]
    project.build("--generator", "placeholder").ends(0).says("Nothing to do")


def test_a_clone_makes_the_same_file_of_the_remote_without_a_key(
    project: Project, server: GeminiServer, tmp_path: Path
) -> None:
    server.script(*pair())
    project.settings("remote: takes/\n").spec("a", GLASS).as_repository().build().ends(0).draws(2)
    project.commit()
    clone = project.clone(tmp_path / "clone")
    clone.remove(*(["output"] if clone.exists("output") else []))
    clone.build().ends(0)
    assert clone.read(FILE) == project.read(FILE)


def test_without_the_first_picture_it_is_missing_and_told(drawn: Project, server: GeminiServer) -> None:
    first = drawn.lock["glass#matte"]["take"].removeprefix("sha256:")
    gone = [path for path in (drawn.folder / ".pipeline").rglob(f"*{first[2:]}*") if path.is_file()]
    assert gone
    for path in gone:
        path.unlink()
    drawn.build().ends(0).draws(0)
    drawn.remove(FILE).build().ends(1).draws(0).says("Missing (1) glass")
    server.script(*pair(moved=20))
    drawn.build("--redraw-missing").ends(0).draws(2)
    assert error(opened(drawn).getchannel("A"), goblet(20).getchannel("A")) < MOST


def test_where_only_files_are_there_they_are_known_to_be_right(drawn: Project) -> None:
    drawn.remove(".pipeline")
    assert drawn.states()["glass"] == "fresh"


BESIDE: dict[str, Callable[[Project], Project]] = {
    "refine": lambda project: project.replace("specs/a.yaml", "transparent", "refine: [Larger.], transparent"),
    "candidates": lambda project: project.replace("specs/a.yaml", "transparent", "candidates: 2, transparent"),
    "grid": lambda project: project.replace(
        "specs/a.yaml", "transparent", "grid: {columns: 2, cells: [a, b]}, transparent"
    ),
}


@pytest.mark.parametrize("name", BESIDE)
def test_what_a_matte_cannot_be_made_of_is_refused(name: str, project: Project) -> None:
    BESIDE[name](project.spec("a", GLASS)).plan().ends(2).says(
        f"`{name}` beside `transparent: {{matte: true}}`", f"leave out `{name}`, or `matte`"
    )


def test_what_cannot_be_is_refused_wherever_it_is_said(drawn: Project) -> None:
    drawn.run("refine", "glass", "Larger.").ends(2).says("made of two pictures that show the same")
    drawn.spec("b", "assets: {b: {prompt: \"{{ ref('glass', file=true) }}\"}}").plan().ends(2).says(
        "cannot be attached"
    )
    drawn.spec("b", "assets: {b: {prompt: x, process: [matte]}}").plan().ends(2).says(
        "there is no step `matte`", "`transparent: {matte: true}` asks for"
    )
    drawn.spec("b", "assets: {b: {prompt: x, transparent: {matte: true, holes: true}}}").plan().ends(2).says(
        "a matte cannot be told `holes`"
    )
    drawn.remove("specs/b.yaml").settings("profiles: {final: {from: base, turn: {prompt: In full detail.}}}\n")
    drawn.run("--profile", "final", "plan").ends(2).says("has one picture to begin with, and a matte needs two")


def test_another_asset_gets_the_picture_on_black(drawn: Project, server: GeminiServer) -> None:
    drawn.spec("b", "assets: {b: {prompt: \"{{ ref('glass') }} on a table.\"}}").build().ends(0).draws(1)
    [attached] = server.paid[-1].references
    red, green, blue = Image.open(io.BytesIO(attached)).convert("RGB").getpixel((4, 4))  # type: ignore[misc]
    assert max(red, green, blue) < 16


def test_a_new_name_takes_both_pictures_along(drawn: Project) -> None:
    before = drawn.read(FILE)
    drawn.spec("a", GLASS.replace("glass: {", "cup: {was: glass, ")).build().ends(0).draws(0)
    assert drawn.read("output/cup.png") == before
    assert list(drawn.lock) == ["cup", "cup#matte"]


def test_a_build_that_dies_between_the_two_pays_for_the_second_alone(project: Project, server: GeminiServer) -> None:
    first, second = pair()

    def held(request: Request) -> Reply:
        server.hold()
        return second(request)

    server.script(first, held, second)
    running = project.spec("a", GLASS).spawn("build")
    server.wait_for(2)
    running.kill()
    running.communicate(timeout=30)
    server.release()
    server.settle()
    project.build().ends(0).draws(1)
    assert error(opened(project).getchannel("A"), goblet().getchannel("A")) < MOST


def test_a_turn_that_was_added_before_is_told(project: Project, server: GeminiServer) -> None:
    project.spec("a", GLASS.replace("{matte: true}", "false")).build().ends(0).draws(1)
    project.run("refine", "glass", "Larger.").ends(0)
    project.spec("a", GLASS).plan().ends(2).says("a matte is made of one pair of pictures", "refine glass --undo")
    project.run("refine", "glass", "--undo").ends(0)
    project.plan().ends(0)
