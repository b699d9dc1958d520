"""Work that many threads ask for at once is done for all who wait, and each hears what became of its own part."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.store.together import Together

WHOLE_TEST_S = 20.0


def test_whoever_comes_while_it_is_done_shares_the_next_time() -> None:
    began, go_on, done = threading.Event(), threading.Event(), list[list[int]]()

    def work(parts: Sequence[int]) -> None:
        done.append(sorted(parts))
        began.set()
        assert go_on.wait(WHOLE_TEST_S)

    together = Together(work)
    with ThreadPoolExecutor(10) as threads:
        first = threads.submit(together.do, 0)
        assert began.wait(WHOLE_TEST_S)
        others = [threads.submit(together.do, number) for number in range(1, 10)]
        while len(together._waiting) < len(others):
            assert not first.done()
        go_on.set()
        for one in (first, *others):
            one.result(WHOLE_TEST_S)
    assert done == [[0], list(range(1, 10))]


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
