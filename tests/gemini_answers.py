"""Answers of the loopback Gemini API, by what they show. Each is, or makes, a function of the request."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from tests.gemini_wire import MODELS, Answer, Reply, Request, bad_key_reply, error_reply, invalid_reply, json_reply

REFERENCE_TOKENS = 1120


def picture(
    request: Request,
    *,
    draft: bool = False,
    finish: str = "STOP",
    sides: tuple[int, int] | None = None,
    declared: str | None = None,
    change: Callable[[dict[str, Any]], None] | None = None,
) -> Reply:
    """The usual answer: a thought, perhaps a draft, and a picture of the right size whose bytes no other has."""
    model = MODELS[request.model]
    data = unique_picture(*(sides or request.sides), model.type, f"{request.model} {request.number} {request.time}")
    parts: list[dict[str, Any]] = []
    if model.thoughts:
        parts.append({"text": "A plan for the picture.", "thought": True})
    if draft:
        parts.append(
            {**_inline(unique_picture(64, 64, model.type, f"draft {request.number}"), model.type), "thought": True}
        )
    signature = base64.b64encode(f"signature {request.number}".encode()).decode()
    parts.append({**_inline(data, declared or model.type), "thoughtSignature": signature})
    answer = _answer(request, {"content": {"role": "model", "parts": parts}, "finishReason": finish, "index": 0})
    if change:
        change(answer)
    return json_reply(answer, paid=True)


def showing(data: bytes, type: str) -> Answer:
    """That very picture."""

    def change(answer: dict[str, Any]) -> None:
        answer["candidates"][0]["content"]["parts"][-1].update(_inline(data, type))

    return lambda request: picture(request, sides=(64, 64), change=change)


def with_draft(request: Request) -> Reply:
    return picture(request, draft=True)


def draft_only(request: Request) -> Reply:
    """A picture, but among the thoughts."""

    def change(answer: dict[str, Any]) -> None:
        answer["candidates"][0]["content"]["parts"][-1]["thought"] = True

    return picture(request, change=change)


def two_pictures(request: Request) -> Reply:
    def change(answer: dict[str, Any]) -> None:
        type = MODELS[request.model].type
        first = _inline(unique_picture(*request.sides, type, f"first of two {request.number}"), type)
        answer["candidates"][0]["content"]["parts"].insert(1, {"text": "Here are two."})
        answer["candidates"][0]["content"]["parts"].insert(2, first)

    return picture(request, change=change)


def bad_base64(request: Request) -> Reply:
    def change(answer: dict[str, Any]) -> None:
        inline = answer["candidates"][0]["content"]["parts"][-1]["inlineData"]
        inline["data"] = inline["data"][:100] + "!*" + inline["data"][102:]

    return picture(request, change=change)


def corrupt_picture(request: Request) -> Reply:
    """A picture whose second half is missing."""

    def change(answer: dict[str, Any]) -> None:
        inline = answer["candidates"][0]["content"]["parts"][-1]["inlineData"]
        data = base64.b64decode(inline["data"])
        inline["data"] = base64.b64encode(data[: len(data) // 2]).decode()

    return picture(request, change=change)


def no_picture_bytes(request: Request) -> Reply:
    """Bytes that are no picture, called one."""

    def change(answer: dict[str, Any]) -> None:
        inline = answer["candidates"][0]["content"]["parts"][-1]["inlineData"]
        inline["data"] = base64.b64encode(b"<html>not a picture</html>").decode()

    return picture(request, change=change)


def sized(width: int, height: int) -> Answer:
    """A picture of a size that was not asked for."""
    return lambda request: picture(request, sides=(width, height))


def misnamed(request: Request) -> Reply:
    """JPEG bytes called image/png, or the other way round."""
    other = "image/png" if MODELS[request.model].type == "image/jpeg" else "image/jpeg"
    return picture(request, declared=other)


def ended(finish: str) -> Answer:
    """A picture, but the answer ends so: MAX_TOKENS, CONTINUATION."""

    def change(answer: dict[str, Any]) -> None:
        if finish == "CONTINUATION":
            answer["candidates"][0]["continuationToken"] = base64.b64encode(b"go on").decode()

    return lambda request: picture(request, finish=finish, change=change)


def without_usage(request: Request) -> Reply:
    return picture(request, change=lambda answer: answer.pop("usageMetadata"))


def usage(**counts: Any) -> Answer:
    """A picture whose usageMetadata says this instead."""
    return lambda request: picture(request, change=lambda answer: answer["usageMetadata"].update(counts))


def unexpected(request: Request) -> Reply:
    """A picture in an answer with fields and values that no client has seen yet."""

    def change(answer: dict[str, Any]) -> None:
        answer["newField"] = {"deep": [1]}
        answer["candidates"][0]["content"]["parts"].insert(0, {"hologram": {"data": "?"}})
        answer["candidates"][0]["safetyRatings"] = [{"category": "HARM_CATEGORY_BOREDOM", "probability": 7}]
        answer["usageMetadata"]["candidatesTokensDetails"].append({"modality": "SMELL", "tokenCount": 3})
        answer["createTime"] = 12

    return picture(request, change=change)


def refused(finish: str, message: str = "Unable to show the generated image. Support code: 42876398.") -> Answer:
    """HTTP 200, no picture, a finish reason such as IMAGE_SAFETY."""

    def answer(request: Request) -> Reply:
        candidate = {"content": {"role": "model"}, "finishReason": finish, "index": 0, "finishMessage": message}
        return json_reply(_without_picture(_answer(request, candidate), thoughts=240))

    return answer


def prompt_blocked(reason: str = "PROHIBITED_CONTENT") -> Answer:
    def answer(request: Request) -> Reply:
        return json_reply({"promptFeedback": {"blockReason": reason}, "usageMetadata": {"promptTokenCount": 9}})

    return answer


def text_only(text: str = "I would rather describe it: a red fox on a hill.") -> Answer:
    def answer(request: Request) -> Reply:
        candidate = {"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": "STOP", "index": 0}
        return json_reply(_without_picture(_answer(request, candidate), text=40))

    return answer


def nothing(request: Request) -> Reply:
    """STOP, and no part at all."""
    return json_reply(_without_picture(_answer(request, {"content": None, "finishReason": "STOP"})))


def raw(body: bytes, status: int = 200, content_type: str = "application/json") -> Answer:
    """These very bytes."""
    return lambda request: Reply(status=status, body=body, headers={"Content-Type": content_type})


def cut(fraction: float = 0.5) -> Answer:
    """A paid picture whose connection closes after that part of the body."""

    def answer(request: Request) -> Reply:
        reply = picture(request)
        return replace(reply, stop_after=int(len(reply.body) * fraction))

    return answer


def cut_clean(request: Request) -> Reply:
    """A paid picture cut in half by something on the way that then told the shorter length."""
    reply = picture(request)
    return replace(reply, body=reply.body[: len(reply.body) // 2])


def too_long(request: Request) -> Reply:
    """A paid picture whose Content-Length promises more than comes."""
    reply = picture(request)
    return replace(reply, claimed_length=len(reply.body) + 1000)


def hang_up(request: Request) -> Reply:
    """The request is taken, perhaps charged, and the connection closed without a byte."""
    return replace(picture(request), stop_after=-1)


def silent(seconds: float = 60.0) -> Answer:
    """A paid picture that comes much later."""
    return lambda request: replace(picture(request), silence_s=seconds)


def trickle(seconds: float) -> Answer:
    """A paid picture that arrives bit by bit over that time."""
    return lambda request: replace(picture(request), spread_s=seconds)


def failed(status: int, name: str, message: str, details: list[dict[str, Any]] | None = None, **headers: str) -> Answer:
    """An error in the API's own form."""
    reply = error_reply(status, name, message, details)
    return lambda request: replace(reply, headers={**reply.headers, **headers})


