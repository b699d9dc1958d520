"""A Gemini image API on the loopback: the real wire format, strict about requests, scriptable about answers.

As a module of tests:

    with GeminiServer() as server:
        server.script(throttled(retry_s=1), refused("IMAGE_SAFETY"))   # then the usual picture again
        subprocess.run([...], env={**os.environ, **server.environ})
        assert len(server.paid) == 1

By hand: `python tests/gemini_server.py --port 0` prints its address and serves until interrupted.

It knows the models by a table of its own, so that a slip in the project's table does not agree with itself.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import re
import struct
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WIDE = ("1:4", "4:1", "1:8", "8:1")
SIDES_1K = {
    "1:1": (1024, 1024),
    "2:3": (848, 1264),
    "3:2": (1264, 848),
    "3:4": (896, 1200),
    "4:3": (1200, 896),
    "4:5": (928, 1152),
    "5:4": (1152, 928),
    "9:16": (768, 1376),
    "16:9": (1376, 768),
    "21:9": (1584, 672),
    "1:4": (512, 2048),
    "4:1": (2048, 512),
    "1:8": (384, 3072),
    "8:1": (3072, 384),
}
SIDES_FIXED = {
    "1:1": (1024, 1024),
    "2:3": (832, 1248),
    "3:2": (1248, 832),
    "3:4": (864, 1184),
    "4:3": (1184, 864),
    "4:5": (896, 1152),
    "5:4": (1152, 896),
    "9:16": (768, 1344),
    "16:9": (1344, 768),
    "21:9": (1536, 672),
}
ALL_RATIOS = frozenset(SIDES_1K)
TEN_RATIOS = ALL_RATIOS - frozenset(WIDE)
SCALE = {"512": 0.5, "1K": 1, "2K": 2, "4K": 4}


@dataclass(frozen=True)
class ServedModel:
    ratios: frozenset[str]
    tokens: Mapping[str, int]
    """Of a picture, by size; the sizes are what the model draws."""
    references: int = 14
    fixed: bool = False
    """One size only, and an imageSize is an error."""
    type: str = "image/jpeg"
    sampling: bool = True
    """Whether temperature, topP and topK are let through."""
    thoughts: int = 171


MODELS = {
    "gemini-nano-banana-2.1": ServedModel(ALL_RATIOS, {"1K": 1120, "2K": 1680, "4K": 3780}, sampling=False),
    "gemini-3-pro-image": ServedModel(TEN_RATIOS, {"1K": 1120, "2K": 1120, "4K": 2000}),
    "gemini-3.1-flash-lite-image": ServedModel(ALL_RATIOS, {"1K": 1120}),
    "gemini-3.1-flash-image": ServedModel(ALL_RATIOS, {"512": 747, "1K": 1120, "2K": 1680, "4K": 2520}),
    "gemini-2.5-flash-image": ServedModel(
        TEN_RATIOS, {"1K": 1290}, references=3, fixed=True, type="image/png", thoughts=0
    ),
}

REFERENCE_TOKENS = 1120
MOST_BODY_BYTES = 100 << 20
_PATH = re.compile(r"/(?P<version>v1|v1beta|v1beta1)/(?:publishers/google/)?models/(?P<model>[^/:?]+):generateContent")


# --- what was asked ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Request:
    """One request as it came; `body` is the JSON, in whatever spelling the client chose."""

    number: int
    """From 1, in the order in which they came."""
    path: str
    version: str
    model: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: Any
    raw: bytes = field(repr=False)
    time: float
    """time.monotonic() on arrival."""

    @property
    def snake(self) -> Any:
        """The body with every name in snake_case."""
        return snake(self.body)

    @property
    def canonical(self) -> Any:
        """The body in the spelling in which two of them can be compared."""
        return canonical(self.body)

    @property
    def prompt(self) -> str:
        """The texts of the last turn."""
        return "\n".join(part["text"] for part in self.parts if "text" in part)

    @property
    def parts(self) -> list[dict[str, Any]]:
        """The parts of the last turn, names in snake_case."""
        contents = self.snake.get("contents") or [{}]
        return list(contents[-1].get("parts") or [])

    @property
    def references(self) -> list[bytes]:
        return [base64.b64decode(_standard(part["inline_data"]["data"])) for part in self.parts if "inline_data" in part]

    @property
    def image(self) -> dict[str, str]:
        """aspect_ratio and image_size, as far as they were sent."""
        return dict((self.snake.get("generation_config") or {}).get("image_config") or {})

    @property
    def sides(self) -> tuple[int, int]:
        """Width and height of the picture that this asks for."""
        ratio = self.image.get("aspect_ratio", "1:1")
        if MODELS[self.model].fixed:
            return SIDES_FIXED[ratio]
        scale = SCALE[self.image.get("image_size", "1K")]
        width, height = SIDES_1K[ratio]
        return int(width * scale), int(height * scale)


def snake(value: Any) -> Any:
    """A JSON value with every name in snake_case."""
    if isinstance(value, dict):
        return {re.sub(r"(?<!^)(?=[A-Z])", "_", str(name)).lower(): snake(part) for name, part in value.items()}
    return [snake(part) for part in value] if isinstance(value, list) else value


def canonical(value: Any) -> Any:
    """A body in the one spelling in which two of them can be compared: names in snake_case, base64 of one alphabet.

    Both are the client's choice in proto-JSON; the Python SDK mixes the names and writes base64 for URLs.
    """
    return _one_alphabet(snake(value))


def _one_alphabet(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: _standard(part) if name == "data" and isinstance(part, str) else _one_alphabet(part)
            for name, part in value.items()
        }
    return [_one_alphabet(part) for part in value] if isinstance(value, list) else value


def _standard(encoded: str) -> str:
    text = encoded.replace("-", "+").replace("_", "/").rstrip("=")
    return text + "=" * (-len(text) % 4)


# --- what is answered -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reply:
    """One answer on the wire, and how it arrives."""

    status: int = 200
    body: bytes = field(default=b"{}", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    paid: bool = False
    """Whether it cost its caller a picture, whether it arrives or not."""
    stop_after: int | None = None
    """Bytes of the body after which the connection is closed."""
    claimed_length: int | None = None
    """A Content-Length that is not true."""
    silence_s: float = 0.0
    """Before the first byte; stopping the server ends it."""
    spread_s: float = 0.0
    """Over which the body trickles in; stopping the server ends it."""


Answer = Callable[[Request], Reply]


class GeminiServer:
    """The server: start, script, look at what was asked, stop. All of it from any thread."""

    def __init__(self, port: int = 0, keys: frozenset[str] | None = None) -> None:
        self.requests: list[Request] = []
        self.paid: list[Request] = []
        """Requests whose answer was a picture that costs money."""
        self.most_in_flight = 0
        self.drafts = False
        """Whether usual answers begin with a draft among the thoughts."""
        self.answer: Answer = picture
        """What a request gets for which nothing is scripted."""
        self._keys = keys
        self._script: deque[Answer] = deque()
        self._in_flight = 0
        self._changed = threading.Condition()
        self._open = threading.Event()
        self._open.set()
        self.stopping = threading.Event()
        self._http = _Server(("127.0.0.1", port), _Handler)
        self._http.gemini = self
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def environ(self) -> dict[str, str]:
        """What a process needs in its environment to take this for the API."""
        return {
            "GOOGLE_GEMINI_BASE_URL": self.url,
            "GOOGLE_VERTEX_BASE_URL": self.url,
            "GEMINI_API_KEY": "loopback-key",
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }

    def start(self) -> GeminiServer:
        self._thread.start()
        return self

    def stop(self) -> None:
        self.stopping.set()
        self._open.set()
        self._http.shutdown()
        self._http.server_close()

    def __enter__(self) -> GeminiServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def script(self, *answers: Answer) -> None:
        """The next valid requests get these answers, one each, before the usual one again."""
        with self._changed:
            self._script.extend(answers)

    def hold(self) -> None:
        """Take requests, and answer none before `release`."""
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    def wait_for(self, count: int, timeout_s: float = 20.0) -> None:
        """Until that many requests have come in. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.requests) >= count, timeout_s):
                raise TimeoutError(f"{len(self.requests)} of {count} requests came within {timeout_s} s")

    def reset(self) -> None:
        """Forget what was asked, paid and scripted."""
        with self._changed:
            self.requests.clear()
            self.paid.clear()
            self._script.clear()
            self.most_in_flight = 0

    # --- called by the handler's threads ---

    def taken(self, request: Request) -> Request:
        with self._changed:
            numbered = replace(request, number=len(self.requests) + 1)
            self.requests.append(numbered)
            self._in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
            self._changed.notify_all()
            return numbered

    def reply_to(self, request: Request) -> Reply:
        refusal = refusal_of(request, self._keys)
        if refusal is None:
            with self._changed:
                answer = self._script.popleft() if self._script else self.answer
            reply = picture(request, draft=self.drafts) if answer is picture else answer(request)
        else:
            reply = refusal
        self._open.wait()
        if reply.paid:
            with self._changed:
                self.paid.append(request)
        return reply

    def answered(self) -> None:
        with self._changed:
            self._in_flight -= 1
            self._changed.notify_all()


