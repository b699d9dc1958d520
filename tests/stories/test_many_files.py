"""Further files of one picture: variants, assets made of others, and the cells of a grid. All of it free."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from tests.gemini_answers import showing
from tests.gemini_server import GeminiServer
from tests.gemini_wire import Answer
from tests.project import Project

HERO = """\
assets:
  hero:
    prompt: A knight on a hill.
    aspect_ratio: 16:9
    variants:
      - {widths: [320, 640], formats: [avif, webp]}
      - {name: icons/apple-touch-icon, size: 180x180, format: png}
      - {max: 512, to: thumbs}
"""
FILES = {
    "output/hero.jpg": ("JPEG", (1376, 768)),
    "output/hero-320.avif": ("AVIF", (320, 179)),
    "output/hero-320.webp": ("WEBP", (320, 179)),
    "output/hero-640.avif": ("AVIF", (640, 357)),
    "output/hero-640.webp": ("WEBP", (640, 357)),
    "output/icons/apple-touch-icon.png": ("PNG", (180, 180)),
    "output/thumbs/hero-512.jpg": ("JPEG", (512, 286)),
}
ICONS = """\
assets:
  icons:
    prompt: Four icons on a grid.
    grid: {columns: 2, cells: [sword, shield, ~, bow]}
    process: [{resize: 64}]
    format: png
    alt: "An icon of a {{ cell }}"
"""


def painted(seed: int, size: tuple[int, int]) -> Answer:
    """A picture of which no two parts are alike, nor those of another seed."""
    image = Image.new("RGB", size)
    for x in range(0, size[0], 16):
        for y in range(0, size[1], 16):
            image.paste((x * 7 % 256, (y * 11 + 40 * seed) % 256, (x * y + 90 * seed) % 256), (x, y, x + 16, y + 16))
    data = io.BytesIO()
    image.save(data, "JPEG")
    return showing(data.getvalue(), "image/jpeg")


def built(project: Project) -> set[str]:
    root = project.folder / "output"
    return {file.relative_to(project.folder).as_posix() for file in root.rglob("*") if file.is_file()}


def picture(project: Project, path: str) -> Image.Image:
    return Image.open(io.BytesIO(project.read(path)))


def test_every_variant_is_built_in_its_size_and_format_and_paid_for_once(
    project: Project, server: GeminiServer
) -> None:
    project.spec("hero", HERO)
    project.run("build").ends(0)
    assert built(project) == FILES.keys()
    for path, (format, size) in FILES.items():
        with picture(project, path) as made:
            assert (made.format, made.size) == (format, size), path
    project.run("build").ends(0).says("Nothing to do")
    assert len(server.requests) == 1


def test_placeholders_stand_in_for_every_file(keyless: Project) -> None:
    keyless.spec("hero", HERO)
    keyless.run("build").ends(0)
    assert built(keyless) == FILES.keys()
    for path, (format, size) in FILES.items():
        with picture(keyless, path) as made:
            assert (made.format, made.size) == (format, size), path
    keyless.run("build").ends(0).says("Nothing to do")


def test_another_quality_encodes_that_file_again_and_nothing_else(project: Project, server: GeminiServer) -> None:
    project.spec("hero", HERO)
    project.run("build").ends(0)
    before = {path: (project.folder / path).stat().st_mtime_ns for path in FILES}
    small = len(project.read("output/thumbs/hero-512.jpg"))
    project.replace("specs/hero.yaml", "to: thumbs", "to: thumbs, quality: 20")
    project.run("plan").ends(0).says("To derive, free (1)")
    project.run("build").ends(0)
    moved = {path for path in FILES if (project.folder / path).stat().st_mtime_ns != before[path]}
    assert moved == {"output/thumbs/hero-512.jpg"}
    assert len(project.read("output/thumbs/hero-512.jpg")) < small
    assert len(server.requests) == 1


@pytest.mark.parametrize("path", ["output/hero-640.webp", "output/hero.jpg"])
def test_a_file_that_is_deleted_comes_back(project: Project, server: GeminiServer, path: str) -> None:
    project.spec("hero", HERO)
    project.run("build").ends(0)
    before = project.read(path)
    project.remove(path)
    project.run("build").ends(0).says("restored")
    assert project.read(path) == before
    assert len(server.requests) == 1


def test_a_variant_that_a_person_changed_is_never_written_over(project: Project, server: GeminiServer) -> None:
    project.spec("hero", HERO)
    project.run("build").ends(0)
    mine = io.BytesIO()
    Image.new("RGB", (640, 357), "red").save(mine, "WEBP")
    (project.folder / "output/hero-640.webp").write_bytes(mine.getvalue())
    project.replace("specs/hero.yaml", "A knight", "A knave")
    project.run("build").ends(0).says("output/hero-640.webp changed by hand")
    assert project.read("output/hero-640.webp") == mine.getvalue()
    assert len(server.requests) == 1
    project.run("restore", "hero").ends(0)
    with picture(project, "output/hero-640.webp") as made:
        assert made.getpixel((0, 0)) != (255, 0, 0)


def test_a_variant_that_is_no_longer_declared_is_listed_and_pruned(project: Project) -> None:
    project.spec("hero", HERO)
    project.run("build").ends(0)
    project.replace("specs/hero.yaml", "[320, 640]", "[640]")
    project.run("build").ends(0).says("No longer declared: 2 files")
    assert built(project) == FILES.keys()
    project.run("build", "--prune").ends(0)
    assert built(project) == FILES.keys() - {"output/hero-320.avif", "output/hero-320.webp"}


def test_a_clone_gets_all_files_of_the_lock_and_the_remote(
    project: Project, server: GeminiServer, tmp_path: Path
) -> None:
    project.settings("remote: takes/\n")
    project.spec("hero", HERO)
    project.run("build").ends(0)
    made = {path: project.read(path) for path in FILES}
    project.remove("output", ".pipeline")
    project.run("build", "--frozen").ends(0)
    assert {path: project.read(path) for path in FILES} == made
    assert len(server.requests) == 1


# --- from -------------------------------------------------------------------------------------------------------------

DERIVED = """\
assets:
  b-hero:
    prompt: A knight on a hill.
    process: [{crop: {ratio: '1:1'}}]
    format: png
  a-og: {from: b-hero, size: 120x63}
  twin: {from: a-og, process: [mirror], format: webp}
