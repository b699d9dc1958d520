from __future__ import annotations

import threading
from collections.abc import Callable, Collection

from pipeline.errors import UsageError
from pipeline.live.reading import Reading
from pipeline.live.state import State, Update
from pipeline.options import BuildOptions
from pipeline.words import AssetId, MicroUsd
from pipeline.workshop import Workshop


class First:
    def __init__(self, open_shop: Callable[[], Workshop], options: BuildOptions) -> None:
        self._reading = Reading(open_shop, options=options)
        self._state = State()
        self._told: list[Callable[[Update], None]] = []
        self._poked = threading.Event()
        self._poked.set()

    def run(self) -> None:
        while True:
            self._poked.wait(1.0)
            self._poked.clear()
            look = self._reading.look()
            old = self._state
            if look.error is not None:
                new = State(**{**vars(old), "error": look.error, "revision": old.revision + 1})
            else:
                new = State(
                    revision=old.revision + 1,
                    rows=dict(self._reading.rows),
                    plan=look.plan,
                    shop=look.shop,
                    spent_ever=self._reading.spent_ever,
                )
                if not look.rows and not look.gone and old.error is None:
                    continue
            self._state = new
            for told in self._told:
                told(Update(state=new, rows=look.rows, gone=look.gone, changed=frozenset({"plan", "error"})))

    def state(self) -> State:
        return self._state

    def subscribe(self, told: Callable[[Update], None]) -> Callable[[], None]:
        self._told.append(told)
        return lambda: self._told.remove(told)

    def poke(self) -> None:
        self._poked.set()

    def build(self, ids: Collection[AssetId] | None, price: MicroUsd) -> None:
        raise UsageError("this first version does not build yet")

    def allow(self, question: str) -> None:
        raise UsageError("this first version does not build yet")

    def stop_build(self) -> None:
        raise UsageError("this first version does not build yet")
