"""The sieve that an answer's JSON runs through while it arrives: it lets everything pass but long base64.

A picture of 4K is 20 MB of base64 in one string, the value of `"data"`. Such a string is decoded piece by piece into a
sink, and a short token stands in its place in the JSON that passes. What turns out not to be base64 is put back, so
that whoever reads the answer sees what was sent.  [door: pybase64]
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Protocol

_KEY = b"data"
_LEAST = 1024
"""Characters; a shorter string passes as it is."""

_GROUP = 4
"""Characters that are decoded together."""

_MOST_GAP = 64
"""Bytes between two strings that are looked at: enough for a colon and blanks."""

_BLANKS = b" \t\r\n"
_BACKSLASH = 0x5C
_STANDARD = bytes.maketrans(b"-_", b"+/")


class Sink(Protocol):
    """Where the bytes of one string go."""

    def write(self, data: bytes) -> None: ...

    def pieces(self) -> Iterator[bytes]:
        """All that was written, each piece but the last a multiple of three bytes."""

    def end(self) -> str:
        """No more comes: the token that stands for it, of characters that JSON needs not escape."""

    def drop(self) -> None:
        """It was no base64 after all."""


class Sieve:
    """For one answer. `sink` opens a new sink for each string that is caught."""

    def __init__(self, sink: Callable[[], Sink]) -> None:
        self._open_sink = sink
        self._state: Callable[[bytes, int, list[bytes]], int] = self._between
        self._rest = b""
        """The start of an escape whose end has not come yet."""
        self._gap = self._last = b""
        """What has come since the last string; and that string's beginning, long enough to know a key by it."""
        self._head = b""
        self._sink: Sink | None = None
        self._base64 = _Base64()

    def feed(self, data: bytes) -> bytes:
        """The next bytes of the answer; gives what passes. Raises what the sink raises."""
        data, self._rest = self._rest + data, b""
        passed: list[bytes] = []
        at = 0
        while at < len(data):
            at = self._state(data, at, passed)
        return b"".join(passed)

    def end(self) -> bytes:
        """No more comes; gives what was still waiting. Of a string that broke off the token stands for what came."""
        passed = [self._head]
        if self._sink is not None:
            passed += [self._sink.end().encode("ascii"), _escaped(self._base64.pending)]
        passed.append(self._rest)
        self._head = self._rest = b""
        self._sink = None
        return b"".join(passed)

    # --- the states: each takes what is its own from `at` on, and gives where the next one goes on ---

    def _between(self, data: bytes, at: int, passed: list[bytes]) -> int:
        quote = data.find(b'"', at)
        self._gap = (self._gap + data[at : quote if quote >= 0 else at + _MOST_GAP])[:_MOST_GAP]
        end = quote + 1 if quote >= 0 else len(data)
        passed.append(data[at:end])
        if quote >= 0:
            is_value = self._gap.strip(_BLANKS) == b":"
            self._state = self._data if is_value and self._last == _KEY else self._string
            self._gap = self._last = b""
        return end

    def _string(self, data: bytes, at: int, passed: list[bytes]) -> int:
        """A string that passes."""
        end, closed = self._reach(data, at)
        if len(self._last) <= len(_KEY):
            self._last += data[at : min(end, at + len(_KEY) + 1)]
        passed.append(data[at : end + closed])
        if closed:
            self._state = self._between
        return end + closed if closed else len(data)

    def _data(self, data: bytes, at: int, passed: list[bytes]) -> int:
        """The value of `"data"`, as long as it may turn out to be short."""
        end, closed = self._reach(data, at)
        self._head += data[at:end]
        if len(self._head) >= _LEAST:
            self._sink, self._base64, self._state = self._open_sink(), _Base64(), self._caught
            head, self._head = self._head, b""
            self._keep(head, passed)
        if closed:
            self._close(passed)
        return end + closed if closed else len(data)

    def _caught(self, data: bytes, at: int, passed: list[bytes]) -> int:
        """A long value of `"data"`, as long as it is base64."""
        end, closed = self._reach(data, at)
        self._keep(data[at:end], passed)
        if closed:
            self._close(passed)
        return end + closed if closed else len(data)

    # --- parts of them ---

    def _reach(self, data: bytes, at: int) -> tuple[int, bool]:
        """Up to where the string reaches in `data` from `at` on, in whole characters; and whether it ends there."""
        quote = _closing_quote(data, at)
        if quote >= 0:
            return quote, True
        end = _whole_characters(data, at)
        self._rest = data[end:]
        return end, False

    def _keep(self, written: bytes, passed: list[bytes]) -> None:
        """Decode the next characters of the string, as they are written in JSON; or let them pass with all before."""
        characters = _unescaped(written)
        decoded = self._base64.feed(characters) if characters is not None else None
        if decoded is None:
            self._put_back(passed)
            passed.append(written)
            return
        assert self._sink is not None
        for piece in decoded:
            self._sink.write(piece)

    def _close(self, passed: list[bytes]) -> None:
        """The closing quote of a value of `"data"`."""
        if self._sink is not None:
            decoded = self._base64.end()
            if decoded is None:
                self._put_back(passed)
            else:
                self._sink.write(decoded)
                passed.append(self._sink.end().encode("ascii"))
        passed += [self._head, b'"']
        self._head, self._sink, self._state = b"", None, self._between

    def _put_back(self, passed: list[bytes]) -> None:
        if self._sink is not None:
            passed += [base64.b64encode(piece) for piece in self._sink.pieces()]
            passed.append(_escaped(self._base64.pending))
            self._sink.drop()
        self._sink, self._state = None, self._string