"""


def test_what_is_made_of_another_costs_nothing_and_follows_it(project: Project, server: GeminiServer) -> None:
    server.script(painted(1, (1024, 1024)), painted(2, (1024, 1024)))
    project.spec("hero", DERIVED)
    project.run("plan").ends(0).says("To draw (1)").says("To derive, free (2)")
    project.run("build").ends(0)
    first = {path: project.read(path) for path in built(project)}
    assert first.keys() == {"output/b-hero.png", "output/a-og.png", "output/twin.webp"}
    with picture(project, "output/twin.webp") as made:
        assert (made.format, made.size) == ("WEBP", (120, 63))
    project.run("build").ends(0).says("Nothing to do")
    project.run("reroll", "b-hero").ends(0)
    project.run("build").ends(0)
    assert all(project.read(path) != data for path, data in first.items())
    assert len(server.requests) == 2
    project.run("build").ends(0).says("Nothing to do")


def test_its_source_is_never_said_to_share_its_picture_nor_loses_it(project: Project, server: GeminiServer) -> None:
    project.spec("hero", DERIVED)
    project.run("build").ends(0)
    (project.folder / "pipeline.lock").unlink()
    project.run("build").ends(0)
    assert "share" not in project.run("plan").ends(0).text
    project.replace("specs/hero.yaml", "b-hero", "c-hero")
    project.run("build").ends(0)
    assert len(server.requests) == 1


def test_what_a_person_adopted_goes_on_without_the_steps_that_it_has_been_through(
    project: Project, server: GeminiServer
) -> None:
    project.spec("hero", DERIVED)
    project.run("build").ends(0)
    mine = io.BytesIO()
    Image.new("RGB", (400, 200), "red").save(mine, "PNG")
    project.write("mine.png", mine.getvalue())
    project.run("adopt", "b-hero", "mine.png").ends(0)
    project.run("build").ends(0)
    for path, size in (("output/a-og.png", (120, 63)), ("output/twin.webp", (120, 63))):
        with picture(project, path) as made:
            red, green, blue = made.convert("RGB").getpixel((60, 30))  # type: ignore[misc]
            assert (made.size, red > 250, green < 5, blue < 5) == (size, True, True, True)
    project.run("build").ends(0).says("Nothing to do")


@pytest.mark.parametrize("command", ["reroll a-og", "approve a-og", "protect a-og", "keep a-og"])
def test_it_is_decided_about_at_its_source(project: Project, command: str) -> None:
    project.spec("hero", DERIVED)
    project.run("build").ends(0)
    project.run(*command.split()).ends(2).says("`a-og` is made of the picture of `b-hero`")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("{from: nobody}", "there is no asset `nobody`"),
        ("{from: a}", "each is made of the other"),
        ("{from: fox, prompt: A cat.}", "`prompt` beside `from`"),
        ("{from: fox, model: x}", "`model` beside `from`"),
        ("{from: fox, process: [cutout], format: jpeg}", "cannot be"),
        ("{from: fox, variants: [{width: 9000}]}", "is larger than the picture"),
        ("{from: fox, variants: [{width: 9, height: 9}]}", "a variant has one size"),
        ("{from: fox, variants: [{width: 9}, {width: 9}]}", "would write output/a-9.jpg twice"),
        ("{from: fox, variants: [{widht: 9}]}", "did you mean `width`?"),
        ("{from: fox, variants: [{formats: [gif]}]}", "a format cannot be `gif`"),
        ("{from: fox, variants: [{width: 9, to: ../x}]}", "`to`"),
        ("{from: fox, grid: {columns: 2, cells: [a]}}", "`grid` beside `from`"),
        ("{prompt: x, grid: {columns: 1, rows: 1, cells: [a, b]}}", "2 cells, and 1 columns of 1 rows have 1"),
        ("{prompt: x, grid: {cells: [a, b]}}", "`grid` lacks `columns`"),
        ("{prompt: x, grid: {columns: 2, cells: [a/, b]}}", "the cell `a/`"),
        ("{prompt: x, grid: {columns: 2, cells: [a, a]}}", "is declared twice"),
        ("{prompt: x, grid: {columns: 2, cells: [a, b], inset: 60%}}", "`inset` is a share"),
    ],
)
def test_a_mistake_is_told_where_it_stands(project: Project, spec: str, message: str) -> None:
    project.spec("pair", f"assets:\n  fox: {{prompt: A fox.}}\n  a: {spec}\n")
    project.run("plan").ends(2).says(message).says("specs/pair.yaml:3:")


def test_a_wrong_number_of_columns_is_one_mistake(project: Project) -> None:
    project.spec("pair", "assets: {a: {prompt: x, grid: {columns: 0, cells: [a, b]}}}\n")
    project.run("plan").ends(2).says("`columns` is from 1 to 100, not 0", "1 error in the specs")


# --- grids ------------------------------------------------------------------------------------------------------------


def test_the_cells_of_one_paid_picture_are_assets(project: Project, server: GeminiServer) -> None:
    server.script(painted(1, (1024, 1024)))
    project.spec("icons", ICONS)
    project.run("build").ends(0)
    assert built(project) == {f"output/icons/{name}.png" for name in ("sword", "shield", "bow")}
    assert len({project.read(path) for path in built(project)}) == 3
    assert len(server.requests) == 1
    shown = project.run("show", "icons/bow", "--json").ends(0).json
    assert (shown["file"]["width"], shown["alt"]) == (64, "An icon of a bow")
    project.run("build").ends(0).says("Nothing to do")


def test_cells_are_cut_anew_for_nothing(project: Project, server: GeminiServer) -> None:
    server.script(painted(1, (1024, 1024)))
    project.spec("icons", ICONS)
    project.run("build").ends(0)
    before = {path: project.read(path) for path in built(project)}
    project.replace("specs/icons.yaml", "bow]", "bow], inset: 5%")
    project.run("build").ends(0)
    assert all(project.read(path) != data for path, data in before.items())
    assert len(server.requests) == 1


def test_the_whole_is_written_where_it_has_a_name(project: Project) -> None:
    project.spec("icons", ICONS + "    name: sheets/icons\n")
    project.run("build").ends(0)
    with picture(project, "output/sheets/icons.jpg") as whole:
        assert whole.size == (1024, 1024)


def test_a_cell_is_attached_as_it_is_cut(project: Project, server: GeminiServer) -> None:
    project.spec("icons", ICONS)
    project.spec("knight", "assets:\n  knight: {prompt: \"A knight with {{ ref('icons/bow', 'his bow') }}.\"}\n")
    project.run("build").ends(0)
    assert len(server.requests) == 2
    with Image.open(io.BytesIO(server.requests[1].references[0])) as attached:
        assert attached.size == (64, 64)
    project.run("build").ends(0).says("Nothing to do")
    # What is only about the file, and not about its pixels, asks for no other picture.
    project.replace("specs/icons.yaml", "format: png", "format: webp")
    project.run("build").ends(0)
    assert len(server.requests) == 2


GATED = """\
assets:
  hero: {prompt: A knight on a hill., approve: true}
  og: {from: hero, size: 120x63}
  poster: {prompt: "A poster of {{ ref('og') }}."}
