"""What passes the sieve, with the pictures put back, is what was sent: however it is cut into pieces and spelt."""

from __future__ import annotations

import base64
import binascii
import json
import random
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline.draw import sieve
from pipeline.draw.sieve import Sieve

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is no failure."""


@pytest.fixture(scope="module", params=["with pybase64", "without"], autouse=True)
def decoder(request: pytest.FixtureRequest) -> Iterator[None]:
    """All of this holds with the extra `fast` and without it."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "without":
            patch.setitem(sys.modules, "pybase64", None)
        sieve._decoder.cache_clear()
        is_plain = getattr(sieve._decoder(), "func", None) is binascii.a2b_base64
        assert is_plain == (request.param == "without")
        yield
    sieve._decoder.cache_clear()


class ASink:
    """Keeps what is written; knows that it was dropped."""

    def __init__(self, number: int) -> None:
        self.number, self.data, self.is_dropped = number, b"", False

    def write(self, data: bytes) -> None:
        self.data += data

    def pieces(self) -> Iterator[bytes]:
        yield from (self.data[at : at + 300] for at in range(0, len(self.data), 300))

    def end(self) -> str:
        return f"token:{self.number}"

    def drop(self) -> None:
        self.is_dropped = True


def sieved(pieces: list[bytes]) -> tuple[bytes, dict[str, bytes]]:
    """What passes, and the pictures by their tokens."""
    sinks: list[ASink] = []

    def open_sink() -> ASink:
        sinks.append(ASink(len(sinks) + 1))
        return sinks[-1]

    sieving = Sieve(open_sink)
    passed = b"".join([*(sieving.feed(piece) for piece in pieces), sieving.end()])
    return passed, {sink.end(): sink.data for sink in sinks if not sink.is_dropped}


def decoded(text: str) -> bytes | None:
    """Base64 as it is read when the whole of it is at hand."""
    text = text.replace("-", "+").replace("_", "/")
    try:
        return binascii.a2b_base64(text + "=" * (-len(text) % 4), strict_mode=True)
    except ValueError:
        return None


def spelt(text: str, how: str) -> str:
    """A JSON string for the text, escaped in one of the ways that senders have."""
    match how:
        case "slashes":
            return json.dumps(text).replace("/", "\\/")
        case "html":
            return json.dumps(text).replace("=", "\\u003d").replace("+", "\\u002B")
        case "all":
            return '"' + "".join(f"\\u{ord(c):04x}" if ord(c) < 0x10000 else json.dumps(c)[1:-1] for c in text) + '"'
    return json.dumps(text)


def cut(data: bytes, seed: int) -> list[bytes]:
    """Pieces of a few bytes, or of many."""
    chance, pieces = random.Random(seed), []
    while data:
        size = chance.choice([1, 2, 3, 7, 50, 1000, 5000])
        pieces.append(data[:size])
        data = data[size:]
    return pieces


BYTES = st.builds(lambda seed, size: random.Random(seed).randbytes(size), st.integers(0, 99), st.integers(0, 4000))
BASE64 = st.one_of(
    BYTES.map(lambda data: base64.b64encode(data).decode()),
    BYTES.map(lambda data: base64.urlsafe_b64encode(data).decode().rstrip("=")),
)
WRONG = st.sampled_from(["!", "=", "====", "A", "\n", " ", '"', "\\", "\\\\u003d", "é", "\U0001f98a"])


@st.composite
def nearly_base64(draw: st.DrawFn) -> str:
    text, wrong = draw(BASE64), draw(WRONG)
    at = draw(st.integers(0, len(text)))
    return text[:at] + wrong + text[at:]