# --- answers, by what they show; each is or makes a function of the request -----------------------------------------


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
    return _json(answer, paid=True)


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
        return _json(_without_picture(_answer(request, candidate), thoughts=240))

    return answer


def prompt_blocked(reason: str = "PROHIBITED_CONTENT") -> Answer:
    def answer(request: Request) -> Reply:
        return _json({"promptFeedback": {"blockReason": reason}, "usageMetadata": {"promptTokenCount": 9}})

    return answer


def text_only(text: str = "I would rather describe it: a red fox on a hill.") -> Answer:
    def answer(request: Request) -> Reply:
        candidate = {"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": "STOP", "index": 0}
        return _json(_without_picture(_answer(request, candidate), text=40))

    return answer


def nothing(request: Request) -> Reply:
    """STOP, and no part at all."""
    return _json(_without_picture(_answer(request, {"content": None, "finishReason": "STOP"})))


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
    reply = _error(status, name, message, details)
    return lambda request: replace(reply, headers={**reply.headers, **headers})


def throttled(retry_s: float | None = None, retry_after: str | None = None) -> Answer:
    """429 of a quota per minute, with RetryInfo or a Retry-After header if wanted."""
    details: list[dict[str, Any]] = [_quota("GenerateRequestsPerMinutePerProjectPerModel")]
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
    return _error(
        400,
        "INVALID_ARGUMENT",
        "API key not valid. Please pass a valid API key.",
        [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "API_KEY_INVALID",
                "domain": "googleapis.com",
            }
        ],
    )