class _Base64:
    """Base64 in either alphabet, with or without its padding, in pieces."""

    def __init__(self) -> None:
        self.pending = b""
        """Characters that are not decoded yet: fewer than four, or the last ones, with padding."""

    def feed(self, characters: bytes) -> list[bytes] | None:
        """The bytes that are certain by now; None, with `pending` as before, where it is not base64."""
        if b"-" in characters or b"_" in characters:
            characters = characters.translate(_STANDARD)
        if b"=" in self.pending or b"=" in characters:
            return self._feed_last(self.pending + characters)
        # What is pending and the characters that complete it stand alone, so that the many others are not copied.
        lack = -len(self.pending) % _GROUP
        first = self.pending + characters[:lack]
        if len(first) % _GROUP:
            self.pending = first
            return []
        end = len(characters) - (len(characters) - lack) % _GROUP
        try:
            decoded = [_decoder()(part) for part in (first, memoryview(characters)[lack:end]) if len(part)]
        except ValueError:
            return None
        self.pending = characters[end:]
        return decoded

    def _feed_last(self, characters: bytes) -> list[bytes] | None:
        whole = characters.find(b"=") // _GROUP * _GROUP
        if len(characters) - whole > _GROUP:
            return None
        try:
            decoded = _decoder()(characters[:whole])
        except ValueError:
            return None
        self.pending = characters[whole:]
        return [decoded] if decoded else []

    def end(self) -> bytes | None:
        """The last bytes; None where the end is not that of base64."""
        try:
            return binascii.a2b_base64(self.pending + b"=" * (-len(self.pending) % 4), strict_mode=True)
        except ValueError:
            return None


@cache
def _decoder() -> Callable[[bytes | memoryview], bytes]:
    """What decodes whole groups without padding, and raises ValueError for all else: the fast one, if it is there."""
    try:
        import pybase64
    except ImportError:
        return partial(binascii.a2b_base64, strict_mode=True)
    return partial(pybase64.b64decode, validate=True)


def _closing_quote(data: bytes, at: int) -> int:
    """Where the string that `at` is in ends; -1 where it goes on."""
    quote = data.find(b'"', at)
    while quote > at and _run_of_backslashes(data, at, quote) % 2:
        quote = data.find(b'"', quote + 1)
    return quote


def _whole_characters(data: bytes, at: int) -> int:
    """Up to where whole characters reach, in a string that goes on after `data`."""
    longest = 5  # an escape of six, without its last
    escape = data.rfind(b"\\", max(at, len(data) - longest))
    if escape < 0 or _run_of_backslashes(data, at, escape + 1) % 2 == 0:
        return len(data)
    begun = escape + 1 == len(data) or data[escape + 1 : escape + 2] == b"u"
    return escape if begun else len(data)


def _run_of_backslashes(data: bytes, at: int, end: int) -> int:
    """How many there are right before `end`, counted from `at` on."""
    start = end
    while start > at and data[start - 1] == _BACKSLASH:
        start -= 1
    return end - start


def _escaped(characters: bytes) -> bytes:
    """As they stand in a JSON string: what is still pending may be no base64 at all, but a quote or a line break."""
    return json.dumps(characters.decode("ascii"))[1:-1].encode("ascii")


def _unescaped(written: bytes) -> bytes | None:
    """The characters of a string as it is written in JSON; None where one is not ASCII, or an escape is none."""
    if b"\\" not in written:
        return written
    try:
        text: str = json.loads(b'"' + written + b'"')
        return text.encode("ascii")
    except ValueError:
        return None
