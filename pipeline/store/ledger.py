"""The ledger: before each paid call a line of intent, after it a line of outcome. Append-only.

    {"line": "intent", "call": ..., "at": ..., "asset": ..., "profile": ..., "request": ..., "generator": ...,
     "model": ..., "image_size": ..., "reserved_micro_usd": ...}
    {"line": "outcome", "call": ..., "at": ..., "result": ..., "take": ..., "cost_micro_usd": ..., "cost_from": ...,
     "usage": {...}, "message": ...}
    {"line": "reroll", "at": ..., "asset": ..., "profile": ...}      lost calls before it are not counted any more

An intent without outcome is a call that may have been charged: it was on the wire when its build died.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pipeline.digest import canonical_json
from pipeline.files import append_line
from pipeline.frozen import NamedTuple
from pipeline.words import NO_DETAIL, NOTHING, AssetId, Digest, MicroUsd, Take

TAKE = "take"
LOST = "lost"

_CALL = re.compile(rb'"call":"([^"\\]+)"')

_NOT_TAKEN = ("throttled", "unavailable", "refused")
"""Results of calls that use up no limit."""


class Paid(NamedTuple):
    """One call as the ledger knows it: what was meant, and what came of it ('' while that is not known)."""

    call: str
    at: str
    asset: AssetId
    profile: str
    request: str
    generator: str
    model: str
    reserved: MicroUsd
    image_size: str = ""
    """Empty in lines of older versions."""
    result: str = ""
    take: Digest | None = None
    cost: MicroUsd = NOTHING
    cost_from: str = ""
    usage: Mapping[str, Any] = NO_DETAIL
    message: str = ""

    @property
    def may_be_charged(self) -> bool:
        """Whether nobody knows if this call was charged."""
        return self.result in ("", LOST)


class _Lines(NamedTuple):
    calls: Mapping[str, Paid]
    """By the call's id, in the order in which they were meant."""
    rerolled: Mapping[tuple[str, str], int]
    """How many calls there were before the last reroll of (asset, profile)."""


class Ledger:
    """The lines of one machine's paid calls. `now` gives the time as ISO 8601, UTC."""

    def __init__(self, path: Path, now: Callable[[], str]) -> None:
        self.path = path
        self._now = now
        self._known: tuple[tuple[int, int, int], _Lines] | None = None

    def intent(
        self,
        call: str,
        *,
        asset: str,
        profile: str,
        request: str,
        generator: str,
        model: str,
        image_size: str,
        reserved: MicroUsd,
    ) -> None:
        """Say that a call is about to be made; on the disk when this returns. Raises OSError."""
        self._append(
            "intent",
            call=call,
            asset=asset,
            profile=profile,
            request=request,
            generator=generator,
            model=model,
            image_size=image_size,
            reserved_micro_usd=reserved,
        )

    def outcome(
        self,
        call: str,
        *,
        result: str,
        cost: MicroUsd = NOTHING,
        cost_from: str = "",
        take: str = "",
        usage: Mapping[str, Any] | None = None,
        message: str = "",
    ) -> None:
        """Say what came of a call. Raises OSError."""
        self._append(
            "outcome",
            call=call,
            result=result,
            take=take,
            cost_micro_usd=cost,
            cost_from=cost_from,
            usage=dict(usage or {}),
            message=message,
        )

    def rerolled(self, asset: str, profile: str) -> None:
        """Start the count of an asset's lost calls anew. Raises OSError."""
        self._append("reroll", asset=asset, profile=profile)

    def calls(self, record: Callable[[str, str], Take | None] | None = None) -> tuple[Paid, ...]:
        """All calls, in the order in which they were meant. Lines that a crash tore are passed over.

        `record` gives the take of a request and call, if its record exists: that call has an outcome, written or not.
        """
        calls = self._read().calls.values()
        return tuple(call if call.result or record is None else _as_recorded(call, record) for call in calls)

    def backwards(self, models: Collection[str], image_sizes: Collection[str]) -> Iterator[Paid]:
        """The calls of models by these names and in these sizes, the latest first. Lines of others are not read."""
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return
        named = [f'"model":{json.dumps(model)}'.encode() for model in models]
        sized = [f'"image_size":"{size}"'.encode() for size in image_sizes]
        outcomes: dict[str, bytes] = {}
        end = len(data)
        while end > 0:
            start = data.rfind(b"\n", 0, end) + 1
            line, end = data[start:end], start - 1
            if b'"line":"outcome"' in line:
                call = _CALL.search(line)
                outcomes.setdefault(call.group(1).decode() if call else "", line)
            elif any(name in line for name in named) and any(size in line for size in sized):
                intent = _value(line)
                if intent.get("line") == "intent" and intent.get("call"):
                    outcome = _value(outcomes.get(str(intent["call"]), b""))
                    paid = _intent(intent)
                    yield _with_outcome(paid, outcome) if outcome else paid

    def started_ago(self, model: str, within_s: float) -> tuple[float, ...]:
        """How many seconds ago calls of a model were made that the service took, as far as it is not long ago."""
        from datetime import datetime

        try:
            now = datetime.fromisoformat(self._now())
            if now.timestamp() - self.path.stat().st_mtime > within_s:
                return ()
        except OSError:
            return ()
        ages: list[float] = []
        for call in self.calls():
            if call.model == model and call.result not in _NOT_TAKEN:
                with suppress(ValueError, TypeError):
                    ages.append((now - datetime.fromisoformat(call.at)).total_seconds())
        return tuple(age for age in ages if 0 <= age < within_s)

    def lost(self, *, building: bool = False) -> Mapping[tuple[AssetId, str, str], int]:
        """How many calls of (asset, profile, request key) were lost since the asset's last reroll.

        While a build is running (`building`), a call without outcome is one of its own, and on its way.
        """
        lines = self._read()
        count: dict[tuple[AssetId, str, str], int] = {}
        for number, call in enumerate(lines.calls.values()):
            on_its_way = building and not call.result
            if call.may_be_charged and not on_its_way and number >= lines.rerolled.get((call.asset, call.profile), 0):
                where = (call.asset, call.profile, call.request)
                count[where] = count.get(where, 0) + 1
        return count

    def settle(self, record: Callable[[str, str], Take | None]) -> None:
        """Close the intents that an earlier build left open: only the holder of the build lock may.

        `record` gives the take of a request and call, if its record exists: that call has an outcome.
        """
        for call in self.calls():
            if call.result:
                continue
            found = _as_recorded(call, record)
            if not found.result:
                self.outcome(call.call, result=LOST, message="the build ended before the answer came")
            else:
                self.outcome(
                    call.call,
                    result=found.result,
                    take=found.take or "",
                    cost=found.cost,
                    cost_from=found.cost_from,
                    usage=found.usage,
                )

    def _append(self, kind: str, **value: Any) -> None:
        line = {name: part for name, part in value.items() if part not in ("", None, {})}
        append_line(self.path, canonical_json({"line": kind, "at": self._now(), **line}), sync=True)

    def _read(self) -> _Lines:
        """What the lines say. They are only ever added to, so the file is read again only when it has changed."""
        try:
            with self.path.open("rb") as file:
                found = os.fstat(file.fileno())
                state = (found.st_ino, found.st_size, found.st_mtime_ns)
                if self._known is None or self._known[0] != state:
                    # No further than it reached when it was looked at: a build may be writing.
                    self._known = (state, _read_lines(file.read(found.st_size)))
                return self._known[1]
        except FileNotFoundError:
            return _Lines(calls={}, rerolled={})


