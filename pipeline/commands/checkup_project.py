"""What `doctor` looks at inside a project: specs, lock, store, remote, and what git does with them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import marks
from pipeline.amounts import names, plural, size_of
from pipeline.commands.checkup import Finding, broken, hint, ok
from pipeline.errors import PipelineError, SpecErrors

if TYPE_CHECKING:
    from pipeline.spec.load import Project
    from pipeline.workshop import Workshop

_LITTLE_ROOM_BYTES = 1_000_000_000
_LARGEST_POINTER_BYTES = 1024


def read_specs(shop: Workshop) -> tuple[Project | None, list[Finding]]:
    """The project, or None where its specs or settings have errors; and what there is to say of them."""
    try:
        project = shop.project
        count = len(shop.rendered)
    except SpecErrors as error:
        first = error.problems[0]
        told = f"{error.message}; the first: {first.origin}: {first.message}"
        return None, [broken("specs", told, "`pipeline plan` shows all of them")]
    except PipelineError as error:
        return None, [broken("specs", error.message, error.hint)]
    findings = [ok("specs", plural(count, "asset"))] if count else [hint("specs", "no asset is declared")]
    findings += [hint("specs", f"{w.origin}: {w.message}", w.hint) for w in project.warnings]
    return project, findings


def locks(shop: Workshop) -> Iterator[Finding]:
    """Can every profile's lock be read, and are there conflicts that wait for a person?"""
    from pipeline.store.lock import Lock

    for path in sorted(shop.root.glob("pipeline*.lock")):
        try:
            locked = Lock(path, shop.root / ".pipeline" / "lock.guard").read()
        except (PipelineError, OSError) as error:
            yield broken("lock", str(error), error.hint if isinstance(error, PipelineError) else "")
            continue
        yield ok("lock", f"{path.name}: {len(locked.sides)} {'entry' if len(locked.sides) == 1 else 'entries'}")
        twice = [asset for asset, sides in locked.sides.items() if len(sides) > 1]
        if twice:
            message = f"{path.name}: a merge left two lines for {names(twice)}"
            yield hint("lock", message, "`pipeline plan` tells which of them a person has to decide")


def store(root: Path) -> Iterator[Finding]:
    """The local store: may it be written, how large is it, is there room?"""
    from pipeline.workshop import LOCAL

    folder = root / LOCAL
    there = folder if folder.is_dir() else root
    if folder.exists() and not folder.is_dir():
        yield broken("store", f"{LOCAL} is not a folder", "move it away")
        return
    if not _is_writable(there):
        yield broken("store", f"{there} cannot be written", "what is drawn is kept there before anything else")
        return
    objects, size = _measured(folder / "objects")
    yield ok("store", f"{LOCAL}: {plural(objects, 'object')}, {size_of(size)}" if objects else "nothing in it yet")
    room = shutil.disk_usage(there).free
    if room < _LITTLE_ROOM_BYTES:
        yield hint("store", f"only {size_of(room)} are left on the disk")


def remote(shop: Workshop, project: Project) -> Iterator[Finding]:
    """The remote: in reach, writable, and holding pictures rather than pointers to them?"""
    named = project.settings.remote
    if named is None:
        remedy = "`remote: takes/` in pipeline.yaml shares them through git"
        yield hint("remote", "none: takes are on this machine alone", remedy)
        return
    try:
        where = shop.store.remote
    except PipelineError as error:
        yield broken("remote", error.message, error.hint)
        return
    folder = where.folder if where is not None else shop.root / named
    if not folder.is_dir():
        yield ok("remote", f"{named}: the first take makes it")
        return
    if not _is_writable(folder):
        yield hint("remote", f"{named} is read-only", "what is drawn here is not shared")
    objects, size = _measured(folder / "objects")
    yield ok("remote", f"{named}: {plural(objects, 'object')}, {size_of(size)}")
    pointers = sum(_is_pointer(path) for path in _files(folder / "objects"))
    if pointers:
        message = f"Git LFS pointers in place of pictures in {named}: {plural(pointers, 'object')}"
        yield broken("remote", message, "run `git lfs pull`")


