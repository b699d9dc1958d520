"""The heart: N assets cost N pictures once, and then only what changed is drawn."""

from __future__ import annotations

import pytest

from tests.project import Project

ITEMS = """\
prefix: item
vars: {world: a rain-soaked neon bazaar}
defaults: {tags: [items]}
assets:
  "{{ e.key }}":
    for_each:
      rows: items.json
      as: e
    prompt: |
      {% from 'macros.j2' import centred %}
      {{ centred(e.name) }} In {{ world }}, in the style of {{ ref('style/key-art', 'the style to follow') }}.
  key-art:
    id: style/key-art
    prompt: "{% include 'pixel.j2' %} Key art of {{ world }}."
    aspect_ratio: 16:9
  emblem:
    prompt: An emblem like {{ ref('refs/emblem.png') }}.
"""

ROWS = '[{"key": "sword", "name": "A sword."}, {"key": "shield", "name": "A shield."}]'


@pytest.fixture
def items(project: Project, png: bytes) -> Project:
    project.spec("items", ITEMS).write("specs/items.json", ROWS).write("specs/refs/emblem.png", png)
    project.write("specs/macros.j2", "{% macro centred(what) %}{{ what }} Centred, on white.{% endmacro %}\n")
    return project.write("specs/pixel.j2", "Pixel art.\n")


def test_n_assets_are_n_pictures_and_then_none(items: Project) -> None:
    items.build().ends(0).draws(4)
    before = items.outputs
    assert sorted(before) == ["item/emblem.jpg", "item/shield.jpg", "item/sword.jpg", "style/key-art.jpg"]
    assert len(set(before.values())) == 4
    items.build().ends(0).draws(0).says("Nothing to do")
    items.plan("--exit-code").ends(0).says("Nothing to do")
    assert items.outputs == before


FREE = {
    "a comment": ("specs/items.yaml", "prefix: item", "# what the hero carries\nprefix: item"),
    "quotes": ("specs/items.yaml", "aspect_ratio: 16:9", 'aspect_ratio: "16:9"'),
    "order of keys": (
        "specs/items.yaml",
        "    id: style/key-art\n    prompt: \"{% include 'pixel.j2' %} Key art of {{ world }}.\"\n",
        "    prompt: \"{% include 'pixel.j2' %} Key art of {{ world }}.\"\n    id: style/key-art\n",
    ),
    "wrapping": ("specs/items.yaml", "In {{ world }}, in the style", "In {{ world }},\n      in the style"),
    "blanks in a partial": ("specs/pixel.j2", "Pixel art.", "  Pixel\n  art."),
    "a default spelled out": ("specs/items.yaml", "tags: [items]", "tags: [items], image_size: 1K"),
    "a tag": ("specs/items.yaml", "[items]", "[items, shop]"),
    "an alt text": ("specs/items.yaml", "    aspect_ratio: 16:9", "    aspect_ratio: 16:9\n    alt: The bazaar"),
    "order of rows": (
        "specs/items.json",
        ROWS,
        '[{"name": "A shield.", "key": "shield"}, {"key": "sword", "name": "A sword."}]',
    ),
    "a var's place": ("specs/items.yaml", "vars: {world: a rain-soaked", "vars: {unused: 1, world: a rain-soaked"),
    "an alias of the model": ("specs/items.yaml", "tags: [items]", "tags: [items], model: gemini-3-pro-image-preview"),
}


@pytest.mark.parametrize("change", FREE.values(), ids=FREE.keys())
def test_what_does_not_reach_the_model_is_free(items: Project, change: tuple[str, str, str]) -> None:
    items.build().draws(4)
    before = items.outputs
    items.replace(*change).build().ends(0).draws(0)
    assert items.outputs == before


PAID = {
    "one word": ("specs/items.yaml", "An emblem", "A bright emblem", 1),
    "one row": ("specs/items.json", "A sword.", "A long sword.", 1),
    "a size": ("specs/items.yaml", "    prompt: An emblem", "    image_size: 2K\n    prompt: An emblem", 1),
    "a partial": ("specs/pixel.j2", "Pixel", "Ink", 3),  # the key art, and the two that refer to it
    "a macro": ("specs/macros.j2", "on white", "on black", 2),
    "a role": ("specs/items.yaml", "the style to follow", "the palette to follow", 2),
    "a var": ("specs/items.yaml", "neon", "quiet", 3),
}


@pytest.mark.parametrize("change", PAID.values(), ids=PAID.keys())
def test_exactly_what_changed_is_drawn_and_a_revert_is_free(items: Project, change: tuple[str, str, str, int]) -> None:
    path, old, new, count = change
    items.build().draws(4)
    before = items.outputs
    planned = items.replace(path, old, new).run("--json", "plan").ends(0).draws(0).json
    assert planned["price"]["certain_draws"] + planned["price"]["possible_draws"] == count
    items.build().ends(0).draws(count)
    after = items.outputs
    assert sum(after[name] != before[name] for name in before) == count
    items.build().draws(0)
    items.replace(path, new, old).build().ends(0).draws(0)
    assert items.outputs == before


