"""`transparent: true` over HTTP: what the model is asked for, what becomes of its answer, and what is asked again."""

from __future__ import annotations

import io

from PIL import Image, ImageColor, ImageDraw

from pipeline import key_colors, marks
from tests.gemini_answers import showing
from tests.gemini_server import GeminiServer
from tests.gemini_wire import Answer
from tests.project import Project

SPRITE = "assets:\n  sprite: {prompt: A red ball., transparent: true}\n"
RED = (200, 30, 30)


def ball(ground: tuple[int, int, int]) -> Answer:
    """The answer of a model that paints a red ball on some ground."""
    image = Image.new("RGB", (1024, 1024), ground)
    ImageDraw.Draw(image).ellipse((300, 300, 724, 724), fill=RED)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=92)
    return showing(file.getvalue(), "image/jpeg")


def opened(project: Project, path: str = "output/sprite.png") -> Image.Image:
    return Image.open(io.BytesIO(project.read(path))).convert("RGBA")


def test_the_ground_that_is_asked_for_is_cut_out_however_it_was_painted(project: Project, server: GeminiServer) -> None:
    server.script(ball((214, 36, 196)))  # what a model makes of #FF00FF
    project.spec("a", SPRITE).build().ends(0).draws(1)
    [sent] = server.paid
    assert sent.prompt == key_colors.with_ground("A red ball.", "#ff00ff")
    image = opened(project)
    assert image.getpixel((5, 5)) == (0, 0, 0, 0)
    red, green, blue, alpha = image.getpixel((512, 512))  # type: ignore[misc]
    assert alpha == 255 and max(abs(red - 200), abs(green - 30), abs(blue - 30)) < 8
    project.run("show", "sprite").says("process cutout", "pure magenta, #FF00FF")
    project.run("request", "sprite", "--as", "curl").says("pure magenta, #FF00FF")
    project.build().ends(0).draws(0).says("Nothing to do")


def test_a_color_of_ones_own_is_asked_for(project: Project, server: GeminiServer) -> None:
    server.script(ball((20, 210, 40)), ball((250, 250, 250)))
    spec = SPRITE.replace("true", '"#00ff00"')
    project.spec("a", spec).build().ends(0).draws(1)
    assert "pure green, #00FF00" in server.paid[0].prompt
    assert opened(project).getpixel((5, 5)) == (0, 0, 0, 0)
    project.spec("a", spec + "  white: {prompt: A red ball., transparent: lime}\n").build().ends(0).draws(1)
    assert opened(project, "output/white.png").getpixel((5, 5)) == (0, 0, 0, 0)


