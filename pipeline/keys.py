"""The rule by which a request's key is made. It can never be changed, only followed by another rule.

A key decides whether a picture that was paid for is still the right one. So everything that could move a key without
anyone's wish is written down here, apart from the code that uses it: the defaults that a key leaves out, the aliases
that it resolves, the texts that the tool itself puts into a prompt, and how texts are compared. Each lock entry says
under which rule its key was made.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.words import Request

RULE = 1

GENERATOR = "gemini"
ASPECT_RATIO = "1:1"
IMAGE_SIZE = "1K"
REFERENCE_LIMIT = 2048

ALIASES: Mapping[str, str] = {
    "gemini-3-pro-image-preview": "gemini-3-pro-image",
    "gemini-3.1-flash-image-preview": "gemini-3.1-flash-image",
    "gemini-2.5-flash-image-preview": "gemini-2.5-flash-image",
}
"""Former names of a model that draws on under another: the same model, so the same key."""


def image_name(number: int) -> str:
    """What `ref()` renders to, for the reference of that number (from 1)."""
    return f"image {number}"


def role_line(number: int, role: str) -> str:
    """The line before the prompt that says what a reference is for."""
    return f"Image {number}: {role}"


def with_roles(prompt: str, roles: Sequence[str]) -> str:
    """The prompt as it is sent: a line for each reference that has a role, an empty line, the text."""
    lines = [role_line(number, role.strip()) for number, role in enumerate(roles, 1) if role.strip()]
    return "\n".join([*lines, "", prompt.strip()]) if lines else prompt.strip()


CONTINUED = "the picture to change"
"""The role of the picture that a turn continues from, where it goes along as a picture and not as the model's turn."""


def normal_text(text: str) -> str:
    """The text as keys compare it: NFC, each run of white space one blank, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def preimage(request: Request) -> dict[str, Any]:
    """The value whose canonical JSON is hashed. A field is absent when it has the rule's own default."""
    value: dict[str, Any] = {
        "generator": request.generator if request.generator != GENERATOR else None,
        "model": ALIASES.get(request.model, request.model),
        "prompt": normal_text(request.prompt),
        "system_instruction": normal_text(request.system_instruction) or None,
        "aspect_ratio": request.aspect_ratio if request.aspect_ratio != ASPECT_RATIO else None,
        "image_size": request.image_size if request.image_size != IMAGE_SIZE else None,
        "seed": request.seed,
        "references": [_attachment(r.digest, r.role, r.steps) for r in request.references] or None,
        "previous": request.previous,
    }
    if request.references and request.reference_limit != REFERENCE_LIMIT:
        value["reference_limit"] = request.reference_limit
    return {name: part for name, part in value.items() if part is not None}


def _attachment(digest: str, role: str, steps: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    value: dict[str, Any] = {"digest": digest}
    if normal_text(role):
        value["role"] = normal_text(role)
    if steps:
        value["steps"] = [dict(step) for step in steps]
    return value