def no_permission(request: Request) -> Reply:
    return _error(403, "PERMISSION_DENIED", "Your project has been denied access. Please contact support.")


def invalid(field: str, description: str) -> Answer:
    return lambda request: _invalid([(field, description)])


# --- what the API refuses -------------------------------------------------------------------------------------------

_FIELDS: Mapping[str, frozenset[str]] = {
    "": frozenset(
        [
            "contents",
            "system_instruction",
            "generation_config",
            "safety_settings",
            "tools",
            "tool_config",
            "cached_content",
            "service_tier",
            "model",
            "labels",
        ]
    ),
    "generation_config": frozenset(
        [
            "response_modalities",
            "image_config",
            "seed",
            "temperature",
            "top_p",
            "top_k",
            "candidate_count",
            "max_output_tokens",
            "stop_sequences",
            "thinking_config",
            "response_mime_type",
            "response_schema",
            "presence_penalty",
            "frequency_penalty",
            "media_resolution",
            "speech_config",
            "response_logprobs",
            "logprobs",
            "response_json_schema",
        ]
    ),
    "generation_config.image_config": frozenset(("aspect_ratio", "image_size")),
    "generation_config.thinking_config": frozenset(("include_thoughts", "thinking_level", "thinking_budget")),
    "content": frozenset(("role", "parts")),
    "part": frozenset(("text", "inline_data", "file_data", "thought", "thought_signature", "media_resolution")),
    "part.inline_data": frozenset(("mime_type", "data")),
}
_TAKEN_TYPES = ("image/png", "image/jpeg", "image/webp", "image/heic", "image/heif")


