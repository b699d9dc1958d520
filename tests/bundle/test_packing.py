"""Where boxes go: apart from each other, inside their pages, those of a group together, and always the same."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.bundle.packing import Box, Packing, packed, power_above, power_below, room

SIDES = st.integers(1, 60)
BOXES = st.lists(st.builds(Box, SIDES, SIDES, st.integers(0, 5)), min_size=1, max_size=40)


def is_power_of_two(side: int) -> bool:
    return side & (side - 1) == 0


def apart(boxes: list[Box], packing: Packing, padding: int) -> bool:
    """Whether there are so many pixels between any two boxes of a page."""
    placed = list(zip(boxes, packing.places, strict=True))
    for n, (box, place) in enumerate(placed):
        for other, beside in placed[:n]:
            across = beside.x + other.width + padding <= place.x or place.x + box.width + padding <= beside.x
            down = beside.y + other.height + padding <= place.y or place.y + box.height + padding <= beside.y
            if beside.page == place.page and not across and not down:
                return False
    return True


@settings(max_examples=60, deadline=None)
@given(boxes=BOXES, padding=st.integers(0, 4), side=st.sampled_from([80, 128, 200]), power_of_two=st.booleans())
def test_boxes_lie_apart_and_inside_their_pages(boxes: list[Box], padding: int, side: int, power_of_two: bool) -> None:
    largest = room(side, padding, power_of_two=power_of_two)
    boxes = [Box(min(box.width, largest), min(box.height, largest), box.group) for box in boxes]
    found = packed(boxes, side=side, padding=padding, power_of_two=power_of_two)
    assert apart(boxes, found, padding)
    assert {place.page for place in found.places} == set(range(len(found.pages)))
    for box, place in zip(boxes, found.places, strict=True):
        width, height = found.pages[place.page]
        assert padding <= place.x and place.x + box.width + padding <= width
        assert padding <= place.y and place.y + box.height + padding <= height
    assert all(max(page) <= side for page in found.pages)
    assert not power_of_two or all(is_power_of_two(length) for page in found.pages for length in page)


@settings(max_examples=20, deadline=None)
@given(boxes=BOXES)
def test_the_same_boxes_have_the_same_places(boxes: list[Box]) -> None:
    once, again = (packed(boxes, side=128, padding=1, power_of_two=False) for _ in range(2))
    assert once == again


def test_what_fits_onto_one_page_is_on_one() -> None:
    found = packed([Box(30, 30, n) for n in range(16)], side=130, padding=2, power_of_two=False)
    assert found.pages == ((130, 130),)


def test_a_group_is_on_one_page_when_there_are_several() -> None:
    boxes = [Box(40, 40, number % 3) for number in range(12)]  # three groups of four; a page holds four
    found = packed(boxes, side=100, padding=2, power_of_two=False)
    by_group = {
        box.group: {p.page for b, p in zip(boxes, found.places, strict=True) if b.group == box.group} for box in boxes
    }
    assert all(len(pages) == 1 for pages in by_group.values())
    assert len(found.pages) == 3


def test_a_group_that_no_page_holds_goes_onto_several() -> None:
    found = packed([Box(40, 40, 0)] * 6, side=100, padding=2, power_of_two=False)
    assert Counter(place.page for place in found.places) == {0: 4, 1: 2}


def test_little_of_a_page_is_empty() -> None:
    boxes = [Box(16 + n * 37 % 110, 16 + n * 53 % 110, n) for n in range(80)]
    found = packed(boxes, side=2048, padding=0, power_of_two=False)
    [(width, height)] = found.pages
    assert sum(box.width * box.height for box in boxes) / (width * height) > 0.88


def test_powers_of_two_are_as_small_as_they_can_be() -> None:
    found = packed([Box(60, 60, n) for n in range(4)], side=2048, padding=2, power_of_two=True)
    assert found.pages == ((128, 128),)
    assert [power_above(side) for side in (1, 2, 3, 64, 65)] == [1, 2, 4, 64, 128]
    assert [power_below(side) for side in (1, 2, 3, 64, 65)] == [1, 2, 2, 64, 64]
