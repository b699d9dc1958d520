"""An answer of the Gemini API, from JSON text to Drawn, or to the error that it amounts to. It is paid by then."""

from __future__ import annotations

import binascii
import json
from collections.abc import Mapping
from typing import Any

from pipeline import marks
from pipeline.draw import pictures
from pipeline.draw.arriving import restored
from pipeline.draw.port import Drawn, DrawnPart
from pipeline.errors import BadAnswer, Blocked, DrawError, Lost
from pipeline.spec.models import Model
from pipeline.store.incoming import Arrived, Content, bytes_of, head_of

_CUT_SHORT = ("MAX_TOKENS", "CONTINUATION", "MALFORMED_RESPONSE")
"""Ends at which a picture may be half of one: kept aside, never taken."""

_ENDED_WELL = ("", "STOP", "FINISH_REASON_UNSPECIFIED")
_DRAWN_TYPES = ("image/jpeg", "image/png", "image/webp")
_TOLERANCE = 0.02
"""Sides may differ from the table by this: the table is read off pages, and one of them has a slip."""

_MOST_WORDS = 300


def read_answer(
    text: str,
    *,
    model: Model,
    aspect_ratio: str,
    image_size: str,
    sent: Mapping[str, Any],
    arrived: Mapping[str, Content],
) -> Drawn:
    """The picture of an answer (the last that is no thought) with all that came with it.

    `arrived` holds the pictures that came ahead of the text, by the tokens that stand there for them. Raises Lost when
    the text breaks off, Blocked when the model declined, BadAnswer (the bytes kept) for the rest; OSError.
    """
    answer = _parsed(text, arrived)
    candidate = _first_candidate(answer)
    turn, broken = _turn(candidate, arrived)
    usage = answer.get("usageMetadata")
    known: dict[str, Any] = {
        "usage": usage if isinstance(usage, dict) else {},
        "finish_reason": _text_of(candidate, "finishReason"),
        "response_id": _text_of(answer, "responseId"),
    }
    finished = [part for part in turn if part.data is not None and not part.thought]
    _refuse_bad_end(answer, candidate, turn, finished, known)
    if broken:
        raise BadAnswer("the picture's base64 is broken", kept=broken.encode("utf-8", "replace"), **known)
    if not finished:
        raise _no_picture(candidate, turn, known)
    picture = finished[-1].data or b""
    wanted = model.pixel_size(aspect_ratio, image_size)
    type, width, height = _examined(picture, wanted, f"{aspect_ratio} at {image_size}", known)
    return Drawn(
        picture=picture,
        type=type,
        width=width,
        height=height,
        turn=turn,
        model_version=_text_of(answer, "modelVersion"),
        response_id=known["response_id"],
        finish_reason=known["finish_reason"],
        usage=known["usage"],
        sent=sent,
        declared_type=_declared_type(candidate),
    )


def _parsed(text: str, arrived: Mapping[str, Content]) -> dict[str, Any]:
    stripped = text.strip()
    if stripped.startswith("{") and not stripped.endswith("}"):
        raise Lost("the answer broke off in the middle")
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        what = "is empty" if not stripped else "is not JSON"
        raise BadAnswer(f"the answer {what}", kept=restored(text, arrived))
    return answer


