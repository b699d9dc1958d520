"""CSS: a class for each frame and for each animation, whose box is the frame's whole canvas.

What was trimmed is padding, and the picture is shown in the content box alone: so a neighbour on the sheet never looks
in. Several formats are offered by `image-set`, with a plain line before it for browsers that do not know that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pipeline.bundle.engines.texts import number, url
from pipeline.bundle.layout import Frame, Layout, Motion
from pipeline.spec import encoding
from pipeline.spec.sheets import Sheet, css_name

_SMALLEST_FIRST: Final = ("avif", "webp", "png")


def written(sheet: Sheet, layout: Layout) -> Mapping[str, str]:
    name = css_name(sheet.name)
    name = f"_{name}" if name[0].isdigit() else name
    lines = [
        f".{name} {{",
        "  display: inline-block;",
        "  box-sizing: content-box;",
        "  background-origin: content-box;",
        "  background-clip: content-box;",
        "  background-repeat: no-repeat;",
        *(_images(sheet, 0) if len(layout.pages) == 1 else []),
        "}",
    ]
    for frame in layout.frames:
        images = _images(sheet, frame.page) if len(layout.pages) > 1 else []
        lines += [f".{name}-{css_name(frame.name)} {{", *images, *_box(frame), "}"]
    for motion in layout.motions:
        lines += _motion(sheet, layout, motion, f"{name}--{css_name(motion.name)}")
    return {sheet.data_of_all("css"): "\n".join(lines) + "\n"}


def _images(sheet: Sheet, page: int) -> list[str]:
    urls = {format: f'url("{url(sheet.image(format, page))}")' for format in sheet.formats}
    fallback = urls.get("png", urls[sheet.formats[-1]])
    lines = [f"  background-image: {fallback};"]
    if len(urls) > 1:
        offered = [
            f'{urls[format]} type("{encoding.FORMATS[format].type}")' for format in _SMALLEST_FIRST if format in urls
        ]
        lines.append(f"  background-image: image-set({', '.join(offered)});")
    return lines


def _box(frame: Frame) -> list[str]:
    return [
        f"  width: {frame.width}px;",
        f"  height: {frame.height}px;",
        f"  padding: {_px(frame.top)} {_px(frame.right)} {_px(frame.bottom)} {_px(frame.left)};",
        f"  background-position: {_px(-frame.x)} {_px(-frame.y)};",
    ]


def _motion(sheet: Sheet, layout: Layout, motion: Motion, name: str) -> list[str]:
    frames = {frame.name: frame for frame in layout.frames}
    shown = [frames[one] for one in motion.frames]
    images = len(layout.pages) > 1
    count = "infinite" if motion.repeat < 0 else str(motion.repeat + 1)
    seconds = number(len(shown) / motion.fps)
    lines = [
        f".{name} {{",
        *(_images(sheet, shown[0].page) if images else []),
        *_box(shown[0]),
        f"  animation: {name} {seconds}s step-end {count} forwards;",
        "}",
        f"@keyframes {name} {{",
    ]
    # A step lasts until the next begins; the last frame stands at the end too, where a finished animation stays.
    for at, frame in [*((100 * n / len(shown), frame) for n, frame in enumerate(shown)), (100, shown[-1])]:
        declared = [line.strip() for line in (*(_images(sheet, frame.page) if images else []), *_box(frame))]
        lines.append(f"  {number(at)}% {{ {' '.join(declared)} }}")
    lines += ["}", "@media (prefers-reduced-motion: reduce) {", f"  .{name} {{ animation: none; }}", "}"]
    return lines


def _px(value: int) -> str:
    return f"{value}px" if value else "0"