def test_a_picture_without_a_ground_is_told_and_the_take_is_kept(project: Project, server: GeminiServer) -> None:
    image = Image.new("RGB", (1024, 1024))
    draw = ImageDraw.Draw(image)
    for at in range(0, 1024, 16):
        hue = ImageColor.getrgb(f"hsl({at * 7 % 360}, 90%, {20 + at % 61}%)")
        draw.rectangle((at // 2, at // 2, 1023 - at // 2, 1023 - at // 2), fill=hue)
        draw.line((0, at, 1023, 1023 - at), fill=hue, width=40)
        draw.line((at, 0, 1023 - at, 1023), fill=hue, width=40)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=95)
    server.script(showing(file.getvalue(), "image/jpeg"))
    project.spec("a", SPRITE).build().ends(1).draws(1).says("finds no ground: no color is common along the border")
    assert project.lock["sprite"]["take"]
    project.build().ends(1).draws(0)


def test_how_it_is_cut_out_costs_nothing_and_another_ground_another_picture(
    project: Project, server: GeminiServer
) -> None:
    server.script(ball((255, 0, 255)))
    project.spec("a", SPRITE).build().ends(0).draws(1)
    project.replace("specs/a.yaml", "true", "{softness: 30}").plan().says("To derive, free (1)")
    project.build().ends(0).draws(0)
    project.replace("specs/a.yaml", "softness: 30", 'key: "#ff00ff"').build().ends(0).draws(0)
    project.replace("specs/a.yaml", '"#ff00ff"', "lime").plan().says("To draw (1)")
    project.run("explain", "sprite").says("[-magenta, #FF00FF:-] {+green, #00FF00:+}")


def test_what_refers_to_it_gets_the_take_or_what_was_cut_out(project: Project, server: GeminiServer) -> None:
    server.script(ball((255, 0, 255)))
    spec = SPRITE + "  scene: {prompt: \"{{ ref('sprite') }} on a table.\"}\n"
    spec += "  other: {prompt: \"{{ ref('sprite', file=true) }} on a chair.\"}\n"
    project.spec("a", spec).build().ends(0).draws(3)
    attached = {request.prompt: request.references for request in server.paid}
    corners = {
        prompt: Image.open(io.BytesIO(references[0])).convert("RGBA").getpixel((5, 5))
        for prompt, references in attached.items()
        if references
    }
    assert corners["image 1 on a table."][3] == 255  # type: ignore[index]
    assert corners["image 1 on a chair."] == (0, 0, 0, 0)


def test_its_placeholder_can_be_seen_through(project: Project) -> None:
    spec = SPRITE + "  web: {prompt: A ball., transparent: true, format: webp}\n"
    spec += "  icon: {prompt: A ball., transparent: true, format: ico, size: 64x64}\n  photo: {prompt: A ball.}\n"
    project.spec("a", spec).build("--generator", "placeholder").ends(0)
    for path in ("output/sprite.png", "output/web.webp", "output/icon.ico"):
        image = opened(project, path)
        assert (image.getpixel((1, 1))[3], image.getpixel((image.width // 2, image.height // 2))[3]) == (0, 255), path  # type: ignore[index]
        assert marks.read_mark(project.read(path)) == "placeholder"
    project.build("--generator", "placeholder").ends(0).says("Nothing to do")


def test_the_cells_of_a_grid_are_cut_out_one_by_one(project: Project, server: GeminiServer) -> None:
    image = Image.new("RGB", (1024, 1024), (250, 10, 240))
    ImageDraw.Draw(image).rectangle((512, 0, 1023, 1023), fill=(214, 36, 196))  # each on a shade of its own
    for x in (256, 768):
        ImageDraw.Draw(image).ellipse((x - 120, 392, x + 120, 632), fill=RED)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=92)
    server.script(showing(file.getvalue(), "image/jpeg"))
    spec = "assets: {icons: {prompt: Two balls., transparent: true, grid: {columns: 2, cells: [a, b]}}}"
    project.spec("a", spec).build().ends(0).draws(1)
    assert "pure magenta, #FF00FF" in server.paid[0].prompt
    for name in "ab":
        cell = opened(project, f"output/icons/{name}.png")
        assert cell.size == (512, 1024)
        assert [cell.getpixel(at)[3] for at in ((2, 2), (509, 1020), (256, 512))] == [0, 0, 255]  # type: ignore[index]


def test_a_turn_asks_for_the_ground_to_stay(project: Project, server: GeminiServer) -> None:
    server.script(*[ball((255, 0, 255))] * 3)
    spec = SPRITE.replace("transparent", "refine: [Make it larger.], transparent")
    project.spec("a", spec).build().ends(0).draws(2)
    project.run("refine", "sprite", "Make it pink.").ends(0)
    project.build().ends(0).draws(1)
    assert [request.prompt for request in server.paid] == [
        key_colors.with_ground("A red ball.", "#ff00ff"),
        key_colors.with_same_ground("Make it larger."),
        key_colors.with_same_ground("Make it pink."),
    ]
    assert opened(project).getpixel((5, 5)) == (0, 0, 0, 0)


def test_a_profile_that_continues_from_a_draft_keeps_its_ground(project: Project, server: GeminiServer) -> None:
    server.script(*[ball((255, 0, 255))] * 2)
    settings = "profiles: {final: {from: base, turn: {prompt: In full detail.}}}\n"
    project.write("pipeline.yaml", settings).spec("a", SPRITE).build().ends(0).draws(1)
    project.run("approve", "sprite").ends(0)
    project.run("--profile", "final", "build").ends(0)
    assert server.paid[1].prompt == key_colors.with_same_ground("In full detail.")
    assert opened(project).getpixel((5, 5)) == (0, 0, 0, 0)
