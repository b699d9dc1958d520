"""References that many assets attach are prepared once, and whoever makes a call never waits until another one is."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image

from pipeline.draw.purse import Purse
from pipeline.drawing import Drawing
from pipeline.options import BuildOptions, mode_of
from pipeline.words import NOTHING, AssetId
from pipeline.workshop import open_workshop
from tests.project import Project

WHOLE_TEST_S = 20.0


def test_a_reference_at_hand_is_given_while_another_one_is_prepared(tmp_path: Path) -> None:
    emblem = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(emblem, "PNG")
    project = Project(tmp_path).write("art/emblem.png", emblem.getvalue())
    project.spec("flag", "assets: {flag: {prompt: \"A flag with {{ ref('/art/emblem.png') }}.\"}}\n")
    shop, options = open_workshop(project.folder, None, {}), BuildOptions()
    outlook = shop.outlook(frozenset(shop.project.assets), mode_of(shop, options))
    drawing = Drawing(shop, outlook, options, Purse(NOTHING), print, began=print)
    flag, request = shop.project.assets[AssetId("flag")], outlook.decision(AssetId("flag")).step.request
    assert request is not None
    (prepared,) = drawing._references(flag, request)
    with ThreadPoolExecutor(1) as threads, drawing._preparing:
        (found,) = threads.submit(drawing._references, flag, request).result(WHOLE_TEST_S)
    assert found is prepared
