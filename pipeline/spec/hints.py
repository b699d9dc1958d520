"""What would be right: near misses, and why some keys that other tools have do not exist here."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

_NO_SAMPLING = "the image models ignore or refuse sampling settings; say in the prompt what should differ"
_NO_PIXELS = "`size: 1200x630` is width and height of the file; the step `resize` in `process` makes it smaller"
_NO_COUNT = "one asset is one picture; for several, declare several assets (`for_each`)"
_NO_DIFFUSION = "Gemini's image models have no such setting; say it in the prompt"
_NO_NEGATIVE = "there are no negative prompts; say in the prompt what should be there instead"
_NO_MASK = "there are no masks; name in the prompt what is to change and what must stay"
_NO_STYLE = "say the style in the prompt (a partial under `specs/` is shared by many), or attach a picture with `ref()`"
_NO_KEY = "the API key is read from the environment only, never from a file: set GEMINI_API_KEY"

_NO_ALPHA = "`transparent: true` asks the model for a ground of one color, and cuts it out"

REFUSED: Mapping[str, str] = {
    "temperature": _NO_SAMPLING,
    "top_p": _NO_SAMPLING,
    "topp": _NO_SAMPLING,
    "top_k": _NO_SAMPLING,
    "topk": _NO_SAMPLING,
    "negative_prompt": _NO_NEGATIVE,
    "negative": _NO_NEGATIVE,
    **dict.fromkeys(("transparency", "alpha", "background", "remove_background"), _NO_ALPHA),
    "width": _NO_PIXELS,
    "height": _NO_PIXELS,
    "resolution": _NO_PIXELS,
    "n": _NO_COUNT,
    "count": _NO_COUNT,
    "num_images": _NO_COUNT,
    "number_of_images": _NO_COUNT,
    "samples": _NO_COUNT,
    "batch_size": _NO_COUNT,
    "mask": _NO_MASK,
    "style": _NO_STYLE,
    "steps": "the steps that make the file are called `process`; Gemini's image models have no sampling steps",
    "cfg": _NO_DIFFUSION,
    "cfg_scale": _NO_DIFFUSION,
    "guidance": _NO_DIFFUSION,
    "guidance_scale": _NO_DIFFUSION,
    "sampler": _NO_DIFFUSION,
    "scheduler": _NO_DIFFUSION,
    "strength": _NO_DIFFUSION,
    "denoise": _NO_DIFFUSION,
    "lora": _NO_DIFFUSION,
    "api_key": _NO_KEY,
    "apikey": _NO_KEY,
    "gemini_api_key": _NO_KEY,
    "google_api_key": _NO_KEY,
    "key": _NO_KEY,
    "token": _NO_KEY,
}

REFUSED_FORMATS: Mapping[str, str] = {
    "svg": "the models draw pixels; an SVG with a picture inside would be no vector graphic",
    "gif": "a GIF has 256 colours; take png, or webp",
    "heic": "take avif: the same kind of file, and every browser shows it",
    "jxl": "take avif, or webp",
    "bmp": "take png: the same pixels, smaller",
    "tiff": "take png: the same pixels, smaller",
    "tga": "take png: the same pixels, smaller",
    "pdf": "the models draw pixels; take png",
    "jpg": "did you mean `jpeg`?",
    "icon": "did you mean `ico`?",
}

_OTHER_NAMES: Mapping[str, str] = {
    "imagesize": "image_size",
    "ratio": "aspect_ratio",
    "aspect": "aspect_ratio",
    "aspectratio": "aspect_ratio",
    "text": "prompt",
    "description": "alt",
    "alt_text": "alt",
    "caption": "alt",
    "refs": "references",
    "ref": "references",
    "images": "references",
    "image": "references",
    "system": "system_instruction",
    "system_prompt": "system_instruction",
    "instructions": "system_instruction",
    "folder": "output",
    "dir": "output",
    "directory": "output",
    "out": "output",
    "output_dir": "output",
    "path": "name",
    "file": "name",
    "filename": "name",
    "type": "format",
    "pixels": "size",
    "dimensions": "size",
    "post": "process",
    "postprocess": "process",
    "post_process": "process",
    "processing": "process",
    "transform": "process",
    "transforms": "process",
    "operations": "process",
    "filters": "process",
    "compression": "effort",
    "compression_level": "effort",
    "speed": "effort",
    "icon_sizes": "sizes",
    "metadata": "provenance",
    "origin": "provenance",
    "mime_type": "format",
    "needs": "after",
    "depends_on": "after",
    "requires": "after",
    "foreach": "for_each",
    "matrix": "for_each",
    "loop": "for_each",
    "variables": "vars",
    "values": "vars",
    "default": "defaults",
    "profile": "profiles",
    "items": "assets",
    "asset": "assets",
    "label": "tags",
    "labels": "tags",
    "tag": "tags",
    "role": "as",
    "renamed_from": "was",
    "data": "rows",
    "if": "where",
    "filter": "where",
    "max_cost": "budget",
    "concurrency": "jobs",
    "retries": "retry_lost",
}

_SIZES = {"512px": "512", "0.5k": "512", "1024": "1K", "1024x1024": "1K", "2048": "2K", "2048x2048": "2K"} | {
    "4096": "4K",
    "4096x4096": "4K",
    "hd": "2K",
    "4k uhd": "4K",
}
_RATIOS = {"square": "1:1", "landscape": "16:9", "wide": "16:9", "widescreen": "16:9", "portrait": "9:16"} | {
    "1.78": "16:9",
    "1.777": "16:9",
    "1.5": "3:2",
    "1.33": "4:3",
    "0.5625": "9:16",
}


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`did you mean ...?` for a near miss, else nothing."""
    found = nearest(word, known)
    return f"did you mean `{found}`?" if found else ""


