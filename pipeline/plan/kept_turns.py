"""Turns that people added to an asset after those of its spec (`pipeline refine`): the lock keeps them.

Their texts are data, never templates: what was said once is said for ever.
"""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.errors import SpecErrors
from pipeline.frozen import replace
from pipeline.plan.prompts import asked_of
from pipeline.spec.load import Project
from pipeline.spec.problems import Problems
from pipeline.store.entry import KeptTurn
from pipeline.store.lock import Locked
from pipeline.words import MATTE, Asset, AssetId, Rendered


def with_kept_turns(
    project: Project, rendered: Mapping[AssetId, Rendered], locked: Locked
) -> tuple[Project, Mapping[AssetId, Rendered]]:
    """The project with the turns that its lock keeps. Raises SpecErrors where a model cannot draw one of them."""
    if not locked.keeps_turns:
        return project, rendered
    kept = {id: turns for id, asset in project.assets.items() if (turns := kept_turns(locked, id, asset.was))}
    if not kept:
        return project, rendered
    from pipeline.spec.turns import check_turns

    assets, texts, problems = dict(project.assets), dict(rendered), Problems()
    for id, turns in kept.items():
        if project.assets[id].ground == MATTE:
            message = f"`{id}` has a turn that `pipeline refine` added, and a matte is made of one pair of pictures"
            hint = f"`pipeline refine {id} --undo` drops the turn"
            problems.add(project.assets[id].origins["transparent"], message, hint)
            continue
        family = _family(project.assets[id], turns)
        check_turns(family[1:], project.models, problems, f"a turn of {id}; `pipeline refine {id} --undo` drops it")
        assets |= {asset.id: asset for asset in family}
        texts[family[0].id] = rendered[id]
        texts |= {a.id: Rendered(prompt=asked_of(a, a.prompt), previous=a.previous) for a in family[1:]}
    if len(problems):
        raise SpecErrors(problems.all())
    return project._replace(assets=assets), texts


def kept_turns(locked: Locked, id: AssetId, was: str | None = None) -> tuple[KeptTurn, ...]:
    """The turns that an asset's lines keep, before a rename those of the id it had; of a merge's two the longer row."""
    lines = locked.of(id) or (locked.of(AssetId(was)) if was is not None else ())
    return max((line.turns for line in lines), key=len, default=())


def _family(asset: Asset, turns: tuple[KeptTurn, ...]) -> list[Asset]:
    """What the spec declares as an internal asset, then the kept turns; the last one is the asset itself."""
    family = [_inner(asset)]
    for number, turn in enumerate(turns, 1):
        said = replace(
            asset,
            prompt=turn.prompt.strip(),
            references=(),
            after=(),
            aspect_ratio=turn.aspect_ratio or asset.aspect_ratio,
            image_size=turn.image_size or asset.image_size,
            turn=asset.turn + number,
            previous=family[-1].id,
            points=(),
        )
        family.append(said if number == len(turns) else _inner(said))
    return family


def _inner(asset: Asset) -> Asset:
    from pipeline.spec.turns import internal, turn_id

    was = turn_id(asset.was, asset.turn) if asset.was is not None else None
    return internal(replace(asset, id=turn_id(asset.id, asset.turn), was=was))
