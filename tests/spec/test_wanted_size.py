"""`size: 1200x630`: which ratio and tier are drawn for it. What is chosen today may never change: it is in the key."""

from __future__ import annotations

import pytest

from pipeline.errors import SpecErrors
from pipeline.spec.load import load_project
from pipeline.spec.models import load_models
from pipeline.spec.pixels import Cut, WrongSize, cut_of, pixels_of
from pipeline.words import Asset
from tests.spec.conftest import Write

PRO, FLASH, OLD = "gemini-3-pro-image", "gemini-3.1-flash-image", "gemini-2.5-flash-image"

CHOSEN = {
    (PRO, "1200x630"): ("16:9", "1K"),
    (PRO, "1920x1080"): ("16:9", "2K"),
    (PRO, "1376x768"): ("16:9", "1K"),
    (PRO, "1377x768"): ("16:9", "2K"),
    (PRO, "180x180"): ("1:1", "1K"),
    (PRO, "1080x1920"): ("9:16", "2K"),
    (PRO, "1500x500"): ("21:9", "1K"),
    (PRO, "3000x500"): ("21:9", "2K"),
    (PRO, "1000x1500"): ("2:3", "2K"),
    (PRO, "4000x3000"): ("4:3", "4K"),
    (FLASH, "180x180"): ("1:1", "512"),
    (FLASH, "2000x480"): ("4:1", "1K"),
    (FLASH, "100x800"): ("1:8", "512"),
    (OLD, "1200x630"): ("16:9", "1K"),
}


@pytest.mark.parametrize(("asked", "chosen"), CHOSEN.items(), ids=" ".join)
def test_what_is_chosen_for_a_size_stays_what_it_is(asked: tuple[str, str], chosen: tuple[str, str]) -> None:
    model = load_models().get(asked[0])
    assert cut_of(model, pixels_of(asked[1]), None, None) == Cut(*chosen, enough=True)


def test_what_is_said_is_not_chosen() -> None:
    model = load_models().get(PRO)
    assert cut_of(model, (1200, 630), "1:1", None) == Cut("1:1", "2K", enough=True)
    assert cut_of(model, (1200, 630), None, "4K") == Cut("16:9", "4K", enough=True)
    assert cut_of(model, (3000, 1500), None, "1K") == Cut("16:9", "1K", enough=False)
    assert cut_of(model, (9000, 9000), None, None) == Cut("1:1", "4K", enough=False)


@pytest.mark.parametrize("text", ["1200x630", " 1200 x 630 ", "1200X630", "1200\u00d7630"])
def test_a_size_may_be_written_as_people_write_it(text: str) -> None:
    assert pixels_of(text) == (1200, 630)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("2K", "image_size: 2K"),
        ("512", "image_size: 512"),
        ("600", "600x600"),
        ("0", "such as 1200x630"),
        ("wide", "1200x630"),
        ("0x5", ""),
        ("1x99999", ""),
    ],
)
def test_what_is_no_size_is_told_with_what_would_be(text: str, hint: str) -> None:
    with pytest.raises(WrongSize) as wrong:
        pixels_of(text)
    assert hint in wrong.value.hint


def only(write: Write, text: str, settings: str = "", profile: str | None = None) -> Asset:
    root = write({"pipeline.yaml": settings}, text)
    (asset,) = load_project(root, profile).assets.values()
    return asset


def drawn(asset: Asset) -> tuple[str, str]:
    return asset.aspect_ratio, asset.image_size


def test_a_size_says_more_than_ratio_and_tier_of_layers_below_it(write: Write) -> None:
    text = "defaults: {aspect_ratio: 1:1, image_size: 4K}\nassets: {og: {prompt: x, size: 1200x630}}\n"
    asset = only(write, text)
    assert drawn(asset) == ("16:9", "1K")
    assert [step.name for step in asset.process] == ["resize"]


def test_ratio_and_tier_beside_it_or_above_it_say_more(write: Write) -> None:
    assert drawn(only(write, "assets: {og: {prompt: x, size: 1200x630, aspect_ratio: 1:1}}\n")) == ("1:1", "2K")
    text = "assets: {og: {prompt: x, size: 1200x630, aspect_ratio: 1:1, image_size: 1K}}\n"
    assert drawn(only(write, text)) == ("1:1", "1K")
    settings = "profiles: {draft: {image_size: 1K}, wide: {size: 2000x500}}\n"
    spec = "assets: {og: {prompt: x, size: 1920x1080}}\n"
    assert drawn(only(write, spec, settings, "draft")) == ("16:9", "1K")
    assert drawn(only(write, spec, settings, "wide")) == ("21:9", "2K")


def test_a_size_that_is_cleared_leaves_all_as_it_was(write: Write) -> None:
    text = "defaults: {size: 1200x630, aspect_ratio: 4:3}\nassets: {og: {prompt: x, size: null}}\n"
    asset = only(write, text)
    assert (drawn(asset), asset.process, asset.pixels) == (("4:3", "1K"), (), None)


def test_a_row_may_have_a_size_and_another_none(write: Write) -> None:
    root = write(
        spec="defaults: {aspect_ratio: 4:3}\n"
        'assets:\n  "{{ row.key }}":\n    for_each: {rows: [{key: a, size: 1200x630}, {key: b}]}\n'
        '    prompt: x\n    size: "{{ row.size }}"\n',
    )
    assets = load_project(root).assets
    assert {id: drawn(asset) for id, asset in assets.items()} == {"a": ("16:9", "1K"), "b": ("4:3", "1K")}


def test_what_no_tier_is_large_enough_for_is_told_before_anything_is_drawn(write: Write) -> None:
    with pytest.raises(SpecErrors) as wrong:
        only(write, "assets: {og: {prompt: x, size: 8000x8000}}\n")
    (problem,) = wrong.value.problems
    assert "larger than what `gemini-3-pro-image` draws" in problem.message
    assert "4096 x 4096" in problem.hint
    assert problem.origin.column == len("assets: {og: {prompt: x, size: ") + 1
