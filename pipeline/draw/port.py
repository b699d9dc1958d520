"""The port that every generator fits, and what goes through it.

A generator turns one call into one picture and raises a DrawError (errors.py) when it cannot; it neither retries nor
keeps accounts: that is limits.py, the same for all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from pipeline import keys
from pipeline.spec.models import Model
from pipeline.store.incoming import Content, bytes_of
from pipeline.words import Digest, Request


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture's bytes and their media type."""

    data: bytes = field(repr=False)
    type: str


@dataclass(frozen=True, kw_only=True)
class DrawnPart:
    """One part of the model's turn, as it came. Neither text nor data: a part of a kind that no picture needs."""

    text: str | None = None
    data: Content | None = field(default=None, repr=False)
    type: str | None = None
    """Of `data`: by its first bytes, else as it was declared."""
    thought: bool = False
    signature: str | None = field(default=None, repr=False)
    """The thought signature, base64."""

    @property
    def loaded(self) -> bytes | None:
        """The bytes of `data`, read where they lie on the disk. Raises OSError."""
        return bytes_of(self.data) if self.data is not None else None


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A turn that came before in a conversation: what was said to the model, and its whole answer."""

    request: Digest
    call: str
    """The id of the call; with the request it names the take's record."""
    prompt: str
    """As it was sent."""
    references: tuple[Picture, ...] = ()
    answer: tuple[DrawnPart, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Call:
    """One paid attempt at one request."""

    id: str
    """Random, new for each attempt; the take's record and the ledger's lines go by it."""
    request: Request
    model: Model
    references: tuple[Picture, ...] = ()
    """What the request attaches, in its order, shrunk already."""
    history: tuple[Exchange, ...] = ()
    """The conversation that the request goes on with, from its beginning."""
    continued: Picture | None = None
    """Without a history: the picture that the request continues from. It comes after the references."""
    timeout_s: float
    """For the whole call, from connecting to the last byte."""
    incoming: Path | None = None
    """A folder for the answer while it arrives: a generator that can use it need not hold a picture in memory."""

    @property
    def prompt(self) -> str:
        """The text as it is sent: the prompt under the lines that say what each reference is for."""
        roles = [attached.role for attached in self.request.references]
        return keys.with_roles(self.request.prompt, roles + [keys.CONTINUED] * (self.continued is not None))

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """All pictures that go along with the prompt, in their order."""
        return (*self.references, *((self.continued,) if self.continued is not None else ()))

    @property
    def inline(self) -> tuple[Picture, ...]:
        """Every picture of the call in its order, those of the conversation before it too."""
        before: list[Picture] = []
        for exchange in self.history:
            drawn = [Picture(data=d, type=p.type or "") for p in exchange.answer if (d := p.loaded) is not None]
            before += [*exchange.references, *drawn]
        return (*before, *self.pictures)


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """An answer with a usable picture."""

    picture: Content = field(repr=False)
    """Its bytes; or the file below `Call.incoming` that holds them, which is moved into the store."""
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
    """What a take's record says was sent: the texts, and each reference by type and size in bytes.

    `continued` says that the last reference is the picture of the turn before; `history` names the records of the turns
    that went along whole.
    """
    sent: dict[str, Any] = {"prompt": call.prompt}
    if call.request.system_instruction.strip():
        sent["system_instruction"] = call.request.system_instruction.strip()
    if call.pictures:
        sent["references"] = [{"type": picture.type, "size": len(picture.data)} for picture in call.pictures]
    if call.continued is not None:
        sent["continued"] = True
    if call.history:
        sent["history"] = [{"request": turn.request, "call": turn.call} for turn in call.history]
    return sent
