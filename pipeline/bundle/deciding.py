"""What is to happen to a bundle, by what lies on the disk: asked by plans as a forecast, and by builds for good."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from pipeline import digest, text_marks
from pipeline.bundle.catalog import Bundle, Catalog, Sheets
from pipeline.bundle.declared import name_of
from pipeline.bundle.stock import Stock
from pipeline.digest import Digest
from pipeline.errors import PipelineError
from pipeline.files import failure_of
from pipeline.store.bundled import Made
from pipeline.words import Action, AssetId, Derivation, Reason, State

_PICTURES = ("png", "jpg", "jpeg", "webp", "avif", "ico", "icns")
"""Endings of files that carry a mark as pictures do."""


@dataclass(frozen=True, kw_only=True)
class BundleStep:
    """What is to happen to one bundle, and why."""

    bundle: Bundle
    state: State
    """Fresh, stale, edited (a person's file stands in the place of one of its own), held or failed."""
    action: Action
    """Nothing, derive or hold."""
    reasons: tuple[Reason, ...] = ()
    items: Catalog = ()
    """What it is made of."""
    lacking: tuple[AssetId, ...] = ()
    """The assets that it should be made of too, and that have no file."""
    derivation: Derivation | None = None
    """None where that is not known yet."""
    files: Mapping[str, Digest] = field(default_factory=dict)
    """Those that it consists of, where it is fresh; else those that it consisted of."""

    @property
    def name(self) -> str:
        return name_of(self.bundle)

    @property
    def is_due(self) -> bool:
        """Whether it is to be made by what is there already."""
        return self.action is Action.DERIVE and any(reason.kind != "bundle_awaits" for reason in self.reasons)


def decide(bundle: Bundle, stock: Stock, sheets: Sheets, changing: Collection[AssetId] = ()) -> BundleStep:
    """What is to happen to a bundle; `changing` are the assets whose files will be others by then."""
    items = tuple(item for item in stock.catalog if bundle.wants(item.id, item.tags))
    lacking = tuple(asset.id for asset in stock.absent if bundle.wants(asset.id, asset.tags))
    made = stock.bundled.of(name_of(bundle))
    files = dict(made.files) if made is not None else {}

    def step(state: State, action: Action, *reasons: Reason, derivation: Derivation | None = None) -> BundleStep:
        return BundleStep(
            bundle=bundle,
            state=state,
            action=action,
            reasons=reasons,
            items=items,
            lacking=lacking,
            derivation=derivation,
            files=files,
        )

    wanted = [*(item.id for item in items), *lacking]
    pending = tuple(sorted(id for id in wanted if id in changing))
    if not items and not pending:
        if not wanted:
            return step(State.FRESH, Action.NOTHING)
        return step(State.HELD, Action.HOLD, Reason(kind="bundle_without_files", detail={"assets": lacking}))
    try:
        derivation = bundle.derivation(items, sheets) if items else None
        sure = bundle.paths(items)
    except PipelineError as error:
        return step(State.FAILED, Action.HOLD, failed(error))
    if persons := tuple(path for path in sorted({*files, *sure}) if is_a_persons(bundle, stock, path, made)):
        reason = Reason(kind="bundle_edited", detail={"paths": persons})
        return step(State.EDITED, Action.HOLD, reason, derivation=derivation)
    awaits = (Reason(kind="bundle_awaits", detail={"assets": pending}),) if pending else ()
    if derivation is None:
        return step(State.STALE, Action.DERIVE, *awaits)
    broken = [stock.unreadable[id] for id in lacking if id in stock.unreadable]
    if broken and not pending:
        return step(State.FAILED, Action.HOLD, failed(broken[0]), derivation=derivation)
    why = _why(made, derivation, stock, files)
    if why is not None and (told := _by_marks(bundle, stock, sure, derivation.key)) is not None:
        files, why = told, None
    if reasons := (*((why,) if why is not None else ()), *awaits):
        return step(State.STALE, Action.DERIVE, *reasons, derivation=derivation)
    return step(State.FRESH, Action.NOTHING, derivation=derivation)


def failed(failure: PipelineError | OSError) -> Reason:
    """That a bundle cannot be made."""
    error = failure_of(failure) if isinstance(failure, OSError) else failure
    return Reason(kind="failed", detail={"message": error.message, "hint": error.hint})


def inputs_of(derivation: Derivation) -> Digest:
    """One digest of all the files that a bundle is made of."""
    return digest.of_value(list(derivation.inputs))


def mark_of(bundle: Bundle, key: Digest, count: int) -> str:
    """The kind of mark in each file of a bundle.

    Of what is made of pixels it says by which derivation and how many files there are, because other libraries may
    read and write the same pixels as other bytes. Mere text is the same everywhere, and of many files only those are to
    change whose own text does.
    """
    if not bundle.is_of_pixels:
        return bundle.kind
    return f"{bundle.kind}:{key.removeprefix('sha256:')}:{count}"


def is_a_persons(bundle: Bundle, stock: Stock, path: str, made: Made | None, expected: Digest | None = None) -> bool:
    """Whether a person's file stands where a bundle's is to be.

    `expected` is the digest of what is to be there. Without it nobody can tell about a file that could hold no mark and
    that this machine did not write: then it is taken for the bundle's until that is made.
    """
    there = stock.outputs.digest(path)
    if there is None or there == expected:
        return False
    written = stock.outputs.written(path)
    if (written is not None and written.digest == there) or (made is not None and made.files.get(path) == there):
        return False
    if stock.outputs.mark(path) is not None:
        return False
    is_known = written is not None or (made is not None and path in made.files)
    return is_known or expected is not None or (not bundle.as_is and _can_be_marked(path))


def _can_be_marked(path: str) -> bool:
    return path.rpartition(".")[2].lower() in _PICTURES or text_marks.carries(path)


def _by_marks(bundle: Bundle, stock: Stock, sure: Collection[str], key: Digest) -> dict[str, Digest] | None:
    """The files, where their own marks say that they are what the derivation makes, and all of it: as in a clone."""
    if not bundle.is_of_pixels:
        return None
    kind = mark_of(bundle, key, len(sure))
    if not sure or any(stock.outputs.mark(path) != kind for path in sure):
        return None
    found = {path: there for path in sure if (there := stock.outputs.digest(path)) is not None}
    return found if len(found) == len(sure) else None


def _why(made: Made | None, derivation: Derivation, stock: Stock, files: Mapping[str, Digest]) -> Reason | None:
    """Why a bundle is to be made; None where all is in its place."""
    if made is None:
        return Reason(kind="bundle_new")
    if made.derivation != derivation.key:
        return Reason(kind="bundle_declared" if made.inputs == inputs_of(derivation) else "bundle_inputs")
    others = tuple(path for path, there in sorted(files.items()) if stock.outputs.digest(path) != there)
    return Reason(kind="bundle_missing", detail={"paths": others}) if others or not files else None