def _read_lines(data: bytes) -> _Lines:
    calls: dict[str, Paid] = {}
    rerolled: dict[tuple[str, str], int] = {}
    for line in data.split(b"\n"):
        value = _value(line)
        kind, call = value.get("line"), str(value.get("call", ""))
        if kind == "intent" and call:
            calls[call] = _intent(value)
        elif kind == "outcome" and call in calls:
            calls[call] = _with_outcome(calls[call], value)
        elif kind == "reroll":
            rerolled[str(value.get("asset")), str(value.get("profile", ""))] = len(calls)
    return _Lines(calls=calls, rerolled=rerolled)


def _as_recorded(call: Paid, record: Callable[[str, str], Take | None]) -> Paid:
    """A call without an outcome as its take's record tells it; as it is where there is none."""
    take = record(call.request, call.call)
    if take is None:
        return call
    cost = MicroUsd(take.cost_micro_usd)
    return call._replace(result=TAKE, take=take.take, cost=cost, cost_from=take.cost_from, usage=take.usage)


def _value(line: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(line) if line.strip() else {}
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _intent(value: Mapping[str, Any]) -> Paid:
    return Paid(
        call=str(value["call"]),
        at=str(value.get("at", "")),
        asset=AssetId(str(value.get("asset", ""))),
        profile=str(value.get("profile", "")),
        request=str(value.get("request", "")),
        generator=str(value.get("generator", "")),
        model=str(value.get("model", "")),
        image_size=str(value.get("image_size", "")),
        reserved=_money(value.get("reserved_micro_usd")),
    )


def _with_outcome(call: Paid, value: Mapping[str, Any]) -> Paid:
    take = value.get("take")
    usage = value.get("usage")
    return call._replace(
        result=str(value.get("result", "")),
        take=Digest(str(take)) if take else None,
        cost=_money(value.get("cost_micro_usd")),
        cost_from=str(value.get("cost_from", "")),
        usage=usage if isinstance(usage, dict) else {},
        message=str(value.get("message", "")),
    )


def _money(value: object) -> MicroUsd:
    return MicroUsd(value if isinstance(value, int) else 0)
