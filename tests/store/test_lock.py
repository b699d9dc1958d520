"""pipeline.lock: read, written, merged by the real git, and mended where a merge left two lines."""

import json
import re
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.digest import of_bytes
from pipeline.errors import LockError, Overtaken
from pipeline.store.entry import Entry, KeptTurn, Past, all_united, merged, turn_to
from pipeline.store.lock import Lines, Lock, parse, to_text
from pipeline.words import AssetId, Digest


def digest(name: object) -> Digest:
    return of_bytes(str(name).encode())


def entry(asset: str, request: object = "k", take: object = "t", **more: object) -> Entry:
    return Entry(asset=AssetId(asset), request=digest(request), take=digest(take), **more)  # type: ignore[arg-type]


def lock_of(*entries: Entry) -> str:
    return to_text([(e,) for e in sorted(entries, key=lambda e: e.asset)])


digests = st.integers(0, 30).map(digest)
maybe = st.none() | digests
several = st.lists(digests, min_size=2, max_size=3, unique=True).map(tuple)
pasts = st.builds(Past, take=digests, of=maybe, adopted=maybe, approved=maybe) | st.builds(
    lambda takes: Past(take=takes[0], takes=takes), several
)


def consistent(e: Entry) -> Entry:
    """What the tool writes: takes are of the present request, which is not in the past."""
    if e.request is None:
        return replace(e, take=None, of=None, adopted=None, approved=None, takes=())
    takes = (e.take, *(t for t in e.takes if t != e.take)) if e.take is not None and e.takes else ()
    return replace(e, takes=takes if len(takes) > 1 else (), past={k: p for k, p in e.past.items() if k != e.request})


entries = st.builds(
    Entry,
    asset=st.sampled_from(["hero", "item/iron", "ünïcode"]).map(AssetId),
    request=maybe,
    take=maybe,
    of=maybe,
    generator=st.sampled_from(["", "gemini"]),
    model=st.text(max_size=5),
    width=st.integers(0, 9000),
    height=st.integers(0, 9000),
    type=st.sampled_from(["", "image/jpeg"]),
    files=st.dictionaries(st.text(min_size=1, max_size=8), st.tuples(digests, digests), max_size=2),
    adopted=maybe,
    approved=maybe,
    protected=st.booleans(),
    takes=st.lists(digests, max_size=3).map(tuple),
    rejected=st.lists(digests, max_size=3).map(tuple),
    note=st.text(max_size=10),
    turns=st.lists(
        st.builds(KeptTurn, prompt=st.text(min_size=1, max_size=5), image_size=st.sampled_from(["", "4K"])), max_size=2
    ).map(tuple),
    past=st.dictionaries(digests, pasts, max_size=3),
).map(consistent)


@settings(suppress_health_check=[HealthCheck.too_slow])  # the first text builds a table of all characters
@given(entries)
def test_what_is_written_is_what_is_read(one: Entry) -> None:
    text = to_text([(one,)])
    assert parse(text.encode(), "pipeline.lock").of(one.asset) == (one,)
    assert text.count("\n") == 1


def test_unknown_fields_are_written_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "pipeline.lock"
    line = '{"asset": "hero", "key": 1, "zeal": {"of": [1, 2]}, "turns": [{"prompt": "bolder", "mood": 1}]}\n'
    path.write_text(line)
    lock = Lock(path, tmp_path / "guard")
    read = lock.read().of(AssetId("hero"))
    assert lock.change(AssetId("hero"), read, replace(read[0], protected=True))
    assert '"turns": [{"prompt": "bolder", "mood": 1}], "zeal": {"of": [1, 2]}' in path.read_text()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"{", ":1: the line is not JSON"),
        (b'\n\n{"asset": 7}', ":3: the line is not an entry"),
        (b'{"asset": "a", "take": "sha256:zz"}', ":1: the entry of `a` has a field of the wrong type"),
        (b'{"asset": "a", "files": {"x": ["y"]}}', "`a` has a field of the wrong type"),
        (b'{"asset": "a", "past": []}', "`a` has a field of the wrong type"),
        (b"[]", "not an entry"),
        (b"\xff\xfe", ":1: it is not UTF-8"),
        (b"\0" * 512, ":1: the line is not JSON"),
    ],
)
def test_garbage_is_told_with_its_line_and_never_read_as_empty(text: bytes, said: str) -> None:
    with pytest.raises(LockError) as told:
        parse(text, "pipeline.lock")
    assert said in told.value.message
    assert "git checkout" in told.value.hint


