"""What goes over the wire between a client and the loopback Gemini API: models, requests, replies."""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
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
    dollars: tuple[str, str, str] = ("0", "0", "0")
    """For a million tokens: of what is sent, of words and thoughts, of pictures."""

    def micro_usd(self, usage: Mapping[str, Any]) -> int:
        """What an answer with this usageMetadata costs, a part of a millionth counting as a whole one."""
        drawn = usage.get("candidatesTokenCount", 0)
        kinds = usage.get("candidatesTokensDetails") or [{"modality": "IMAGE", "tokenCount": drawn}]
        pictures = min(drawn, sum(kind["tokenCount"] for kind in kinds if kind["modality"] == "IMAGE"))
        asked = usage.get("promptTokenCount", 0) + usage.get("toolUsePromptTokenCount", 0)
        counts = (asked, drawn - pictures + usage.get("thoughtsTokenCount", 0), pictures)
        # Dollars for a million tokens are millionths of a dollar for one.
        return math.ceil(sum(count * Fraction(price) for count, price in zip(counts, self.dollars, strict=True)))


MODELS = {
    "gemini-nano-banana-2.1": ServedModel(
        ALL_RATIOS, {"1K": 1120, "2K": 1680, "4K": 3780}, sampling=False, dollars=("1.50", "7.50", "30")
    ),
    "gemini-3-pro-image": ServedModel(
        TEN_RATIOS, {"1K": 1120, "2K": 1120, "4K": 2000}, dollars=("2.00", "12.00", "120")
    ),
    "gemini-3.1-flash-lite-image": ServedModel(ALL_RATIOS, {"1K": 1120}, dollars=("0.25", "1.50", "30")),
    "gemini-3.1-flash-image": ServedModel(
        ALL_RATIOS, {"512": 747, "1K": 1120, "2K": 1680, "4K": 2520}, dollars=("0.50", "3.00", "60")
    ),
    "gemini-2.5-flash-image": ServedModel(
        TEN_RATIOS,
        {"1K": 1290},
        references=3,
        fixed=True,
        type="image/png",
        thoughts=0,
        dollars=("0.30", "2.50", "30"),
    ),
}


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
        return [base64.b64decode(standard(part["inline_data"]["data"])) for part in self.parts if "inline_data" in part]

    @property
    def counted(self) -> tuple[int, int]:
        """Characters and pictures of all turns: what a service counts as asked."""
        parts = [part for turn in self.snake.get("contents") or [] for part in turn.get("parts") or []]
        return sum(len(part.get("text", "")) for part in parts), sum("inline_data" in part for part in parts)

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
            name: standard(part) if name == "data" and isinstance(part, str) else _one_alphabet(part)
            for name, part in value.items()
        }
    return [_one_alphabet(part) for part in value] if isinstance(value, list) else value


def standard(encoded: str) -> str:
    """Base64 in the usual alphabet, padded."""
    text = encoded.replace("-", "+").replace("_", "/").rstrip("=")
    return text + "=" * (-len(text) % 4)


@dataclass(frozen=True)
class Reply:
    """One answer on the wire, and how it arrives."""

    status: int = 200
    body: bytes = field(default=b"{}", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    paid: bool = False
    """Whether it cost its caller a picture, whether it arrives or not."""
    usage: Mapping[str, Any] = field(default_factory=dict)
    """The usageMetadata that it was made with, whether it arrives or not."""
    stop_after: int | None = None
    """Bytes of the body after which the connection is closed."""
    claimed_length: int | None = None
    """A Content-Length that is not true."""
    silence_s: float = 0.0
    """Before the first byte; stopping the server ends it."""
    spread_s: float = 0.0
    """Over which the body trickles in; stopping the server ends it."""


Answer = Callable[[Request], Reply]


@dataclass(frozen=True)
class Answered:
    """One request with the reply that went out for it, whole or not, read or not."""

    request: Request
    reply: Reply

    @property
    def micro_usd(self) -> int:
        """What it costs by the usage that was counted for it; 0 where none was."""
        return MODELS[self.request.model].micro_usd(self.reply.usage) if self.reply.usage else 0


def json_reply(value: Any, *, status: int = 200, paid: bool = False) -> Reply:
    """A reply of JSON."""
    return Reply(
        status=status,
        body=json.dumps(value).encode(),
        headers={"Content-Type": "application/json; charset=UTF-8"},
        paid=paid,
        usage=value.get("usageMetadata", {}),
    )


def error_reply(status: int, name: str, message: str, details: list[dict[str, Any]] | None = None) -> Reply:
    """A google.rpc.Status, as the API tells every error."""
    error: dict[str, Any] = {"code": status, "message": message, "status": name}
    if details:
        error["details"] = details
    return json_reply({"error": error}, status=status)


def invalid_reply(wrong: list[tuple[str, str]]) -> Reply:
    """The 400 that names each wrong field."""
    violations = [{"field": where, "description": description} for where, description in wrong]
    details = [{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations}]
    return error_reply(400, "INVALID_ARGUMENT", "\n".join(description for _, description in wrong), details)


def bad_key_reply() -> Reply:
    """A bad key is a 400, not a 401."""
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "API_KEY_INVALID",
        "domain": "googleapis.com",
    }
    return error_reply(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", [info])
