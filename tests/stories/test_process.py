"""Files made of takes: steps, formats, sizes, and what becomes of them when a spec, a picture or a palette changes."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from pipeline import marks
from tests.gemini_answers import showing
from tests.gemini_server import GeminiServer
from tests.gemini_wire import Answer, standard
from tests.project import Project

GROUND, RED = (0, 200, 60), (200, 30, 30)

SPRITE = """\
assets:
  sprite:
    prompt: A red ball on plain green.
    alt: A red ball
    process: [cutout, {trim: {padding: 4}}, {resize: {width: 64, height: 64, fit: contain}}]
"""


def drawn(paint: Callable[[ImageDraw.ImageDraw], None], size: tuple[int, int] = (1024, 1024)) -> Answer:
    """The answer of a model that paints this on a green ground."""
    image = Image.new("RGB", size, GROUND)
    paint(ImageDraw.Draw(image))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=95)
    return showing(file.getvalue(), "image/jpeg")


def ball(at: tuple[int, int] = (300, 400), radius: int = 200) -> Answer:
    box = (at[0] - radius, at[1] - radius, at[0] + radius, at[1] + radius)
    return drawn(lambda draw: draw.ellipse(box, fill=RED))


def full(draw: ImageDraw.ImageDraw) -> None:
    """From border to border, in no color that could be a ground."""
    for x in range(0, 1024, 8):
        for y in range(0, 1024, 8):
            draw.rectangle((x, y, x + 7, y + 7), fill=(x * 7 % 256, y * 11 % 256, (x * y) % 256))


def opened(project: Project, path: str) -> Image.Image:
    return Image.open(io.BytesIO(project.read(path)))


def test_a_sprite_is_cut_out_trimmed_and_made_small(project: Project, server: GeminiServer) -> None:
    server.script(ball())
    project.spec("a", SPRITE).build().ends(0).draws(1)
    image = opened(project, "output/sprite.png")
    assert (image.format, image.mode, image.size) == ("PNG", "RGBA", (64, 64))
    assert [image.getpixel(corner)[3] for corner in ((0, 0), (63, 0), (0, 63), (63, 63))] == [0, 0, 0, 0]
    red, green, blue, alpha = image.getpixel((32, 32))
    assert alpha == 255 and max(abs(red - 200), abs(green - 30), abs(blue - 30)) < 12
    data = project.read("output/sprite.png")
    assert marks.read_mark(data) == "derived"
    assert b"trainedAlgorithmicMedia" in data and b"A red ball" in data and b"gemini-3-pro-image" in data
    project.build().ends(0).draws(0).says("Nothing to do")
    assert project.read("output/sprite.png") == data


def test_a_changed_step_costs_nothing_and_is_undone_for_nothing(project: Project, server: GeminiServer) -> None:
    server.script(ball())
    before = project.spec("a", SPRITE).build().ends(0).draws(1).project.read("output/sprite.png")
    project.replace("specs/a.yaml", "width: 64", "width: 48")
    project.plan().ends(0).says("To derive, free (1)", "process, format, options or alt text changed", "1 free")
    assert project.run("--json", "plan").json["price"]["top_micro_usd"] == 0
    project.run("explain", "sprite").ends(0).says(
        "process, format, options or alt text changed", "a build writes it, free"
    )
    project.build().ends(0).draws(0)
    assert opened(project, "output/sprite.png").size == (48, 64)
    project.replace("specs/a.yaml", "width: 48", "width: 64").build().ends(0).draws(0)
    assert project.read("output/sprite.png") == before


PHOTO = "assets: {photo: {prompt: A photo., format: webp, quality: 80}}\n"


def test_a_changed_quality_is_derived_and_not_drawn(project: Project) -> None:
    before = project.spec("a", PHOTO).build().ends(0).draws(1).project.read("output/photo.webp")
    project.replace("specs/a.yaml", "80", "30").plan().ends(0).says("To derive, free (1)")
    project.build().ends(0).draws(0)
    assert project.read("output/photo.webp") != before
    project.build().ends(0).says("Nothing to do")


def test_a_take_that_nothing_changes_stays_what_the_model_sent(project: Project) -> None:
    project.spec("a", "assets: {a: {prompt: x, alt: An a., provenance: full, process: []}}\n").build().ends(0).draws(1)
    take = project.lock["a"]["take"]
    assert project.lock["a"]["files"]["output/a.jpg"][1] == take


@pytest.mark.parametrize(
    ("format", "ending", "size"),
    [
        ("jpeg", "jpg", (200, 120)),
        ("png", "png", (200, 120)),
        ("webp", "webp", (200, 120)),
        ("avif", "avif", (200, 120)),
        ("ico", "ico", (128, 128)),
        ("icns", "icns", (128, 128)),
    ],
)
def test_every_format_is_made_and_known_again(
    project: Project, format: str, ending: str, size: tuple[int, int]
) -> None:
    steps = f"{{resize: {{width: {size[0]}, height: {size[1]}, fit: stretch}}}}"
    project.spec("a", f"assets: {{a: {{prompt: x, format: {format}, effort: 0, process: [{steps}]}}}}\n")
    if format == "jpeg":
        project.replace("specs/a.yaml", "effort: 0, ", "")
    project.build().ends(0).draws(1)
    assert opened(project, f"output/a.{ending}").size == size
    assert marks.read_mark(project.read(f"output/a.{ending}")) == "derived"
    project.build().ends(0).says("Nothing to do")
    project.remove(".pipeline/files").build().ends(0).draws(0).says("Nothing to do")


SIZES = """\
assets:
  og: {prompt: A banner., size: 1200x630}
  square: {prompt: A square., size: 180x180, format: png}
