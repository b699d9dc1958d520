"""What the specs of a git revision asked for, compared with those of today."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path

from pipeline import digest
from pipeline.errors import SpecErrors, UsageError
from pipeline.plan import prompts
from pipeline.plan.kept_turns import kept_turns
from pipeline.spec.load import Project
from pipeline.store.lock import Lock
from pipeline.words import AssetId, Rendered


def changed_since(
    revision: str, project: Project, rendered: Mapping[AssetId, Rendered], lock: Lock
) -> frozenset[AssetId]:
    """The assets that are new since a revision, or whose own text, settings, reference files or kept turns differ.

    Raises UsageError where git does not know the revision, or its specs have errors.
    """
    with tempfile.TemporaryDirectory() as folder:
        _check_out(project.settings.root, revision, Path(folder), project.settings.remote)
        try:
            before, asked_before = prompts.read_project(Path(folder), project.settings.profile)
        except SpecErrors as error:
            hint = f"{error.problems[0].origin}: {error.problems[0].message}"
            raise UsageError(f"the specs of `{revision}` have errors", hint=hint) from None
        was = {id: _asked(before, asked_before[id], id) for id in before.assets}
        locked = Lock(Path(folder) / lock.path.name, Path(folder) / "guard").read()
        turned = {id for id in project.assets if kept_turns(locked, id) != kept_turns(lock.read(), id)}
    now = {id: _asked(project, rendered[id], id) for id in project.assets}
    return frozenset(id for id, asked in now.items() if was.get(id) != asked or id in turned)


def _asked(project: Project, rendered: Rendered, id: AssetId) -> tuple[object, ...]:
    asset, root = project.assets[id], project.settings.root
    references = tuple((r.asset or digest.of_file(root / str(r.path)), r.role, r.file) for r in rendered.references)
    drawn = (asset.model, asset.aspect_ratio, asset.image_size, asset.seed, asset.system_instruction)
    return (rendered.prompt.split(), references, *drawn, asset.format, asset.path)


def _check_out(root: Path, revision: str, into: Path, remote: str | None) -> None:
    if revision.startswith("-"):
        raise UsageError(f"`{revision}` is not a git revision")
    try:
        # From the project's folder, which may lie below the repository's.
        archive = subprocess.run(
            ["git", "archive", "--format=tar", revision, "."], cwd=root, capture_output=True, check=False
        )
    except FileNotFoundError:
        raise UsageError("`changed:` needs git, which is not installed") from None
    if archive.returncode != 0:
        said = archive.stderr.decode(errors="replace").strip().splitlines()
        raise UsageError(f"git does not give revision `{revision}`", hint=said[-1] if said else "")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
        members = [m for m in tar.getmembers() if _is_asked_for(m, remote)]
        tar.extractall(into, members=members, filter="data")


def _is_asked_for(member: tarfile.TarInfo, remote: str | None) -> bool:
    """Everything but the takes, which are large and which no spec reads; references may lie anywhere in the project."""
    path = member.name.removeprefix("./")
    taken = remote is not None and f"{path}/".startswith(remote.removeprefix("./").rstrip("/") + "/")
    return not taken and not path.startswith(".pipeline/") and (member.isfile() or member.isdir())
