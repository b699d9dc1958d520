"""Bundles, once the assets of a build are done: of what lies on the disk by then, free, with or without a key.

Sheets come first, because exports may tell of them. One that cannot be made keeps no other from being made.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import cached_property
from typing import cast

from pipeline.bundle.catalog import Bundle, SheetBundle, Sheets
from pipeline.bundle.deciding import BundleStep, decide, failed
from pipeline.bundle.declared import bundles_of, name_of
from pipeline.bundle.making import lying_there, make, recognise
from pipeline.bundle.stock import Stock, stock_of
from pipeline.errors import PipelineError
from pipeline.outcome import Bundled
from pipeline.plan.planner import Outlook
from pipeline.spec.load import Project
from pipeline.words import Action, AssetId, State
from pipeline.workshop import Workshop

_CHANGES = (Action.REUSE, Action.DERIVE, Action.DRAW, Action.AWAIT, Action.PLACEHOLD)


def foreseen(shop: Workshop, outlook: Outlook) -> tuple[BundleStep, ...]:
    """What a build of the outlook's selection would do about the bundles that it touches.

    Which files a sheet needs is known once it is made: what exports tell of it is taken to stay as it is. Raises
    UsageError, OSError.
    """
    bundling = Bundling(shop, outlook)
    if not bundling.bundles:
        return ()
    decisions = [outlook.decision(id) for id in outlook.selected]
    changing = {one.step.asset for one in decisions if one.restores or one.step.action in _CHANGES}
    return tuple(bundling.foreseen(changing))


def _foreseen(bundle: Bundle, stock: Stock, sheets: Sheets, changing: Collection[AssetId]) -> BundleStep:
    step = decide(bundle, stock, sheets, changing)
    if step.derivation is None or [reason.kind for reason in step.reasons] != ["bundle_new"]:
        return step
    try:
        files = lying_there(step, stock, sheets)
    except (PipelineError, OSError) as error:
        return replace(step, state=State.FAILED, action=Action.HOLD, reasons=(failed(error),))
    return step if files is None else replace(step, state=State.FRESH, action=Action.NOTHING, reasons=(), files=files)


class Bundling:
    """Makes the bundles of which an asset is selected, and those named. What there is to make them of is read once."""

    def __init__(self, shop: Workshop, outlook: Outlook, *, also: Collection[str] = ()) -> None:
        self._shop, self._outlook = shop, outlook
        self._all = bundles_of(shop.project)
        self.bundles = tuple(_touched(self._all, shop.project, outlook.selected, also))
        """In the order in which they are to be made."""

    @cached_property
    def stock(self) -> Stock:
        """What there is to make them of. Raises UsageError, OSError."""
        return stock_of(self._outlook, self._shop.outputs, self._shop.bundled)

    def foreseen(self, changing: Collection[AssetId]) -> Iterator[BundleStep]:
        """What would be done about each, where the files of these assets change first.

        A sheet that a clone has, and that nobody here made, is known once it was looked at.
        """
        sheets = dict(self.sheets())
        for bundle in self._all:
            is_new = bundle.kind == "sheet" and bundle.name not in sheets
            if bundle in self.bundles or is_new:
                step = _foreseen(bundle, self.stock, sheets, changing)
                if is_new and step.state is State.FRESH and step.files:
                    sheets[bundle.name] = cast(SheetBundle, bundle).described(sorted(step.files))
                if bundle in self.bundles:
                    yield step

    def sheets(self) -> Sheets:
        """The files of all sheets that are made, for exports."""
        found = {}
        for bundle in self._all:
            made = self._shop.bundled.of(name_of(bundle)) if bundle.kind == "sheet" else None
            if made is not None:
                found[bundle.name] = cast(SheetBundle, bundle).described(sorted(made.files))
        return found

    def bundled(self, bundle: Bundle, *, tried: bool = True) -> Bundled:
        """Make a bundle, unless it is fresh, or nothing is to be begun any more."""
        step = BundleStep(bundle=bundle, state=State.STALE, action=Action.HOLD)
        if not tried:
            return Bundled(step=step, did="not tried")
        try:
            sheets = self.sheets() if bundle.kind != "sheet" else {}
            step = decide(bundle, self.stock, sheets)
            if step.action is not Action.DERIVE:
                recognise(step, self.stock)
                return Bundled(step=step, did=str(step.state))
            made, written = make(step, self.stock, sheets, self._taken(bundle))
        except (PipelineError, OSError) as failure:
            step = replace(step, state=State.FAILED, action=Action.HOLD, reasons=(failed(failure),))
            return Bundled(step=step, did="failed")
        if made.state is State.EDITED:
            return Bundled(step=made, did="edited")
        # What a clone has already is right as it is, and nothing was done about it.
        return Bundled(step=replace(made, reasons=step.reasons), did="made" if written else "fresh", written=written)

    def _taken(self, bundle: Bundle) -> frozenset[str]:
        """The paths of all that is built besides."""
        others = self._shop.bundled.paths([name_of(other) for other in self._all if other is not bundle])
        return others | {path for asset in self._shop.project.assets.values() for path in asset.paths}


def _touched(
    bundles: Collection[Bundle], project: Project, selected: frozenset[AssetId], also: Collection[str]
) -> Iterator[Bundle]:
    """The bundles of which an asset is selected, and those named; all of them where all assets are."""
    assets = project.assets
    if not bundles or len(selected) == len(assets):
        yield from bundles
        return
    touched = [(id, assets[id].tags) for id in selected if not assets[id].is_internal]
    tells = False
    for bundle in bundles:
        if name_of(bundle) in also or any(bundle.wants(*one) for one in touched):
            tells = tells or bundle.kind == "sheet"
            yield bundle
        elif tells and bundle.kind != "sheet":  # it may tell of that sheet
            yield bundle