# --- git --------------------------------------------------------------------------------------------------------------


def git(shop: Workshop, project: Project | None) -> Iterator[Finding]:
    """What git does with the project's files."""
    if shutil.which("git", path=shop.environ.get("PATH")) is None:
        yield hint("git", "not installed", "`changed:REV` and sharing through git need it")
        return
    if _git(shop.root, "rev-parse", "--is-inside-work-tree") != "true":
        yield hint("git", "the project is in no git repository", "specs and pipeline.lock are made to be committed")
        return
    yield ok("git", "the project is in a git repository")
    yield from _store_in_git(shop.root)
    for path in sorted(shop.root.glob("pipeline*.lock")):
        yield from _lock_in_git(shop.root, path.name)
    if project is not None:
        yield from _outputs_in_git(shop, project)


def _store_in_git(root: Path) -> Iterator[Finding]:
    if _git(root, "ls-files", "--", ".pipeline"):
        yield hint("git", ".pipeline/ is committed, and it is this machine's own", "`git rm -r --cached .pipeline`")
    if _git(root, "check-ignore", "-q", ".pipeline/objects") is None:
        yield hint("git", ".pipeline/ is not ignored", "a line `/.pipeline/` in .gitignore; `pipeline init` writes it")


def _lock_in_git(root: Path, name: str) -> Iterator[Finding]:
    if _git(root, "check-ignore", "-q", name) is not None:
        message = f"{name} is ignored: nobody else gets the pictures that were picked"
        yield hint("git", message, "take it out of .gitignore, and commit it")
    elif not _git(root, "ls-files", "--", name):
        yield hint("git", f"{name} is not committed yet", "it says which takes were picked: commit it with the specs")
    said = _git(root, "check-attr", "merge", "--", name) or ""
    if said.endswith(": union"):
        yield hint(
            "git",
            f"{name} is merged by `union`, which silently brings deleted lines back",
            "take the line out of .gitattributes: the lock merges well without a driver",
        )


def _outputs_in_git(shop: Workshop, project: Project) -> Iterator[Finding]:
    paths = {asset.path for asset in project.assets.values() if asset.path}
    tracked = paths & set((_git(shop.root, "ls-files", "-z") or "").split("\0"))
    if not paths:
        return
    where = f"{len(tracked)} of {len(paths)} built files are committed" if tracked else "built files are not committed"
    yield ok("git", where)
    standing_in = sorted(path for path in tracked if _is_placeholder(shop, path))
    if standing_in:
        yield hint(
            "git",
            f"placeholders are committed: {plural(len(standing_in), 'file')}, such as `{standing_in[0]}`",
            "build with a key and commit the pictures, or ignore the output folder",
        )


def _is_placeholder(shop: Workshop, path: str) -> bool:
    try:
        return shop.outputs.mark(path) == "placeholder"
    except PipelineError:
        return False


def _git(root: Path, *arguments: str) -> str | None:
    """What git says, or None where it fails (for `check-ignore -q`: where the answer is no)."""
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=False)
    return done.stdout.decode("utf-8", "surrogateescape").strip("\n") if done.returncode == 0 else None


# --- files ------------------------------------------------------------------------------------------------------------


def _is_writable(folder: Path) -> bool:
    return os.access(folder, os.R_OK | os.W_OK | os.X_OK)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else iter(())


def _measured(folder: Path) -> tuple[int, int]:
    """How many files are below a folder, and their bytes."""
    sizes = [path.stat().st_size for path in _files(folder)]
    return len(sizes), sum(sizes)


def _is_pointer(path: Path) -> bool:
    if path.stat().st_size > _LARGEST_POINTER_BYTES:
        return False
    return path.read_bytes().startswith(marks.LFS_POINTER)
