"""Where built files may go: folders of the project that are not its own, reached without leaving it."""

from __future__ import annotations

from pathlib import Path

from pipeline.spec import ids


class Folders:
    """Says why nothing may be written into a folder; asks the disk once for each."""

    def __init__(self, root: Path, remote: str | None) -> None:
        self._root = root
        self._home = root.resolve()
        inside = remote is not None and not remote.startswith(("/", "~", ".."))
        self._remote = ids.folded(ids.cleaned(remote)) if remote is not None and inside else ""
        self._known: dict[str, str] = {}
        self._outputs: dict[str, tuple[str, str]] = {}

    def wrong(self, folder: str) -> str:
        """Why a folder (from the project's root) can take no file, as the end of a sentence; nothing if it can."""
        if folder not in self._known:
            self._known[folder] = self._wrong(folder)
        return self._known[folder]

    def of(self, output: str) -> tuple[str, str]:
        """The folder that an `output` means, and why it can take no file (see `wrong`)."""
        if output not in self._outputs:
            folder = ids.folder_of(output)
            self._outputs[output] = folder, (ids.wrong_path(folder) if folder else "") or self.wrong(folder)
        return self._outputs[output]

    def _wrong(self, folder: str) -> str:
        folded = ids.folded(folder)
        if folded.split("/")[0] in ids.FORBIDDEN_FOLDERS:
            return f"is inside `{folded.split('/')[0]}/`, where nothing is built"
        if self._remote and (folded == self._remote or folded.startswith(self._remote + "/")):
            return "is inside the remote, which holds takes"
        path = self._root / folder
        try:
            real = path.resolve()
            if not real.is_relative_to(self._home):
                return "is a symlink that leaves the project"
            if real.relative_to(self._home).parts[:1] in {(name,) for name in ids.FORBIDDEN_FOLDERS}:
                return f"is a symlink into `{real.relative_to(self._home).parts[0]}/`, where nothing is built"
            while path != self._root and not path.exists():
                path = path.parent
            if not path.is_dir():
                return f"runs through {path.relative_to(self._root)}, which is a file"
        except (OSError, RuntimeError, ValueError):
            return "cannot be followed to its end"
        return ""