"""


def test_a_size_is_drawn_in_the_next_ratio_and_cut_to_the_pixel(project: Project, server: GeminiServer) -> None:
    project.spec("a", SIZES).build().ends(0).draws(2)
    assert {(r.image["aspect_ratio"], r.image["image_size"]) for r in server.paid} == {("16:9", "1K"), ("1:1", "1K")}
    assert opened(project, "output/og.jpg").size == (1200, 630)
    assert opened(project, "output/square.png").size == (180, 180)
    project.run("show", "og").says("16:9 in 1K: 1376 x 768 px", "1200 x 630 px, cut to the `size` that is wanted")
    project.run("list").says("1200x630", "180x180")
    files = {row["asset"]: row["file"] for row in project.run("--json", "list").json["assets"]}
    assert files["og"] == {"format": "jpeg", "width": 1200, "height": 630, "exact": True}
    shown = project.run("--json", "show", "og").json
    assert (shown["size"], shown["width"], shown["height"]) == ("1200x630", 1376, 768)
    # Another size of the same shape is cut from the same take.
    project.replace("specs/a.yaml", "1200x630", "1280x672").build().ends(0).draws(0)
    assert opened(project, "output/og.jpg").size == (1280, 672)


def test_a_placeholder_has_the_size_and_the_format_of_the_file(keyless: Project) -> None:
    keyless.spec(
        "a",
        SIZES + "  badge: {prompt: x, process: [{resize: 96}, {round: 50%}]}\n"
        "  photo: {prompt: x, format: avif, process: [{crop: '16:9'}, {resize: 320}]}\n"
        "  icon: {prompt: x, format: ico, process: [{resize: 64}]}\n",
    )
    keyless.build().ends(0).says("5 placeholders")
    sizes = {name: Image.open(io.BytesIO(data)).size for name, data in keyless.outputs.items()}
    assert sizes == {
        "badge.png": (96, 96),
        "icon.ico": (64, 64),
        "og.jpg": (1200, 630),
        "photo.avif": (320, 180),
        "square.png": (180, 180),
    }
    assert {marks.read_mark(data) for data in keyless.outputs.values()} == {"placeholder"}
    assert set(keyless.build().ends(0).says("Nothing to do").project.states().values()) == {"placeholder"}
    keyless.replace("specs/a.yaml", "{resize: 96}", "{resize: 80}").build().ends(0).says("1 placeholder")
    assert opened(keyless, "output/badge.png").size == (80, 80)


# --- attached files -------------------------------------------------------------------------------------------------

SCENE = SPRITE + "  scene: {prompt: \"A room with {{ ref('sprite', 'the ball', file=true) }}.\"}\n"


def attached(server: GeminiServer) -> list[Image.Image]:
    return [Image.open(io.BytesIO(data)) for data in server.requests[-1].references]


def test_a_reference_to_a_file_attaches_what_the_steps_make_of_the_take(project: Project, server: GeminiServer) -> None:
    server.script(ball())
    project.spec("a", SCENE).build().ends(0).draws(2)
    (image,) = attached(server)
    assert (image.size, image.mode, image.getpixel((0, 0))[3]) == ((64, 64), "RGBA", 0)
    key = project.lock["scene"]["request"].removeprefix("sha256:")
    asked = json.loads(project.read(f".pipeline/requests/{key[:2]}/{key[2:]}/request.json"))
    assert asked["references"] == [
        {
            "digest": project.lock["sprite"]["take"],
            "role": "the ball",
            "steps": [
                {"cutout": {}},
                {"trim": {"padding": 4}},
                {"resize": {"fit": "contain", "height": 64, "width": 64}},
            ],
        }
    ]
    project.run("request", "scene", "--as", "json").ends(0)
    project.run("show", "scene").says("after cutout, trim")
    project.build().ends(0).says("Nothing to do")


def test_what_is_attached_moves_with_the_steps_and_not_with_the_encoding(
    project: Project, server: GeminiServer
) -> None:
    server.script(ball())
    project.spec("a", SCENE).build().ends(0).draws(2)
    project.replace("specs/a.yaml", "alt: A red ball", "alt: A ball\n    effort: 1\n    provenance: none")
    project.build().ends(0).draws(0)
    project.replace("specs/a.yaml", "padding: 4", "padding: 8")
    project.plan().ends(0).says("1 to draw, 1 free", "the references changed")
    project.run("explain", "scene").says("image 1, `sprite`: what is done to it before it is attached changed")
    project.build().ends(0).draws(1)
    project.replace("specs/a.yaml", "padding: 8", "padding: 4").build().ends(0).draws(0)


def test_a_step_with_its_default_spelled_out_is_the_same_request(project: Project, server: GeminiServer) -> None:
    server.script(ball())
    project.spec("a", SCENE).build().ends(0).draws(2)
    project.replace("specs/a.yaml", "[cutout, ", "[{cutout: {key: auto, holes: false}}, ").build().ends(0).draws(0)


def test_what_a_person_adopted_is_attached_as_it_is(project: Project, server: GeminiServer) -> None:
    project.spec("a", SCENE.replace("cutout, ", "").replace("alt:", "format: png\n    alt:")).build().ends(0).draws(2)
    project.write("mine.png", png := picture((80, 50))).run("adopt", "sprite", str(project.folder / "mine.png")).ends(0)
    assert project.read("output/sprite.png") == png
    project.build().ends(0).draws(1)
    assert attached(server)[0].size == (80, 50)


def picture(size: tuple[int, int], color: str = "teal") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, color).save(file, "PNG")
    return file.getvalue()


def test_a_conversation_goes_back_with_the_pictures_that_were_attached(project: Project, server: GeminiServer) -> None:
    server.script(ball())
    spec = SCENE.replace('file=true) }}."}', 'file=true) }}.", refine: [Make it night.]}')
    project.spec("a", spec).build().ends(0).draws(3)
    turns = server.requests[-1].body["contents"]
    assert [turn["role"] for turn in turns] == ["user", "model", "user"]
    (data,) = [part["inlineData"]["data"] for part in turns[0]["parts"] if "inlineData" in part]
    assert base64.b64decode(standard(data)) == server.requests[-2].references[0]


# --- failing well ---------------------------------------------------------------------------------------------------


def test_a_step_that_cannot_be_done_fails_its_asset_alone_and_the_take_is_kept(
    project: Project, server: GeminiServer
) -> None:
    server.script(drawn(full))
    project.spec("a", SPRITE + "  other: {prompt: Another., after: [sprite]}\n")
    project.build("sprite").ends(1).draws(1).says(
        "`cutout` finds no ground", "ask for a plain background in the prompt"
    )
    assert project.outputs == {} and project.lock["sprite"]["take"]
    project.build("sprite").ends(1).draws(0)
    project.run("takes", "sprite").says("picked")
    project.replace("specs/a.yaml", "cutout, ", "").build("sprite").ends(0).draws(0)
    assert opened(project, "output/sprite.png").size == (64, 64)
    project.replace("specs/a.yaml", "[{trim", "[cutout, {trim").build("sprite").ends(1).draws(0)
    assert opened(project, "output/sprite.png").size == (64, 64), "the old file stays"
    server.script(ball())
    project.run("reroll", "sprite").ends(0)
    project.build("sprite").ends(0).draws(1)


def test_what_would_be_cut_out_of_nothing_is_told_with_a_remedy(project: Project, server: GeminiServer) -> None:
    server.script(drawn(lambda draw: None))
    project.spec("a", SPRITE).build().ends(1).draws(1).says("`trim` finds nothing to keep", "look at the take")


# --- palettes -------------------------------------------------------------------------------------------------------

PALETTE = "assets: {a: {prompt: x, format: png, process: [{resize: 32}, {palette: palettes/two.hex}]}}\n"


def colors(project: Project) -> set[tuple[int, ...]]:
    return {color for _, color in opened(project, "output/a.png").convert("RGB").getcolors(4096) or []}


def test_a_palette_is_an_input_like_any_other(project: Project) -> None:
    project.spec("a", PALETTE).write("specs/palettes/two.hex", "ff0000\n0000ff\n")
    project.build().ends(0).draws(1)
    assert colors(project) <= {(255, 0, 0), (0, 0, 255)}
    project.build().ends(0).says("Nothing to do")
    project.write("specs/palettes/two.hex", "00ff00\n000000\n")
    project.plan().ends(0).says("To derive, free (1)")
    project.build().ends(0).draws(0)
    assert colors(project) <= {(0, 255, 0), (0, 0, 0)}
    # The same colors under another name are the same file.
    project.write("specs/palettes/dark.hex", project.read("specs/palettes/two.hex"))
    project.replace("specs/a.yaml", "two.hex", "dark.hex").plan().ends(0).says("Nothing to do")


@pytest.mark.parametrize("content", [None, b"", b"ff0000\nblue\n", b"\xff\xfe\x00"])
def test_a_palette_that_is_missing_or_damaged_is_told_at_its_line_before_anything_is_drawn(
    project: Project, content: bytes | None
) -> None:
    project.spec("a", PALETTE)
    if content is not None:
        project.write("specs/palettes/two.hex", content)
    project.build().ends(2).draws(0).says("specs/a.yaml:1:", "specs/palettes/two.hex")


def test_a_palette_that_spoils_after_a_build_leaves_everything_as_it_is(project: Project) -> None:
    project.spec("a", PALETTE).write("specs/palettes/two.hex", "ff0000\n0000ff\n")
    before = project.build().ends(0).draws(1).project.outputs
    project.write("specs/palettes/two.hex", "nonsense")
    project.build().ends(2).draws(0)
    assert project.outputs == before


# --- people and other machines --------------------------------------------------------------------------------------


def test_a_file_that_a_person_changed_stays_whatever_the_steps_say(project: Project, server: GeminiServer) -> None:
    server.script(ball())
    built = project.spec("a", SPRITE).build().ends(0).project.read("output/sprite.png")
    project.write("output/sprite.png", mine := picture((10, 10)))
    project.replace("specs/a.yaml", "width: 64", "width: 32").build().draws(0)
    assert project.read("output/sprite.png") == mine
    assert project.states()["sprite"] == "edited"
    project.replace("specs/a.yaml", "width: 32", "width: 64").run("restore", "sprite").ends(0)
    assert project.read("output/sprite.png") == built


def test_a_clone_without_a_key_derives_the_same_bytes(
    project: Project, server: GeminiServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    server.script(ball())
    project.settings("remote: takes/\n").spec("a", SCENE + "  og: {prompt: B., size: 200x100, format: webp}\n")
    project.as_repository().build("sprite").ends(0).draws(1)
    project.build().ends(0).draws(2)
    project.commit()
    clone = project.clone(tmp_path_factory.mktemp("other") / "clone")
    clone.build("--frozen").ends(0)
    assert clone.outputs == project.outputs
    clone.replace("specs/a.yaml", "200x100", "300x150")
    clone.build("--frozen").ends(4)
    assert clone.outputs == project.outputs
    clone.build().ends(0)
    assert opened(clone, "output/og.webp").size == (300, 150)


def test_another_format_leaves_the_old_file_to_be_cleared_away(project: Project) -> None:
    project.spec("a", PHOTO).build().ends(0).draws(1)
    project.replace("specs/a.yaml", "webp", "avif").build().ends(0).draws(0).says("No longer declared: 1 file")
    assert sorted(project.outputs) == ["photo.avif", "photo.webp"]
    project.build("--prune").ends(0).draws(0)
    assert sorted(project.outputs) == ["photo.avif"]


def test_what_a_file_says_of_itself_is_the_spec_s_choice(project: Project) -> None:
    project.spec("a", PHOTO).build().ends(0).draws(1)
    usual = project.read("output/photo.webp")
    assert b"trainedAlgorithmicMedia" in usual and b"A photo." not in usual
    project.replace("specs/a.yaml", "quality: 80", "quality: 80, provenance: full").build().ends(0).draws(0)
    told = project.read("output/photo.webp")
    assert b"A photo." in told and project.lock["photo"]["request"].encode() in told
    project.replace("specs/a.yaml", "provenance: full", "provenance: none").build().ends(0).draws(0)
    silent = project.read("output/photo.webp")
    assert b"trainedAlgorithmicMedia" not in silent and b"gemini" not in silent
    assert marks.read_mark(silent) == "derived"


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("option", [(), ("--take",)], ids=["file", "take"])
def test_a_picture_whose_end_is_missing_is_not_adopted(
    project: Project, format: str, option: tuple[str, ...], tmp_path: Path
) -> None:
    project.spec("a", f"assets: {{a: {{prompt: x, format: {format.lower()}}}}}\n")
    file = io.BytesIO()
    Image.effect_noise((200, 200), 50).convert("RGB").save(file, format)
    cut = tmp_path / "cut"
    cut.write_bytes(file.getvalue()[:-300])
    project.run("adopt", *option, "a", str(cut)).ends(2).says("cannot be adopted: it is cut off: its end is missing")
    assert project.lock == {} and not project.exists("output")
