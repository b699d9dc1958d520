"""Work that many threads ask for at once is done for all who wait, and each hears what became of its own part."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.store.together import Together

WHOLE_TEST_S = 20.0


def all_at_once(together: Together[int], parts: Sequence[int]) -> list[Exception | None]:
    """What each part's thread hears, where all of them come while the first part is being done."""
    began, go_on, work = threading.Event(), threading.Event(), together._work

    def held(parts: Sequence[int]) -> None:
        began.set()
        assert go_on.wait(WHOLE_TEST_S)
        work(parts)

    together._work = held
    with ThreadPoolExecutor(len(parts)) as threads:
        first = threads.submit(together.do, parts[0])
        assert began.wait(WHOLE_TEST_S)
        others = [threads.submit(together.do, part) for part in parts[1:]]
        while len(together._waiting) < len(others):
            assert not first.done()
        go_on.set()
        errors = [one.exception(WHOLE_TEST_S) for one in (first, *others)]
    assert all(error is None or isinstance(error, Exception) for error in errors)
    return errors  # type: ignore[return-value]


def test_whoever_comes_while_it_is_done_shares_the_next_time() -> None:
    done = list[list[int]]()
    assert all_at_once(Together(lambda parts: done.append(sorted(parts))), range(10)) == [None] * 10
    assert done == [[0], list(range(1, 10))]


def test_what_is_wrong_with_one_part_stops_no_other() -> None:
    done: list[int] = []

    def work(parts: Sequence[int]) -> None:
        if 5 in parts:
            raise ValueError("five")
        done.extend(parts)

    errors = all_at_once(Together(work), range(10))
    assert [str(error) for error in errors if error is not None] == ["five"]
    assert errors[5] is not None
    assert sorted(done) == [0, 1, 2, 3, 4, 6, 7, 8, 9]


def test_a_failure_is_told_to_all_whose_part_it_was_and_to_nobody_else() -> None:
    def work(parts: Sequence[int]) -> None:
        if parts[0] == 1:
            raise ValueError(parts[0])

    together = Together(work)
    together.do(0)
    with pytest.raises(ValueError, match="1"):
        together.do(1)
    together.do(2)


def test_no_part_is_left_out_and_none_is_done_twice() -> None:
    done: list[int] = []
    together = Together(done.extend)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(together.do, range(500)))
    assert sorted(done) == list(range(500))
