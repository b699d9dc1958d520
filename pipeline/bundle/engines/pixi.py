"""PixiJS: a spritesheet for each page; the first names the others, so that loading it loads them all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.bundle.engines.texts import atlas_frame, json_text, shares, url
from pipeline.bundle.layout import Layout
from pipeline.errors import PipelineError
from pipeline.spec.sheets import Sheet


def written(sheet: Sheet, layout: Layout) -> Mapping[str, str]:
    """Raises PipelineError for an animation on several pages: PixiJS would play holes in place of its frames."""
    paths = [sheet.data_of_page("pixi", number) for number in range(len(layout.pages))]
    pages = {frame.name: frame.page for frame in layout.frames}
    animations: list[dict[str, list[str]]] = [{} for _ in paths]
    for motion in layout.motions:
        on = {pages[name] for name in motion.frames}
        if len(on) > 1:
            message = (
                f"the animation `{motion.name}` of the sheet `{sheet.name}` does not fit onto one page, as PixiJS wants"
            )
            raise PipelineError(message, hint="raise `max_size`, or lower `scale`")
        animations[on.pop()][motion.name] = list(motion.frames)
    found: dict[str, str] = {}
    for number, page in enumerate(layout.pages):
        meta: dict[str, Any] = {
            "image": url(sheet.image(sheet.formats[0], number)),
            "format": "RGBA8888",
            "size": {"w": page.width, "h": page.height},
            "scale": "1",
        }
        if number == 0 and len(paths) > 1:
            meta["related_multi_packs"] = [url(path) for path in paths[1:]]
        frames = {frame.name: {**atlas_frame(frame), "anchor": shares(frame.pivot)} for frame in layout.on(number)}
        whole: dict[str, Any] = {"frames": frames}
        if animations[number]:
            whole["animations"] = animations[number]
        found[paths[number]] = json_text({**whole, "meta": meta})
    return found
