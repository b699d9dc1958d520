"""A module for TypeScript: the ids as a union type, files and sizes as constants."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.bundle.exports.facts import facts_of, sheets_of, written
from pipeline.bundle.exports.material import Material

_TYPES = """\
export interface AssetFile {
  readonly src: string;
  readonly type: string;
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  readonly variant?: string;
}

export interface AssetSource {
  readonly type: string;
  readonly srcset: string;
}

export interface Asset {
  readonly src: string;
  readonly type: string;
  readonly width: number;
  readonly height: number;
  readonly alt: string;
  /** The color that most of the picture has. */
  readonly color: string;
  /** A blurred picture until it is there, base64: https://evanw.github.io/thumbhash/ */
  readonly thumbhash: string;
  /** For `<source>`, the best type first. */
  readonly sources: readonly AssetSource[];
  /** All files, the main one first. */
  readonly files: readonly AssetFile[];
}

export interface Sheet {
  readonly images: Readonly<Record<string, readonly string[]>>;
  readonly data: Readonly<Record<string, readonly string[]>>;
}
"""


def write(material: Material) -> Mapping[str, bytes]:
    """The module by its path. Raises PipelineError."""
    assets = {item.id: facts_of(item, material) for item in material.items}
    parts = [
        _TYPES,
        f"export type AssetId ={_union(list(assets))};\n",
        f"export const assets = {written(assets)} as const satisfies Record<AssetId, Asset>;\n",
    ]
    if sheets := sheets_of(material):
        parts += [
            f"export type SheetId ={_union(list(sheets))};\n",
            f"export const sheets = {written(sheets)} as const satisfies Record<SheetId, Sheet>;\n",
        ]
    return {material.export.to: "\n".join(parts).encode()}


def _union(names: list[str]) -> str:
    return "".join(f"\n  | {written(name)}" for name in names) or " never"
