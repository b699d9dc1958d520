"""Copies under names with a hash of what is in them, and exports that tell of them."""

from __future__ import annotations

import json
import re

import pytest

from pipeline.errors import PipelineError
from tests.bundle.shelf import Shelf, a_picture


def test_a_copy_is_its_file_byte_for_byte_and_its_name_says_which(shelf: Shelf) -> None:
    made = shelf.export("copies: public/c")
    files = [(item.id, file) for item in shelf.catalog for file in item.files]
    assert len(files) == 9
    assert len(made) == 8  # the sprite for fine screens is the sprite itself
    for id, file in files:
        ending = file.path.rpartition(".")[2]
        assert made[f"public/c/{id}.{file.digest[7:15]}.{ending}"] == shelf.read(file.path)
    assert shelf.bundles("copies: public/c")[0].as_is


def test_another_picture_has_another_name(shelf: Shelf) -> None:
    before = set(shelf.export("copies: {to: c, of: web/logo, name: '{{ name }}-{{ width }}.{{ hash }}'}"))
    shelf.add("web/logo", a_picture(512, 512), "public/img/logo.png")
    after = set(shelf.export("copies: {to: c, of: web/logo, name: '{{ name }}-{{ width }}.{{ hash }}'}"))
    assert before != after
    assert all(re.fullmatch(r"c/logo-512\.[0-9a-f]{8}\.png", path) for path in before | after)


def test_other_exports_tell_the_copies(shelf: Shelf) -> None:
    made = shelf.export("json: {to: a.json, root: public, use: copies}\ncopies: public/c")
    manifest = json.loads(made["a.json"])
    for asset in manifest["assets"].values():
        for file in asset["files"]:
            assert len(made[f"public{file['src']}"]) == file["bytes"]
        assert "/c/" in str(asset["sources"])


def test_a_copy_that_is_not_there_is_not_told(shelf: Shelf) -> None:
    with pytest.raises(PipelineError, match="it uses copies, and `sprite` has none"):
        shelf.export("json: {to: a.json, use: copies}\ncopies: {to: c, of: 'web/*'}")


def test_two_files_cannot_have_one_copy_unless_they_are_the_same(shelf: Shelf) -> None:
    with pytest.raises(
        PipelineError, match=r"sprite.png and public/img/sprite@1x.png would have one copy: c/sprite.png"
    ):
        shelf.export("copies: {to: c, name: '{{ id }}', of: sprite}")
    shelf.add("twin", a_picture(512, 512, ground=None), "public/img/twin.png")
    assert len(shelf.export("copies: {to: c, name: '{{ hash }}', of: [web/logo, twin]}")) == 1


@pytest.mark.parametrize("name", ["../{{ hash }}", "{{ alt }}", "{{ id }}.png", "con"])
def test_a_copy_stays_in_its_folder(shelf: Shelf, name: str) -> None:
    with pytest.raises(PipelineError, match=r"pipeline.yaml:2:3: .* is no name for a copy of public/img/logo.png"):
        shelf.export(f"copies: {{to: c, of: web/logo, name: '{name}'}}")


def test_a_changed_file_or_declaration_is_another_derivation(shelf: Shelf) -> None:
    def key(exports: str) -> str:
        return shelf.bundles(exports)[0].derivation(shelf.catalog, {}).key

    assert key("json: {to: a.json, of: 'web/*'}") == key("json:\n  - {to: a.json, of: ['web/*']}")
    assert key("json: {to: a.json, of: 'web/*'}") != key("json: {to: a.json, of: 'web/*', root: public}")
    before, prompted = key("json: {to: a.json, of: 'web/*'}"), key("json: {to: a.json, of: 'web/*', prompts: true}")
    shelf.add("sprite", a_picture(32, 32), "public/img/sprite.png")
    assert key("json: {to: a.json, of: 'web/*'}") == before
    shelf.add("web/logo", a_picture(512, 512, ground=None), "public/img/logo.png", origin="placeholder", prompt="New.")
    assert key("json: {to: a.json, of: 'web/*'}") == before
    assert key("json: {to: a.json, of: 'web/*', prompts: true}") != prompted
    shelf.add("web/logo", a_picture(512, 512), "public/img/logo.png", origin="placeholder")
    assert key("json: {to: a.json, of: 'web/*'}") != before
