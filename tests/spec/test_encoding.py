"""What a format can be told, and what is said when it is told something else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import marks
from pipeline.spec import encoding
from pipeline.spec.encoding import FORMATS, OPTIONS, complete, refused, too_large

FORMAT = st.sampled_from(sorted(FORMATS))
VALUE = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 2000), st.lists(st.integers(-3, 2000)), st.sampled_from([0.5, "80", {}])
)


@pytest.mark.parametrize(
    ("format", "stated", "message", "hint"),
    [
        ("png", {"quality": 80}, "a file of format png cannot be told `quality`", "take webp, or fewer colours"),
        ("png", {"lossless": True}, "a file of format png cannot be told `lossless`", "a png always keeps every pixel"),
        ("jpeg", {"lossless": True}, "a file of format jpeg cannot be told `lossless`", "take png, or webp"),
        ("jpeg", {"alpha_quality": 9}, "a file of format jpeg cannot be told `alpha_quality`", "no transparency"),
        ("jpeg", {"effort": 3}, "a file of format jpeg cannot be told `effort`", "it can be told `quality`"),
        ("avif", {"lossless": True}, "a file of format avif cannot be told `lossless`", "webp with `lossless: true`"),
        ("webp", {"sizes": [16]}, "a file of format webp cannot be told `sizes`", "only ico and icns"),
        ("webp", {"quality": 0}, "`quality` is from 1 to 100, not 0", ""),
        ("webp", {"quality": 101}, "`quality` is from 1 to 100, not 101", ""),
        ("webp", {"effort": 10}, "`effort` is from 0 to 9, not 10", ""),
        ("webp", {"quality": "80"}, "`quality` is a whole number, not `80`", "write it without quotes"),
        ("webp", {"quality": True}, "`quality` is a whole number, not `True`", ""),
        ("webp", {"lossless": "yes"}, "`lossless` is true or false, not `yes`", ""),
        ("webp", {"lossless": True, "quality": 80}, "`lossless` keeps every pixel, so `quality` has no say", "remove"),
        ("ico", {"sizes": [16, 512]}, "each of the `sizes` is from 1 to 256, not 512", ""),
        ("ico", {"sizes": 16}, "`sizes` is a list, not a number", "put it in brackets: [16]"),
        ("ico", {"sizes": []}, "`sizes` is a list of sides in pixels, not an empty list", "such as [16, 32, 48]"),
        ("icns", {"sizes": [48]}, "each of the `sizes` is 16, 32, 64, 128, 256, 512 or 1024, not 48", ""),
    ],
)
def test_what_a_format_cannot_be_told_is_refused_with_what_would_be_right(
    format: str, stated: dict[str, object], message: str, hint: str
) -> None:
    ((told, meant),) = refused(format, stated).values()
    assert told == message
    assert hint in meant


@pytest.mark.parametrize("format", FORMATS)
def test_what_stands_where_nobody_says_anything_would_be_accepted_too(format: str) -> None:
    defaults = FORMATS[format].defaults
    assert refused(format, {name: list(v) if isinstance(v, tuple) else v for name, v in defaults.items()}) == {}
    assert all(refused(format, {one.name: one.example}) == {} for one in FORMATS[format].options)


def test_what_a_lower_layer_says_to_another_format_has_no_say() -> None:
    assert complete("png", {"quality": 70, "lossless": False}) == {"effort": 5}
    assert complete("webp", {"quality": 70, "sizes": [16]}) == {
        "quality": 70,
        "lossless": False,
        "alpha_quality": 100,
        "effort": 6,
    }


def test_a_quality_that_has_no_say_is_in_no_key() -> None:
    assert complete("webp", {"lossless": True, "quality": 70}) == complete("webp", {"lossless": True, "quality": 20})


def test_sizes_are_in_order_and_left_out_where_the_picture_decides() -> None:
    assert complete("ico", {"sizes": [48, 16, 48]}) == {"sizes": [16, 48], "effort": 9}
    assert complete("ico", {}) == {"effort": 9}


@given(FORMAT, st.dictionaries(st.sampled_from(OPTIONS), VALUE))
def test_options_that_nothing_is_wrong_with_make_a_key(format: str, stated: dict[str, object]) -> None:
    wrong = refused(format, stated)
    assert all(message and isinstance(hint, str) for message, hint in wrong.values())
    if not wrong:
        options = complete(format, stated)
        assert json.loads(json.dumps(options)) == options
        assert complete(format, options) == options
        assert refused(format, options) == {}


@pytest.mark.parametrize(
    ("format", "sides", "sizes", "message", "hint"),
    [
        ("webp", (16384, 10), None, "a webp is at most 16383 pixels wide and high", "{resize: {width: 16383}}"),
        ("webp", (10, 20000), None, "this picture has 10 x 20000", "{resize: {height: 16383}}"),
        ("jpeg", (65501, 1), None, "a jpeg is at most 65500 pixels", "or take png"),
        ("avif", (1, 32769), None, "an avif is at most 32768 pixels", "or take png"),
        ("ico", (64, 48), [16, 128], "`sizes` has 128, and the picture has only 64 x 48 pixels", "leave out"),
    ],
)
def test_a_picture_that_a_format_cannot_hold_is_told_with_a_remedy(
    format: str, sides: tuple[int, int], sizes: list[int] | None, message: str, hint: str
) -> None:
    refusal = too_large(format, *sides, sizes)
    assert refusal is not None
    assert message in refusal[0]
    assert hint in refusal[1]


@pytest.mark.parametrize(
    ("format", "sides"),
    [("webp", (16383, 16383)), ("jpeg", (65500, 1)), ("png", (10**6, 1)), ("ico", (4096, 4096))],
)
def test_a_picture_at_the_limit_is_not_refused(format: str, sides: tuple[int, int]) -> None:
    assert too_large(format, *sides) is None


def test_each_format_is_known_by_its_media_type() -> None:
    assert {encoding.format_of(one.type): one.name for one in FORMATS.values()} == {name: name for name in FORMATS}
    assert encoding.format_of("image/heic") is None
    assert encoding.format_of(marks.sniff(b"\x89PNG\r\n\x1a\n") or "") == "png"
