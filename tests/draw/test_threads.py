"""Who may work, and in which order, where more is to be done than can be at a time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from pipeline.draw.threads import Precedence


@given(st.lists(st.integers(0, 9), max_size=12))
def test_of_those_who_wait_the_lowest_rank_goes_first_and_equals_as_they_came(ranks: list[int]) -> None:
    done: list[tuple[int, int]] = []

    async def all_of_them() -> None:
        precedence, opened = Precedence(1), threading.Event()
        first = asyncio.create_task(precedence.to_its_end(0, opened.wait))
        await asyncio.sleep(0)
        others = [
            asyncio.create_task(precedence.to_its_end(rank, lambda one=(rank, place): done.append(one)))  # type: ignore[misc]
            for place, rank in enumerate(ranks)
        ]
        await asyncio.sleep(0)
        opened.set()
        await asyncio.gather(first, *others)

    asyncio.run(all_of_them())
    assert done == sorted((rank, place) for place, rank in enumerate(ranks))


@given(places=st.integers(1, 3), gone=st.sets(st.integers(0, 9)))
def test_never_more_than_there_are_places_and_whoever_goes_takes_none_along(places: int, gone: set[int]) -> None:
    working, most, done = 0, 0, 0
    counting, opened = threading.Lock(), threading.Event()

    def work() -> None:
        nonlocal working, most, done
        with counting:
            working += 1
            most = max(most, working)
        opened.wait()
        with counting:
            working, done = working - 1, done + 1

    async def all_of_them() -> None:
        precedence = Precedence(places)
        tasks = [asyncio.create_task(precedence.to_its_end(1, work)) for _ in range(10)]
        await asyncio.sleep(0)
        for number in gone:
            tasks[number].cancel()
        opened.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [isinstance(result, asyncio.CancelledError) for result in results] == [n in gone for n in range(10)]
        # All places are free again, and no more than there were.
        opened.clear()
        again = [asyncio.create_task(precedence.to_its_end(1, work)) for _ in range(places + 1)]
        await asyncio.sleep(0)
        opened.set()
        await asyncio.gather(*again)

    asyncio.run(all_of_them())
    # Who had begun when it was told to go has done its work all the same.
    assert done == 10 - len([number for number in gone if number >= places]) + places + 1
    assert most <= places


def test_one_that_is_called_and_told_to_go_at_once_hands_its_place_on() -> None:
    async def all_of_them() -> list[str]:
        precedence, opened = Precedence(1), threading.Event()

        def saying(text: str) -> Callable[[], str]:
            return lambda: text

        first = asyncio.create_task(precedence.to_its_end(0, opened.wait))
        second = asyncio.create_task(precedence.to_its_end(1, saying("second")))
        third = asyncio.create_task(precedence.to_its_end(2, saying("third")))
        await asyncio.sleep(0)
        first.add_done_callback(lambda _: second.cancel())  # it is called, and has not heard of it
        opened.set()
        results = await asyncio.gather(first, second, third, return_exceptions=True)
        assert isinstance(results[1], asyncio.CancelledError)
        return [str(results[2])]

    assert asyncio.run(all_of_them()) == ["third"]


def test_work_that_is_told_to_go_twice_keeps_its_place_until_it_is_done() -> None:
    async def all_of_them() -> list[str]:
        precedence, opened, done = Precedence(1), threading.Event(), list[str]()

        def first() -> None:
            opened.wait()
            done.append("first")

        leaving = asyncio.create_task(precedence.to_its_end(0, first))
        coming = asyncio.create_task(precedence.to_its_end(0, lambda: done.append("second")))
        for _ in range(2):
            await asyncio.sleep(0)
            leaving.cancel()
        for _ in range(5):
            await asyncio.sleep(0)
        is_there = not leaving.done()
        opened.set()
        results = await asyncio.gather(leaving, coming, return_exceptions=True)
        assert is_there
        assert isinstance(results[0], asyncio.CancelledError)
        return done

    assert asyncio.run(all_of_them()) == ["first", "second"]
