"""Every asset is started once, after all that it needs; and of no model too many whose call is still to come."""

from __future__ import annotations

import itertools
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from pipeline.ready import AT_HAND, Ready
from pipeline.words import AssetId


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[AssetId], dict[AssetId, list[AssetId]], dict[AssetId, str]]:
    """Assets upstream first, what each needs, and its model. Some need what is not being built."""
    order = [AssetId(f"a{number}") for number in range(draw(st.integers(0, 40)))]
    upstream: dict[AssetId, list[AssetId]] = {}
    for place, asset in enumerate(order):
        before = st.sampled_from([*order[:place], AssetId("elsewhere")])
        upstream[asset] = draw(st.lists(before, max_size=3))
    models = {asset: draw(st.sampled_from(["pro", "flash"])) for asset in order}
    return order, upstream, models


@given(graphs(), st.randoms(use_true_random=False))
def test_all_are_started_once_and_in_time(
    graph: tuple[list[AssetId], dict[AssetId, list[AssetId]], dict[AssetId, str]], chance: Random
) -> None:
    order, upstream, models = graph
    ready = Ready(order, upstream, models)
    started: list[AssetId] = []
    done: set[AssetId] = set()
    calling: set[AssetId] = set()
    while len(done) < len(order):
        for asset in ready.start():
            assert asset not in started
            assert done.issuperset(set(upstream[asset]) & set(order))
            started.append(asset)
        at_hand = [asset for asset in started if asset not in done and asset not in calling]
        for model in ("pro", "flash"):
            assert sum(models[asset] == model for asset in at_hand) <= AT_HAND
        running = [asset for asset in started if asset not in done]
        assert running, "what is left waits for nothing, and is not started"
        one = chance.choice(running)
        if one not in calling and chance.random() < 0.5:
            calling.add(one)
            ready.called(one)
        else:
            done.add(one)
            ready.done(one)
    assert not list(ready.start())


def test_a_model_that_takes_no_calls_keeps_no_other_waiting() -> None:
    order = [AssetId(f"slow{number}") for number in range(100)] + [AssetId("fast")]
    models = {asset: "fast" if asset == "fast" else "slow" for asset in order}
    started = list(Ready(order, dict.fromkeys(order, ()), models).start())
    assert started == [*order[:AT_HAND], "fast"]


def test_a_long_chain_does_not_wait_for_what_nothing_depends_on() -> None:
    chain = [AssetId(f"chain{number}") for number in range(5)]
    wide = [AssetId(f"wide{number}") for number in range(50)]
    order = [*wide, *chain]
    upstream: dict[AssetId, list[AssetId]] = {asset: [] for asset in order}
    upstream |= {asset: [before] for before, asset in itertools.pairwise(chain)}
    ready = Ready(order, upstream, dict.fromkeys(order, "flash"))
    rounds: list[list[AssetId]] = []
    while started := list(ready.start()):
        rounds.append(started)
        for asset in started:
            ready.done(asset)
    *links, _ = chain  # behind the last one nothing waits either
    assert [started[0] for started in rounds[: len(links)]] == links
    assert [asset for started in rounds for asset in started if asset in wide] == wide
