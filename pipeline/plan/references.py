"""What a reference means: another asset by its id, else a picture file of the project."""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping
from pathlib import Path
from typing import Final

from pipeline import files, marks
from pipeline.errors import UsageError
from pipeline.frozen import NamedTuple
from pipeline.plan.wanted import has_matte
from pipeline.spec import disk, hints, ids
from pipeline.words import Asset, AssetId

_ICONS: Final = ("image/vnd.microsoft.icon", "image/icns")
_ENDINGS: Final = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".heic", ".heif", ".avif")


class NoReference(Exception):
    """A reference that leads nowhere. `unknown`: an id that no asset has, perhaps because of another problem only."""

    def __init__(self, message: str, hint: str = "", *, unknown: str | None = None) -> None:
        super().__init__(message)
        self.message, self.hint, self.unknown = message, hint, unknown


class Target(NamedTuple):
    """Exactly one of the two is set; the path is from the project's root."""

    asset: AssetId | None = None
    path: str | None = None


class Targets:
    """Resolves the references of one project; each name once."""

    def __init__(
        self,
        root: Path,
        assets: Mapping[AssetId, Asset],
        ids_known: Collection[str],
        others: Container[AssetId] = (),
    ) -> None:
        self._root = root
        self._others = others
        self._ids = frozenset(ids_known)
        self._built = {ids.folded(path): asset.id for asset in assets.values() for path in asset.paths}
        self._matted = {id: asset for id, asset in assets.items() if has_matte(asset)}
        self._known: dict[str, Target | NoReference] = {}
        self._pictures: list[str] | None = None

    def is_asset(self, id: str) -> bool:
        """Is an asset of that id declared?"""
        return id in self._ids or id in self._others

    def needs_two(self, target: Target, *, file: bool) -> bool:
        """Whether what is to be attached of an asset, its take or its file, is made of two pictures."""
        asset = self._matted.get(target.asset) if target.asset is not None else None
        return asset is not None and (file or asset.source is not None)

    def resolve(self, name: str) -> Target:
        """What a name as specs write it refers to. Raises NoReference."""
        found = self._known.get(name)
        if found is None:
            try:
                found = self._resolve(name)
            except NoReference as error:
                found = error
            self._known[name] = found
        if isinstance(found, NoReference):
            raise found
        return found

    def no_asset(self, id: str) -> NoReference:
        """The refusal of an id that is not declared, with what could be meant."""
        return NoReference(f"there is no asset `{id}`", hints.did_you_mean(id, self._ids), unknown=id)

    def _resolve(self, name: str) -> Target:
        if self.is_asset(name):
            return Target(asset=AssetId(name))
        if "://" in name:
            raise NoReference(f"`{name[:60]}` is an address on the net", "download the picture below `specs/`")
        path = ids.cleaned(ids.from_specs(name))
        try:
            found = files.inside(self._root, path)
        except UsageError:
            hint = "`/art/x.png` is a path from the project's root, without `..`"
            raise NoReference(f"`{name}` leads out of the project", hint) from None
        except ValueError:
            raise NoReference(f"`{name[:60]}` is neither an asset's id nor a path") from None
        except (OSError, RuntimeError) as error:
            refused = disk.refusal(error)
            raise NoReference(f"{path} {refused.why}", refused.hint) from None
        try:
            return self._file(name, path, found)
        except FileNotFoundError:
            raise self._missing(name, path) from None
        except disk.Unreadable as error:
            raise NoReference(f"{path} {error.why}", error.hint) from None
        except OSError as error:
            refused = disk.refusal(error)
            raise NoReference(f"{path} {refused.why}", refused.hint) from None

    def _file(self, name: str, path: str, found: Path) -> Target:
        if asset := self._built.get(ids.folded(path)):
            raise NoReference(f"{path} is what the asset `{asset}` builds", f"refer to the asset: `{asset}`")
        if found.is_dir():
            raise NoReference(f"{path} is a folder, not a picture", "name one file in it")
        disk.check_file(found)
        if path.split("/")[0].lower() in (".git", ".pipeline"):
            raise NoReference(f"{path} is not the project's to refer to", "copy the picture below `specs/`")
        from pipeline.plan import picture_heads

        with found.open("rb") as file:
            head = file.read(marks.HEAD_BYTES)
            kind = marks.sniff(head)
            fault = picture_heads.fault(file, kind) if kind else None
        if head.startswith(marks.LFS_POINTER):
            raise NoReference(f"{path} is a Git LFS pointer, not the picture itself", "run `git lfs pull`")
        if kind is None or kind in _ICONS:
            kinds = "png, jpeg, webp, gif, heic, heif and avif can be attached"
            what = "an icon" if kind else "not a picture" if head else "empty"
            raise NoReference(f"{path} is {what}", kinds)
        if fault is not None:
            raise NoReference(f"{path} {fault[0]}", fault[1])
        return Target(path=path)

    def _missing(self, name: str, path: str) -> NoReference:
        if not name.lower().endswith(_ENDINGS) and not name.startswith("/"):
            meant = hints.nearest(name, self._ids) or hints.nearest(name, self._all_pictures())
            hint = f"did you mean `{meant}`?" if meant else "name an asset's id, or a file by its path from `specs/`"
            return NoReference(f"there is no asset and no file `{name}`", hint, unknown=name)
        if hint := self._meant(name):
            return NoReference(f"there is no file {path}", hint)
        meant = hints.nearest(name.lstrip("/"), self._all_pictures())
        hint = f"did you mean `{meant}`?" if meant else "paths are from `specs/`, with a `/` from the project's root"
        return NoReference(f"there is no file {path}", hint)

    def _meant(self, name: str) -> str:
        """What is right for a path that was not written from `specs/`, or from the project's root with a `/`."""
        if not name.startswith("/"):
            within = name.removeprefix("specs/")
            if within != name and (self._root / name).is_file():
                return f"paths are from `specs/`: write `{within}`"
            return f"from the project's root it is `/{name}`" if (self._root / name).is_file() else ""
        whole = Path(name)
        if whole.is_relative_to(self._root.absolute()):
            return f"a `/` at the start is the project's root: write `/{whole.relative_to(self._root.absolute())}`"
        if whole.is_file():
            return "a `/` at the start is the project's root: copy the picture below `specs/`"
        return ""

    def _all_pictures(self) -> list[str]:
        if self._pictures is None:
            below = disk.files_below(self._root / "specs", lambda name: name.lower().endswith(_ENDINGS))
            self._pictures = sorted(below)
        return self._pictures
