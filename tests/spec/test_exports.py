"""`exports:` in pipeline.yaml: what it means, and every mistake at its line."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from pipeline.errors import SpecErrors
from pipeline.spec.export_table import EXPORTS
from pipeline.spec.exports import Export
from pipeline.spec.json_schema import json_schema
from pipeline.spec.load import load, load_project
from pipeline.spec.schema import Place

SPEC = """\
assets:
  web/hero: {prompt: A hero., tags: [ui]}
  web/logo: {prompt: A logo., variants: [{widths: [64], formats: [webp]}]}
  sprite: {prompt: A sprite., output: public/art}
sheets:
  tiles: {of: sprite, data: [json]}
"""


def read(folder: Path, exports: str, spec: str = SPEC) -> tuple[Export, ...]:
    (folder / "specs").mkdir(exist_ok=True)
    (folder / "specs/a.yaml").write_text(spec)
    (folder / "pipeline.yaml").write_text("exports:\n" + "".join(f"  {line}\n" for line in exports.splitlines()))
    return load_project(folder).settings.exports


def told(folder: Path, exports: str, spec: str = SPEC) -> list[str]:
    with pytest.raises(SpecErrors) as caught:
        read(folder, exports, spec)
    return [f"{p.origin.line}:{p.origin.column} {p.message} = {p.hint}" for p in caught.value.problems]


def test_a_path_is_short_for_a_mapping_and_a_list_is_several(tmp_path: Path) -> None:
    exports = read(tmp_path, "json: [a.json, {to: ./b//c.json, of: tag:ui}]\ncopies: {to: public/}")
    assert [export.name for export in exports] == ["copies", "json", "json 2"]
    found = {export.name: export for export in exports}
    assert (found["json"].to, found["json 2"].to, found["copies"].to) == ("a.json", "b/c.json", "public")
    assert found["json"].members.have("anything", ())
    assert found["json 2"].members.have("web/hero", ["ui"])
    assert not found["json 2"].members.have("web/logo", [])


def test_what_is_not_said_has_its_default(tmp_path: Path) -> None:
    [html] = read(tmp_path, "html: {to: partials, root: public, exclude: 'web/*'}")
    assert html.declared == {
        "kind": "html",
        "to": "partials",
        "of": [],
        "exclude": ["web/*"],
        "root": "public",
        "url": "/",
        "use": None,
        "sizes": "100vw",
        "loading": "lazy",
        "placeholder": "color",
    }
    [phaser] = read(tmp_path, "phaser: {to: public/pack.json, root: public}")
    assert phaser.options["url"] is None
    [icons] = read(tmp_path, "icons: {of: web/logo, to: public}")
    assert icons.options["html"] == "public/icons.html"


def test_every_mistake_is_told_at_its_place(tmp_path: Path) -> None:
    wrong = """\
jsn: a.json
json: {to: b.json, off: x}
typescript: [{to: a.js}, 3, {of: tag:ui}, {to: a.ts, use: copy}]
css: {to: a.css, class: '{{ nam }}'}
html: {to: ../x, loading: lzy, root: 3}
godot: {to: a.gd, class: My Class}
phaser: {to: p.json, key: '{{ id'}
icons: {to: public, theme_color: bleu}
markdown: {to: docs/a.md, width: 3, prompts: 'yes'}
copies: {to: specs/img}
"""
    assert told(tmp_path, wrong) == [
        "2:3 `jsn` is no kind of export = did you mean `json`?",
        "3:22 `off` is not a key of the export `json` = did you mean `of`?",
        "4:21 `a.js` is no file of the export `typescript` = its ending is .ts or .mts",
        "4:28 `typescript` is a path or a mapping, not a number = such as typescript: {to: src/assets.ts}",
        "4:31 `typescript 3` has no `to` = such as to: src/assets.ts",
        "4:61 `use` cannot be `copy` = did you mean `copies`?",
        "5:31 `nam` is not defined = there are `id`, `name`, `alt`",
        "6:14 `../x` leads out of its folder by `..` = such as partials",
        "6:29 `loading` cannot be `lzy` = did you mean `lazy`?",
        "6:40 `root` is a folder, not a number = such as public",
        "7:28 `My Class` is no name of a class = letters, digits and `_`",
        "8:30 not a template: `{{` is never closed = `}}` is missing",
        "9:36 `bleu` is no color = such as #141a2c, in quotes: `#` begins a comment",
        "10:36 `width` is from 16 to 2000, not 3 = ",
        "10:48 `prompts` is true or false, not a text = ",
        "11:16 `specs/img` is inside `specs/`, where nothing is built = such as public/img",
    ]


def test_what_names_no_asset_is_told(tmp_path: Path) -> None:
    wrong = """\
