"""Manifests say what there is, in JSON and in TypeScript that the compiler takes."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest

from pipeline.bundle.catalog import SheetFiles
from pipeline.errors import PipelineError
from tests.bundle.shelf import HOSTILE, Shelf, a_picture

ROOT = Path(__file__).parent.parent.parent
TSC = ROOT / "tests/node/node_modules/typescript/bin/tsc"
SCHEMA = json.loads((ROOT / "docs/manifest.schema.json").read_text(encoding="utf-8"))

SHEETS = {"items": SheetFiles(images={"png": ("public/items.png",)}, data={"json": ("public/items.json",)})}


def test_a_manifest_is_as_its_schema_says_and_tells_files_that_are_there(shelf: Shelf) -> None:
    made = shelf.export("json: {to: public/assets.json, root: public}", SHEETS)
    manifest = json.loads(made["public/assets.json"])
    jsonschema.validate(manifest, SCHEMA)
    assert list(manifest["assets"]) == ["sprite", "web/hero", "web/logo"]
    assert manifest["assets"]["web/hero"]["alt"] == HOSTILE
    assert manifest["assets"]["web/logo"]["origin"] == "placeholder"
    for asset in manifest["assets"].values():
        for file in asset["files"]:
            assert len(shelf.read("public" + file["src"].replace("%40", "@"))) == file["bytes"]
    assert manifest["sheets"]["items"] == {"images": {"png": ["/items.png"]}, "data": {"json": ["/items.json"]}}


def test_sources_go_by_width_or_by_scale_the_best_type_first(shelf: Shelf) -> None:
    manifest = json.loads(shelf.export("json: public/assets.json")["public/assets.json"])
    assert manifest["assets"]["web/hero"]["sources"] == [
        {"type": "image/avif", "srcset": "img/hero-320.avif 320w, img/hero-640.avif 640w"},
        {"type": "image/webp", "srcset": "img/hero-320.webp 320w, img/hero-640.webp 640w"},
        {"type": "image/jpeg", "srcset": "img/hero.jpg 1200w"},
    ]
    [source] = manifest["assets"]["sprite"]["sources"]
    assert source["srcset"] == "img/sprite%401x.png 1x, img/sprite%402x.png 2x"


def test_prompts_are_told_only_on_request(shelf: Shelf) -> None:
    kinds = "css: a.css, typescript: a.ts, html: h, phaser: p.json, markdown: a.md, json: a.json"
    quiet = shelf.export("\n".join(kinds.split(", ")))
    assert [path for path, data in quiet.items() if b"A secret." in data] == []
    told = shelf.export("markdown: {to: a.md, prompts: true}\njson: {to: a.json, prompts: true}")
    assert json.loads(told["a.json"])["assets"]["web/hero"]["prompt"] == "A secret."
    assert b"A secret." in told["a.md"]


def test_what_no_browser_shows_is_in_the_manifest_all_the_same(shelf: Shelf) -> None:
    shelf.add("app", a_picture(16, 16), "public/app.icns")
    manifest = json.loads(shelf.export("json: public/assets.json")["public/assets.json"])
    jsonschema.validate(manifest, SCHEMA)
    assert manifest["assets"]["app"]["sources"] == []
    with pytest.raises(PipelineError, match=r"pipeline.yaml:2:3: no browser shows public/app.icns"):
        shelf.export("html: partials")


def test_paths_are_told_from_the_root_behind_the_url_or_from_the_file_itself(shelf: Shelf) -> None:
    def src(export: str) -> str:
        [data] = shelf.export(f"json: {export}").values()
        return str(json.loads(data)["assets"]["web/hero"]["src"])

    assert src("src/deep/a.json") == "../../public/img/hero.jpg"
    assert src("{to: a.json, root: public}") == "/img/hero.jpg"
    assert src("{to: a.json, root: public, url: ''}") == "img/hero.jpg"
    assert src("{to: a.json, root: ., url: https://cdn.example.org/v1}") == (
        "https://cdn.example.org/v1/public/img/hero.jpg"
    )
    with pytest.raises(PipelineError, match=r"public/img/sprite.png is not inside `root: docs`"):
        src("{to: a.json, root: docs}")


@pytest.fixture
def tsc() -> list[str]:
    node = shutil.which("node")
    if node is None or not TSC.exists():
        pytest.skip("`npm ci --prefix tests/node` was not run")
    return [node, str(TSC), "--noEmit", "--strict", "--target", "es2022", "--module", "esnext", "--lib", "es2022"]


USE = """\
import { assets, sheets, type Asset, type AssetId, type SheetId } from "./assets";

const id: AssetId = "web/hero";
const width: 1200 = assets[id].width;
const type: "image/png" = assets["web/logo"].type;
const one: Asset = assets["sprite"];
const sheet: SheetId = "items";
export const shown: readonly [number, string, number, string] = [width, type, one.height, sheets[sheet].images.png[0]];
"""


def test_the_compiler_takes_the_module_and_knows_ids_and_sizes(shelf: Shelf, tsc: list[str]) -> None:
    shelf.export("typescript: {to: src/assets.ts, root: public}", SHEETS)
    use = shelf.folder / "src/use.ts"
    use.write_text(USE)
    done = subprocess.run([*tsc, str(use)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")

    use.write_text(USE.replace('"web/hero"', '"web/hero1"').replace("1200", "1201"))
    done = subprocess.run([*tsc, str(use)], capture_output=True, text=True, check=False)
    assert "Type '\"web/hero1\"' is not assignable to type" in done.stdout


def test_the_module_says_what_the_manifest_says(shelf: Shelf, tsc: list[str]) -> None:
    made = shelf.export("typescript: {to: src/a.ts, root: public}\njson: {to: a.json, root: public}")
    text = made["src/a.ts"].decode()
    value = text.partition("export const assets = ")[2].partition(" as const satisfies")[0]
    run = f"process.stdout.write(JSON.stringify({value}))"
    said = subprocess.run([tsc[0], "-e", run], capture_output=True, text=True, check=True).stdout
    manifest = json.loads(made["a.json"])["assets"]
    only_there = ("tags", "origin")
    assert json.loads(said) == {
        id: {key: value for key, value in asset.items() if key not in only_there} for id, asset in manifest.items()
    }


def test_a_module_without_any_asset_is_one(shelf: Shelf, tsc: list[str]) -> None:
    [bundle] = shelf.bundles("typescript: {to: src/a.ts, of: 'web/*'}")
    made = bundle.make((), shelf.read, {})
    path = shelf.folder / "src/a.ts"
    path.parent.mkdir()
    path.write_bytes(made["src/a.ts"])
    done = subprocess.run([*tsc, str(path)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_nothing_in_a_manifest_ends_a_script(shelf: Shelf) -> None:
    made = shelf.export("typescript: a.ts\njson: a.json")
    assert [path for path, data in made.items() if b"</script" in data or "\u2028" in data.decode()] == []