def throttled(retry_s: float | None = None, retry_after: str | None = None, quota: str | None = None) -> Answer:
    """429 of a quota per minute, with RetryInfo or a Retry-After header and the quota's value if wanted."""
    details: list[dict[str, Any]] = [_quota("GenerateRequestsPerMinutePerProjectPerModel")]
    if quota is not None:
        details[0]["violations"][0]["quotaValue"] = quota
    if retry_s is not None:
        details.append({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{retry_s:g}s"})
    headers = {"Retry-After": retry_after} if retry_after is not None else {}
    return failed(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota.", details, **headers)


def quota_per_day() -> Answer:
    details = [_quota("GenerateRequestsPerDayPerProjectPerModel")]
    return failed(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota.", details)


def no_quota() -> Answer:
    """What a key without billing gets from an image model."""
    details = [_quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier")]
    message = (
        "You exceeded your current quota, please check your plan and billing details. * Quota exceeded for metric: "
        "generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: 0, model: gemini"
    )
    return failed(429, "RESOURCE_EXHAUSTED", message, details)


def overloaded(status: int = 503) -> Answer:
    names = {500: "INTERNAL", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED", 408: "CANCELLED"}
    return failed(status, names.get(status, "UNKNOWN"), "The model is overloaded. Please try again later.")


def bad_key(request: Request) -> Reply:
    return bad_key_reply()


def no_permission(request: Request) -> Reply:
    return error_reply(403, "PERMISSION_DENIED", "Your project has been denied access. Please contact support.")


def invalid(field: str, description: str) -> Answer:
    return lambda request: invalid_reply([(field, description)])


@cache
def _plain_picture(width: int, height: int, type: str) -> bytes:
    """A picture of that size with something on it, encoded once."""
    from PIL import Image

    hue = zlib.crc32(f"{width}x{height}".encode())
    image = Image.new("RGB", (width, height), ((hue >> 16) & 255, (hue >> 8) & 255, hue & 255))
    image.paste((250, 240, 230), (width // 4, height // 4, width // 2, height // 2))
    out = io.BytesIO()
    if type == "image/png":
        image.save(out, "PNG", compress_level=1)
    else:
        image.save(out, "JPEG", quality=60)
    return out.getvalue()


def unique_picture(width: int, height: int, type: str, name: str) -> bytes:
    """A picture whose bytes differ by name, though it is encoded but once a size: the name is a comment inside."""
    plain = _plain_picture(width, height, type)
    text = name.encode()
    if type == "image/png":
        body = b"tEXtComment\0" + text
        chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
        return plain[:-12] + chunk + plain[-12:]
    return plain[:2] + b"\xff\xfe" + struct.pack(">H", len(text) + 2) + text + plain[2:]


def _inline(data: bytes, type: str) -> dict[str, Any]:
    return {"inlineData": {"mimeType": type, "data": base64.b64encode(data).decode()}}


def _answer(request: Request, candidate: dict[str, Any]) -> dict[str, Any]:
    model = MODELS[request.model]
    size = request.image.get("image_size", "1K")
    chars, pictures = request.counted
    asked = chars // 4 + 1 + pictures * REFERENCE_TOKENS
    drawn = model.tokens[size]
    counts: dict[str, Any] = {
        "promptTokenCount": asked,
        "candidatesTokenCount": drawn,
        "totalTokenCount": asked + drawn + model.thoughts,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": asked}],
        "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": drawn}],
    }
    if model.thoughts:
        counts["thoughtsTokenCount"] = model.thoughts
    return {
        "candidates": [candidate],
        "usageMetadata": counts,
        "modelVersion": request.model,
        "responseId": f"response-{request.number}",
    }


def _without_picture(answer: dict[str, Any], *, text: int = 0, thoughts: int = 0) -> dict[str, Any]:
    """The same answer, counted as one without a picture."""
    counts: dict[str, Any] = {"promptTokenCount": answer["usageMetadata"]["promptTokenCount"]}
    if thoughts:
        counts["thoughtsTokenCount"] = thoughts
    if text:
        counts["candidatesTokenCount"] = text
        counts["candidatesTokensDetails"] = [{"modality": "TEXT", "tokenCount": text}]
    return {**answer, "usageMetadata": {**counts, "totalTokenCount": counts["promptTokenCount"] + text + thoughts}}


def _quota(quota_id: str) -> dict[str, Any]:
    metric = "generativelanguage.googleapis.com/generate_content_requests"
    violation = {"quotaMetric": metric, "quotaId": quota_id, "quotaDimensions": {"location": "global", "model": "m"}}
    return {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]}
