"""One asset with all that is known of it, and its JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeline import keys
from pipeline.options import BuildOptions, drawing_mode, mode_of
from pipeline.plan.decision import Decision
from pipeline.plan.planner import Outlook
from pipeline.plan.pricing import Measured, measured
from pipeline.plan.wanted import file_size
from pipeline.store.entry import Entry
from pipeline.store.line import turn_json
from pipeline.tell import Teller
from pipeline.views.planned import measured_json
from pipeline.words import Asset, AssetId, File, Price, Rendered, Step
from pipeline.workshop import Workshop


@dataclass(frozen=True)
class Shown:
    """An asset with all that is known of it."""

    shop: Workshop
    asset: Asset
    rendered: Rendered
    now: Step
    """As a build here and now would see it."""
    drawing: Decision
    """As a build with a generator would see it."""
    price: Price
    """What drawing it would cost, whether it is to be drawn or not."""
    teller: Teller
    outlook: Outlook
    """What is decided of every asset, as a build with a generator would see it."""

    @property
    def entry(self) -> Entry | None:
        return self.drawing.entry

    @property
    def measured(self) -> Measured | None:
        """What pictures of its model and size have really cost here."""
        models = self.shop.project.models
        kind = models.resolve(self.asset.model), self.asset.image_size
        return measured(self.shop.ledger, models, [kind]).get(kind)

    @property
    def prompt(self) -> str:
        """The text as it is sent."""
        return keys.with_roles(self.rendered.prompt, [reference.role for reference in self.rendered.references])


def shown(shop: Workshop, id: AssetId) -> Shown:
    """Look at one asset. Raises SpecErrors, LockError."""
    everything, mode = frozenset(shop.project.assets), mode_of(shop, BuildOptions())
    drawing = shop.outlook(everything, drawing_mode(shop))
    now = drawing if mode == drawing_mode(shop) else shop.outlook(everything, mode)
    return shown_by(shop, id, now, drawing)


def shown_by(shop: Workshop, id: AssetId, now: Outlook, drawing: Outlook) -> Shown:
    """The same by what is decided already: by a build here and now, and by one with a generator."""
    return Shown(
        shop=shop,
        asset=shop.project.assets[id],
        rendered=shop.rendered[id],
        now=now.decisions[id].step,
        drawing=drawing.decisions[id],
        price=drawing.price(id),
        teller=teller_of(shop),
        outlook=drawing,
    )


def teller_of(shop: Workshop) -> Teller:
    """Tells reasons with the commands that fit the workshop's profile and remote."""
    return Teller(profile=shop.profile, remote=shop.project.settings.remote)


def row_json(shop: Workshop, decision: Decision) -> dict[str, Any]:
    """One asset of `list --json`."""
    asset = shop.project.assets[decision.step.asset]
    model = shop.project.models.get(asset.model)
    drawn = model.shape(asset.aspect_ratio, asset.image_size)
    files = [_file_json(file, drawn) for file in asset.files]
    return {
        "asset": asset.id,
        "state": str(decision.step.state),
        "model": model.id,
        "aspect_ratio": asset.aspect_ratio,
        "image_size": asset.image_size,
        "width": drawn[0],
        "height": drawn[1],
        "path": asset.path or None,
        "file": files[0] if files else None,
        "variants": files[1:],
        "tags": list(asset.tags),
    }


def _file_json(file: File, drawn: tuple[int, int]) -> dict[str, Any]:
    width, height, exact = file_size(file, drawn)
    own = {"path": file.path, "variant": file.variant, "scale": file.scale} if file.variant else {}
    return {**own, "format": file.format, "width": width, "height": height, "exact": exact}


def show_json(found: Shown) -> dict[str, Any]:
    """The document of `show --json`."""
    from pipeline.spec.steps import as_written

    asset, entry, request = found.asset, found.entry, found.drawing.step.request
    return {
        **row_json(found.shop, found.drawing),
        "state": str(found.now.state),
        "reasons": [found.teller.reason_json(reason, found.now) for reason in found.now.reasons],
        "origin": asset.origin._asdict(),
        "from": asset.source,
        "format": asset.format,
        "size": "{}x{}".format(*asset.pixels) if asset.pixels is not None else None,
        "process": as_written(asset.process),
        "options": dict(asset.options),
        "provenance": asset.provenance or None,
        "seed": asset.seed,
        "alt": asset.alt,
        "prompt": found.prompt,
        "system_instruction": asset.system_instruction,
        "references": [
            {
                **({"asset": r.asset} if r.asset is not None else {"path": r.path}),
                "role": r.role,
                "file": r.file,
                "digest": request.references[number].digest if request is not None else None,
                "steps": list(request.references[number].steps) if request is not None else None,
            }
            for number, r in enumerate(found.rendered.references)
        ],
        "after": list(found.rendered.after),
        "needed_by": list(found.shop.graph.downstream[asset.id]),
        "request": found.drawing.step.key,
        "price": {"table_micro_usd": found.price.table, "worst_micro_usd": found.price.worst},
        "measured": measured_json(found.measured) if found.measured is not None else None,
        "take": entry.take if entry else None,
        "adopted": entry.adopted if entry else None,
        "approve": asset.approve,
        "approved": entry.is_approved if entry else False,
        "protected": asset.protect or (entry.protected if entry else False),
        "rejected": list(entry.rejected) if entry else [],
        "turns": [turn_json(turn) for turn in entry.turns] if entry else [],
        "note": entry.note if entry else "",
    }