def refusal_of(request: Request, keys: frozenset[str] | None) -> Reply | None:
    """The API's answer to a request that it does not carry out; None for one that it does."""
    key = request.headers.get("x-goog-api-key") or _query_key(request.path)
    if not key:
        return _error(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers.")
    if keys is not None and key not in keys:
        return bad_key(request)
    if request.model not in MODELS:
        message = (
            f"models/{request.model} is not found for API version {request.version}, or is not supported for "
            "generateContent. Call ListModels to see the list of available models and their supported methods."
        )
        return _error(404, "NOT_FOUND", message)
    body = request.snake
    if not isinstance(body, dict):
        return _invalid([("", "Invalid JSON payload received. Expected an object.")])
    wrong = [*_unknown(body, ""), *_wrong_contents(body.get("contents"), MODELS[request.model])]
    wrong += _wrong_config(body.get("generation_config") or {}, MODELS[request.model])
    return _invalid(wrong) if wrong else None


def _unknown(value: Any, where: str) -> list[tuple[str, str]]:
    if not isinstance(value, dict):
        return [(where, f"Invalid value at '{where}': expected an object.")]
    at = f" at '{where}'" if where else ""
    known = _FIELDS.get(where)
    wrong = [
        (where, f'Invalid JSON payload received. Unknown name "{name}"{at}: Cannot find field.')
        for name in value
        if known is not None and name not in known
    ]
    for name, part in value.items():
        path = f"{where}.{name}" if where else name
        if path in _FIELDS and part is not None:
            wrong += _unknown(part, path)
    return wrong


def _wrong_contents(contents: Any, model: ServedModel) -> list[tuple[str, str]]:
    if not isinstance(contents, list) or not contents:
        return [("contents", "contents is not specified")]
    wrong: list[tuple[str, str]] = []
    pictures = 0
    for position, content in enumerate(contents):
        where = f"contents[{position}]"
        if not isinstance(content, dict) or not isinstance(content.get("parts"), list) or not content["parts"]:
            wrong.append((where, "contents.parts must not be empty."))
            continue
        wrong += [(where, text) for _, text in _unknown_among(content, "content", where)]
        if content.get("role", "user") not in ("user", "model"):
            wrong.append((where, "Please use a valid role: user, model."))
        for number, part in enumerate(content["parts"]):
            wrong += _wrong_part(part, f"{where}.parts[{number}]")
            if isinstance(part, dict) and "inline_data" in part:
                pictures += content.get("role") != "model"
                signed = part.get("thought") or part.get("thought_signature")
                if content.get("role") == "model" and not signed:
                    place = f"in content position {position + 1}, part position {number + 1}."
                    wrong.append((where, f"Image part is missing a thought_signature {place}"))
    if isinstance(contents[-1], dict) and contents[-1].get("role", "user") != "user":
        wrong.append(("contents", "Please ensure that the last turn is a user turn."))
    if pictures > model.references:
        wrong.append(("contents", f"At most {model.references} images are supported, got {pictures}."))
    return wrong


def _wrong_part(part: Any, where: str) -> list[tuple[str, str]]:
    if not isinstance(part, dict):
        return [(where, f"Invalid value at '{where}'")]
    wrong = _unknown_among(part, "part", where)
    if "text" in part and not isinstance(part["text"], str):
        wrong.append((where, f"Invalid value at '{where}.text' (TYPE_STRING)"))
    inline = part.get("inline_data")
    if "inline_data" not in part:
        return (
            wrong if {"text", "file_data"} & set(part) else [*wrong, (where, "required oneof field 'data' must be set")]
        )
    if not isinstance(inline, dict):
        return [*wrong, (where, f"Invalid value at '{where}.inline_data'")]
    wrong += _unknown_among(inline, "part.inline_data", f"{where}.inline_data")
    try:
        data = base64.b64decode(_standard(inline.get("data", "")), validate=True)
    except (ValueError, TypeError, AttributeError):
        return [*wrong, (where, f"Invalid value at '{where}.inline_data.data' (TYPE_BYTES), Base64 decoding failed")]
    if inline.get("mime_type") not in _TAKEN_TYPES:
        wrong.append((where, f"Unsupported MIME type: {inline.get('mime_type')}"))
    elif not _begins_as(data, inline["mime_type"]):
        wrong.append((where, "Unable to process input image. Please retry or report."))
    return wrong


def _unknown_among(value: Mapping[str, Any], kind: str, where: str) -> list[tuple[str, str]]:
    return [
        (where, f"Invalid JSON payload received. Unknown name \"{name}\" at '{where}': Cannot find field.")
        for name in value
        if name not in _FIELDS[kind]
    ]


def _wrong_config(config: Any, model: ServedModel) -> list[tuple[str, str]]:
    if not isinstance(config, dict):
        return []
    where = "generation_config"
    wrong = []
    for name in ("temperature", "top_p", "top_k"):
        if name in config and not model.sampling:
            wrong.append((f"{where}.{name}", f"{name} is not supported by this model."))
    modalities = config.get("response_modalities")
    if not isinstance(modalities, list) or not set(modalities) <= {"TEXT", "IMAGE"} or "IMAGE" not in modalities:
        wrong.append(
            (f"{where}.response_modalities", "The requested combination of response modalities is not supported.")
        )
    seed = config.get("seed")
    if seed is not None and (not isinstance(seed, int) or not -(2**31) <= seed < 2**31):
        wrong.append((f"{where}.seed", f"Invalid value at '{where}.seed' (TYPE_INT32), {seed}"))
    image = config.get("image_config") or {}
    return wrong + (_wrong_image(image, model) if isinstance(image, dict) else [])


def _wrong_image(image: Mapping[str, Any], model: ServedModel) -> list[tuple[str, str]]:
    where = "generation_config.image_config"
    wrong = []
    ratio, size = image.get("aspect_ratio"), image.get("image_size")
    if ratio is not None and ratio not in model.ratios:
        known = ", ".join(sorted(model.ratios))
        wrong.append((f"{where}.aspect_ratio", f"aspect_ratio must be one of {known}, got {ratio!r}."))
    if size is not None and model.fixed:
        wrong.append((f"{where}.image_size", "image_size is not supported by this model."))
    elif size is not None and size not in model.tokens:
        known = ", ".join(model.tokens)
        wrong.append((f"{where}.image_size", f"image_size must be one of {known}, got {size!r}."))
    return wrong


def _begins_as(data: bytes, mime_type: str) -> bool:
    starts = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "image/webp": b"RIFF"}
    return data.startswith(starts[mime_type]) if mime_type in starts else data[4:8] == b"ftyp"