"""


def test_nothing_is_drawn_from_what_is_made_of_an_unapproved_picture(project: Project) -> None:
    project.spec("hero", GATED)
    project.run("build").draws(1).says("poster waits until `hero` is approved")
    project.run("approve", "hero").ends(0)
    project.run("build").draws(1)
    project.run("reroll", "hero").ends(0)
    project.run("build").draws(1).says("poster waits until `hero` is approved")


def test_nothing_is_drawn_from_what_is_made_of_a_picture_that_waits(project: Project, server: GeminiServer) -> None:
    hero = "pose: {prompt: A pose., approve: true}\n  hero: {prompt: \"A knight {{ ref('pose') }}.\"}"
    project.spec("hero", GATED.replace("hero: {prompt: A knight on a hill., approve: true}", hero))
    project.run("build").draws(1)
    project.run("approve", "pose").ends(0)
    project.run("build").draws(2)
    made = project.read("pipeline.lock")
    project.run("reroll", "pose").ends(0)
    project.run("build").draws(1)
    project.replace("specs/hero.yaml", "A poster", "A banner")
    project.run("build").draws(0).says("poster waits for `hero`, which is held itself").is_silent_of("derived")
    assert [line for line in project.read("pipeline.lock").splitlines() if b'"asset": "og"' in line] == [
        line for line in made.splitlines() if b'"asset": "og"' in line
    ]


def test_a_protected_picture_stays_until_it_is_let_go_and_is_found_again(project: Project) -> None:
    drawn = "assets:\n  hero: {prompt: A knight.}\n  og: {prompt: A poster.}\n"
    project.spec("hero", drawn).run("build").draws(2)
    project.run("protect", "og").ends(0)
    project.spec("hero", drawn.replace("prompt: A poster.", "from: hero"))
    project.run("plan").says("it keeps its own picture; `pipeline unprotect og` lets it be made of `hero`")
    project.run("unprotect", "og").ends(0)
    project.run("build").draws(0).says("derived og")
    project.run("unprotect", "og").ends(2)
    project.spec("hero", drawn).run("build").draws(0).says("reused og")
    project.run("plan").is_silent_of("shares its take")
    assert len(project.run("takes", "og").ends(0).out.splitlines()) == 1


def test_what_a_person_adopted_can_be_dropped_for_what_the_source_has_now(project: Project) -> None:
    project.spec("hero", "assets:\n  hero: {prompt: A knight.}\n  og: {from: hero, format: png, size: 60x60}\n")
    project.run("build").draws(1)
    Image.new("RGB", (60, 60), "red").save(project.folder / "mine.png")
    project.run("adopt", "og", "mine.png").ends(0)
    project.replace("specs/hero.yaml", "A knight.", "A wizard.")
    project.run("build").draws(1).says("adopted from a person, and `hero` changed since; `pipeline adopt og` keeps it")
    project.run("adopt", "og").ends(0)
    project.run("build").says("Nothing to do: 2 assets are fresh.")
    project.run("restore", "og").ends(0)
    with picture(project, "output/og.png") as made:
        assert made.convert("RGB").getpixel((30, 30)) != (255, 0, 0)
    project.run("build").says("Nothing to do: 2 assets are fresh.")


def test_the_cells_of_a_renamed_grid_keep_what_people_adopted_for_them(project: Project) -> None:
    project.spec("icons", ICONS).run("build").draws(1)
    Image.new("RGB", (64, 64), "red").save(project.folder / "mine.png")
    project.run("adopt", "icons/bow", "mine.png").ends(0)
    project.replace("specs/icons.yaml", "  icons:\n", "  glyphs:\n    was: icons\n")
    project.run("build").draws(0).is_silent_of("No longer declared: 3 assets")
    with picture(project, "output/glyphs/bow.png") as made:
        assert made.convert("RGB").getpixel((30, 30)) == (255, 0, 0)
    assert b'"from": "icons"' not in project.read("pipeline.lock")


def test_what_is_told_of_an_asset_that_is_made_of_another(project: Project) -> None:
    project.spec(
        "hero", "assets:\n  a: {prompt: A pose.}\n  hero: {prompt: \"As {{ ref('a') }}.\"}\n  og: {from: hero}\n"
    )
    project.run("build").draws(2)
    project.run("show", "og").ends(0).says("made of the picture of hero, free").is_silent_of("price")
    assert project.run("show", "og", "--json").json["from"] == "hero"
    project.run("explain", "og").ends(0).says("it is made of").is_silent_of("no longer attached")
    project.run("request", "og").ends(2).says("`og` is made of the picture of `hero`", "name `hero`")


def test_the_file_of_the_source_is_enough_where_it_is_the_take(project: Project) -> None:
    project.spec("hero", "assets:\n  hero: {prompt: A knight.}\n  og: {from: hero, format: png, size: 60x60}\n")
    project.run("build").draws(1)
    project.remove(".pipeline", "output/og.png")
    project.run("plan", "og").ends(0).says("To restore, free (1)")
    project.run("build", "og").ends(0).draws(0)
    assert "output/og.png" in built(project)
