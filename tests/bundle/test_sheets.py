"""Sheets as they are written: every pixel in its place, canvases that come back, pages, grids, and what they say."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pipeline import marks
from pipeline.errors import PipelineError
from tests.bundle.sheet_pictures import Made, animation, packed, sheet_of, shelved, sprite

COLORS = ("#d0442c", "#2c7ad0", "#44a048", "#c8b43c80")


@st.composite
def pictures(draw: st.DrawFn) -> dict[str, Image.Image]:
    """A few sprites with borders of nothing around them, some of them alike, and some of nothing at all."""
    found: dict[str, Image.Image] = {}
    for number in range(draw(st.integers(1, 9))):
        width, height = draw(st.integers(1, 40)), draw(st.integers(1, 40))
        left, top = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
        right, bottom = draw(st.integers(left, width)), draw(st.integers(top, height))
        image = Image.new("RGBA", (width, height))
        if right > left and bottom > top:
            image.paste(draw(st.sampled_from(COLORS)), (left, top, right, bottom))
            image.putpixel((left, top), (number, 255, 0, 255))
        found[f"item-{number}"] = image
    return found


@settings(max_examples=40, deadline=None)
@given(
    pictures=pictures(),
    padding=st.integers(0, 3),
    extrude=st.integers(0, 2),
    trim=st.booleans(),
    power_of_two=st.booleans(),
    max_size=st.sampled_from([64, 100, 512]),
)
def test_every_picture_comes_back_from_its_sheet(pictures: dict[str, Image.Image], padding: int, **rest: Any) -> None:
    made = packed(sheet_of(list(pictures), padding=padding, **rest), pictures)
    for id, picture in pictures.items():
        assert made.canvas(id).tobytes() == picture.tobytes()
    boxes = {_outer(frame, rest["extrude"]) for frame in made.data["frames"].values()}
    for page, left, top, right, bottom in boxes:
        size = made.data["pages"][page]
        assert padding <= left and right + padding <= size["width"]
        assert padding <= top and bottom + padding <= size["height"]
        for other in boxes - {(page, left, top, right, bottom)}:
            assert other[0] != page or _apart((left, top, right, bottom), other[1:], padding)
    assert max(side for page in made.data["pages"] for side in (page["width"], page["height"])) <= rest["max_size"]


def _outer(frame: dict[str, Any], extrude: int) -> tuple[int, int, int, int, int]:
    left, top = frame["x"] - extrude, frame["y"] - extrude
    right, bottom = frame["x"] + frame["width"] + extrude, frame["y"] + frame["height"] + extrude
    return frame["page"], left, top, right, bottom


def _apart(one: tuple[int, ...], other: tuple[int, ...], by: int) -> bool:
    return one[2] + by <= other[0] or other[2] + by <= one[0] or one[3] + by <= other[1] or other[3] + by <= one[1]


def test_the_same_pictures_give_the_same_bytes() -> None:
    pictures = {f"item-{n}": sprite(20 + n, 50 - n, COLORS[n % 4]) for n in range(20)}
    sheet = sheet_of(list(pictures), formats=("png", "webp", "avif"), data=("json", "phaser", "css", "unity"))
    assert packed(sheet, pictures).files == packed(sheet, pictures).files


def test_edges_are_repeated_outwards() -> None:
    picture = sprite(6, 4)
    for x in range(6):
        for y in range(4):
            picture.putpixel((x, y), (x * 40, y * 60, 90, 255))
    made = packed(sheet_of(["a"], extrude=3, padding=1), {"a": picture})
    frame, page = made.data["frames"]["a"], made.page()
    for x in range(-3, 9):
        for y in range(-3, 7):
            nearest = picture.getpixel((min(max(x, 0), 5), min(max(y, 0), 3)))
            assert page.getpixel((frame["x"] + x, frame["y"] + y)) == nearest
    assert page.size == (6 + 6 + 2, 4 + 6 + 2)
    assert page.getpixel((0, 0)) == (0, 0, 0, 0)


def test_what_looks_the_same_is_on_the_sheet_once() -> None:
    pictures = {"a": sprite(30, 30, box=(5, 5, 20, 20)), "b": sprite(15, 15), "c": sprite(15, 15, "#2c7ad0")}
    made = packed(sheet_of(list(pictures)), pictures)
    a, b, c = (made.data["frames"][id] for id in "abc")
    assert (a["x"], a["y"]) == (b["x"], b["y"]) != (c["x"], c["y"])
    assert (a["left"], a["top"], a["canvas"]) == (5, 5, [30, 30])


def test_a_picture_of_nothing_takes_one_pixel() -> None:
    made = packed(sheet_of(["a"]), {"a": Image.new("RGBA", (50, 40))})
    frame = made.data["frames"]["a"]
    assert (frame["width"], frame["height"], frame["canvas"]) == (1, 1, [50, 40])


# --- animations


def test_frames_of_an_animation_have_one_canvas_on_which_their_pivots_meet() -> None:
    pictures = {"walk-1": sprite(20, 30), "walk-2": sprite(10, 40), "rock": sprite(8, 8)}
    walk = animation("walk", ["walk-1", "walk-2"], pivot=(0.5, 1))
    sheet = sheet_of(list(pictures), animations=(walk,), pivots=dict.fromkeys(walk.frames, (0.5, 1)))
    made = packed(sheet, pictures)
    frames = made.data["frames"]
    assert frames["walk-1"]["canvas"] == frames["walk-2"]["canvas"] == [20, 40]
    assert (frames["walk-1"]["left"], frames["walk-1"]["top"]) == (0, 10)  # feet on the ground
    assert (frames["walk-2"]["left"], frames["walk-2"]["top"]) == (5, 0)
    assert frames["rock"]["canvas"] == [8, 8]
    assert made.data["animations"] == {"walk": {"frames": ["walk-1", "walk-2"], "fps": 12, "repeat": -1}}


def test_animations_that_share_a_frame_share_a_canvas() -> None:
    pictures = {"a": sprite(10, 10), "b": sprite(20, 10), "c": sprite(10, 30), "d": sprite(9, 9)}
    both = (animation("one", ["a", "b"]), animation("two", ["b", "c"]))
    frames = packed(sheet_of(list(pictures), animations=both), pictures).data["frames"]
    assert [frames[id]["canvas"] for id in "abcd"] == [[20, 30], [20, 30], [20, 30], [9, 9]]


def test_one_scale_holds_for_all_frames_and_whole_canvases() -> None:
    pictures = {"a-1": sprite(40, 40, box=(10, 10, 30, 30)), "a-2": sprite(40, 20), "b": sprite(3, 3)}
    sheet = sheet_of(list(pictures), animations=(animation("a", ["a-1", "a-2"]),), scale=0.25, filter="box")
    made = packed(sheet, pictures)
    frames = made.data["frames"]
    assert [frames[id]["canvas"] for id in ("a-1", "a-2", "b")] == [[10, 10], [10, 10], [1, 1]]
    # Of 20 pixels that begin in the middle of one of the new ones six have a part.
    assert (frames["a-1"]["width"], frames["a-1"]["height"]) == (6, 6)
    assert made.canvas("a-1").getpixel((5, 5)) == (0xE6, 0x78, 0x28, 255)
    assert made.data["scale"] == 0.25


def test_a_frame_that_is_not_built_leaves_its_animation_shorter() -> None:
    sheet = sheet_of(["a-1", "a-2", "b-1"], animations=(animation("a", ["a-1", "a-2"]), animation("b", ["b-1"])))
    made = packed(sheet, {"a-2": sprite(5, 5)})
    assert list(made.data["frames"]) == ["a-2"]
    assert made.data["animations"] == {"a": {"frames": ["a-2"], "fps": 12, "repeat": -1}}


# --- pages and grids


def test_what_does_not_fit_goes_onto_further_pages() -> None:
    pictures = {f"item-{n}": sprite(40, 40, COLORS[n % 3], box=(0, 0, 40 - n, 40)) for n in range(10)}
    made = packed(sheet_of(list(pictures), max_size=100), pictures)
    assert {path for path in made.files if path.endswith("png")} == {
        "output/items.png",
        "output/items-2.png",
        "output/items-3.png",
    }
    assert [page["images"]["png"] for page in made.data["pages"]] == ["items.png", "items-2.png", "items-3.png"]
    assert all(made.canvas(id).tobytes() == picture.tobytes() for id, picture in pictures.items())


@pytest.mark.parametrize("layout", ["packed", "grid"])
def test_a_frame_larger_than_a_page_is_told_by_its_asset(layout: str) -> None:
    sheet = sheet_of(["huge", "tiny"], max_size=64, layout=layout, trim=layout == "packed", extrude=1)
    with pytest.raises(PipelineError) as caught:
        packed(sheet, {"huge": sprite(90, 10), "tiny": sprite(2, 2)})
    assert caught.value.message == "`huge` has 90 x 10 pixels, and a page of the sheet `items` has room for 58"
    assert "max_size" in caught.value.hint


def test_a_grid_has_cells_of_one_size_in_the_order_of_the_ids() -> None:
    pictures = {f"walk-{n}": sprite(10 + n, 20 - n, COLORS[n % 4]) for n in (1, 2, 10)}
    sheet = sheet_of(list(pictures), layout="grid", columns=2, trim=False, padding=2, extrude=1)
    made = packed(sheet, pictures)
    frames = made.data["frames"]
    assert list(frames) == ["walk-1", "walk-2", "walk-10"]
    assert made.data["grid"] == {"columns": 2, "rows": 2, "width": 20, "height": 19, "margin": 3, "spacing": 4}
    assert [(frame["x"], frame["y"]) for frame in frames.values()] == [(3, 3), (27, 3), (3, 26)]
    assert made.page().size == (2 + 2 * 24, 2 + 2 * 23)
    assert {tuple(frame["canvas"]) for frame in frames.values()} == {(20, 19)}


def test_a_grid_overflows_row_by_row() -> None:
    pictures = {f"item-{n}": sprite(20, 20, COLORS[n % 3], box=(0, 0, 1 + n, 20)) for n in range(11)}
    made = packed(sheet_of(list(pictures), layout="grid", trim=False, padding=0, max_size=64), pictures)
    assert [(page["width"], page["height"]) for page in made.data["pages"]] == [(60, 60), (60, 20)]
    assert [frame["page"] for frame in made.data["frames"].values()] == [0] * 9 + [1] * 2
    assert all(made.canvas(id).tobytes() == picture.tobytes() for id, picture in pictures.items())


def test_more_columns_than_a_page_is_wide_are_refused() -> None:
    sheet = sheet_of(["a"], layout="grid", columns=9, trim=False, max_size=64, padding=0)
    with pytest.raises(PipelineError, match=r"9 columns of 20 pixels are wider than 64, which is the most for `items`"):
        packed(sheet, {"a": sprite(20, 20)})


# --- formats, origin, keys


def test_each_format_shows_the_same_sheet() -> None:
    pictures = {f"item-{n}": sprite(30, 20 + n, COLORS[n % 3]) for n in range(4)}
    options = {"lossless": True, "effort": 2}
    made = packed(sheet_of(list(pictures), formats=("png", "webp"), options=options), pictures)
    assert made.page(format="webp").tobytes() == made.page(format="png").tobytes()
    assert made.data["pages"][0]["images"] == {"png": "items.png", "webp": "items.webp"}
    assert marks.sniff(made.files["output/items.webp"]) == "image/webp"


def xmp(made: Made) -> str:
    with Image.open(io.BytesIO(made.files["output/items.png"])) as image:
        image.load()
        return str(image.info.get("XML:com.adobe.xmp", ""))


@pytest.mark.parametrize(
    ("origin", "source"),
    [
        ("drawn", "trainedAlgorithmicMedia"),
        ("edited", "compositeWithTrainedAlgorithmicMedia"),
        ("adopted", "compositeWithTrainedAlgorithmicMedia"),
    ],
)
def test_a_sheet_says_where_its_pictures_come_from(origin: str, source: str) -> None:
    told = xmp(packed(sheet_of(["a"]), {"a": sprite(5, 5)}, origin=origin))
    assert f"digitalsourcetype/{source}<" in told
    assert "gemini-3-pro-image" in told


def test_a_sheet_of_placeholders_names_no_model_and_one_without_provenance_nothing() -> None:
    assert "gemini" not in xmp(packed(sheet_of(["a"]), {"a": sprite(5, 5)}, origin="placeholder"))
    assert xmp(packed(sheet_of(["a"], provenance="none"), {"a": sprite(5, 5)})) == ""


def test_its_key_changes_with_all_that_shapes_its_files() -> None:
    pictures = {"a": sprite(5, 5), "b": sprite(6, 6)}
    sheet = sheet_of(["a", "b"])
    bundle, items, _ = shelved(sheet, pictures)
    changed = [
        replace(sheet, padding=3),
        replace(sheet, options={"effort": 9}),
        replace(sheet, data=("json", "css")),
        replace(sheet, animations=(animation("a", ["a"]),)),
        replace(sheet, pivots=dict.fromkeys(sheet.pivots, (0, 0))),
        replace(sheet, frames={"a": "other", "b": "b"}),
        replace(sheet, path="output/others"),
    ]
    keys = {shelved(one, pictures)[0].derivation(items, {}).key for one in [sheet, *changed]}
    keys |= {bundle.derivation(tuple(replace(item, alt="else") for item in items), {}).key}
    keys |= {bundle.derivation(tuple(replace(item, origin="edited") for item in items), {}).key}
    keys |= {bundle.derivation(items[:1], {}).key}
    assert len(keys) == len(changed) + 4
    assert bundle.derivation(items, {}) == shelved(sheet, pictures)[0].derivation(items, {})


def test_a_picture_that_cannot_be_read_is_told_by_its_path_and_asset() -> None:
    bundle, items, files = shelved(sheet_of(["a"]), {"a": sprite(5, 5)})
    files["output/a.png"] = files["output/a.png"][:40]
    with pytest.raises(PipelineError, match=r"output/a\.png, the file of `a`: the picture cannot be read"):
        bundle.make(items, files.__getitem__, {})


def test_it_tells_its_files_before_and_after_they_are_made() -> None:
    kinds = ("json", "phaser", "pixi", "godot", "unity", "css")
    pictures = {f"item/{n}": sprite(40, 40, COLORS[n % 3], box=(0, 0, 40, 40 - n)) for n in range(6)}
    sheet = sheet_of(
        list(pictures), max_size=100, data=kinds, formats=("webp", "png"), animations=(animation("a", ["item/1"]),)
    )
    bundle, items, files = shelved(sheet, pictures)
    made = bundle.make(items, files.__getitem__, {})
    further = {path for path in made if "-2" in path}
    assert set(bundle.paths(items)) == set(made) - further
    described = bundle.described(sorted(made, reverse=True))
    assert dict(described.images) == {
        "png": ("output/items.png", "output/items-2.png"),
        "webp": ("output/items.webp", "output/items-2.webp"),
    }
    assert {kind: paths for kind, paths in described.data.items() if kind != "godot"} == {
        "json": ("output/items.json",),
        "phaser": ("output/items.phaser.json",),
        "phaser animations": ("output/items.anims.json",),
        "pixi": ("output/items.pixi.json", "output/items-2.pixi.json"),
        "godot animations": ("output/items.frames.tres",),
        "unity": ("output/items.png.meta", "output/items-2.png.meta"),
        "css": ("output/items.css",),
    }
    assert set(described.data["godot"]) == {f"output/items/item/{n}.tres" for n in range(6)}
