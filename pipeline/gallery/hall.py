"""What the server answers, without a word of HTTP: the wall, an asset, a decision. Each in whatever thread asks."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator, Set
from contextlib import suppress
from pathlib import Path
from threading import Event as Happened
from threading import RLock
from typing import Any

from pipeline.bulk import in_bulk
from pipeline.errors import PipelineError
from pipeline.gallery.asset import Seen, asset_json
from pipeline.gallery.deciding import Wish, adopt_file, decide
from pipeline.gallery.pictures import Found, Shelves
from pipeline.gallery.wire import OnServer, plan_json, problems_json, row_json
from pipeline.live.books import Books
from pipeline.live.pictures import Pictures
from pipeline.live.rows import Row, Rows, left_there, version_parts
from pipeline.live.state import Building, Keeps, State, Update, Waiting
from pipeline.narrowing import narrowed
from pipeline.options import BuildOptions, drawing_mode, mode_of
from pipeline.plan.planner import Outlook
from pipeline.store.lock import Locked
from pipeline.views.shown import teller_of
from pipeline.words import NOTHING, AssetId, Digest, Event, MicroUsd
from pipeline.workshop import Workshop

Document = dict[str, Any]

_FIRST_LOOK_S = 60.0
"""How long a page waits for the first look at a project."""

_AROUND = frozenset({"plan", "error", "unbuilt", "building", "waiting", "spent"})

_MOST_SEEN = 4
"""Readings of assets that the last look did not read, kept for whoever asks again."""


class Absent(PipelineError):
    """There is no such asset, or no such picture."""


class _Answered:
    """The rows of assets that were decided about here, until a look has seen what was decided.

    A look that began before a decision may end after its answer: what it found must not come after that on a page.
    """

    def __init__(self) -> None:
        self._rows: dict[AssetId, Row] = {}

    def note(self, row: Row) -> None:
        self._rows[row.id] = row

    def newest(self, rows: Iterable[Row], shop: Workshop | None) -> list[Row]:
        """These rows, or what is known better of their assets."""
        if not self._rows or shop is None:
            return list(rows)
        with suppress(PipelineError, OSError):
            locked = shop.lock.read()
            return [self._newer(row, locked) if row.id in self._rows else row for row in rows]
        return list(rows)

    def _newer(self, row: Row, locked: Locked) -> Row:
        now, answered = locked.version(row.id), self._rows[row.id]
        if row.decided != now and answered.decided == now:
            return answered
        self._rows.pop(row.id, None)
        return row


class Hall:
    """One project as its pages see it."""

    def __init__(self, keeper: Keeps, open_shop: Callable[[], Workshop], options: BuildOptions, *, auto: bool) -> None:
        self.keeper, self._open_shop, self._options, self._auto = keeper, open_shop, options, auto
        self._root = open_shop().root
        self._at = OnServer()
        self._shelves = Shelves()
        self._pictures = Pictures()
        self._seen: OrderedDict[tuple[int, AssetId | None], Seen] = OrderedDict()
        self._deciding = RLock()
        self._looked = Happened()
        self._answered = _Answered()

    def heard(self, update: Update) -> None:
        """Take note of something new."""
        if update.state.plan is not None or update.state.error is not None:
            self._looked.set()

    def _state(self) -> State:
        """What is known, once the project was looked at for the first time."""
        self._looked.wait(_FIRST_LOOK_S)
        return self.keeper.state()

    # --- looking ---

    def wall(self) -> Document:
        """All that the wall shows."""
        state = self._state()
        rows = self._answered.newest(state.rows.values(), state.shop)
        return {
            "revision": state.revision,
            "project": self._project(state),
            "rows": [row_json(row, self._at) for row in rows],
            **self._around(state, _AROUND),
            "spent_ever_micro_usd": state.spent_ever,
        }

    def _project(self, state: State) -> Document:
        return {
            "name": self._root.name,
            "root": str(self._root),
            "profile": self._open_shop().profile,
            "auto": self._auto,
            "read_only": False,
        }

    def _around(self, state: State, changed: Set[str]) -> Document:
        """What there is beside the rows, as far as it changed."""
        told: Document = {}
        if "plan" in changed or "spent" in changed:
            told["plan"] = self.plan(state)
        if not changed.isdisjoint(("error", "unbuilt")):
            told["problems"] = problems_json(state.error, state.rows.values(), self._root, unbuilt=state.unbuilt)
        if "building" in changed:
            told["building"] = building_json(state.building) if state.building is not None else None
        if "waiting" in changed:
            told["waiting"] = waiting_json(state.waiting) if state.waiting is not None else None
        if "spent" in changed:
            told["spent_micro_usd"] = state.spent
            told["spent_ever_micro_usd"] = state.spent_ever
        return told

    def plan(self, state: State | None = None) -> Document | None:
        """The plan of all; None before the project could be read."""
        state = state or self.keeper.state()
        if state.plan is None:
            return None
        setting = state.plan.project.settings.budget_per_build
        budget = state.budget if state.budget is not None else setting
        return plan_json(state.plan, budget, MicroUsd(max(NOTHING, budget - state.spent)))

    def update(self, update: Update) -> Iterator[tuple[str, Document]]:
        """What a page is told of something new: messages, each with its kind."""
        if update.event is not None:
            yield "happened", self._event(update.state, update.event)
        if not (update.rows or update.gone or update.changed):
            return
        rows = self._answered.newest(update.rows.values(), update.state.shop)
        # Any row that changed may have been, or be, a failure.
        changed = {*update.changed, "error"} if update.rows or update.gone else update.changed
        yield (
            "update",
            {
                "revision": update.state.revision,
                "rows": [row_json(row, self._at) for row in rows],
                "gone": sorted(update.gone),
                **self._around(update.state, changed),
            },
        )

    def _event(self, state: State, event: Event) -> Document:
        teller = teller_of(state.shop or self._open_shop())
        return {**teller.event_json(event), "text": teller.event(event)}

    def asset(self, id: AssetId) -> Document:
        """All of one asset. Raises Absent, and where the project cannot be read PipelineError, OSError."""
        seen = self._see(id)
        if _has_moved(seen, id):
            return self.overtaken(id)
        return asset_json(seen, id, self._at, self._shelves.attached)

    def picture(self, digest: Digest, asset: AssetId | None) -> Found | None:
        """Where a picture of the project lies."""
        return self._shelves.find(self.keeper.state(), digest, asset)

    # --- deciding ---

    def decide(self, wish: Wish) -> Document:
        """Decide as a page wishes. Raises Overtaken, Absent, PipelineError, OSError."""
        return self._decided(wish, lambda shop, shown: decide(shop, wish, shown))

    def adopt(self, wish: Wish, file: Path, *, as_take: bool, called: str) -> Document:
        """Adopt a picture that a page sent, which a person knows under that name. Raises as `decide`."""
        return self._decided(
            wish, lambda shop, shown: adopt_file(shop, wish, shown, file, as_take=as_take, called=called)
        )

    def _decided(self, wish: Wish, act: Callable[[Workshop, str], tuple[Event, ...]]) -> Document:
        with self._deciding, in_bulk():
            before = self._see(wish.asset)
            outlooks = (before.now, before.drawing)
            shop = before.shop.resuming(wish.asset, outlooks)
            now = self._row(shop, before, wish.asset)
            events = act(shop, now.version)
            row = self._row(shop, before, wish.asset)
            self._answered.note(row)
        self.keeper.decided(wish.asset)
        teller = teller_of(shop)
        return {"text": " ".join(f"{teller.decided(event)}." for event in events), "row": row_json(row, self._at)}

    def overtaken(self, asset: AssetId) -> Document:
        """An asset as it is at this very moment, for a page that showed an older one."""
        with self._deciding:
            before = self._see(asset)
            shop = before.shop.resuming(asset, (before.now, before.drawing))
            now = self._outlook(shop, mode_of(shop, self._options))
            drawing = now if now.known.mode.draws else self._outlook(shop, drawing_mode(shop))
            row = self._row_by(shop, now, before.rows.get(asset), asset)
            seen = Seen(shop=shop, now=now, drawing=drawing, rows={**before.rows, asset: row}, pictures=self._pictures)
            return asset_json(seen, asset, self._at, self._shelves.attached)

    def _row(self, shop: Workshop, before: Seen, asset: AssetId) -> Row:
        """The asset's row at this very moment."""
        return self._row_by(shop, self._outlook(shop, mode_of(shop, self._options)), before.rows.get(asset), asset)

    def _row_by(self, shop: Workshop, outlook: Outlook, before: Row | None, asset: AssetId) -> Row:
        books = Books(shop.ledger.path, shop.profile)
        row = Rows(shop, outlook, self._pictures, books).row(shop.project.assets[asset])
        if before is not None and before.failure and before.version == row.version:
            row = row._replace(failure=before.failure, state=before.state)
        return row

    def _outlook(self, shop: Workshop, mode: Any) -> Outlook:
        return shop.outlook(frozenset(shop.project.assets), mode)

    def _see(self, id: AssetId) -> Seen:
        """The project with this asset in it, as the last look found it. Raises Absent, PipelineError, OSError."""
        state = self._state()
        if id not in state.rows:
            raise Absent(f"there is no asset `{id}`")
        shop, plan = state.shop, state.plan
        if shop is not None and plan is not None and id in shop.project.assets:
            return Seen(
                shop=shop,
                now=plan.outlook,
                drawing=plan.with_generator,
                rows=state.rows,
                pictures=self._pictures,
            )
        with self._deciding:
            return self._read(state, id)

    def _read(self, state: State, id: AssetId) -> Seen:
        """Read the asset and what it needs: the last look did not, because nothing of it had moved."""
        key = (state.revision, id)
        if key not in self._seen:
            with in_bulk():
                shop = narrowed(self._open_shop(), building=False, also=self._around_asset(state, id))
                if id not in shop.project.assets:
                    raise Absent(f"there is no asset `{id}` any more")
                now = self._outlook(shop, mode_of(shop, self._options))
                drawing = now if now.known.mode.draws else self._outlook(shop, drawing_mode(shop))
            for old in [old for old in self._seen if old[0] != state.revision]:
                del self._seen[old]
            while len(self._seen) >= _MOST_SEEN:
                self._seen.popitem(last=False)
            self._seen[key] = Seen(shop=shop, now=now, drawing=drawing, rows=state.rows, pictures=self._pictures)
        return self._seen[key]

    def _around_asset(self, state: State, id: AssetId) -> tuple[AssetId, ...]:
        return (id, *state.rows[id].needs)

    # --- building ---

    def build(self, ids: Collection[AssetId] | None, price: MicroUsd) -> None:
        """Build these, or all. Raises Absent, Overtaken where it would be dearer by now, PipelineError."""
        known = self.keeper.state().rows
        for id in ids or ():
            if id not in known:
                raise Absent(f"there is no asset `{id}`")
        self.keeper.build(ids, price)


