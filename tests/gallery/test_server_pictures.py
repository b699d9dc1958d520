"""Pictures and their thumbnails: the right bytes, made once, and nothing that is no picture of the project."""

from __future__ import annotations

import io
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image

from tests.gallery.visiting import Page, serving
from tests.project import Project
from tests.stories.conftest import a_picture

FOX = "assets: {fox: {prompt: A fox.}}\n"


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def encoded(image: Image.Image, format: str, **more: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **more)  # type: ignore[arg-type]
    return file.getvalue()


def thumb(page: Page, id: str, side: int = 320) -> Image.Image:
    answer = page.get("/" + page.rows()[id]["picture"]["thumb"].replace("side=320", f"side={side}"))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/webp"
    return opened(answer.content)


def thumbs(project: Project) -> list[Path]:
    return sorted(path for path in (project.folder / ".pipeline" / "thumbs").rglob("*") if path.is_file())


def test_a_picture_is_its_own_bytes_for_ever(project: Project) -> None:
    project.spec("fox", FOX).build().draws(1)
    with serving(project) as served:
        page = served.page()
        src = "/" + page.rows()["fox"]["picture"]["src"]
        answer = page.get(src)
        assert answer.content == project.read("output/fox.jpg")
        assert answer.headers["content-type"] == "image/jpeg"
        assert "immutable" in answer.headers["cache-control"]
        again = page.get(src, if_none_match=answer.headers["etag"])
        assert (again.status_code, again.content) == (304, b"")
        assert page.get(src.partition("?")[0]).content == answer.content


def test_a_thumbnail_has_the_ratio_of_its_picture_and_is_made_once(project: Project) -> None:
    project.spec("fox", "assets: {fox: {prompt: A fox., aspect_ratio: 21:9, image_size: 2K}}\n").build().draws(1)
    with serving(project) as served:
        page = served.page()
        row = page.rows()["fox"]
        small, large = thumb(page, "fox"), thumb(page, "fox", 640)
        assert (small.width, large.width) == (320, 640)
        assert abs(small.width / small.height - row["width"] / row["height"]) < 0.02
        made = [(path, path.stat().st_mtime_ns) for path in thumbs(project)]
        assert len(made) == 2
        thumb(page, "fox")
        assert page.get("/" + row["picture"]["thumb"].replace("320", "321")).status_code == 400
    with serving(project) as served:
        thumb(served.page(), "fox")
    assert made == [(path, path.stat().st_mtime_ns) for path in thumbs(project)]


def test_many_pages_at_once_wait_for_the_same_thumbnail(project: Project) -> None:
    project.spec("fox", FOX).build().draws(1)
    with serving(project) as served:
        pages = [served.page() for _ in range(8)]
        address = "/" + pages[0].rows()["fox"]["picture"]["thumb"]
        with ThreadPoolExecutor() as pool:
            answers = list(pool.map(lambda page: page.get(address), pages))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert len(thumbs(project)) == 1


