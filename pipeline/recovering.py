"""What an earlier build left open when it died: answers that had arrived are kept, and the rest is booked as lost.

Only the holder of the build lock may, and before anything is decided: what is kept here is not paid for again.
"""

from __future__ import annotations

from collections.abc import Callable

from pipeline import credentials
from pipeline.draw.arrived import Answered, read_arrived
from pipeline.draw.booking import result_of
from pipeline.errors import DrawError, StoreError
from pipeline.files import sweep
from pipeline.store import ledger
from pipeline.words import NOTHING, Event
from pipeline.workshop import Workshop

Report = Callable[[Event], None]


def clear_away(shop: Workshop) -> None:
    """Remove what a build that died had written halfway, wherever it writes. Raises OSError.

    A remote out of the project is left alone: another machine may be writing there just now.
    """
    root = shop.root
    with shop.lock.held():
        sweep(root)
    folders = {(root / path).parent for path in (*shop.outputs.paths(), *shop.bundled.paths())}
    folders |= {(root / path).parent for asset in shop.project.assets.values() for path in asset.paths}
    for store in (shop.store.local, shop.store.remote):
        if store is not None and store.folder.is_relative_to(root):
            folders.add(store.folder)
            for inside in ("objects", "objects/??", "requests/??/*"):
                folders |= set(store.folder.glob(inside))
    for folder in sorted(folders):
        sweep(folder)


def recover(shop: Workshop, report: Report) -> None:
    """Give every call that an earlier build left open its outcome. Raises StoreError, OSError."""
    waiting = shop.incoming.calls()
    if waiting:
        booked = {paid.call: paid for paid in shop.ledger.calls()}
        for call in waiting:
            paid = booked.get(call)
            if paid is None or paid.may_be_charged:
                _take_in(shop, call, report, is_meant=paid is not None)
    shop.ledger.settle(shop.take_of_call)
    for call in waiting:
        shop.incoming.remove(call)


def _take_in(shop: Workshop, call: str, report: Report, *, is_meant: bool) -> None:
    """Keep and book the answer of a call, if it is there whole and has no record yet."""
    answered = read_arrived(shop.incoming, call, shop.project.models)
    if answered is None or shop.take_of_call(answered.asked.key, call) is not None:
        return
    asked = answered.asked
    if not is_meant:
        # The ledger was lost or damaged. It is to tell all that was paid all the same.
        shop.ledger.intent(
            call,
            asset=asked.asset,
            profile=asked.profile,
            request=asked.key,
            generator=asked.generator,
            model=asked.model,
            image_size=asked.image_size,
            reserved=NOTHING,
        )
    if answered.take is not None:
        _keep(shop, answered)
        detail = {"cost_micro_usd": answered.cost, "width": answered.take.width, "height": answered.take.height}
        report(Event(kind="recovered", asset=asked.asset, detail={**detail, "take": answered.take.take}))
    elif answered.error is not None:
        _book_failure(shop, answered, answered.error, report)


def _keep(shop: Workshop, answered: Answered) -> None:
    take = answered.take
    assert take is not None
    try:
        shop.store.add_take(answered.asked.request, take, answered.objects)
    except OSError as error:
        raise StoreError(
            f"a picture of `{take.asset}` that was paid for waits in .pipeline/incoming/ and cannot be kept: "
            f"{error.strerror or error}",
            hint="nothing was drawn; make room in .pipeline/ and build again",
        ) from error
    shop.ledger.outcome(
        take.call,
        result=ledger.TAKE,
        take=take.take,
        cost=take.cost_micro_usd,
        cost_from=take.cost_from,
        usage=take.usage,
    )


def _book_failure(shop: Workshop, answered: Answered, error: DrawError, report: Report) -> None:
    message = error.message
    for secret in credentials.secrets(shop.environ):
        message = message.replace(secret, "[key]")
    asked = answered.asked
    shop.ledger.outcome(
        asked.call,
        result=result_of(error),
        cost=answered.cost,
        cost_from=answered.cost_from,
        usage=error.usage,
        message=message,
    )
    detail = {"cost_micro_usd": answered.cost, "message": message}
    report(Event(kind="recovered", asset=asked.asset, detail=detail))
    if error.kept:
        path = shop.keep_aside(asked.asset, asked.key, error.kept)
        report(Event(kind="kept_aside", asset=asked.asset, detail={"path": path, "why": message}))
