"""One paid draw: from a decision to a take in the store, booked in the ledger."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from pipeline.conversation import continuation_of
from pipeline.digest import Digest, canonical_json
from pipeline.draw.booking import objects_of, take_of
from pipeline.draw.generators import Call, Generator, Picture, body_sent, open_generator
from pipeline.draw.limits import Limits, Repeats
from pipeline.draw.pace import WINDOW_S, Pace
from pipeline.draw.purse import Purse
from pipeline.draw.references import prepare
from pipeline.draw.threads import to_its_end
from pipeline.errors import DrawError, StoreError
from pipeline.options import BuildOptions
from pipeline.plan.decision import Decision
from pipeline.plan.planner import Outlook
from pipeline.store import ledger
from pipeline.store.incoming import Asked, Content
from pipeline.store.records import new_call
from pipeline.words import NOTHING, Asset, AssetId, Attachment, Event, MicroUsd, Reference, Request, Take
from pipeline.workshop import Workshop

Report = Callable[[Event], None]

_TIMEOUT_S = 180.0
_TIMEOUT_4K_S = 600.0

_PREPARED_AT_HAND = 16

_BYTES_A_PIXEL = {"image/jpeg": 1.25, "image/png": 3.0}
"""More than the largest pictures have: a 4K JPEG of 15 MB has 0.9."""
_ROOM_FOR_THE_REST = 1 << 20
"""Drafts, the answer's JSON, the record, lines of ledger and lock."""