def _query_key(path: str) -> str:
    found = re.search(r"[?&]key=([^&]+)", path)
    return found.group(1) if found else ""


# --- making answers -------------------------------------------------------------------------------------------------


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
    asked = len(request.prompt) // 4 + 1 + len(request.references) * REFERENCE_TOKENS
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


def _json(value: Any, *, status: int = 200, paid: bool = False) -> Reply:
    body = json.dumps(value).encode()
    return Reply(status=status, body=body, headers={"Content-Type": "application/json; charset=UTF-8"}, paid=paid)


def _error(status: int, name: str, message: str, details: list[dict[str, Any]] | None = None) -> Reply:
    error: dict[str, Any] = {"code": status, "message": message, "status": name}
    if details:
        error["details"] = details
    return _json({"error": error}, status=status)


def _invalid(wrong: list[tuple[str, str]]) -> Reply:
    violations = [{"field": where, "description": description} for where, description in wrong]
    details = [{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations}]
    return _error(400, "INVALID_ARGUMENT", "\n".join(description for _, description in wrong), details)


def _quota(quota_id: str) -> dict[str, Any]:
    metric = "generativelanguage.googleapis.com/generate_content_requests"
    violation = {"quotaMetric": metric, "quotaId": quota_id, "quotaDimensions": {"location": "global", "model": "m"}}
    return {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]}


# --- HTTP -----------------------------------------------------------------------------------------------------------


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    gemini: GeminiServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        raw_body = self._body()
        if raw_body is None:
            return self._send(_error(400, "INVALID_ARGUMENT", "Request payload size exceeds the limit."))
        found = _PATH.match(self.path)
        if not found:
            return self._send(Reply(status=404, body=b"<!DOCTYPE html><html>Error 404 (Not Found)!!1</html>"))
        try:
            body = json.loads(raw_body)
        except ValueError:
            return self._send(_error(400, "INVALID_ARGUMENT", "Invalid JSON payload received. Unexpected token."))
        gemini = self.server.gemini
        request = gemini.taken(
            Request(
                number=0,
                path=self.path,
                version=found["version"],
                model=found["model"],
                headers={name.lower(): value for name, value in self.headers.items()},
                body=body,
                raw=raw_body,
                time=time.monotonic(),
            )
        )
        try:
            self._send(gemini.reply_to(request))
        finally:
            gemini.answered()
        return None

    def do_GET(self) -> None:
        self._send(_error(404, "NOT_FOUND", "Only generateContent is served here."))

    def _body(self) -> bytes | None:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            pieces = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(pieces)
        length = int(self.headers.get("Content-Length") or 0)
        if length > MOST_BODY_BYTES:
            self.close_connection = True
            return None
        return self.rfile.read(length)

    def _send(self, reply: Reply) -> None:
        if reply.silence_s:
            self.server.gemini.stopping.wait(reply.silence_s)
        if reply.stop_after == -1:
            self.close_connection = True
            return
        body = reply.body if reply.stop_after is None else reply.body[: reply.stop_after]
        length = len(reply.body) if reply.claimed_length is None else reply.claimed_length
        if len(body) != length:
            self.close_connection = True
        self.send_response(reply.status)
        headers = {"Content-Type": "text/html", **reply.headers, "Content-Length": str(length)}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        for piece in self._pieces(body, reply.spread_s):
            self.wfile.write(piece)

    def _pieces(self, body: bytes, spread_s: float) -> Any:
        if not spread_s:
            yield body
            return
        count = 20
        step = max(1, len(body) // count)
        for start in range(0, len(body), step):
            if self.server.gemini.stopping.wait(spread_s / count):
                return
            yield body[start : start + step]

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def main() -> None:
    parser = argparse.ArgumentParser(description="The Gemini image API on the loopback, for tests.")
    parser.add_argument("--port", type=int, default=0, help="0 (the default) takes any free one")
    port = parser.parse_args().port
    with GeminiServer(port) as server:
        print(server.url, flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
