"""What the ledger tells a wall: which requests brought no picture and why, and what was ever spent."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.store.ledger import TAKE
from pipeline.words import NOTHING, AssetId, Event, MicroUsd, Step

_BROUGHT_NONE = ("blocked", "bad", "refused")
"""Results that the same request would have again; what is only late or lost is told by the plan."""

_MENDS = ("built", "reused", "derived", "restored", "fresh", "drawing", "placeholder")
"""Events after which an earlier failure of an asset is history."""


class _Asked(NamedTuple):
    asset: AssetId
    request: str


class Books:
    """What came of the calls of one profile, as far as a wall tells it."""

    def __init__(self, path: Path, profile: str | None) -> None:
        self._path, self._profile = path, profile or ""
        self.spent_ever = NOTHING
        """By what the service counted, in all profiles."""
        self._begin(0)
        self._told: dict[AssetId, tuple[str, str | None]] = {}

    def _begin(self, inode: int) -> None:
        self._inode, self._at, self.spent_ever = inode, 0, NOTHING
        self._open: dict[str, _Asked] = {}
        self._failed: dict[_Asked, str] = {}

    def read(self) -> None:
        """Take in what was written since. Raises OSError."""
        try:
            with self._path.open("rb") as file:
                status = os.fstat(file.fileno())
                if status.st_ino != self._inode or status.st_size < self._at:
                    self._begin(status.st_ino)
                file.seek(self._at)
                data = file.read()
        except FileNotFoundError:
            return self._begin(0)
        whole, end, _ = data.rpartition(b"\n")
        self._at += len(whole) + len(end)
        for line in whole.split(b"\n"):
            self._line(line)
        return None

    def _line(self, line: bytes) -> None:
        try:
            value = json.loads(line) if line.strip() else {}
        except (ValueError, RecursionError):
            return  # torn by a crash
        if not isinstance(value, dict):
            return
        kind, call = value.get("line"), str(value.get("call", ""))
        if kind == "intent" and call and str(value.get("profile", "")) == self._profile:
            self._open[call] = _Asked(AssetId(str(value.get("asset", ""))), str(value.get("request", "")))
        elif kind == "outcome":
            self._outcome(self._open.pop(call, None), value)
        elif kind == "reroll" and str(value.get("profile", "")) == self._profile:
            self._forget(AssetId(str(value.get("asset", ""))))

    def _outcome(self, asked: _Asked | None, value: Mapping[str, Any]) -> None:
        cost = value.get("cost_micro_usd")
        if isinstance(cost, int) and value.get("cost_from") == "usage":
            self.spent_ever = MicroUsd(self.spent_ever + cost)
        if asked is None:
            return
        if value.get("result") == TAKE:
            self._failed.pop(asked, None)
        elif value.get("result") in _BROUGHT_NONE and value.get("message"):
            self._failed[asked] = str(value["message"])

    def _forget(self, asset: AssetId) -> None:
        for asked in [asked for asked in self._failed if asked.asset == asset]:
            del self._failed[asked]
        self._told.pop(asset, None)

    def heard(self, event: Event) -> None:
        """Take note of what happened in a build of this session: the ledger does not know of all failures."""
        if event.asset is None:
            return
        if event.kind == "failed" and event.detail.get("message"):
            self._told[event.asset] = (str(event.detail["message"]), None)
        elif event.kind in _MENDS:
            self._told.pop(event.asset, None)

    def failure(self, step: Step) -> str:
        """Why the request of a step brought no picture, if it was tried."""
        if step.key is None:
            return ""
        told = self._told.get(step.asset)
        if told is not None:
            message, key = told
            if key in (None, step.key):
                self._told[step.asset] = (message, step.key)
                return message
            del self._told[step.asset]
        return self._failed.get(_Asked(step.asset, step.key), "")