def test_a_reference_file_reaches_exactly_what_attaches_it(items: Project, other_png: bytes) -> None:
    items.build().draws(4)
    before = items.outputs
    items.write("specs/refs/emblem.png", other_png).build().ends(0).draws(1)
    assert [name for name in before if items.outputs[name] != before[name]] == ["item/emblem.jpg"]


def test_switching_between_two_versions_is_paid_once(items: Project) -> None:
    items.build().draws(4)
    one = items.outputs
    items.replace("specs/pixel.j2", "Pixel", "Ink").build().draws(3)
    other = items.outputs
    for _ in range(5):
        items.replace("specs/pixel.j2", "Ink", "Pixel").build().ends(0).draws(0)
        assert items.outputs == one
        items.replace("specs/pixel.j2", "Pixel", "Ink").build().ends(0).draws(0)
        assert items.outputs == other


def test_a_renamed_spec_file_is_free(items: Project) -> None:
    items.build().draws(4)
    before = items.outputs
    items.write("specs/things/weapons.yaml", items.read("specs/items.yaml")).remove("specs/items.yaml")
    items.build().ends(0).draws(0).says("Nothing to do")
    assert items.outputs == before


def test_a_renamed_asset_is_free_and_keeps_what_was_decided(items: Project) -> None:
    items.build().draws(4)
    sword, art = items.outputs["item/sword.jpg"], items.outputs["style/key-art.jpg"]
    items.run("protect", "item/sword", "--note", "the one").ends(0)
    items.replace("specs/items.json", '"sword"', '"blade"').replace("specs/items.yaml", "style/key-art", "style/main")
    items.build().ends(0).draws(0)
    assert items.outputs["item/blade.jpg"] == sword
    assert items.outputs["style/main.jpg"] == art
    assert items.lock["item/blade"]["protected"] is True
    assert items.lock["item/blade"]["note"] == "the one"
    assert "item/sword" not in items.lock
    items.build().draws(0)


def test_was_carries_an_entry_whose_request_changed_too(items: Project) -> None:
    items.build().draws(4)
    items.run("approve", "item/emblem").ends(0)
    renamed = items.replace(
        "specs/items.yaml", "  emblem:\n    prompt: An emblem", "  crest:\n    was: item/emblem\n    prompt: A crest"
    )
    renamed.build().ends(0).draws(1)
    entry = items.lock["item/crest"]
    assert "item/emblem" not in items.lock
    assert len(entry["past"]) == 1


def test_twins_are_two_pictures(project: Project) -> None:
    project.spec("trees", "assets:\n  '{{ n }}':\n    for_each: {n: [oak, elm, ash]}\n    prompt: A tree.\n")
    project.build().ends(0).draws(3)
    assert len(set(project.outputs.values())) == 3
    project.build().draws(0)
    project.remove(".pipeline").build().draws(0)
    project.remove("pipeline.lock").build().draws(0)
    assert len(set(project.outputs.values())) == 3


def test_an_upstream_drawn_anew_redraws_what_refers_to_it(items: Project) -> None:
    items.build().draws(4)
    items.run("reroll", "style/key-art").ends(0)
    items.run("--json", "plan").ends(0)
    items.build().ends(0).draws(3)


def test_the_store_deleted_with_output_and_lock_kept_draws_nothing(items: Project) -> None:
    items.build().draws(4)
    before = items.outputs
    items.remove(".pipeline").build().ends(0).draws(0)
    # What only the output files held is in the store again.
    items.remove("output").build().ends(0).draws(0)
    assert items.outputs == before


def test_deleted_output_is_restored(items: Project) -> None:
    items.build().draws(4)
    before = items.outputs
    items.remove("output").plan().ends(0).draws(0)
    items.build().ends(0).draws(0).says("restored")
    assert items.outputs == before
    items.remove("output/item/sword.jpg").build().ends(0).draws(0)
    assert items.outputs == before


def test_another_format_is_derived_for_free(items: Project) -> None:
    items.build().draws(4)
    items.replace("specs/items.yaml", "    prompt: An emblem", "    format: png\n    prompt: An emblem")
    items.build().ends(0).draws(0)
    assert items.outputs["item/emblem.png"].startswith(b"\x89PNG")
    items.build().draws(0).says("Nothing to do")


def test_a_lone_16_9_is_a_ratio(project: Project) -> None:
    project.spec("wide", "assets: {wide: {prompt: A hill., aspect_ratio: 16:9}}").build().ends(0).draws(1)
    assert project.server is not None
    assert project.server.requests[-1].image["aspect_ratio"] == "16:9"
    assert (project.lock["wide"]["width"], project.lock["wide"]["height"]) == (1376, 768)
