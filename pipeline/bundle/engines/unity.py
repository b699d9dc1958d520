"""Unity: the `.meta` of each page's picture, by which its importer cuts sprites without any plug-in.

Its ids come from the paths and names: they are the same on every machine and after every build, so that scenes keep
what they refer to. Unity counts from the lower left.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from pipeline import digest
from pipeline.bundle.engines.texts import number
from pipeline.bundle.layout import Frame, Layout, Page
from pipeline.spec.sheets import Sheet

_SPRITE: Final = 213
"""The number of the class Sprite."""
_LEAST: Final = 32
"""Of the sizes that the importer can be told."""


def written(sheet: Sheet, layout: Layout) -> Mapping[str, str]:
    return {
        sheet.data_of_page("unity", number): _meta(sheet, sheet.image("png", number), page, layout.on(number))
        for number, page in enumerate(layout.pages)
    }


def _meta(sheet: Sheet, path: str, page: Page, frames: list[Frame]) -> str:
    named = {frame.name: _hex("sprite", sheet.path, frame.name) for frame in frames}
    table = [f"  - first:\n      {_SPRITE}: {_id(hex)}\n    second: {_text(name)}" for name, hex in named.items()]
    by_name = [f"      {_text(name)}: {_id(hex)}" for name, hex in named.items()]
    longest = max(page.width, page.height, _LEAST)
    return _META.format(
        guid=_hex("texture", path)[:32],
        table="\n".join(table),
        filter=0 if sheet.filter == "nearest" else 1,
        size=1 << (longest - 1).bit_length(),
        sprites="\n".join(_sprite(frame, page, named[frame.name]) for frame in frames),
        by_name="\n".join(by_name),
    )


def _sprite(frame: Frame, page: Page, hex: str) -> str:
    """The pivot is on the canvas, and Unity knows only the part that is on the sheet: it may lie outside of that."""
    across = (frame.pivot[0] * frame.canvas[0] - frame.left) / frame.width
    down = (frame.pivot[1] * frame.canvas[1] - frame.top) / frame.height
    return _SPRITE_TEXT.format(
        name=_text(frame.name),
        x=frame.x,
        y=page.height - frame.y - frame.height,
        width=frame.width,
        height=frame.height,
        across=number(across),
        up=number(1 - down),
        sprite=hex[:32],
        id=_id(hex),
    )


def _hex(*parts: str) -> str:
    return digest.of_bytes("\0".join(("unity", *parts)).encode()).removeprefix("sha256:")


def _id(hex: str) -> int:
    """A number of 63 bits that is never 0."""
    return (int(hex[-16:], 16) >> 1) or 1


def _text(name: str) -> str:
    """A text of YAML, in quotes where it could be read as something else."""
    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9_./-]*", name) and name.lower() not in (
        "true",
        "false",
        "null",
        "yes",
        "no",
    )
    return name if plain else json.dumps(name, ensure_ascii=False)


_SPRITE_TEXT: Final = """\
    - serializedVersion: 2
      name: {name}
      rect:
        serializedVersion: 2
        x: {x}
        y: {y}
        width: {width}
        height: {height}
      alignment: 9
      pivot: {{x: {across}, y: {up}}}
      border: {{x: 0, y: 0, z: 0, w: 0}}
      outline: []
      physicsShape: []
      tessellationDetail: -1
      bones: []
      spriteID: {sprite}
      internalID: {id}
      vertices: []
      indices:
      edges: []
      weights: []"""

_META: Final = """\
fileFormatVersion: 2
guid: {guid}
TextureImporter:
  internalIDToNameTable:
{table}
  externalObjects: {{}}
  serializedVersion: 12
  mipmaps:
    mipMapMode: 0
    enableMipMap: 0
    sRGBTexture: 1
  isReadable: 0
  maxTextureSize: {size}
  textureSettings:
    serializedVersion: 2
    filterMode: {filter}
    aniso: 1
    mipBias: 0
    wrapU: 1
    wrapV: 1
    wrapW: 1
  nPOTScale: 0
  compressionQuality: 50
  spriteMode: 2
  spriteExtrude: 1
  spriteMeshType: 0
  alignment: 0
  spritePivot: {{x: 0.5, y: 0.5}}
  spritePixelsToUnits: 100
  spriteBorder: {{x: 0, y: 0, z: 0, w: 0}}
  spriteGenerateFallbackPhysicsShape: 1
  alphaUsage: 1
  alphaIsTransparency: 1
  spriteTessellationDetail: -1
  textureType: 8
  textureShape: 1
  platformSettings:
  - serializedVersion: 3
    buildTarget: DefaultTexturePlatform
    maxTextureSize: {size}
    resizeAlgorithm: 0
    textureFormat: -1
    textureCompression: 0
    compressionQuality: 50
    crunchedCompression: 0
    allowsAlphaSplitting: 0
    overridden: 0
  spriteSheet:
    serializedVersion: 2
    sprites:
{sprites}
    outline: []
    physicsShape: []
    bones: []
    spriteID:
    internalID: 0
    vertices: []
    indices:
    edges: []
    weights: []
    secondaryTextures: []
    nameFileIdTable:
{by_name}
  userData:
  assetBundleName:
  assetBundleVariant:
"""