def _has_moved(seen: Seen, id: AssetId) -> bool:
    """Whether anybody decided about the asset, or changed its file, since the last look."""
    decided, _, file = version_parts(seen.rows[id].version)
    if seen.shop.lock.read().version(id) != decided:
        return True
    with suppress(PipelineError):  # a link in its place leads out of the project: that is told as a problem
        found = seen.now.decision(id)
        there = {path: seen.shop.outputs.digest(path) for path in seen.shop.project.assets[id].paths}
        return left_there(found) != file or there != found.there
    return False


def building_json(building: Building) -> Document:
    return {
        "began": building.began,
        "total": building.total,
        "done": building.done,
        "drawing": list(building.drawing),
        "queued": list(building.queued),
        "spent_micro_usd": building.spent,
        "maybe_spent_micro_usd": building.maybe_spent,
        "seconds_left": building.seconds_left,
        "is_stopping": building.is_stopping,
    }


def waiting_json(waiting: Waiting) -> Document:
    left = max(0.0, waiting.until - time.monotonic()) if waiting.until is not None else None
    return {
        "question": waiting.question,
        "why": waiting.why,
        "seconds_left": left,
        "draws": waiting.draws,
        "table_micro_usd": waiting.price,
        "top_micro_usd": waiting.top,
        "text": waiting.text,
    }
