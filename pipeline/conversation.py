"""What a turn continues from: the conversation so far where the model's turns can go back whole, else its last picture.

A turn goes back complete, as it came, with thoughts and signatures. That is not possible where the picture is a
person's, where another model drew it, where a signature is missing, or where something that was attached is no longer
in reach: then the picture goes along as the user's, under the same request key.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pipeline import keys
from pipeline.digest import is_digest, of_bytes
from pipeline.draw.generators import DrawnPart, Exchange, Picture
from pipeline.draw.references import prepare
from pipeline.errors import PipelineError
from pipeline.store.entry import Entry
from pipeline.words import Asset, Digest, Request, Take
from pipeline.workshop import Workshop

MOST_BYTES = 70_000_000
"""Of pictures in one call: inline data may be 100 MB, and base64 makes four bytes of three."""

_WHOLE_PX = 16384
"""No model's picture is longer: it goes along as it is."""


class Continuation(NamedTuple):
    """How a request continues; at most one of the two is there."""

    history: tuple[Exchange, ...] = ()
    picture: Picture | None = None


def continuation_of(shop: Workshop, asset: Asset, request: Request, previous: Entry | None) -> Continuation:
    """What goes along with an asset's request, by the entry that has the take before. Raises PipelineError, OSError."""
    if request.previous is None:
        return Continuation()
    take = shop.record_of(previous) if previous is not None and previous.adopted is None else None
    history = tuple(_history(shop, request, take)) if take is not None and take.take == request.previous else ()
    if history:
        return Continuation(history=history)
    return Continuation(picture=prepare(shop.picture(asset, request.previous, previous), _WHOLE_PX))


def _history(shop: Workshop, request: Request, last: Take) -> Iterator[Exchange]:
    """The exchanges up to the take, from the first; none where one of them cannot go back whole."""
    takes = [*_takes_before(shop, last), last]
    exchanges = [_exchange(shop, request, take) for take in takes]
    if len(exchanges) == 1 + len(last.sent.get("history", ())):
        whole = [exchange for exchange in exchanges if exchange is not None]
        if len(whole) == len(exchanges) and sum(map(_size_of, whole)) <= MOST_BYTES:
            yield from whole


def _takes_before(shop: Workshop, take: Take) -> Iterator[Take]:
    for named in take.sent.get("history", ()):
        if isinstance(named, Mapping) and is_digest(named.get("request")):
            yield from (found for found in shop.store.takes(str(named["request"])) if found.call == named.get("call"))


def _exchange(shop: Workshop, request: Request, take: Take) -> Exchange | None:
    """One exchange by its record; None where it cannot go back whole."""
    if (take.generator, take.model) != (request.generator, request.model) or not take.turn:
        return None
    prompt = take.sent.get("prompt")
    asked = shop.store.request(take.request)
    if not isinstance(prompt, str) or asked is None:
        return None
    try:
        answer = tuple(_part(shop, part) for part in take.turn)
        attached = tuple(_attached(shop, asked, continued=take.sent.get("continued") is True))
    except (PipelineError, OSError):
        return None
    if len(attached) != len(take.sent.get("references", ())) or not all(map(_is_signed, answer)):
        return None
    return Exchange(request=take.request, call=take.call, prompt=prompt, references=attached, answer=answer)


def _part(shop: Workshop, part: Any) -> DrawnPart:
    data = shop.store.read(part.picture) if part.picture is not None else None
    return DrawnPart(text=part.text, data=data, type=part.type, thought=part.thought, signature=part.signature)


def _is_signed(part: DrawnPart) -> bool:
    """Whether the service takes the part back: every finished picture must bear its signature."""
    if part.data is None and part.text is None:
        return False
    if part.signature is None:
        return part.data is None or part.thought
    try:
        return bool(binascii.a2b_base64(part.signature, strict_mode=True))
    except ValueError:
        return False


def _attached(shop: Workshop, asked: Mapping[str, Any], *, continued: bool) -> Iterator[Picture]:
    """The pictures that went along with a request, as they were sent."""
    limit = asked.get("reference_limit", keys.REFERENCE_LIMIT)
    for reference in asked.get("references", ()):
        data = _bytes(shop, reference["digest"])
        yield prepare(shop.attached.of(data, reference["digest"], reference.get("steps", ())), limit)
    if continued:
        yield prepare(_bytes(shop, asked["previous"]), _WHOLE_PX)


def _bytes(shop: Workshop, digest: Digest) -> bytes:
    """A picture that was once attached: from the store, else a file that a prompt of the project names today."""
    if shop.store.in_reach(digest):
        return shop.store.read(digest)
    for path in shop.reference_files:
        data = (shop.root / path).read_bytes()
        if of_bytes(data) == digest:
            return data
    raise PipelineError(f"{digest} is nowhere in reach")


def _size_of(exchange: Exchange) -> int:
    pictures = [picture.data for picture in exchange.references] + [part.loaded or b"" for part in exchange.answer]
    return sum(map(len, pictures))