def test_what_a_death_cut_short_is_made_anew(project: Project) -> None:
    project.spec("fox", FOX).build().draws(1)
    with serving(project) as served:
        page = served.page()
        whole = page.get("/" + page.rows()["fox"]["picture"]["thumb"]).content
        (path,) = thumbs(project)
        path.write_bytes(whole[: len(whole) // 2])
        assert page.get("/" + page.rows()["fox"]["picture"]["thumb"]).content == whole


def test_transparent_stays_transparent(project: Project) -> None:
    clear = Image.new("RGBA", (600, 400), (0, 200, 100, 0))
    clear.paste((200, 30, 30, 255), (100, 100, 300, 300))
    project.spec("fox", "assets: {fox: {prompt: A fox., format: png}}\n").build().draws(1)
    project.write("output/fox.png", encoded(clear, "PNG"))
    with serving(project) as served:
        page = served.page()
        row, seen = page.rows()["fox"], thumb(page, "fox")
    assert (row["state"], row["picture"]["kind"], row["picture"]["alpha"]) == ("edited", "file", True)
    assert (row["picture"]["width"], row["picture"]["height"]) == (600, 400)
    assert seen.mode == "RGBA" and seen.getpixel((1, 1))[3] == 0  # type: ignore[index]
    assert seen.getpixel((100, 100))[3] == 255  # type: ignore[index]


def test_a_palette_grey_print_colours_and_sixteen_bits_all_have_thumbnails(project: Project) -> None:
    names = {"P": "png", "L": "jpeg", "CMYK": "jpeg", "I;16": "png", "1": "png", "LA": "png"}
    spec = "".join(f"  a{n}: {{prompt: A {n}., format: {format}}}\n" for n, format in enumerate(names.values()))
    project.spec("all", "assets:\n" + spec).build().draws(len(names))
    for number, (mode, format) in enumerate(names.items()):
        data = encoded(Image.new(mode, (500, 250)), format.upper())
        project.write(f"output/a{number}.{'jpg' if format == 'jpeg' else 'png'}", data)
    with serving(project) as served:
        page = served.page()
        assert {thumb(page, id).size for id in page.rows()} == {(320, 160)}


def test_a_photograph_stands_upright(project: Project) -> None:
    project.spec("fox", FOX).build().draws(1)
    exif = Image.Exif()
    exif[0x0112] = 6
    project.write("output/fox.jpg", encoded(Image.new("RGB", (400, 200), "teal"), "JPEG", exif=exif))
    with serving(project) as served:
        page = served.page()
        picture, seen = page.rows()["fox"]["picture"], thumb(page, "fox")
    assert (picture["width"], picture["height"]) == (200, 400)
    assert seen.size == (160, 320)


def bomb(width: int, height: int) -> bytes:
    """A PNG whose head promises so many pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )


def test_what_cannot_be_shown_is_a_404_and_no_failure(project: Project) -> None:
    files = {
        "cut": a_picture("navy", size=(800, 800))[:900],
        "bomb": bomb(60_000, 60_000),
        "text": b"GIF89a is how this text begins",
        "script": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        "page": b"<!doctype html><script>alert(1)</script>",
        "empty": b"",
    }
    project.spec("all", "assets:\n" + "".join(f"  {id}: {{prompt: {id}., format: png}}\n" for id in files))
    project.build().draws(len(files))
    for id, data in files.items():
        project.write(f"output/{id}.png", data)
    with serving(project) as served:
        page = served.page()
        rows = page.rows()
        assert {row["state"] for row in rows.values()} == {"edited"}
        for id in ("bomb", "text", "script", "page", "empty"):
            assert rows[id]["picture"] is None, id
        from pipeline.digest import of_bytes

        for id, data in files.items():
            hex = of_bytes(data)[7:]
            assert page.get(f"/thumbs/{hex}?id={id}&side=320").status_code == 404, id
            served_as = page.get(f"/pictures/{hex}?id={id}")
            assert served_as.status_code == (200 if id in ("cut", "bomb", "text") else 404), id
            assert served_as.headers["content-type"] in ("image/png", "image/gif", "application/json")
        assert page.wall()["plan"]["edited"] == len(files)
        assert served.stop() == ""


def test_a_damaged_object_is_not_served(project: Project) -> None:
    project.spec("fox", FOX).build().draws(1)
    take = project.lock["fox"]["take"][7:]
    path = project.folder / ".pipeline" / "objects" / take[:2] / take[2:]
    data = path.read_bytes()
    project.remove("output")
    path.write_bytes(data[:-1] + b"\0")
    with serving(project) as served:
        assert served.page().get(f"/pictures/{take}?id=fox").status_code == 404


def test_a_link_in_place_of_a_picture_leads_nowhere(project: Project, tmp_path: Path) -> None:
    secret = a_picture("crimson", "JPEG")
    (tmp_path / "secret.jpg").write_bytes(secret)
    project.spec("fox", FOX).build().draws(1)
    (project.folder / "output" / "fox.jpg").unlink()
    (project.folder / "output" / "fox.jpg").symlink_to(tmp_path / "secret.jpg")
    from pipeline.digest import of_bytes

    hex = of_bytes(secret)[7:]
    with serving(project) as served:
        page = served.page()
        assert page.get(f"/pictures/{hex}?id=fox").status_code == 404
        assert page.get(f"/thumbs/{hex}?id=fox&side=320").status_code == 404
        (problem,) = page.wall()["problems"]
    assert "leads out of the project" in problem["message"]


def test_nothing_of_the_project_but_pictures_is_served(project: Project) -> None:
    """By its digest anybody could ask for any file that an address was given of, or that the store has."""
    from pipeline.digest import of_bytes

    project.spec("fox", FOX).build().draws(1)
    for path in ("specs/fox.yaml", "pipeline.lock"):
        hex = of_bytes(project.read(path))[7:]
        where = project.folder / ".pipeline" / "objects" / hex[:2] / hex[2:]
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_bytes(project.read(path))
        with serving(project) as served:
            assert served.page().get(f"/pictures/{hex}?id=fox").status_code == 404


def test_an_attached_file_is_shown(project: Project) -> None:
    emblem = a_picture("gold")
    project.write("specs/emblem.png", emblem)
    project.spec("fox", "assets: {fox: {prompt: \"With {{ ref('emblem.png', 'the emblem') }}.\"}}\n").build().draws(1)
    with serving(project) as served:
        page = served.page()
        (reference,) = page.asset("fox")["refers_to"]
        assert reference["path"] == "specs/emblem.png" and reference["role"] == "the emblem"
        assert page.get("/" + reference["src"]).content == emblem
        assert opened(page.get("/" + reference["thumb"]).content).size == (64, 48)


def test_without_room_for_a_thumbnail_it_is_told(project: Project) -> None:
    project.spec("fox", FOX).build().draws(1)
    project.write(".pipeline/thumbs", b"a file where the folder is to be")
    with serving(project) as served:
        page = served.page()
        answer = page.get("/" + page.rows()["fox"]["picture"]["thumb"])
        assert answer.status_code == 500 and "thumbs" in answer.json()["error"]["message"]
        assert page.get("/" + page.rows()["fox"]["picture"]["src"]).status_code == 200
