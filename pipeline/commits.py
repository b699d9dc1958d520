"""What git says of a project: which commit a revision names, where two histories parted, what was committed then."""

from __future__ import annotations

import subprocess
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import UsageError

_SHORT = 9
"""Digits of a commit's id that people are shown."""


@dataclass(frozen=True, kw_only=True)
class Base:
    """The commit that a project is compared with, and how it was found. Commits are by their whole ids."""

    revision: str
    """As a person named it."""
    named: str
    """The commit of that name."""
    commit: str
    """What is compared with: the last commit that `named` and HEAD have in common."""
    head: str

    @property
    def why(self) -> str:
        """How the commit was chosen, as a sentence."""
        named, commit, head = (short(one) for one in (self.named, self.commit, self.head))
        if self.commit == self.head == self.named:
            if self.revision in ("HEAD", "@"):
                return f"HEAD is {head}, so what is not committed yet is shown."
            return f"`{self.revision}` is {named}, which is HEAD, so only what is not committed yet is shown."
        if self.commit == self.named:
            return f"`{self.revision}` is {named}, which HEAD ({head}) comes from."
        return f"`{self.revision}` ({named}) and HEAD ({head}) parted at {commit}."


def short(commit: str) -> str:
    """A commit's id as people are shown it."""
    return commit[:_SHORT]


def base_of(root: Path, revision: str) -> Base:
    """Where the history of a revision and that of HEAD parted: what HEAD adds is what came after it.

    Raises UsageError, which says what to fetch where the clone does not reach so far.
    """
    inside = _git(root, "rev-parse", "--is-inside-work-tree")
    if inside.stdout.strip() != b"true":
        raise _not_in_git(root, inside.stderr.decode(errors="replace").strip())
    head = _said(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if head is None:
        raise UsageError("this repository has no commit yet", hint="there is nothing to compare with")
    named = _commit_of(root, revision)
    if named is None:
        raise UsageError(f"git does not know the revision `{revision}`", hint=_how_to_get(root, revision))
    commit = _said(root, "merge-base", named, head)
    if commit is None:
        if _is_shallow(root):
            raise UsageError(
                f"this shallow clone does not reach back to where `{revision}` and HEAD parted",
                hint="`git fetch --unshallow`; in GitHub Actions: actions/checkout with `fetch-depth: 0`",
            )
        raise UsageError(f"`{revision}` and HEAD have no commit in common", hint="name a revision that HEAD comes from")
    return Base(revision=revision, named=named, commit=commit.split()[0], head=head)


def _not_in_git(root: Path, said: str) -> UsageError:
    if said and "not a git repository" not in said:
        return UsageError(f"git refuses to read the repository of {root}", hint=said.splitlines()[0])
    return UsageError(f"{root} is not in a git repository", hint="what is compared comes from git's history")


def _commit_of(root: Path, revision: str) -> str | None:
    # With a dash in front it would be an option.
    return None if revision.startswith("-") else _said(root, "rev-parse", "--verify", "--quiet", revision + "^{commit}")


def _how_to_get(root: Path, revision: str) -> str:
    remotes = (_said(root, "remote") or "").split()
    for remote in remotes:
        if _commit_of(root, f"{remote}/{revision}") is not None:
            return f"there is `{remote}/{revision}`"
    if _is_shallow(root):
        return (
            "this clone is shallow: `git fetch --unshallow`; in GitHub Actions: actions/checkout with `fetch-depth: 0`"
        )
    return f"`git fetch {remotes[0]} {revision}` may bring it" if remotes else "`git log` shows what there is"


def _is_shallow(root: Path) -> bool:
    return _said(root, "rev-parse", "--is-shallow-repository") == "true"


# --- what was committed ---------------------------------------------------------------------------------------------


def files_at(root: Path, commit: str) -> frozenset[str]:
    """The paths (from the project's folder) of all files of the project in a commit. Raises UsageError."""
    listed = _git(root, "ls-tree", "-r", "-z", "--name-only", commit)
    if listed.returncode != 0:
        raise _not_given(commit, listed.stderr)
    return frozenset(listed.stdout.decode(errors="surrogateescape").split("\0")) - {""}


def moved_since(root: Path, commit: str) -> frozenset[str]:
    """The paths of the project's committed files that are not as they were in a commit. Raises UsageError."""
    differ = _git(root, "diff", "--name-only", "--relative", "--no-ext-diff", "-z", commit, "--", ".")
    if differ.returncode != 0:
        raise _not_given(commit, differ.stderr)
    return frozenset(differ.stdout.decode(errors="surrogateescape").split("\0")) - {""}


def committed_at(root: Path, commit: str) -> str:
    """When a commit was made, in UTC as records tell times. Raises UsageError."""
    seconds = _said(root, "show", "--no-patch", "--format=%ct", commit)
    if seconds is None:
        raise _not_given(commit, b"")
    return datetime.fromtimestamp(int(seconds), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def file_at(root: Path, commit: str, path: str) -> bytes | None:
    """The bytes of a file of the project in a commit, as a work tree has them; None where it was not there."""
    found = _git(root, "cat-file", "--filters", f"{commit}:./{path}")
    return found.stdout if found.returncode == 0 else None


def check_out(root: Path, commit: str, into: Path, wanted: Callable[[str], bool]) -> None:
    """Put the files of the project as they were in a commit into a folder, those whose paths are wanted.

    Raises UsageError.
    """
    if commit.startswith("-"):
        raise UsageError(f"`{commit}` is not a git revision")
    # From the project's folder, which may lie below the repository's.
    command = ["git", "archive", "--format=tar", commit, "."]
    try:
        archive = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except FileNotFoundError:
        raise _no_git() from None
    with archive:
        assert archive.stdout is not None and archive.stderr is not None
        try:
            # As a stream: a game's repository may hold gigabytes beside its specs.
            with tarfile.open(fileobj=archive.stdout, mode="r|") as tar:
                for member in tar:
                    if member.isdir() or (member.isfile() and wanted(member.name.removeprefix("./"))):
                        tar.extract(member, into, filter="data")
        except tarfile.ReadError:
            pass  # what git did not give, it gives a reason for
        archive.stdout.close()
        said = archive.stderr.read()
    if archive.returncode != 0:
        raise _not_given(commit, said)


def _said(root: Path, *arguments: str) -> str | None:
    """What git answers, without the line's end; None where it says no."""
    done = _git(root, *arguments)
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None


def _git(root: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=False)
    except FileNotFoundError:
        raise _no_git() from None


def _no_git() -> UsageError:
    return UsageError("git is not installed", hint="what is compared comes from git's history")


def _not_given(revision: str, stderr: bytes) -> UsageError:
    said = stderr.decode(errors="replace").strip().splitlines()
    return UsageError(f"git does not give revision `{revision}`", hint=said[-1] if said else "")
