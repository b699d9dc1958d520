"""What an answer amounts to in the books: its result, what it cost, and the record of its take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.draw.port import Drawn
from pipeline.errors import AccountRefused, BadAnswer, BadCall, Blocked, DrawError, Lost, Throttled, Unavailable
from pipeline.spec.models import Model
from pipeline.store.incoming import Asked, Content, bytes_in, digest_of
from pipeline.words import NOTHING, MicroUsd, Part, Take

_RESULTS: Mapping[type[DrawError], str] = {
    Throttled: "throttled",
    Unavailable: "unavailable",
    Lost: "lost",
    Blocked: "blocked",
    BadAnswer: "bad",
    BadCall: "refused",
    AccountRefused: "refused",
}


def result_of(error: DrawError) -> str:
    """A failed call's result, in the ledger's word."""
    return next((name for kind, name in _RESULTS.items() if isinstance(error, kind)), "bad")


def cost_of_picture(model: Model, image_size: str, usage: Mapping[str, Any]) -> tuple[MicroUsd, str]:
    """What a picture cost, and by what that is known: `usage`, or `table` where the service did not count."""
    counted = model.cost_of(usage)
    return (counted, "usage") if counted is not None else (_table_price(model, image_size), "table")


def cost_of_failure(model: Model, image_size: str, error: DrawError) -> tuple[MicroUsd, str]:
    """What a failed call cost: by what the service counted; a picture that it did not count, by the table."""
    counted = model.cost_of(error.usage)
    if counted is not None:
        return counted, "usage"
    if isinstance(error, BadAnswer) and error.kept:
        return _table_price(model, image_size), "table"
    return NOTHING, "table"


def _table_price(model: Model, image_size: str) -> MicroUsd:
    return model.price(0, 0, image_size, 0).table


def take_of(drawn: Drawn, asked: Asked, *, cost: MicroUsd, cost_from: str, ended: str) -> Take:
    """The record of what was drawn; `ended` is when the answer had arrived, ISO 8601, UTC."""
    turn = tuple(
        Part(
            text=part.text,
            picture=digest_of(part.data) if part.data is not None else None,
            type=part.type,
            thought=part.thought,
            signature=part.signature,
        )
        for part in drawn.turn
    )
    return Take(
        call=asked.call,
        request=asked.key,
        take=digest_of(drawn.picture),
        asset=asked.asset,
        profile=asked.profile,
        size=bytes_in(drawn.picture),
        type=drawn.type,
        width=drawn.width,
        height=drawn.height,
        generator=asked.generator,
        model=asked.model,
        model_version=drawn.model_version,
        response_id=drawn.response_id,
        finish_reason=drawn.finish_reason,
        usage=drawn.usage,
        cost_micro_usd=cost,
        cost_from=cost_from,
        started=asked.started,
        ended=ended,
        sent=drawn.sent,
        turn=turn,
    )


def objects_of(drawn: Drawn) -> tuple[Content, ...]:
    """The pictures that the record of a take names, each once."""
    return tuple(dict.fromkeys([drawn.picture, *(part.data for part in drawn.turn if part.data is not None)]))