def _first_candidate(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    candidates = answer.get("candidates")
    first = candidates[0] if isinstance(candidates, list) and candidates else None
    return first if isinstance(first, dict) else {}


def _turn(candidate: Mapping[str, Any], arrived: Mapping[str, Content]) -> tuple[tuple[DrawnPart, ...], str]:
    """The parts in order; and the base64 of a finished picture that cannot be decoded, or nothing."""
    turn: list[DrawnPart] = []
    broken = ""
    for part in _raw_parts(candidate):
        inline = _field(part, "inlineData")
        thought = part.get("thought") is True
        data: Content | None = None
        if isinstance(inline, dict):
            encoded = inline.pop("data", None)  # taken out: it may be large
            if isinstance(encoded, str):
                data = arrived[encoded] if encoded in arrived else _decoded(encoded)
            if data is None and not thought:
                broken = encoded if isinstance(encoded, str) and encoded else "(no data)"
        text = part.get("text")
        signature = _field(part, "thoughtSignature")
        turn.append(
            DrawnPart(
                text=text if isinstance(text, str) else None,
                data=data,
                type=(marks.sniff(head_of(data)) or _mime_type(inline)) if data is not None else None,
                thought=thought,
                signature=signature if isinstance(signature, str) else None,
            )
        )
    return tuple(turn), broken


def _raw_parts(candidate: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    content = candidate.get("content")
    parts = content.get("parts") if isinstance(content, dict) else None
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []


def _field(mapping: Mapping[str, Any], name: str) -> Any:
    """A field under either spelling that proto-JSON allows."""
    return mapping.get(name, mapping.get("".join(f"_{c.lower()}" if c.isupper() else c for c in name)))


def _mime_type(inline: Any) -> str:
    declared = _field(inline, "mimeType") if isinstance(inline, dict) else None
    return declared if isinstance(declared, str) else ""


def _declared_type(candidate: Mapping[str, Any]) -> str:
    declared = [
        _mime_type(_field(part, "inlineData"))
        for part in _raw_parts(candidate)
        if isinstance(_field(part, "inlineData"), dict) and part.get("thought") is not True
    ]
    return declared[-1] if declared else ""


def _decoded(encoded: str) -> bytes | None:
    """The bytes of base64 in either alphabet, with or without its padding; None when it is neither, or nothing."""
    if "-" in encoded or "_" in encoded:
        encoded = encoded.replace("-", "+").replace("_", "/")
    if len(encoded) % 4:
        encoded += "=" * (4 - len(encoded) % 4)
    try:
        return binascii.a2b_base64(encoded, strict_mode=True) or None
    except ValueError:
        return None


def _refuse_bad_end(
    answer: Mapping[str, Any],
    candidate: Mapping[str, Any],
    turn: tuple[DrawnPart, ...],
    finished: list[DrawnPart],
    known: dict[str, Any],
) -> None:
    """Raise what an end other than a good one means."""
    feedback = answer.get("promptFeedback")
    reason = _text_of(feedback, "blockReason") if isinstance(feedback, dict) else ""
    if reason and not finished:
        said = _text_of(feedback, "blockReasonMessage") if isinstance(feedback, dict) else ""
        known["finish_reason"] = known["finish_reason"] or reason
        raise Blocked(_told(f"the prompt was blocked: {reason}", said, turn), **known)
    finish = known["finish_reason"]
    if finish in _ENDED_WELL:
        return
    kept = bytes_of(finished[-1].data or b"") if finished else b""
    said = _text_of(candidate, "finishMessage")
    if finish in _CUT_SHORT:
        raise BadAnswer(_told(f"the answer is not whole: {finish}", said, turn), kept=kept, **known)
    raise Blocked(_told(f"the model drew nothing: {finish}", said, turn), kept=kept, **known)


def _no_picture(candidate: Mapping[str, Any], turn: tuple[DrawnPart, ...], known: dict[str, Any]) -> DrawError:
    """Why a well-ended answer has no picture."""
    drafts = [part.data for part in turn if part.data is not None]
    if drafts:
        # A draft may look finished, but the model did not mean it so; people can look at it where it is kept.
        return BadAnswer("the only picture is a draft of the model's thinking", kept=bytes_of(drafts[-1]), **known)
    end = known["finish_reason"] or "no reason given"
    spoke = any(part.text and not part.thought for part in turn)
    what = f"words in place of a picture ({end})" if spoke else f"no picture in the answer ({end})"
    return Blocked(_told(what, _text_of(candidate, "finishMessage"), turn), **known)


def _told(what: str, said: str, turn: tuple[DrawnPart, ...]) -> str:
    """The end, the service's sentence and the model's own words, as far as there are any."""
    words = " ".join(" ".join(part.text or "" for part in turn if not part.thought).split())
    if len(words) > _MOST_WORDS:
        words = words[: _MOST_WORDS - 2].rstrip() + " …"
    parts = [what, " ".join(said.split()), f'it said: "{words}"' if words else ""]
    return "; ".join(part for part in parts if part)


def _examined(
    picture: Content, wanted: tuple[int, int] | None, asked: str, known: dict[str, Any]
) -> tuple[str, int, int]:
    """Type, width and height of a picture that is whole and of the size that was asked for. Raises BadAnswer."""
    type = marks.sniff(head_of(picture))
    if type not in _DRAWN_TYPES:
        raise BadAnswer(f"the answer's picture is {type or 'of no known type'}", kept=bytes_of(picture), **known)
    try:
        width, height = pictures.measured(picture.path if isinstance(picture, Arrived) else picture)
    except pictures.Unreadable as error:
        raise BadAnswer(f"the answer's picture is no good: {error}", kept=bytes_of(picture), **known) from None
    if wanted and not all(
        abs(got - side) <= side * _TOLERANCE for got, side in zip((width, height), wanted, strict=True)
    ):
        told = f"asked {asked} ({wanted[0]}x{wanted[1]}), got {width}x{height}"
        raise BadAnswer(told, kept=bytes_of(picture), **known)
    return type, width, height


def _text_of(mapping: Mapping[str, Any], name: str) -> str:
    value = mapping.get(name)
    return value if isinstance(value, str) else ""