json: {to: a.json, of: [web/*, wbe/hero, web, tag:iu], exclude: [nothing/*, 'a b', 3]}
markdown: {to: a.md, of: web/*, exclude: web/*}
icons: [{of: web/*, to: p}, {to: q}]
css: {to: a.css, use: copies}
"""
    assert told(tmp_path, "\n".join(wrong.splitlines()[:1]).replace(", 'a b', 3", "")) == [
        "2:34 `wbe/hero` names no asset = did you mean `web/hero`?",
        "2:44 `web` names no asset = did you mean `web/*`?",
        "2:49 `tag:iu` names no asset = did you mean `tag:ui`?",
        "2:68 `nothing/*` names no asset = `pipeline list` shows what there is",
    ]
    assert (
        told(tmp_path, wrong.splitlines()[0].replace("nothing/*, ", ""))
        == [
            "2:68 `a b` has ` ` in it, which no id has = such as 'item/*', or 'tag:ui'",
            "2:75 `exclude` names assets, this is a number = such as 'item/*' or 'tag:ui', one or a list",
            "2:34 `wbe/hero` names no asset = did you mean `web/hero`?",
        ][:2]
    )
    assert told(tmp_path, "\n".join(wrong.splitlines()[1:3])) == [
        "2:44 `exclude` leaves no asset = remove it, or let `of` name more",
        "3:16 icons are made of one asset, and this names 2 = such as `web/hero`",
        "3:31 `icons 2` has no `of` = such as of: brand/logo",
    ]
    assert told(tmp_path, wrong.splitlines()[3]) == [
        "2:3 `css` uses copies, and there are none in `exports` = such as copies: {to: public/img}"
    ]


@pytest.mark.parametrize(
    ("exports", "message"),
    [
        ("json: output/Tiles.json", "would write output/Tiles.json: a file of the sheet `tiles`"),
        ("html: output/web/logo-64.webp", "would write output/web/logo-64.webp/web/hero.html: the file of `web/logo`"),
        ("json: [a.json, A.json]", "`json 2` would write A.json: a file of the export `json`"),
        ("json: output/sprite.json/a.json\nmarkdown: output/sprite.md", None),
        ("html: public/art/sprite.jpg", "would write public/art/sprite.jpg/web/hero.html: the file of `sprite`"),
        ("phaser: pack.json\nicons: {of: sprite, to: pack.json}", "a file of the export `phaser`"),
        ("icons: {of: sprite, to: p}\ncopies: p\nhtml: p", None),
        ("html: p\njson: p/web.json\ncss: p/web/hero.css", None),
        ("html: p/web\nmarkdown: p/web/web.md\ncss: p/web/web/hero.html/x.css", "a folder of other files"),
    ],
)
def test_no_two_files_have_one_path(tmp_path: Path, exports: str, message: str | None) -> None:
    if message is None:
        assert read(tmp_path, exports)
    else:
        [said] = told(tmp_path, exports)
        assert message in said


def test_nothing_is_written_over_what_is_no_place_for_it(tmp_path: Path) -> None:
    (tmp_path / "there.json").mkdir()
    (tmp_path / "file").write_text("")
    (tmp_path / "away").symlink_to("/")
    assert [line.partition(" = ")[0] for line in told(tmp_path, "json: [there.json, file/a.json, /tmp/a.json]")] == [
        "2:10 `there.json` is a folder",
        "2:22 `file/a.json` runs through file, which is a file",
        "2:35 `/tmp/a.json` is not inside the project: give it from the project's root",
    ]
    [said] = told(tmp_path, "html: away/x")
    assert "is a symlink that leaves the project" in said


def test_a_spec_with_a_mistake_hides_no_mistake_of_an_export_and_brings_none(tmp_path: Path) -> None:
    broken = SPEC.replace("sheets:", "  broken: {prompt: x, image_size: 9K}\nsheets:")
    assert len(told(tmp_path, "json: {to: a.json, of: broken}", broken)) == 1
    assert len(told(tmp_path, "json: {to: a.js, of: broken}", broken)) == 2


def test_exports_of_a_part_of_the_specs_are_not_held_against_it(tmp_path: Path) -> None:
    read(tmp_path, "json: {to: a.json, of: 'web/*'}")
    (tmp_path / "specs/b.yaml").write_text("assets:\n  other: {prompt: x}\n")
    part = load(tmp_path, only=["specs/b.yaml"])
    assert part.problems.all() == ()
    assert [export.name for export in part.project.settings.exports] == ["json"]


def test_editors_know_every_kind_and_all_that_it_can_be_told() -> None:
    schema = json_schema(Place.SETTINGS)
    validator = jsonschema.Draft202012Validator(schema)
    for kind in EXPORTS.values():
        whole = {kind.name: {option.name: option.example for option in kind.options}}
        assert list(validator.iter_errors({"exports": whole})) == []
        wrong = {kind.name: {**whole[kind.name], "nonsense": 1}}
        assert list(validator.iter_errors({"exports": wrong})) != []
        nowhere = {kind.name: {**whole[kind.name], "to": None}}
        assert list(validator.iter_errors({"exports": nowhere})) != []
    assert list(validator.iter_errors({"exports": {"json": "a.json", "css": ["a.css", {"to": "b.css"}]}})) == []
    assert list(validator.iter_errors({"exports": {"html": {"to": "p", "loading": "soon"}}})) != []


def test_every_kind_is_described_with_all_that_it_can_be_told() -> None:
    text = (Path(__file__).parent.parent.parent / "docs/exports.md").read_text(encoding="utf-8")
    common = re.search(r"^## For all kinds\n(.*?)(?=^## )", text, re.MULTILINE | re.DOTALL)
    assert common is not None
    for kind in EXPORTS.values():
        section = re.search(rf"^## {kind.name}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
        assert section is not None, kind.name
        said = section[1] + common[1]
        assert [name for name in kind.named if f"`{name}`" not in said and f"`{name}: " not in said] == []
        [block] = re.findall(r"```yaml\n(.*?)```", section[1], re.DOTALL)
        assert kind.name in yaml.safe_load(block)["exports"]
