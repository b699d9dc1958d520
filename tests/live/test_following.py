"""What is followed, what a changed file means, and what git is at: told of real folders by the real system."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from watchfiles._rust_notify import WatchfilesRustInternalError

from pipeline.footprint import Began
from pipeline.live import git
from pipeline.live.changes import Changes
from pipeline.live.followed import Followed, Kind, changed_since
from pipeline.live.reading import Reading
from pipeline.options import BuildOptions
from pipeline.workshop import open_workshop


class Told:
    """What was told to have changed, from the folder."""

    def __init__(self, root: Path) -> None:
        self._root = f"{root}/"
        self._paths: set[str] = set()
        self._news = threading.Condition()

    def __call__(self, paths: frozenset[str]) -> None:
        with self._news:
            self._paths |= {path.removeprefix(self._root) for path in paths}
            self._news.notify_all()

    def until(self, path: str) -> None:
        with self._news:
            assert self._news.wait_for(lambda: path in self._paths, 30), f"{path} is not told: {self._paths}"
            self._paths.clear()

    @property
    def paths(self) -> set[str]:
        with self._news:
            return set(self._paths)


Follow = Callable[..., Changes]


@pytest.fixture
def follow() -> Iterator[Follow]:
    opened: list[Changes] = []

    def following(told: Told, folders: set[Path], **environ: str) -> Changes:
        opened.append(changes := Changes(told, environ))
        changes.follow({str(folder) for folder in folders})
        return changes

    yield following
    for changes in opened:
        changes.close()


# --- the system tells -------------------------------------------------------------------------------------------------


def test_what_changes_in_a_folder_is_told_and_what_changes_below_it_is_not(tmp_path: Path, follow: Follow) -> None:
    (tmp_path / "below/deeper").mkdir(parents=True)
    told = Told(tmp_path)
    follow(told, {tmp_path})
    (tmp_path / "below/deeper/unseen").write_text("x")
    (tmp_path / "seen").write_text("x")
    told.until("seen")
    assert not any(path.startswith("below/deeper") for path in told.paths)


def test_nothing_is_lost_while_other_folders_are_followed_instead(tmp_path: Path, follow: Follow) -> None:
    told = Told(tmp_path)
    folders = [tmp_path / str(number) for number in range(5)]
    for folder in folders:
        folder.mkdir()
    changes = follow(told, {tmp_path, folders[0]})
    for number, folder in enumerate(folders):
        (tmp_path / f"file{number}").write_text("x")
        changes.follow({str(tmp_path), str(folder)})
        told.until(f"file{number}")


def test_a_folder_that_went_and_came_back_is_followed_again(tmp_path: Path, follow: Follow) -> None:
    folder, told = tmp_path / "art", Told(tmp_path)
    folder.mkdir()
    changes = follow(told, {tmp_path, folder})
    assert not changes.follow({str(tmp_path), str(folder)})
    folder.rmdir()
    told.until("art")
    folder.mkdir()
    told.until("art")
    assert changes.follow({str(tmp_path), str(folder)}) <= {str(folder)}  # none, where its number is the same again
    (folder / "board.png").write_text("x")
    told.until("art/board.png")


def test_a_folder_that_is_not_there_is_no_reason_to_fail(tmp_path: Path, follow: Follow) -> None:
    told = Told(tmp_path)
    follow(told, {tmp_path, tmp_path / "absent"})
    (tmp_path / "seen").write_text("x")
    told.until("seen")


@pytest.mark.parametrize(("value", "polls"), [("1", True), ("true", True), ("", False), ("false", False)])
def test_polling_is_asked_for_as_of_any_tool_on_watchfiles(
    tmp_path: Path, follow: Follow, value: str, polls: bool
) -> None:
    told = Told(tmp_path)
    changes = follow(told, {tmp_path}, WATCHFILES_FORCE_POLLING=value)
    assert changes.is_polling is polls
    (tmp_path / "seen").write_text("x")
    told.until("seen")


def test_where_the_system_has_no_more_to_give_folders_are_looked_at_again_and_again(
    tmp_path: Path, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    import watchfiles._rust_notify as rust

    real = rust.RustNotify

    def refusing(paths: list[str], debug: bool, polling: bool, *rest: object) -> object:
        if not polling:
            raise WatchfilesRustInternalError("OS file watch limit reached")
        return real(paths, debug, polling, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(rust, "RustNotify", refusing)
    told = Told(tmp_path)
    changes = follow(told, {tmp_path})
    assert (changes.is_polling, changes.why_polling) == (True, "OS file watch limit reached")
    (tmp_path / "seen").write_text("x")
    told.until("seen")


# --- what it means ----------------------------------------------------------------------------------------------------


def test_what_a_changed_file_means(tmp_path: Path) -> None:
    elsewhere = tmp_path / "share"
    elsewhere.mkdir()
    (elsewhere / "palette.csv").write_text("name\nfox\n")
    root = (tmp_path / "project").resolve()
    (root / "specs/styles").mkdir(parents=True)
    (root / "data").mkdir()
    (root / "data/animals.csv").write_text("name\nfox\n")
    (root / "specs/styles/ink.j2").write_text("in ink")
    (root / "specs/all.yaml").write_text(
        "assets:\n"
        "  house: {prompt: \"A house {% include 'styles/ink.j2' %}\", output: web/art}\n"
        "  '{{ row.name }}': {for_each: {rows: /data/animals.csv}, prompt: 'a {{ row.name }}'}\n"
    )
    followed, began = Followed(root), Began()
    reading = Reading(lambda: open_workshop(root, None, {}), options=BuildOptions())
    look = reading.look()
    assert look.error is None
    followed.learn(look.shop, began, look.rows, look.gone)
    below = {folder.removeprefix(f"{root}/") for folder in followed.folders if folder != str(root)}
    assert below == {"specs", "specs/styles", "data", "web", "web/art", "output"}
    meanings = {
        "specs/all.yaml": Kind.INPUT,
        "specs/styles/ink.j2": Kind.INPUT,
        "specs/new/folder": Kind.INPUT,
        "specs/.all.yaml.swp": None,
        "specs/all.yaml~": None,
        "specs/4913": None,
        "data/animals.csv": Kind.INPUT,
        "data/other.csv": None,
        "pipeline.yaml": Kind.INPUT,
        "pipeline.lock": Kind.LOCK,
        "pipeline.draft.lock": Kind.LOCK,
        ".pipeline.lock.0123456789ab.tmp": None,
        "web/art/house.jpg": Kind.OUTPUT,
        "web/art/other.jpg": None,
        "web/art": Kind.OUTPUT,
        "output/.fox.jpg.0123456789ab.tmp": None,
        "output/fox.jpg": Kind.OUTPUT,
        "README.md": None,
        ".git": None,
    }
    for path in ("specs/all.yaml", "specs/styles/ink.j2", "data/animals.csv"):
        (root / path).write_text("something else")
    found = followed.kinds(f"{root}/{path}" for path in meanings)
    assert {path: found.get(f"{root}/{path}") for path in meanings} == meanings


def test_what_changed_in_a_folder_before_it_was_followed_is_seen(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("x")
    began = (tmp_path / "old").stat().st_ctime_ns + 10_000_000_000
    assert not changed_since([str(tmp_path)], began)
    assert changed_since([str(tmp_path)], began - 10_000_000_000)
    assert changed_since([str(tmp_path / "absent")], began)


def test_what_the_last_look_read_already_is_no_news(tmp_path: Path) -> None:
    root = tmp_path.resolve()
    spec = root / "specs/all.yaml"
    spec.parent.mkdir()
    spec.write_text("assets:\n  fox: {prompt: a fox}\n")
    followed, began = Followed(root), Began()
    look = Reading(lambda: open_workshop(root, None, {}), options=BuildOptions()).look()
    followed.learn(look.shop, began, look.rows, look.gone)
    assert followed.kinds([str(spec)]) == {}
    looks = spec.stat()
    spec.write_text("assets:\n  fox: {prompt: a cat}\n")
    os.utime(spec, ns=(looks.st_atime_ns, looks.st_mtime_ns))
    assert followed.kinds([str(spec)]) == {str(spec): Kind.INPUT}
    spec.unlink()
    assert followed.kinds([str(spec)]) == {str(spec): Kind.INPUT}


# --- git --------------------------------------------------------------------------------------------------------------


def _git(folder: Path, *args: str) -> None:
    names = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    subprocess.run(["git", *names, *args], cwd=folder, check=False, capture_output=True)


def test_what_git_is_at_is_told_in_a_work_tree_of_its_own_too(tmp_path: Path) -> None:
    main, other = tmp_path / "main", tmp_path / "other"
    main.mkdir()
    assert git.git_folder(main) is None and git.at_work(None) is None
    _git(main, "init", "-q", "-b", "main")
    (main / "file").write_text("one\n")
    _git(main, "add", "-A")
    _git(main, "commit", "-qm", "one")
    _git(main, "worktree", "add", "-q", "-b", "other", str(other))
    for folder, text in ((main, "two\n"), (other, "three\n")):
        (folder / "file").write_text(text)
        _git(folder, "commit", "-qam", text)
    (other / "specs").mkdir()
    place = git.git_folder(other / "specs")
    assert place is not None and place != main / ".git"
    assert git.at_work(place) is None
    _git(other, "merge", "main")
    assert git.at_work(place) == "a merge"
    assert git.at_work(git.git_folder(main)) is None
    _git(other, "merge", "--abort")
    _git(other, "rebase", "main")
    assert git.at_work(place) == "a rebase"
    assert not git.is_writing(place)
    _git(other, "rebase", "--abort")
    assert git.at_work(place) is None
    (place / "index.lock").write_text("")
    assert git.at_work(place) == "" and git.is_writing(place)
