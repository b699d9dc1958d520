"""What the API refuses, and in which words: a request is carried out only when nothing here is wrong with it."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

from tests.gemini_wire import MODELS, Reply, Request, ServedModel, bad_key_reply, error_reply, invalid_reply, standard

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
        return error_reply(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers.")
    if keys is not None and key not in keys:
        return bad_key_reply()
    if request.model not in MODELS:
        message = (
            f"models/{request.model} is not found for API version {request.version}, or is not supported for "
            "generateContent. Call ListModels to see the list of available models and their supported methods."
        )
        return error_reply(404, "NOT_FOUND", message)
    body = request.snake
    if not isinstance(body, dict):
        return invalid_reply([("", "Invalid JSON payload received. Expected an object.")])
    wrong = [*_unknown(body, ""), *_wrong_contents(body.get("contents"), MODELS[request.model])]
    wrong += _wrong_config(body.get("generation_config") or {}, MODELS[request.model])
    return invalid_reply(wrong) if wrong else None


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
        data = base64.b64decode(standard(inline.get("data", "")), validate=True)
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
