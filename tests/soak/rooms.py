"""Folders on small disks and folders that cannot be written, also for root: mounts where we may, else stand-ins."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


def _may_mount() -> bool:
    return (
        os.geteuid() == 0
        and subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode == 0
    )


MAY_MOUNT = _may_mount()

needs_mount = pytest.mark.skipif(not MAY_MOUNT, reason="only root may mount a small disk")


@contextmanager
def small_disk(folder: Path, size_kib: int) -> Iterator[Path]:
    """A disk of its own, in memory, at that folder."""
    folder.mkdir(parents=True, exist_ok=True)
    _mount("-t", "tmpfs", "-o", f"size={size_kib}k", "small", str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def read_only(path: Path) -> Iterator[None]:
    """A folder that nobody can write, root neither: a mount of it over itself, or a mode where we are not root.

    A small disk that is mounted below it can still be written.
    """
    if not MAY_MOUNT:
        mode = path.stat().st_mode
        path.chmod(0o555)
        try:
            yield
        finally:
            path.chmod(mode)
        return
    _mount("--rbind", str(path), str(path))
    _mount("-o", "remount,ro,bind", str(path))
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True)


def free_bytes(folder: Path) -> int:
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def fill(folder: Path, leave_bytes: int) -> Path:
    """A file that leaves so much room on the disk of that folder."""
    path = folder / "somebody-else"
    # Others are writing meanwhile: when they were quicker, the disk is full all the same.
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while (left := free_bytes(folder) - leave_bytes) > 0:
            file.write(b"\0" * min(left, 1 << 20))
    return path


def _mount(*args: str) -> None:
    subprocess.run(["mount", *args], check=True, capture_output=True)