def test_a_write_is_refused_when_the_entry_is_another_one_by_now(tmp_path: Path) -> None:
    path = tmp_path / "pipeline.lock"
    builder, person = (Lock(path, tmp_path / "guard") for _ in range(2))
    assert builder.change(AssetId("hero"), (), entry("hero"))
    seen = builder.read().of(AssetId("hero"))
    assert person.change(AssetId("hero"), seen, replace(seen[0], rejected=(digest("t"),)))
    assert not builder.change(AssetId("hero"), seen, entry("hero", take="new"))
    assert builder.read().of(AssetId("hero"))[0].rejected == (digest("t"),)


def test_a_decision_of_several_steps_is_followed_and_nobody_else_s(tmp_path: Path) -> None:
    path, fox = tmp_path / "pipeline.lock", AssetId("fox")
    points = [AssetId(f"fox#light={light}") for light in ("noon", "dawn")]
    page, other = (Lock(path, tmp_path / "guard") for _ in range(2))
    page.change(fox, (), entry("fox"))
    deciding = page.expecting(fox, page.read().version(fox))
    assert not deciding.change(fox, (), entry("fox", take="what nobody saw"))
    for point in points:  # its own steps lead on, in whatever order the lines come
        assert deciding.change(point, (), entry(point))
    other.change(AssetId("den"), (), entry("den"))
    assert deciding.change(fox, deciding.read().of(fox), entry("fox", take="picked"))
    seen = other.read().of(fox)
    other.change(fox, seen, replace(seen[0], note="mine"))
    with pytest.raises(Overtaken, match="meanwhile"):
        deciding.change(fox, other.read().of(fox), entry("fox", take="later"))
    assert other.read().of(fox)[0].note == "mine"


def test_a_write_touches_only_its_own_entry(tmp_path: Path) -> None:
    path = tmp_path / "pipeline.lock"
    one, other = (Lock(path, tmp_path / "guard") for _ in range(2))
    one.read()
    assert other.change(AssetId("b"), (), entry("b"))
    assert one.change(AssetId("a"), (), entry("a"))
    assert path.read_text() == lock_of(entry("a"), entry("b"))


# --- git ---


class Repository:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.email", "someone@example.org")
        self.git("config", "user.name", "Someone")

    def git(self, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["git", *args], cwd=self.folder, check=check, capture_output=True, text=True)

    def commit(self, *entries: Entry) -> None:
        (self.folder / "pipeline.lock").write_text(lock_of(*entries))
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "change")

    def merge(self, base: list[Entry], ours: list[Entry], theirs: list[Entry]) -> bool:
        """Whether git merged the three without a conflict."""
        self.commit(*base)
        self.git("switch", "-q", "-c", "theirs")
        self.commit(*theirs)
        self.git("switch", "-q", "main")
        self.commit(*ours)
        return self.git("merge", "-q", "theirs", check=False).returncode == 0

    def entries(self) -> dict[str, tuple[Entry, ...]]:
        locked = parse((self.folder / "pipeline.lock").read_bytes(), "pipeline.lock")
        return {str(asset): sides for asset, sides in locked.sides.items()}


