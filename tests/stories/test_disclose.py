"""What ships, which model drew it and what people did: told from the lock, the records and the files themselves."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pipeline.digest import of_bytes
from tests.gemini_server import GeminiServer
from tests.project import Project
from tests.stories.conftest import a_picture
from tests.stories.test_signed_takes import signed

needs_exiftool = pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")

SPEC = """\
assets:
  hero: {prompt: A hero., alt: The hero of the game}
  icon: {prompt: An icon., alt: A sword, format: png}
  bare: {prompt: A bare one., format: webp, provenance: none}
"""


def disclosed(project: Project, *args: str) -> Any:
    return project.run("disclose", "--format", "json", *args).ends(0).json


def by_id(document: Any) -> dict[str, Any]:
    return {one["asset"]: one for one in document["assets"]}


def files(document: Any) -> dict[str, Any]:
    return {file["path"]: file for one in document["assets"] for file in one["files"]}


def test_who_drew_each_file_when_and_under_which_request(project: Project, server: GeminiServer) -> None:
    server.script(signed)
    project.spec("a", SPEC).build().ends(0).draws(3)
    told = disclosed(project)
    assert told["totals"] == {
        "assets": 3,
        "files": 3,
        "bytes": sum(len(data) for data in project.outputs.values()),
        "by_maker": {"drawn": 3, "adopted": 0, "edited": 0, "placeholder": 0},
        "by_model": {"gemini-3-pro-image": 3},
        "silent": sum(not file["says"]["c2pa"] and not file["says"]["xmp"] for file in files(told).values()),
        "without_alt": 1,
    }
    for id, one in by_id(told).items():
        entry = project.lock[id]
        assert (one["model"], one["model_name"], one["generator"]) == (entry["model"], "Nano Banana Pro", "gemini")
        assert (one["request"], one["take"]) == (entry["request"], entry["take"])
        assert one["model_version"] and one["drawn"].startswith("20") and "prompt" not in one
    assert by_id(disclosed(project, "--prompts", "hero"))["hero"]["prompt"] == "A hero."
    assert project.run("disclose").ends(0).asked == 0


def test_what_a_file_says_itself_is_told_and_what_it_does_not_say(project: Project, server: GeminiServer) -> None:
    server.script(signed, signed, signed)
    project.spec("a", SPEC).build("-j", "1").ends(0)
    said = {path: file["says"] for path, file in files(disclosed(project)).items()}
    assert said["output/hero.jpg"]["c2pa"] and not said["output/hero.jpg"]["xmp"]
    assert said["output/icon.png"] == {
        "source": "trainedAlgorithmicMedia",
        "system": "gemini-3-pro-image",
        "xmp": True,
        "c2pa": False,
        "mark": "derived",
    }
    assert said["output/bare.webp"]["source"] is None and said["output/bare.webp"]["mark"] == "derived"
    page = project.run("disclose").ends(0)
    page.says("All 3 pictures were drawn with generative AI by Nano Banana Pro (`gemini-3-pro-image`)")
    page.says("1 file without a word of origin inside, by choice (`provenance: none`): `output/bare.webp`")
    page.says("1 asset without an alt text: `bare`", "| C2PA | The hero of the game |", "| XMP | A sword |")


@needs_exiftool
@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif", "ico", "icns"])
def test_what_is_read_here_is_what_exiftool_reads(project: Project, format: str) -> None:
    spec = f"assets: {{a: {{prompt: x, alt: Ä & <b>, format: {format}, process: [{{resize: {{width: 64}}}}]}}}}\n"
    project.spec("a", spec).build().ends(0).draws(1)
    ((path, file),) = files(disclosed(project)).items()
    assert (file["says"]["source"], file["says"]["system"]) == ("trainedAlgorithmicMedia", "gemini-3-pro-image")
    if format in ("ico", "icns"):
        return  # exiftool does not look for such words there
    read = subprocess.run(["exiftool", "-json", "-n", project.folder / path], capture_output=True, check=True)
    assert json.loads(read.stdout)[0]["DigitalSourceType"].endswith("/" + file["says"]["source"])


def test_what_people_did_is_told_apart(project: Project, server: GeminiServer, png: bytes) -> None:
    project.spec(
        "a", "assets: {a: {prompt: a, format: png}, b: {prompt: b, format: png}, c: {prompt: c, format: png}}\n"
    )
    project.build("a", "b").ends(0).draws(2)
    project.write("mine.png", png).run("adopt", "a", str(project.folder / "mine.png")).ends(0)
    project.run("adopt", "--take", "c", str(project.folder / "mine.png")).ends(0)
    project.write("output/b.png", a_picture("salmon"))
    told = disclosed(project)
    makers = {path: file["maker"] for path, file in files(told).items()}
    assert makers == {"output/a.png": "adopted", "output/b.png": "edited", "output/c.png": "adopted"}
    models = {id: (one["model"], one["retouched"]) for id, one in by_id(told).items()}
    assert models == {
        "a": ("gemini-3-pro-image", True),
        "b": ("gemini-3-pro-image", True),
        "c": (None, False),
    }
    page = project.run("disclose").ends(0)
    page.says("Of 3 pictures, 2 were drawn with generative AI", "A person changed or replaced 2 of these.")
    page.says("1 was brought by people.", "| `c` | `output/c.png` | by a person | | | ")
    page.says("1 file that no build made, or that changed since: `output/b.png`")


def test_placeholders_and_what_is_not_built_are_told(project: Project) -> None:
    project.server = None
    project.spec("a", "assets: {a: {prompt: a}, b: {prompt: b}}\n").build("a").ends(0)
    told = disclosed(project)
    assert told["totals"]["by_maker"]["placeholder"] == 1 and told["totals"]["by_model"] == {}
    assert (told["unbuilt"], told["guard"]) == (["b"], None)
    page = project.run("disclose").ends(0)
    page.says("The one picture has no generative model on record.", "1 placeholder, to be drawn yet: `output/a.jpg`")
    page.says("1 asset without a file: `b`")


def test_a_file_from_before_a_change_is_told_as_what_it_is(drawn: Project) -> None:
    drawn.replace("specs/pair.yaml", "a fox", "two foxes")
    told = by_id(disclosed(drawn, "--prompts"))["fox"]
    assert told["state"] == "stale" and told["prompt"] == "a fox"
    drawn.run("disclose").says("1 asset whose file is not what the specs now ask for: `fox`")


def test_a_file_that_no_spec_declares_any_more_is_told_once(drawn: Project) -> None:
    drawn.spec("pair", "assets: {fox: {prompt: a fox}}\n")
    assert disclosed(drawn)["undeclared"] == ["output/wolf.jpg"]
    assert disclosed(drawn, "fox")["undeclared"] == []
    assert [one["asset"] for one in disclosed(drawn, "fox")["assets"]] == ["fox"]


def test_a_clone_without_key_and_store_tells_the_same_models(drawn: Project, tmp_path: Path) -> None:
    drawn.as_repository().write(".gitignore", ".pipeline/\n").commit()
    copy = drawn.clone(tmp_path / "clone")
    told, before = by_id(disclosed(copy)), by_id(disclosed(drawn))
    assert told["fox"]["model"] == before["fox"]["model"] == "gemini-3-pro-image"
    assert told["fox"]["request"] == before["fox"]["request"]
    assert (told["fox"]["drawn"], told["fox"]["model_version"]) == (None, None)
    copy.run("disclose").ends(0).says("| not on record | 2 | not on record |")


def test_a_turn_and_a_point_are_told_by_the_take_that_is_used(project: Project) -> None:
    project.spec(
        "a",
        "assets:\n"
        "  logo: {prompt: A logo., refine: [Bolder.]}\n"
        "  tree: {prompt: 'A tree at {{ light }}.', candidates: {vary: {light: [dusk, noon]}}}\n",
    ).build().ends(0)
    told = by_id(disclosed(project, "--prompts"))
    assert sorted(told) == ["logo", "tree"]
    assert told["logo"]["take"] == project.lock["logo"]["take"] and told["logo"]["prompt"] == "Bolder."
    assert told["tree"]["prompt"] in ("A tree at dusk.", "A tree at noon.") and told["tree"]["drawn"]


def test_an_alt_text_cannot_break_the_page(project: Project) -> None:
    project.spec("a", "assets: {a: {prompt: x, alt: 'a | <img src=x onerror=1> `b` **c**'}}\n").build().ends(0)
    (row,) = [line for line in project.run("disclose").out.splitlines() if line.startswith("| `a`")]
    assert row.count("|") == 9 and "<img" not in row and "**" not in row and row.count("`") % 2 == 0


# --- the guard ------------------------------------------------------------------------------------------------------


@pytest.fixture
def shipped(drawn: Project) -> Project:
    """A folder as a bundler leaves it: copies under other names, code beside."""
    drawn.write("dist/index.html", "<p>").write("dist/assets/app-4f3c.js", "let a = 'RIFF'")
    drawn.write("dist/assets/fox-9ab3.jpg", drawn.read("output/fox.jpg"))
    return drawn.write("dist/assets/deep/wolf.bin", drawn.read("output/wolf.jpg"))


def guarded(project: Project, code: int, *folders: str) -> Any:
    options = [word for folder in folders or ("dist",) for word in ("--guard", str(project.folder / folder))]
    return project.run("--json", "disclose", *options).ends(code).json["guard"]


def known(guard: Any) -> dict[str, str]:
    return {picture["path"]: picture["origin"] for picture in guard["listed"]}


def test_built_files_are_known_under_any_name(shipped: Project) -> None:
    (guard,) = guarded(shipped, 0)
    assert known(guard) == {"assets/deep/wolf.bin": "built", "assets/fox-9ab3.jpg": "built"}
    assert (guard["files"], [picture["asset"] for picture in guard["listed"]]) == (4, ["wolf", "fox"])
    text = shipped.run("disclose", "--guard", str(shipped.folder / "dist")).ends(0)
    text.says("2 pictures in 4 files", "2 built by this project, byte for byte")
    assert text.asked == 0


def test_a_picture_that_nobody_knows_fails_by_name(shipped: Project, png: bytes) -> None:
    shipped.write("dist/img/stray.dat", png)
    (guard,) = guarded(shipped, 1)
    assert guard["failing"] == ["img/stray.dat"]
    text = shipped.run("disclose", "--guard", str(shipped.folder / "dist")).ends(1)
    text.says("1 of unknown origin", "img/stray.dat png", "error: nobody knows where the picture comes from")
    shipped.run("disclose", "--format", "markdown", "--guard", str(shipped.folder / "dist")).ends(1).says(
        "Of unknown origin: `img/stray.dat`", "## Picture by picture"
    )


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "AVIF", "GIF", "ICO", "BMP", "TIFF"])
def test_every_kind_of_picture_is_known_for_one_by_its_bytes(shipped: Project, format: str) -> None:
    shipped.write("dist/thing", a_picture("teal", format))
    assert known(guarded(shipped, 1)[0])["thing"] == "unknown"


def test_what_people_made_is_known_by_its_path_and_by_its_bytes(shipped: Project, png: bytes) -> None:
    shipped.write("public/photos/a/dog.png", png).write("dist/assets/dog-77.png", png)
    shipped.write("dist/photos/small/dog.png", a_picture("navy"))
    assert set(guarded(shipped, 1)[0]["failing"]) == {"assets/dog-77.png", "photos/small/dog.png"}
    shipped.settings("disclose: {known: ['public/photos/**', dist/photos/]}\n")
    found = known(guarded(shipped, 0)[0])
    assert (found["assets/dog-77.png"], found["photos/small/dog.png"]) == ("listed", "listed")
    # A star stays inside its folder.
    shipped.settings("disclose: {known: ['public/photos/*.png', dist/photos/*]}\n")
    assert set(guarded(shipped, 1)[0]["failing"]) == {"assets/dog-77.png", "photos/small/dog.png"}
    shipped.run("disclose", "--guard", str(shipped.folder / "dist")).says(
        "`public/photos/*.png` in `disclose: known:` names no file of the project"
    )


def test_a_reference_and_a_picture_of_the_store_are_known(shipped: Project, png: bytes) -> None:
    shipped.write("specs/refs/pose.png", png).write("dist/pose.png", png)
    shipped.spec("more", "assets: {cat: {prompt: \"A cat like {{ ref('refs/pose.png') }}.\"}}\n")
    shipped.write("dist/old.jpg", shipped.read("output/fox.jpg"))
    shipped.replace("specs/pair.yaml", "a fox", "two foxes").build().ends(0)
    found = known(guarded(shipped, 0)[0])
    assert (found["pose.png"], found["old.jpg"]) == ("reference", "project")


def test_what_was_encoded_anew_is_known_by_what_is_left_inside(project: Project) -> None:
    project.spec("a", "assets: {a: {prompt: x, format: png}}\n").build().ends(0).draws(1)
    made = project.folder / "output/a.png"
    (project.folder / "dist").mkdir()
    with Image.open(made) as image:
        image.load()
        xmp = image.info["xmp"]
        image.save(project.folder / "dist/kept.webp", xmp=xmp)
        image.save(project.folder / "dist/kept.avif", xmp=xmp)
        image.convert("RGB").save(project.folder / "dist/kept.jpg", xmp=xmp)
        image.save(project.folder / "dist/stripped.webp")
    project.write("dist/longer.png", made.read_bytes() + b"more")
    (guard,) = guarded(project, 1)
    assert known(guard) == {
        "kept.avif": "says",
        "kept.jpg": "says",
        "kept.webp": "says",
        "longer.png": "marked",
        "stripped.webp": "unknown",
    }
    project.run("disclose", "--guard", str(project.folder / "dist")).ends(1).says(
        "trainedAlgorithmicMedia (gemini-3-pro-image)"
    )


def test_a_placeholder_would_ship_and_that_is_told(project: Project) -> None:
    project.server = None
    project.spec("a", "assets: {a: {prompt: x}}\n").build().ends(0)
    project.write("dist/a.jpg", project.read("output/a.jpg"))
    (guard,) = guarded(project, 0)
    assert guard["listed"][0]["placeholder"] is True
    project.run("disclose", "--guard", str(project.folder / "dist")).says("1 placeholder would ship: `a.jpg`")
    project.replace("specs/a.yaml", "prompt: x", "prompt: y").build().ends(0)
    assert guarded(project, 0)[0]["listed"][0]["placeholder"] is True, "that one is from before"


SVG = '<?xml version="1.0"?>\n<!-- a -->\n<svg xmlns="http://www.w3.org/2000/svg">{}</svg>\n'


def test_a_drawing_is_called_one_unless_it_holds_pixels(shipped: Project) -> None:
    shipped.write("dist/a.svg", SVG.format("<path/>"))
    assert known(guarded(shipped, 0)[0])["a.svg"] == "drawing"
    shipped.write("dist/b.svg", SVG.format('<image href="data:image/png;base64,iVBO"/>'))
    assert guarded(shipped, 1)[0]["failing"] == ["b.svg"]
    shipped.run("disclose", "--guard", str(shipped.folder / "dist")).says("with a picture of pixels inside")


def test_links_and_archives_are_told_and_not_followed(shipped: Project, tmp_path: Path, png: bytes) -> None:
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    (outside / "x.png").write_bytes(png)
    dist = shipped.folder / "dist"
    (dist / "out").symlink_to(outside)
    (dist / "round").symlink_to(dist)
    (dist / "nowhere").symlink_to(dist / "missing")
    shipped.write("dist/game.zip", b"PK\x03\x04rest")
    (guard,) = guarded(shipped, 0)
    assert guard["links"] == ["out"] and guard["archives"] == [{"path": "game.zip", "what": "a zip archive"}]
    assert guard["pictures"] == 2
    shipped.run("disclose", "--guard", str(dist)).ends(0).says("not looked into: `game.zip`", "not followed", "`out`")


def test_a_wrong_use_says_what_would_be_right(drawn: Project) -> None:
    drawn.run("disclose", "--guard", str(drawn.folder / "dist")).ends(2).says("is not there", "once it is built")
    drawn.run("disclose", "--guard", str(drawn.folder / "pipeline.lock")).ends(2).says("is a file")
    drawn.run("disclose", "fox", "--guard", str(drawn.folder)).ends(2).says("--guard looks at the whole project")
    drawn.run("disclose", "--format", "html").ends(2).says("--format is one of markdown, json")
    (drawn.folder / "empty").mkdir()
    drawn.run("disclose", "--guard", str(drawn.folder / "empty")).ends(0).says("no picture in it; has it been built?")
    drawn.settings("disclose: {known: [/etc/x.png, 'C:\\x', '']}\n").run("disclose").ends(2).says(
        "`/etc/x.png` is no pattern of paths", "`C:\\x` is no pattern", "an empty text among the `known`"
    )
    drawn.settings("disclose: {knwon: [a]}\n").run("disclose").ends(2).says("did you mean `known`?")


def test_damaged_pictures_are_told_and_break_nothing(shipped: Project, png: bytes) -> None:
    whole = shipped.read("output/fox.jpg")
    for number, data in enumerate(
        [png[:20], png[:50], whole[:3], whole[:30], b"RIFF\xff\xff\xff\xffWEBPVP8X", b"\xff\xd8\xff\xfe\0\0"]
    ):
        shipped.write(f"dist/broken/{number}", data)
    shipped.write("dist/empty.png", b"")
    assert len(guarded(shipped, 1)[0]["failing"]) == 6


def test_nothing_is_written(shipped: Project) -> None:
    shipped.build().ends(0)
    before = {path: path.stat().st_mtime_ns for path in shipped.folder.rglob("*")}
    guarded(shipped, 0)
    shipped.run("disclose").ends(0)
    assert {path: path.stat().st_mtime_ns for path in shipped.folder.rglob("*")} == before


def test_copies_and_sheets_are_told_and_known(drawn: Project, server: GeminiServer) -> None:
    drawn.settings("exports: {copies: {to: public/img, name: '{{ name }}.{{ hash }}'}, json: public/assets.json}\n")
    drawn.build().ends(0).draws(0)
    (bundle,) = disclosed(drawn)["bundles"]
    copies = sorted(path.relative_to(drawn.folder).as_posix() for path in (drawn.folder / "public/img").iterdir())
    assert bundle == {"bundle": "export copies", "assets": ["fox", "wolf"], "files": copies}
    assert disclosed(drawn, "fox")["bundles"][0]["assets"] == ["fox"]
    assert disclosed(drawn)["undeclared"] == []
    (guard,) = guarded(drawn, 0, "public")
    assert set(known(guard).values()) == {"built"} and guard["pictures"] == 2
    drawn.run("disclose").ends(0).says("| export copies |", "## Made of these")


def test_a_file_of_another_profile_is_told_by_the_take_of_that_one(project: Project) -> None:
    project.settings("profiles: {final: {model: gemini-3.1-flash-image}}\n")
    project.spec("a", "assets: {a: {prompt: x}}\n").build().ends(0).draws(1)
    assert by_id(disclosed(project))["a"]["model"] == "gemini-3-pro-image"
    project.build("--profile", "final").ends(0).draws(1)
    for _ in range(2):  # with what this machine remembers of its files, and without
        told = by_id(disclosed(project))["a"]
        assert (told["model"], told["files"][0]["maker"]) == ("gemini-3.1-flash-image", "drawn")
        assert told["drawn"] and told["request"] == by_id(disclosed(project, "--profile", "final"))["a"]["request"]
        (project.folder / ".pipeline/files").unlink(missing_ok=True)


def test_variants_and_what_is_made_of_another_asset_are_told(project: Project) -> None:
    project.spec(
        "a",
        "assets:\n"
        "  hero: {prompt: A hero., alt: A hero, format: png, variants: [{widths: [64, 128], formats: [webp]}]}\n"
        "  og: {from: hero, size: 120x63, alt: The same}\n",
    ).build().ends(0).draws(1)
    told = by_id(disclosed(project, "--prompts"))
    assert len(told["hero"]["files"]) == 3 and all(file["says"]["xmp"] for file in told["hero"]["files"])
    assert sorted(bool(file["variant"]) for file in told["hero"]["files"]) == [False, True, True]
    assert (told["og"]["from"], told["og"]["model"]) == ("hero", "gemini-3-pro-image")
    assert (told["og"]["prompt"], told["og"]["request"]) == ("A hero.", told["hero"]["request"])
    project.write("mine.png", a_picture("navy", size=(1024, 1024)))
    project.run("adopt", "hero", str(project.folder / "mine.png")).ends(0)
    project.build().ends(0).draws(0)
    told = by_id(disclosed(project))
    assert {file["maker"] for one in told.values() for file in one["files"]} == {"adopted"}
    assert told["og"]["retouched"] is True


def test_a_file_that_lfs_has_not_fetched_is_told_by_what_it_stands_for(drawn: Project) -> None:
    data = drawn.read("output/fox.jpg")
    pointer = f"version https://git-lfs.github.com/spec/v1\noid {of_bytes(data)}\nsize {len(data)}\n"
    drawn.write("output/fox.jpg", pointer)
    told = files(disclosed(drawn))["output/fox.jpg"]
    assert (told["maker"], told["type"], told["digest"]) == ("drawn", None, of_bytes(data))
    drawn.run("disclose").says("1 file without a picture inside", "git lfs pull")
    (guard,) = guarded(drawn, 0, "output")
    assert guard["archives"] == [{"path": "fox.jpg", "what": "a Git LFS pointer"}]
