"""Answers that had arrived when the process that asked for them died: read as if they had just come."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.draw.booking import cost_of_failure, cost_of_picture, objects_of, take_of
from pipeline.draw.gemini_answer import read_answer
from pipeline.errors import DrawError, Lost
from pipeline.spec.models import Models
from pipeline.store.incoming import Asked, Content, Incoming
from pipeline.words import MicroUsd, Take


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What a call's answer amounts to: a take and the objects that it names, or a failure."""

    asked: Asked
    cost: MicroUsd
    cost_from: str
    take: Take | None = None
    objects: tuple[Content, ...] = ()
    error: DrawError | None = None


def read_arrived(incoming: Incoming, call: str, models: Models) -> Answered | None:
    """The answer of a call that has no outcome. None where it is not there whole: it may have been charged."""
    asked, text = incoming.asked(call), incoming.answer(call)
    pictures = incoming.pictures(call, text) if asked is not None and text is not None else None
    if asked is None or text is None or pictures is None:
        return None
    model = models.get(asked.model)
    try:
        drawn = read_answer(
            text,
            model=model,
            aspect_ratio=asked.aspect_ratio,
            image_size=asked.image_size,
            sent=asked.sent,
            arrived=pictures,
        )
        ended = incoming.ended(call)
    except (Lost, OSError):
        return None
    except DrawError as error:
        cost, cost_from = cost_of_failure(model, asked.image_size, error)
        return Answered(asked=asked, cost=cost, cost_from=cost_from, error=error)
    cost, cost_from = cost_of_picture(model, asked.image_size, drawn.usage)
    take = take_of(drawn, asked, cost=cost, cost_from=cost_from, ended=ended)
    return Answered(asked=asked, cost=cost, cost_from=cost_from, take=take, objects=objects_of(drawn))
