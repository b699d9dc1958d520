"""What the specs and the lock of a git revision said, and what the specs of today ask otherwise."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import digest
from pipeline.commits import check_out, files_at
from pipeline.errors import SETTINGS, SpecErrors, UsageError
from pipeline.plan import prompts
from pipeline.plan.graph import Graph, graph_of
from pipeline.plan.kept_turns import kept_turns, with_kept_turns
from pipeline.spec.load import SPECS, Project
from pipeline.spec.steps import as_written
from pipeline.store.lock import Lock, Locked
from pipeline.words import Asset, AssetId, Rendered

Asked = Mapping[str, Any]
"""What an asset asks for, field by field, by the names of request.json; and the format and path of its file."""


@dataclass(frozen=True, kw_only=True)
class Former:
    """A project as it was at a git revision."""

    assets: Mapping[AssetId, Asset]
    """With the turns that the lock kept then."""
    asked: Mapping[AssetId, Asked]
    """Of each of the assets."""
    graph: Graph
    locked: Locked
    """The lock of the same profile."""


def former(project: Project, lock: Lock, commit: str) -> Former:
    """The project as it was in a commit; without assets where there was none yet.

    Raises UsageError where git does not know the commit, or its specs have errors.
    """
    root = project.settings.root
    if not any(path == SETTINGS or path.startswith(f"{SPECS}/") for path in files_at(root, commit)):
        return Former(assets={}, asked={}, graph=graph_of({}, {}), locked=Locked())
    with tempfile.TemporaryDirectory() as folder:
        before, rendered, locked = _read(project, lock, commit, Path(folder))
        try:
            before, rendered = with_kept_turns(before, rendered, locked)
        except SpecErrors as error:
            raise _had_errors(commit, error) from None
        graph = graph_of(before.assets, rendered)
        return Former(assets=before.assets, asked=asked_by(before, rendered), graph=graph, locked=locked)


def changed_since(
    revision: str, project: Project, rendered: Mapping[AssetId, Rendered], lock: Lock
) -> frozenset[AssetId]:
    """The assets that are new since a revision, or whose own text, settings, reference files or kept turns differ.

    Raises UsageError where git does not know the revision, or its specs have errors.
    """
    with tempfile.TemporaryDirectory() as folder:
        before, rendered_before, locked = _read(project, lock, revision, Path(folder))
        was = asked_by(before, rendered_before)
        turned = {id for id in project.assets if kept_turns(locked, id) != kept_turns(lock.read(), id)}
    now = asked_by(project, rendered)
    return frozenset(id for id, asked in now.items() if was.get(id) != asked or id in turned)


def asked_by(project: Project, rendered: Mapping[AssetId, Rendered]) -> Mapping[AssetId, Asked]:
    """What each asset of a project asks for. Raises OSError where a reference file cannot be read."""
    return {id: _asked(project, asset, rendered[id]) for id, asset in project.assets.items()}


def _asked(project: Project, asset: Asset, rendered: Rendered) -> Asked:
    root = project.settings.root
    return {
        "prompt": " ".join(rendered.prompt.split()),
        "model": asset.model,
        "aspect_ratio": asset.aspect_ratio,
        "image_size": asset.image_size,
        "seed": asset.seed,
        "system_instruction": asset.system_instruction,
        "references": [
            {"asset": r.asset, "role": r.role, "file": r.file}
            if r.asset is not None
            # By its bytes, not by its name: another name is no other picture.
            else {"digest": digest.of_file(root / str(r.path)), "role": r.role}
            for r in rendered.references
        ],
        "process": as_written(asset.process) if asset.process else None,
        "format": asset.format,
        "options": dict(asset.options) or None,
        "provenance": asset.provenance or None,
        "path": asset.path,
        "from": asset.source,
        "variants": [[file.path, as_written(file.steps), file.format, dict(file.options)] for file in asset.variants]
        or None,
    }


def _read(
    project: Project, lock: Lock, revision: str, folder: Path
) -> tuple[Project, Mapping[AssetId, Rendered], Locked]:
    """The project, its prompts and its lock as they were, unpacked into a folder. Raises UsageError."""
    settings = project.settings
    check_out(settings.root, revision, folder, lambda path: _is_asked_for(path, settings.remote))
    try:
        before, rendered = prompts.read_project(folder, settings.profile)
    except SpecErrors as error:
        raise _had_errors(revision, error) from None
    return before, rendered, Lock(folder / lock.path.name, folder / "guard").read()


def _had_errors(revision: str, error: SpecErrors) -> UsageError:
    problem = error.problems[0]
    return UsageError(f"the specs of `{revision}` have errors", hint=f"{problem.origin}: {problem.message}")


def _is_asked_for(path: str, remote: str | None) -> bool:
    """Everything but the takes, which are large and which no spec reads; references may lie anywhere in the project."""
    taken = remote is not None and f"{path}/".startswith(remote.removeprefix("./").rstrip("/") + "/")
    return not taken and not path.startswith(".pipeline/")
