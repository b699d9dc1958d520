"""What there is to be seen of a project, kept up with the disk: each look reads no more than has moved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from pipeline.bulk import in_bulk
from pipeline.errors import PipelineError
from pipeline.files import failure_of
from pipeline.live.books import Books
from pipeline.live.pictures import Pictures
from pipeline.live.rows import Row, Rows
from pipeline.narrowing import narrowed
from pipeline.options import BuildOptions, mode_of
from pipeline.store.lines import digests_in
from pipeline.views.planned import Forecast, forecast_of
from pipeline.words import NOTHING, AssetId, Event, MicroUsd, State, owner_of
from pipeline.workshop import Workshop


class Look(NamedTuple):
    """What one look at the project found."""

    error: PipelineError | None
    """Why it cannot be read: then all that was known before stands."""
    shop: Workshop | None = None
    selected: frozenset[AssetId] = frozenset()
    """The assets that were asked for, of those that were read."""
    plan: Forecast | None = None
    """What a build of these would do, and for how much. What was not read is fresh."""
    rows: Mapping[AssetId, Row] = {}
    """Of the assets that look otherwise than at the last look."""
    gone: frozenset[AssetId] = frozenset()
    """The assets that are no longer declared."""


class Reading:
    """Knows how each asset looked at the last look."""

    def __init__(
        self,
        open_shop: Callable[[], Workshop],
        *,
        select: Sequence[str] = (),
        exclude: Sequence[str] = (),
        options: BuildOptions,
    ) -> None:
        self._open_shop, self._options = open_shop, options
        self._select, self._exclude = select, exclude
        self.rows: dict[AssetId, Row] = {}
        self._lines: Mapping[str, bytes] | None = {}
        self._pictures = Pictures()
        self._books: Books | None = None
        self._heard: list[Event] = []

    def heard(self, event: Event) -> None:
        """Take note of what happened in a build: at the next look failed assets are told with its words."""
        self._heard.append(event)

    def look(self, *, is_outdated: bool = False) -> Look:
        """Read what has moved since the last look, and plan. Raises nothing that a person can mend: it is told.

        `is_outdated`: a build found the last look too old, by what only builds look at; so this one does too.
        """
        lines = self._lines
        try:
            with in_bulk():
                return self._look(is_outdated=is_outdated)
        except PipelineError as error:
            self._lines = lines  # what came with a mistake is to be looked at when that is mended
            return Look(error)
        except OSError as error:
            self._lines = lines
            return Look(failure_of(error))

    def _look(self, *, is_outdated: bool) -> Look:
        shop = self._shop(is_outdated=is_outdated)
        selected = shop.select(self._select, self._exclude, mode_of(shop, self._options))
        outlook = shop.outlook(selected, mode_of(shop, self._options))
        plan = forecast_of(shop, outlook)
        rows = {row.id: row for row in Rows(shop, outlook, self._pictures, self._books_of(shop)).all()}
        gone = self._gone(shop)
        for id in gone:
            del self.rows[id]
        changed = {id: row for id, row in rows.items() if self.rows.get(id) != row}
        self.rows.update(changed)
        return Look(None, shop, selected, plan, changed, gone)

    def _gone(self, shop: Workshop) -> frozenset[AssetId]:
        """The assets of files that were read, or that are not there any more, that are in none now."""
        known, assets, rest = self.rows.items(), shop.project.assets, shop.rest
        if rest is None:
            return frozenset(id for id, _ in known if id not in assets)
        unread = {file.file for file in rest.files}
        return frozenset(id for id, row in known if row.file not in unread and id not in assets)

    def _shop(self, *, is_outdated: bool) -> Workshop:
        """Read in part where everything was read once; assets that were not as they should be are looked at again."""
        shop, lines = self._open_shop(), self._lines_now()
        before, self._lines = self._lines, lines
        if not self.rows or self._select or self._exclude or lines is None or before is None:
            return shop
        ids = before.keys() | lines.keys() if before is not lines else ()
        decided = {owner_of(AssetId(id)) for id in ids if before.get(id) != lines.get(id)}
        unsettled = {id for id, row in self.rows.items() if row.state is not State.FRESH}
        return narrowed(shop, building=is_outdated, also=decided | unsettled)

    def _lines_now(self) -> Mapping[str, bytes] | None:
        """A digest of each line of the lock; None where a merge left it in disorder."""
        path = self._open_shop().lock.path
        return digests_in(str(path)) if path.is_file() else {}

    def _books_of(self, shop: Workshop) -> Books:
        books = self._books
        if books is None:
            self._books = books = Books(shop.ledger.path, shop.profile)
        books.read()
        heard, self._heard = self._heard, []
        for event in heard:
            books.heard(event)
        return books

    @property
    def spent_ever(self) -> MicroUsd:
        """What all calls of this machine cost, by what the service counted."""
        return self._books.spent_ever if self._books is not None else NOTHING