def test_neighbours_merge_cleanly(tmp_path: Path) -> None:
    a, b, c, d = (entry(name) for name in "abcd")
    base, ours, theirs = [a, b, c, d], [replace(a, note="x"), b, c, d], [a, replace(b, note="y"), c, d]
    repository = Repository(tmp_path)
    assert repository.merge(base, ours, theirs)
    assert repository.entries() == {e.asset: (e,) for e in [ours[0], theirs[1], c, d]}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_changes_of_different_entries_never_lose_one(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Two branches change, add and delete entries: whatever git says of it, nobody's change is lost."""
    names = [f"n{number:02}" for number in range(8)]
    base = {name: entry(name) for name in names}
    fates = st.dictionaries(
        st.sampled_from(names), st.sampled_from(["change", "delete", "before", "after"]), max_size=4
    )
    mine = data.draw(fates)
    yours = {name: fate for name, fate in data.draw(fates).items() if name not in mine}

    def edited(fate: dict[str, str], who: str) -> dict[str, Entry]:
        result = dict(base)
        for name, what in fate.items():
            if what == "delete":
                del result[name]
            elif what == "change":
                result[name] = entry(name, take=f"{name} by {who}")
            else:
                added = f"{name}-{who}" if what == "after" else f"{name[:-1]}!{name[-1]}{who}"
                result[added] = entry(added)
        return result

    ours, theirs = edited(mine, "me"), edited(yours, "you")
    repository = Repository(tmp_path_factory.mktemp("merge"))
    clean = repository.merge(list(base.values()), list(ours.values()), list(theirs.values()))
    found = repository.entries()
    for side in (ours, theirs):
        for name, one in side.items():
            if base.get(name) != one:
                assert one in found[name]
    if clean:
        expected = {n: e for n, e in {**theirs, **ours}.items() if (n in ours and n in theirs) or n not in base}
        expected |= {n: theirs[n] for n in theirs if n in ours and ours[n] == base.get(n)}
        assert {name: sides[0] for name, sides in found.items()} == expected
        assert all(len(sides) == 1 for sides in found.values())


@pytest.mark.parametrize("style", ["merge", "diff3", "zdiff3"])
def test_the_same_entry_changed_twice_is_read_as_both(tmp_path: Path, style: str) -> None:
    repository = Repository(tmp_path)
    repository.git("config", "merge.conflictStyle", style)
    base, ours, theirs = entry("b", take="old"), entry("b", take="ours"), entry("b", take="theirs")
    others = [entry("a"), entry("c")]
    assert not repository.merge([*others, base], [*others, ours], [*others, theirs])
    assert sorted(repository.entries()["b"], key=lambda e: e.take == theirs.take) == [ours, theirs]
    assert repository.entries()["a"] == (others[0],)


def test_an_entry_deleted_here_and_changed_there_is_a_conflict_that_keeps_it(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    changed = entry("b", take="new")
    assert not repository.merge([entry("a"), entry("b")], [entry("a")], [entry("a"), changed])
    assert repository.entries()["b"] == (changed,)


# --- two lines of one asset ---


def test_equal_takes_unite_what_people_decided() -> None:
    ours = entry(
        "a", rejected=(digest(1),), note="darker", approved=digest("t"), past={digest(8): Past(take=digest(9))}
    )
    theirs = entry("a", rejected=(digest(2),), note="crop", protected=True, takes=(digest("t"), digest("u")))
    both = merged((ours, theirs), digest("k"))
    assert both is not None
    assert set(both.rejected) == {digest(1), digest(2)}
    assert (both.approved, both.protected, both.note) == (digest("t"), True, "darker\ncrop")
    assert set(both.takes) == {digest("t"), digest("u")}
    assert digest(8) in both.past


def test_the_side_with_the_present_key_wins_and_the_other_is_past() -> None:
    ours, theirs = entry("a", "old", "t1"), entry("a", "new", "t2")
    for sides in [(ours, theirs), (theirs, ours)]:
        both = merged(sides, digest("new"))
        assert both is not None
        assert both.take == digest("t2")
        assert both.past[digest("old")].take == digest("t1")


def test_both_with_the_present_key_is_for_a_person_to_decide() -> None:
    assert merged((entry("a", take="t1"), entry("a", take="t2")), digest("k")) is None


def test_neither_with_the_present_key_goes_to_the_past() -> None:
    both = merged((entry("a", "k1", "t1"), entry("a", "k2", "t2")), digest("k3"))
    assert both is not None
    assert both.take is None
    assert both.request is None
    assert {both.past[digest("k1")].take, both.past[digest("k2")].take} == {digest("t1"), digest("t2")}


@given(entries, entries, digests)
def test_no_take_is_forgotten_by_a_merge(a: Entry, b: Entry, key: Digest) -> None:
    b = replace(b, asset=a.asset)
    for both in (merged((a, b), key), all_united((a, b))):
        if both is not None:
            paid = {d for e in (a, b) if e.request is not None for d in (e.take,) if d is not None}
            assert paid <= both.named
            assert {*a.rejected, *b.rejected} <= set(both.rejected)


@given(entries, entries, digests)
def test_a_merge_does_not_depend_on_the_side(a: Entry, b: Entry, key: Digest) -> None:
    b = replace(b, asset=a.asset)
    one, other = merged((a, b), key), merged((b, a), key)
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert (one.take, one.adopted, one.named, one.protected) == (
            other.take,
            other.adopted,
            other.named,
            other.protected,
        )


@given(entries, digests, digests)
def test_a_revert_brings_back_what_was_picked(one: Entry, key: Digest, take: Digest) -> None:
    one = replace(one, request=digest("before"), take=digest("first"), past={})
    there = turn_to(one, key, Past(take=take))
    back = turn_to(there, digest("before"), there.past[digest("before")])
    assert (back.take, back.adopted, back.approved, back.of) == (one.take, one.adopted, one.approved, one.of)
    assert digest("before") not in back.past
    assert back.past[key].take == take


# --- read line by line, as asked for ---


def spelled(one: Entry, how: str) -> str:
    """An entry's line, as the tool writes it or as somebody else does."""
    line = to_text([(one,)]).removesuffix("\n")
    value = json.loads(line)
    return {
        "as written": line,
        "tight": json.dumps(value, separators=(",", ":")),
        "escaped": json.dumps(value),
        "turned round": json.dumps(dict(reversed(value.items()))),
        "of a later version": json.dumps({**value, "zeal": {"of": [1]}}),
        "from Windows": line + "\r",
        "with a BOM": "\ufeff" + line,
        "cut off": line[: len(line) // 2],
        "of a newer rule": json.dumps({**value, "key": 2}),
        "of wrong types": json.dumps({**value, "width": "wide"}),
        "an empty past": line.replace('"past": {', '"past": {}, "was": {'),
        "conflict": f"<<<<<<< ours\n{line}\n||||||| base\n{line}\n=======\n{line}\n>>>>>>> theirs",
    }[how]


right = ["as written", "as written", "as written", "tight", "escaped", "turned round", "of a later version"]
other = ["from Windows", "with a BOM", "cut off", "of a newer rule", "of wrong types", "an empty past", "conflict"]
many = st.builds(lambda e, id: replace(e, asset=AssetId(id)), entries, st.sampled_from("abcdefgh") | st.just("ünï"))
looks = st.lists(st.tuples(many, st.sampled_from(right) | st.sampled_from(right + other)), max_size=6)
gaps = st.just("\n\n") | st.sampled_from(["\n\n", "\n", "\n\n\n"])


def read_or_told(data: bytes) -> object:
    try:
        return dict(parse(data, "pipeline.lock").sides)
    except LockError as error:
        return re.sub(r"lock:\d+", "lock:N", error.message)


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=300)
@given(looks, gaps, st.sampled_from(["\n", ""]), st.booleans())
def test_a_lock_says_the_same_however_its_lines_are_read(
    looks: list[tuple[Entry, str]], gap: str, end: str, sort: bool
) -> None:
    looks = sorted(looks, key=lambda look: look[0].asset) if sort else looks
    data = (gap.join(spelled(*look) for look in looks) + end).encode()
    # An empty line before the first is no text of the tool's: all lines are made out one after the other.
    assert read_or_told(data) == read_or_told(b"\n\n" + data)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(looks, digests)
def test_who_names_a_take_is_what_the_entries_say(looks: list[tuple[Entry, str]], take: Digest) -> None:
    ids = {entry.asset: spelled(entry, how) for entry, how in looks if how in right}
    sides = parse("\n\n".join(ids[id] for id in sorted(ids)).encode(), "pipeline.lock").sides
    assert set(sides.naming(take)) == {id for id, lines in sides.items() if any(take in one.named for one in lines)}
    changed = sides.copy()
    changed[AssetId("new")] = (entry("new", take="another"),)
    assert changed.naming(digest("another")) == ["new"]
    assert "new" not in sides
    assert sides.naming(digest("another")) == []
    assert sides.paths() == {path for lines in sides.values() for one in lines for path in one.files}


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(looks=looks)
def test_lines_that_nobody_touches_are_written_back_byte_for_byte(
    looks: list[tuple[Entry, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    ids = {entry.asset: spelled(entry, how) for entry, how in looks if how in right}
    folder = tmp_path_factory.mktemp("project")
    path = folder / "pipeline.lock"
    path.write_text("\n\n".join(ids[id] for id in sorted(ids)) + "\n" * bool(ids), encoding="utf-8")
    lock = Lock(path, folder / "guard")
    assert lock.change(AssetId("b+"), (), entry("b+", take=99))
    ids[AssetId("b+")] = to_text([(entry("b+", take=99),)]).removesuffix("\n")
    assert path.read_text(encoding="utf-8").split("\n\n") == [
        *[ids[id] for id in sorted(ids)][:-1],
        ids[max(ids)] + "\n",
    ]


def test_a_lock_may_be_read_while_another_thread_writes_it() -> None:
    data = to_text([(Entry(asset=AssetId(f"a{number:03}"), take=of_bytes(b"%d" % number)),) for number in range(300)])
    index = parse(data.encode(), "pipeline.lock").sides.index(data.encode())
    assert index is not None
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(3) as threads:
            for _ in range(30):
                lines = parse(data.encode(), "pipeline.lock", index).sides
                changed = threads.submit(lines.copy)
                named = threads.submit(lambda lines: [lines.naming(of_bytes(b"%d" % n)) for n in range(300)], lines)
                read = threads.submit(lambda lines: [lines[AssetId(id)][0].take for id in index.ids], lines)
                assert named.result() == [[id] for id in index.ids]
                assert read.result() == [of_bytes(b"%d" % number) for number in range(300)]
                assert [changed.result().naming(of_bytes(b"%d" % n)) for n in range(300)] == [[i] for i in index.ids]
    finally:
        sys.setswitchinterval(before)


def with_hero(take: int, now: Lines) -> bool:
    now[AssetId("hero")] = (entry("hero", take=take),)
    return True


def test_a_file_that_git_puts_there_is_never_written_over_unseen(tmp_path: Path) -> None:
    path, guard = tmp_path / "pipeline.lock", tmp_path / "guard"
    path.write_text(lock_of(entry("art", note="before")))
    over = threading.Event()

    def build() -> None:
        lock, count = Lock(path, guard), 0
        while not over.is_set():
            count += 1
            lock.edit(partial(with_hero, count))

    with ThreadPoolExecutor(1) as threads:
        building = threads.submit(build)
        try:
            for number in range(150):
                pulled = tmp_path / "pulled"
                pulled.write_text(lock_of(entry("art", note="x" * number)))
                pulled.replace(path)
                until = time.monotonic() + 5
                while parse(path.read_bytes(), "pipeline.lock").of(AssetId("art"))[0].note != "x" * number:
                    assert time.monotonic() < until, f"what was pulled, {number}, is gone"
        finally:
            over.set()
        building.result()
    assert [file.name for file in tmp_path.iterdir() if file.name.endswith(".tmp")] == []
