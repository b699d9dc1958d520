"""The port that every generator fits, and what goes through it.

A generator turns one call into one picture and raises a DrawError (errors.py) when it cannot; it neither retries nor
keeps accounts: that is limits.py, the same for all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from pipeline import keys
from pipeline.spec.models import Model
from pipeline.words import Request


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture's bytes and their media type."""

    data: bytes = field(repr=False)
    type: str


@dataclass(frozen=True, kw_only=True)
class Call:
    """One paid attempt at one request."""

    id: str
    """Random, new for each attempt; the take's record and the ledger's lines go by it."""
    request: Request
    model: Model
    references: tuple[Picture, ...] = ()
    """What the request attaches, in its order, shrunk already."""
    timeout_s: float
    """For the whole call, from connecting to the last byte."""

    @property
    def prompt(self) -> str:
        """The text as it is sent: the prompt under the lines that say what each reference is for."""
        return keys.with_roles(self.request.prompt, [attached.role for attached in self.request.references])


@dataclass(frozen=True, kw_only=True)
class DrawnPart:
    """One part of the model's turn, as it came. Neither text nor data: a part of a kind that no picture needs."""

    text: str | None = None
    data: bytes | None = field(default=None, repr=False)
    type: str | None = None
    """Of `data`: by its first bytes, else as it was declared."""
    thought: bool = False
    signature: str | None = field(default=None, repr=False)
    """The thought signature, base64."""


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """An answer with a usable picture."""

    picture: bytes = field(repr=False)
    type: str
    """By the first bytes."""
    width: int
    height: int
    turn: tuple[DrawnPart, ...] = ()
    model_version: str = ""
    response_id: str = ""
    finish_reason: str = ""
    usage: Mapping[str, Any] = field(default_factory=dict)
    """What the service counted, by its own names."""
    sent: Mapping[str, Any] = field(default_factory=dict)
    """prompt, system_instruction, references [{type, size}]: as they went out."""
    declared_type: str = ""
    """The type that the answer named for the picture, right or wrong."""

    @property
    def spare(self) -> tuple[DrawnPart, ...]:
        """Finished pictures of the same answer that are not the take: all but the last."""
        finished = [part for part in self.turn if part.data is not None and not part.thought]
        return tuple(finished[:-1])


class Generator(Protocol):
    """What turns a call into a picture."""

    name: str

    def missing(self) -> str | None:
        """None when it has its credentials, else a sentence that names what to set."""

    async def draw(self, call: Call) -> Drawn:
        """Make the call, once. Raises a DrawError when there is no usable picture."""

    async def aclose(self) -> None:
        """Give back connections; nothing is drawn afterwards."""


def body_sent(call: Call) -> dict[str, Any]:
    """What a take's record says was sent: the texts, and each reference by type and size in bytes."""
    sent: dict[str, Any] = {"prompt": call.prompt}
    if call.request.system_instruction.strip():
        sent["system_instruction"] = call.request.system_instruction.strip()
    if call.references:
        sent["references"] = [{"type": picture.type, "size": len(picture.data)} for picture in call.references]
    return sent
