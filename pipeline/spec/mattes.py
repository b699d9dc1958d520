"""`transparent: {matte: true}`: two pictures of one subject, on white and on black, which tell what is seen through.

    glass                                glass#matte -> glass

The first is an internal asset; the asset itself is a turn that continues from it, with a text of the tool's own. So
each has a lock entry and a price, and a reroll of the second pays for the second alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from pipeline.key_colors import ON_BLACK
from pipeline.spec.problems import Problems
from pipeline.spec.recipe import Recipe
from pipeline.spec.turns import internal
from pipeline.words import MATTE, Asset, AssetId

_BESIDE: Final[Mapping[str, str]] = {
    "refine": "the second picture of a matte is the last turn",
    "candidates": "a matte is made of one pair of pictures",
    "grid": "a grid is cut out of one picture, and a matte needs two",
}


def is_matte(asset: Asset) -> bool:
    """Whether an asset is made of a picture on white and one on black, and so has two to pay for."""
    return asset.ground == MATTE


def check(
    values: dict[str, Any], broken: set[str], recipe: Recipe, continues: str | None, problems: Problems, who: str
) -> None:
    """Tell what cannot go with a matte, where it stands, if one is wanted; then `transparent` counts as broken."""
    if values["transparent"].name != MATTE:
        return
    said = {
        "refine": bool(recipe.refine),
        "candidates": bool(recipe.vary) or values["candidates"] not in (None, 1),
        "grid": recipe.grid is not None,
    }
    wrong = [name for name in _BESIDE if said[name]]
    for name in wrong:
        message = f"`{name}` beside `transparent: {{matte: true}}`: {_BESIDE[name]}"
        problems.add(recipe.origins[name], message, f"leave out `{name}`, or `matte`", who=who)
    if continues is not None:
        message = f"a profile that continues from `{continues}` has one picture to begin with, and a matte needs two"
        hint = "leave `matte` out there, such as by `transparent: true` in the profile"
        problems.add(recipe.origins["transparent"], message, hint, who=who)
    if wrong or continues is not None:
        values["transparent"] = None
        broken.add("transparent")


def pair_of(asset: Asset) -> tuple[Asset, Asset]:
    """The internal asset that is drawn on white, and the asset as the turn after it, on black."""
    was = AssetId(f"{asset.was}#{MATTE}") if asset.was is not None else None
    first = replace(internal(asset), id=AssetId(f"{asset.id}#{MATTE}"), was=was)
    return first, replace(asset, prompt=ON_BLACK, references=(), after=(), turn=1, previous=first.id)