class Drawing:
    """Draws for one build: opens the generator at the first draw, keeps what arrives, adds up what was spent."""

    def __init__(
        self,
        shop: Workshop,
        outlook: Outlook,
        options: BuildOptions,
        purse: Purse,
        report: Report,
        began: Callable[[AssetId], None],
    ) -> None:
        """`began` is told of each call that is about to be made."""
        self.shop, self.outlook, self.report = shop, outlook, report
        self._began = began
        self.spent, self.estimated, self.maybe_spent = NOTHING, NOTHING, NOTHING
        self._fail_fast = options.fail_fast
        self._has_room = False
        self._ahead: asyncio.Event | None = None
        """Set when the draw that was asked for last has its place in the line for a slot."""
        self._reserved: dict[str, MicroUsd] = {}
        self._asked: dict[str, Asked] = {}
        self._preparing = threading.Lock()
        self._prepared: dict[tuple[str, bytes, int], Picture] = {}
        self._generator: Generator | None = None
        self._limits = Limits(
            purse=purse,
            jobs=options.jobs or shop.project.settings.jobs,
            pace_of=self._pace_of,
            clock=time.monotonic,
            sleep=asyncio.sleep,
            random=random.Random(),
            report=report,
            journal=self,
            now=shop.now,
            new_id=new_call,
        )

    @property
    def in_flight(self) -> int:
        return self._limits.in_flight

    def stop(self) -> None:
        """Start no further call; those in flight are awaited by whoever asked for them."""
        self._limits.stop()

    async def aclose(self) -> None:
        if self._generator is not None:
            await self._generator.aclose()

    async def draw(self, asset: Asset, decision: Decision, repeats: Repeats) -> Digest:
        """Draw the decision's request once and keep the take. Raises DrawError, OverBudget, Interrupted, OSError."""
        request = decision.step.request
        assert request is not None
        known = self.outlook.known
        await self._in_line(partial(self._prepare, asset, request))
        try:
            paid = await self._limits.draw(
                self._open(),
                lambda call: self._call(call, asset, request),
                model=request.model,
                asset=asset.id,
                ceiling=MicroUsd(decision.step.price.ceiling // decision.step.count),
                repeats=repeats,
            )
        except DrawError as error:
            if self._fail_fast:
                # Before anything is awaited: whoever waits for this call's slot would be let in meanwhile.
                self._limits.stop()
            if error.kept:
                await asyncio.to_thread(self._keep_aside, asset, request, error)
            raise
        asked = self._asked.pop(paid.call.id)
        take = take_of(paid.drawn, asked, cost=paid.cost, cost_from=paid.cost_from, ended=paid.ended)
        # Before anyone can see it in the store: else a twin with the same request would pick it up.
        known.claims.claim(asset.id, take.take)
        known.claims.served(asset.id, request.key)
        self._add(take.cost_micro_usd, take.cost_from)
        try:
            await asyncio.to_thread(self._keep, asked, take, objects_of(paid.drawn))
        except OSError as error:
            self._limits.stop("not tried: a picture that was paid for could not be kept")
            raise await asyncio.to_thread(self._unkept, take, error) from error
        detail = {"cost_micro_usd": take.cost_micro_usd, "width": take.width, "height": take.height}
        self.report(Event(kind="drawn", asset=asset.id, detail={**detail, "model_version": take.model_version}))
        return take.take

    async def _in_line(self, prepare: Callable[[], None]) -> None:
        """Prepare in a thread, before there is a slot, so that no answer has to wait; and be drawn in one's order."""
        before, self._ahead = self._ahead, asyncio.Event()
        mine = self._ahead
        try:
            try:
                await asyncio.to_thread(prepare)
            finally:
                if before is not None:
                    await before.wait()
        finally:
            mine.set()

    def _add(self, cost: MicroUsd, cost_from: str) -> None:
        """What the service counted and what the table says stand apart."""
        if cost_from == "table":
            self.estimated = MicroUsd(self.estimated + cost)
        else:
            self.spent = MicroUsd(self.spent + cost)

    def repeats(self, asset: Asset, decision: Decision) -> Repeats:
        """How often calls for a decision may be repeated, all its candidates together."""
        settings, key = self.shop.project.settings, decision.step.key
        assert key is not None
        lost = self.outlook.known.lost.get((asset.id, key), 0)
        left = settings.retry_lost * asset.candidates - lost
        left = min(left, settings.retry_lost * decision.step.count)
        return Repeats(lost=max(0, left), blocked=settings.retry_blocked * decision.step.count)

    def _prepare(self, asset: Asset, request: Request) -> None:
        """All that can stand against keeping a take, and what the call attaches: before anything is paid."""
        if not self._has_room:
            self._see_to_room()
        self._references(asset, request)
        self.shop.store.local.add_request(request.preimage)

    def _see_to_room(self) -> None:
        with self._preparing:
            if not self._has_room:
                self.shop.store.check_room()
                self.shop.lock.check_writable()
                self._has_room = True

    def _keep(self, asked: Asked, take: Take, objects: tuple[Content, ...]) -> None:
        """Paid for: synced before anything else happens to it."""
        self.shop.store.add_take(asked.request, take, objects)
        self._book(take, ledger.TAKE)
        self.shop.incoming.remove(take.call)

    def _unkept(self, take: Take, error: OSError) -> StoreError:
        """Why a picture that was paid for is not in the store. If it arrived whole on the disk, it waits there."""
        if self.shop.incoming.is_whole(take.call):
            hint = "it waits in .pipeline/incoming/: make room and build again, and it is taken from there, free"
        else:
            # Paid for, and lost: the one thing that must not happen twice.
            hint = "the build was stopped so that nothing more is paid for; make room in .pipeline/ and build again"
            with suppress(OSError):
                self._book(take, "unkept")
        return StoreError(f"the picture was drawn and could not be kept: {error.strerror or error}", hint=hint)

    def _book(self, take: Take, result: str) -> None:
        self.shop.ledger.outcome(
            take.call,
            result=result,
            take=take.take,
            cost=take.cost_micro_usd,
            cost_from=take.cost_from,
            usage=take.usage,
        )

    def _pace_of(self, model: str) -> Pace:
        """A model's pace to begin with: its limit from the settings, and what an earlier build has used of it."""
        now = time.monotonic()
        recent = [now - ago for ago in self.shop.ledger.started_ago(model, WINDOW_S)]
        return Pace(self.shop.project.models.get(model).per_minute, recent)

    def _open(self) -> Generator:
        if self._generator is None:
            settings = self.shop.project.settings
            name = self.outlook.known.mode.generator
            self._generator = open_generator(name, self.shop.environ, settings.api_version)
        return self._generator

    def _call(self, id: str, asset: Asset, request: Request) -> Call:
        continued = continuation_of(self.shop, asset, request, self.outlook.previous(asset.id))
        return Call(
            id=id,
            request=request,
            model=self.shop.project.models.get(asset.model),
            references=self._references(asset, request),
            history=continued.history,
            continued=continued.picture,
            timeout_s=timeout_s_of(request),
            incoming=self.shop.incoming.path(id),
        )

    def _references(self, asset: Asset, request: Request) -> tuple[Picture, ...]:
        """The request's references, in its order, as they are sent."""
        named = self.outlook.rendered[asset.id].references
        return tuple(
            self._picture(attachment, reference, request.reference_limit)
            for attachment, reference in zip(request.references, named, strict=True)
        )

    def _picture(self, attachment: Attachment, reference: Reference, limit: int) -> Picture:
        """A reference as it is sent. Many assets attach the same few, so the last ones are kept at hand."""
        wanted = (attachment.digest, canonical_json(list(attachment.steps)), limit)
        at_hand = self._prepared.get(wanted)
        if at_hand is not None:  # the event loop asks here, and is not to wait until another one is prepared
            return at_hand
        with self._preparing:
            if wanted not in self._prepared:
                if len(self._prepared) >= _PREPARED_AT_HAND:
                    del self._prepared[next(iter(self._prepared))]
                self._prepared[wanted] = prepare(self.shop.bytes_of(attachment, reference), limit)
            return self._prepared[wanted]

    def _keep_aside(self, asset: Asset, request: Request, error: DrawError) -> None:
        """Keep an answer without a usable picture for inspection."""
        path = self.shop.keep_aside(asset.id, request.key, error.kept)
        self.report(Event(kind="kept_aside", asset=asset.id, detail={"path": path, "why": error.message}))

    # --- the journal that Limits writes ---

    async def intent(self, call: Call, asset: AssetId, reserved: MicroUsd) -> None:
        self._began(asset)
        self._reserved[call.id] = reserved
        self._asked[call.id] = asked = Asked(
            call=call.id,
            asset=asset,
            profile=self.shop.profile or "",
            request=call.request.preimage,
            generator=call.request.generator,
            model=call.request.model,
            aspect_ratio=call.request.aspect_ratio,
            image_size=call.request.image_size,
            sent=body_sent(call),
            started=self.shop.now(),
        )
        writing = partial(self._write_intent, asked, call, reserved)
        try:
            # In a thread: a disk takes its time to sync, and there are other answers to take in.
            await to_its_end(writing)
        except asyncio.CancelledError:
            self.outcome(call, asset, "unavailable", NOTHING, "", {}, "not made: the build was ended")
            raise
        self.report(Event(kind="drawing", asset=asset, detail={"model": call.request.model, "price": reserved}))

    def _write_intent(self, asked: Asked, call: Call, reserved: MicroUsd) -> None:
        self._keep_room(asked, call)
        self.shop.ledger.intent(
            call.id,
            asset=asked.asset,
            profile=asked.profile,
            request=call.request.key,
            generator=call.request.generator,
            model=call.request.model,
            image_size=call.request.image_size,
            reserved=reserved,
        )

    def _keep_room(self, asked: Asked, call: Call) -> None:
        """Without room for one more picture, none is asked for, now or later. Raises StoreError."""
        width, height = call.model.shape(call.request.aspect_ratio, call.request.image_size)
        room_bytes = round(width * height * _BYTES_A_PIXEL.get(call.model.type, 1.25)) + _ROOM_FOR_THE_REST
        try:
            self.shop.incoming.begin(asked, room_bytes)
        except OSError as error:
            why = f"there is no room in .pipeline/ for one more picture: {error.strerror or error}"
            self._limits.stop(f"not tried: {why}")
            raise StoreError(why, hint=f"{room_bytes >> 20} MiB are needed; make room and build again") from error

    def outcome(
        self,
        call: Call,
        asset: AssetId,
        result: str,
        cost: MicroUsd,
        cost_from: str,
        usage: Mapping[str, Any],
        message: str,
    ) -> None:
        self._asked.pop(call.id, None)
        # Broken off here with the answer on the disk: its outcome is what the next build makes of it.
        if result != ledger.LOST or not self.shop.incoming.is_whole(call.id):
            self.shop.ledger.outcome(
                call.id, result=result, cost=cost, cost_from=cost_from, usage=usage, message=message
            )
            self.shop.incoming.remove(call.id)
        self._add(cost, cost_from)
        if result == ledger.LOST:
            self.maybe_spent = MicroUsd(self.maybe_spent + self._reserved[call.id])


def timeout_s_of(request: Request) -> float:
    """How long a call for that request may take as a whole: pictures of 4K take minutes."""
    return _TIMEOUT_4K_S if request.image_size == "4K" else _TIMEOUT_S