@st.composite
def answers(draw: st.DrawFn) -> tuple[Any, str]:
    """A value, and JSON for it: parts with `data` of every kind, among other strings."""
    parts, written = [], []
    for _ in range(draw(st.integers(0, 3))):
        data = draw(st.one_of(BASE64, nearly_base64(), st.text(max_size=5)))
        key = draw(st.sampled_from(["data", "data", "datum", 'da"ta', "text", "data\\"]))
        how = draw(st.sampled_from(["plain", "slashes", "html", "all"]))
        blank = draw(st.sampled_from(["", " ", "\n\t"]))
        parts.append({"a": ["data", 1], key: data})
        written.append(f'{{"a":["data",{blank}1],{blank}{json.dumps(key)}{blank}:{blank}{spelt(data, how)}}}')
    return parts, "[" + ",".join(written) + "]"


def whole(value: Any, pictures: dict[str, bytes]) -> Any:
    """The value with every long base64 read, wherever it was read."""
    if isinstance(value, list):
        return [whole(item, pictures) for item in value]
    if isinstance(value, dict):
        return {name: _read(name, item, pictures) for name, item in value.items()}
    return value


def _read(name: str, item: Any, pictures: dict[str, bytes]) -> Any:
    if name != "data" or not isinstance(item, str):
        return whole(item, pictures)
    if item in pictures:
        return pictures[item]
    read = decoded(item)
    # What is not base64 may come in the other alphabet, which changes nothing: it is not base64.
    return item.replace("-", "+").replace("_", "/") if read is None else read


@UNHURRIED
@example(([{"data": "QUJD" * 400 + "AB\n"}], '[{"data":"' + "QUJD" * 400 + 'AB\\n"}]'), 0)
@example(([{"data": "QUJD" * 400 + '"A'}], '[{"data":"' + "QUJD" * 400 + '\\"A"}]'), 0)
@given(answers(), st.integers(0, 9))
def test_what_passes_with_its_pictures_is_what_was_sent(answer: tuple[Any, str], seed: int) -> None:
    value, written = answer
    passed, pictures = sieved(cut(written.encode(), seed))
    assert whole(json.loads(passed), pictures) == whole(value, {})


@UNHURRIED
@given(answers(), st.integers(0, 9), st.integers(0, 20_000))
def test_what_breaks_off_is_still_broken(answer: tuple[Any, str], seed: int, at: int) -> None:
    data = answer[1].encode()
    broken = data[: at % len(data)]
    passed, _ = sieved(cut(broken, seed))
    with pytest.raises(ValueError):
        json.loads(passed)


@UNHURRIED
@given(st.binary(max_size=3000), st.integers(0, 9))
def test_what_is_no_json_passes_as_it_is(data: bytes, seed: int) -> None:
    assert sieved(cut(data, seed)) == (data, {})


def test_long_base64_is_held_back_in_pieces_and_short_passes() -> None:
    long, short = base64.b64encode(b"x" * 900_000).decode(), base64.b64encode(b"y" * 500).decode()
    written = json.dumps([{"data": long}, {"data": short}, {"text": long}]).encode()
    passed, pictures = sieved([written[at : at + 65_536] for at in range(0, len(written), 65_536)])
    assert json.loads(passed) == [{"data": "token:1"}, {"data": short}, {"text": long}]
    assert pictures == {"token:1": b"x" * 900_000}


@pytest.mark.parametrize("tail", ["A", "=A", "AA=A", "A===", "AA==A", "AAA==", "!"])
def test_a_wrong_end_is_put_back(tail: str) -> None:
    text = base64.b64encode(bytes(range(252)) * 8).decode() + tail
    passed, pictures = sieved(cut(json.dumps({"data": text}).encode(), 3))
    assert json.loads(passed) == {"data": text}
    assert pictures == {}
    assert decoded(text) is None


def test_many_escapes_take_no_longer_than_their_length() -> None:
    """A page of nothing but escapes, in one piece: linear, or this would not end within the time limit."""
    written = ('{"data": "' + "\\/" * 2_000_000 + '", "text": "' + '\\"' * 2_000_000 + '"}').encode()
    passed, pictures = sieved([written[at : at + 262_144] for at in range(0, len(written), 262_144)])
    assert json.loads(passed)["text"] == '"' * 2_000_000
    assert [len(picture) for picture in pictures.values()] == [1_500_000]
