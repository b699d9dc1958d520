"""A bundle's files: made, marked, and put in their places, never over a person's work."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from pipeline import digest, marks, text_marks
from pipeline.bundle.catalog import Catalog, Sheets
from pipeline.bundle.deciding import BundleStep, inputs_of, is_a_persons, mark_of
from pipeline.bundle.stock import Stock
from pipeline.digest import Digest
from pipeline.errors import PipelineError
from pipeline.spec import ids
from pipeline.store.bundled import Made
from pipeline.store.outputs import Outputs
from pipeline.words import Action, Reason, State

_BEGUN = digest.of_bytes(b"a bundle whose files are on their way to their places")
"""In the place of a derivation: a build that dies then leaves behind which files these are."""


def make(step: BundleStep, stock: Stock, sheets: Sheets, taken: Collection[str]) -> tuple[BundleStep, tuple[str, ...]]:
    """Make a bundle, and put its files in their places; how it stands then, and the paths that were written.

    `taken` are the paths of other files that are built. Where a person's file is in the way nothing is written. Raises
    PipelineError, OSError.
    """
    assert step.derivation is not None
    bundle, key = step.bundle, step.derivation.key
    before = stock.bundled.of(step.name)
    made = _made(step, stock, sheets)
    _check_paths(made, taken)
    files = {path: digest.of_bytes(data) for path, data in made.items()}
    if persons := tuple(p for p in sorted(files) if is_a_persons(bundle, stock, p, before, expected=files[p])):
        reason = Reason(kind="bundle_edited", detail={"paths": persons})
        return replace(step, state=State.EDITED, action=Action.HOLD, reasons=(reason,)), ()
    others = tuple(path for path in sorted(files) if stock.outputs.digest(path) != files[path])
    inputs = inputs_of(step.derivation)
    if others:
        stock.bundled.keep(step.name, Made(_BEGUN, inputs, files))
    for path in sorted(files):
        written = stock.outputs.written(path)
        if path in others or written is None or written.digest != files[path]:
            stock.outputs.write(path, made[path], key)
    stock.bundled.keep(step.name, Made(key, inputs, files))
    return replace(step, state=State.FRESH, action=Action.NOTHING, files=files), others


def lying_there(step: BundleStep, stock: Stock, sheets: Sheets) -> Mapping[str, Digest] | None:
    """The files of a bundle, where making it would change none: a clone has them, and not what is known here.

    None where it would change some. Raises PipelineError, OSError.
    """
    if any(stock.outputs.digest(path) is None for path in step.bundle.paths(step.items)):
        return None
    files = {path: digest.of_bytes(data) for path, data in _made(step, stock, sheets).items()}
    return files if all(stock.outputs.digest(path) == made for path, made in files.items()) else None


def recognise(step: BundleStep, stock: Stock) -> None:
    """Remember the files of a fresh bundle which this machine has not made itself. Raises OSError."""
    made = stock.bundled.of(step.name)
    if step.derivation is None or (made is not None and made.derivation == step.derivation.key):
        return
    for path in step.files:
        stock.outputs.write(path, stock.outputs.read(path), step.derivation.key)
    stock.bundled.keep(step.name, Made(step.derivation.key, inputs_of(step.derivation), step.files))


def _made(step: BundleStep, stock: Stock, sheets: Sheets) -> Mapping[str, bytes]:
    """All files of a bundle, marked, by path; copies are read when somebody asks for one."""
    assert step.derivation is not None
    made = step.bundle.make(step.items, _reader(step.items, stock.outputs), sheets)
    if step.bundle.as_is:
        return made
    kind = mark_of(step.bundle, step.derivation.key, len(made))
    return {path: _stamped(path, data, kind) for path, data in made.items()}


def _reader(items: Catalog, outputs: Outputs) -> Callable[[str], bytes]:
    """What gives the bytes of a built file: those that the derivation is about, and no others."""
    expected = {file.path: file.digest for item in items for file in item.files}

    def read(path: str) -> bytes:
        data = outputs.read(path)
        if digest.of_bytes(data) != expected[path]:
            raise PipelineError(f"{path} changed during the build", hint="build again")
        return data

    return read


def _stamped(path: str, data: bytes, kind: str) -> bytes:
    return marks.stamp(data, kind) if marks.sniff(data) in marks.CARRIERS else text_marks.stamp(path, data, kind)


def _check_paths(made: Mapping[str, bytes], taken: Collection[str]) -> None:
    """Raises PipelineError where a bundle would write what it may not."""
    if not made:
        raise PipelineError("nothing came of it")
    others = {ids.folded(path): path for path in taken}
    for path in sorted(made):
        if why := ids.wrong_path(path):
            raise PipelineError(f"its file `{path}` {why}")
        if (other := others.get(ids.folded(path))) is not None:
            raise PipelineError(f"it would write {path}, and {other} is built already", hint="rename one")
