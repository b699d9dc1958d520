"""Whoever waits for the loop's answer is told when there will be none."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from pipeline.errors import PipelineError
from pipeline.live.inbox import Inbox


def test_a_question_after_the_end_is_refused_at_once() -> None:
    inbox = Inbox()
    inbox.close()
    with pytest.raises(PipelineError, match="has ended"):
        inbox.answer(lambda: 1)


@pytest.mark.timeout(30)
def test_a_question_that_waits_when_all_ends_is_refused() -> None:
    inbox, put, said = Inbox(), threading.Event(), []

    def ask() -> None:
        with pytest.raises(PipelineError, match="has ended") as refused:
            inbox.answer(lambda: 1)
        said.append(refused.value)

    hand_in = inbox.put

    def put_in(work: Callable[[], object]) -> None:
        hand_in(work)
        put.set()

    inbox.put = put_in  # type: ignore[method-assign]
    asking = threading.Thread(target=ask)
    asking.start()
    put.wait()
    inbox.close()
    asking.join()
    assert len(said) == 1