def nearest(word: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """The one of the known words that is most like it, case aside; None if none is like it."""
    import difflib

    by_folded = {name.casefold(): name for name in known}
    # difflib compares with every word: of a huge list only those of about the same length are looked at.
    candidates = [name for name in by_folded if abs(len(name) - len(word)) <= 4] if len(by_folded) > 200 else by_folded
    found = difflib.get_close_matches(word.casefold(), list(candidates), n=1, cutoff=likeness)
    return by_folded[found[0]] if found else None


def other_name(word: str, known: Collection[str]) -> str | None:
    """The key that is meant by a word that other tools use, or by a near miss."""
    folded = word.casefold().replace("-", "_")
    if folded in known:
        return folded
    if _OTHER_NAMES.get(folded) in known:
        return _OTHER_NAMES[folded]
    return nearest(word, known, likeness=0.7)  # `from` is not far enough from `prompt` for less


def refused(word: str) -> str:
    """Why there is no such key, or nothing."""
    return REFUSED.get(word.casefold().replace("-", "_"), "")


def size_meant(value: str, sizes: Collection[str]) -> str | None:
    """The size that a wrong spelling means, of those that the model has."""
    folded = value.strip().casefold()
    found = next((size for size in sizes if size.casefold() == folded), None) or _SIZES.get(folded)
    return found if found in sizes else None


def ratio_meant(value: str, ratios: Collection[str]) -> str | None:
    """The ratio that a wrong spelling means, of those that the model has."""
    folded = value.strip().casefold()
    found = _RATIOS.get(folded)
    if found is None and (sides := re.fullmatch(r"(\d+)\s*(?:[x/\u00d7:,-]|by|to)\s*(\d+)", folded)):
        found = f"{int(sides.group(1))}:{int(sides.group(2))}"
        if found not in ratios:
            found = _reduced(int(sides.group(1)), int(sides.group(2)))
    return found if found in ratios else None


def _reduced(across: int, down: int) -> str:
    from math import gcd

    divisor = gcd(across, down) or 1
    return f"{across // divisor}:{down // divisor}"
