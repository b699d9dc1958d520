"""Dataclasses and named tuples that are made quickly, and are what Python itself would have made."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import pprint
import typing
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import pytest

from pipeline.frozen import NamedTuple, dataclass, field, replace


@dataclass(frozen=True, kw_only=True)
class Boat:
    name: str
    sails: int = 1
    cargo: Mapping[str, int] = field(default_factory=dict)
    log: str = field(repr=False)

    @cached_property
    def shouted(self) -> str:
        return self.name.upper()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Theirs:
    name: str
    sails: int = 1
    cargo: Mapping[str, int] = dataclasses.field(default_factory=dict)
    log: str = dataclasses.field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Buoy:
    color: str = "red"


VALUES: dict[str, Any] = {"name": "Gull", "log": "calm"}


def test_what_is_not_given_is_as_declared_and_made_for_each() -> None:
    one, other = Boat(**VALUES), Boat(**VALUES)
    assert (one.name, one.sails, one.cargo, one.log) == ("Gull", 1, {}, "calm")
    assert one.cargo is not other.cargo
    assert Boat(**VALUES, sails=3).sails == 3


@pytest.mark.parametrize("values", [{"name": "Gull"}, {**VALUES, "mast": 1}, {**VALUES, "sails": 2, "mast": 1}])
def test_all_fields_are_given_and_no_others(values: dict[str, Any]) -> None:
    for made in (Boat, Theirs):
        with pytest.raises(TypeError):
            made(**values)


def test_values_go_by_keywords() -> None:
    with pytest.raises(TypeError):
        Boat("Gull", log="calm")  # type: ignore[misc]


def test_nothing_is_changed_afterwards() -> None:
    boat = Boat(**VALUES)
    with pytest.raises(AttributeError, match=r"Boat\.name"):
        boat.name = "Tern"  # type: ignore[misc]
    with pytest.raises(AttributeError, match=r"Boat\.sails"):
        del boat.sails
    assert (boat.shouted, boat) == ("GULL", Boat(**VALUES))


def test_equal_are_those_of_one_class_with_equal_fields() -> None:
    assert Boat(**VALUES) == Boat(**VALUES)
    assert Boat(**VALUES) != Boat(**VALUES, sails=2)
    assert Boat(**VALUES) != Theirs(**VALUES)
    assert len({Buoy(), Buoy(), Buoy(color="green")}) == 2
    with pytest.raises(TypeError):  # as what it holds
        hash(Boat(**VALUES))


def test_it_is_shown_as_dataclasses_would() -> None:
    assert repr(Boat(**VALUES)) == repr(Theirs(**VALUES)).replace("Theirs", "Boat")


def test_a_copy_has_the_changes_and_nothing_that_was_worked_out() -> None:
    boat = Boat(**VALUES, cargo={"tea": 3})
    assert boat.shouted == "GULL"
    changed = replace(boat, name="Tern")
    assert (changed.name, changed.shouted, changed.cargo) == ("Tern", "TERN", {"tea": 3})
    assert replace(Theirs(**VALUES), sails=2) == Theirs(**VALUES, sails=2)
    with pytest.raises(TypeError):
        replace(boat, mast=1)  # type: ignore[call-arg]


def test_it_goes_to_another_process_and_back() -> None:
    boat = Boat(**VALUES, cargo={"tea": 3})
    assert pickle.loads(pickle.dumps(boat)) == copy.copy(boat) == boat


def test_dataclasses_takes_it_for_its_own() -> None:
    boat = Boat(**VALUES)
    assert [(f.name, f.type, f.repr) for f in dataclasses.fields(Boat)] == [
        (f.name, f.type, f.repr) for f in dataclasses.fields(Theirs)
    ]
    assert dataclasses.asdict(boat) == dataclasses.asdict(Theirs(**VALUES))
    assert dataclasses.replace(boat, sails=2) == Boat(**VALUES, sails=2)
    assert pprint.pformat(boat) == repr(boat)


# --- named tuples -----------------------------------------------------------------------------------------------------


class Mark(NamedTuple):
    """Where a boat turns."""

    name: str
    side: str = "port"
    """On which it is left."""

    @property
    def told(self) -> str:
        return f"{self.name} to {self.side}"


class TheirMark(typing.NamedTuple):
    """Where a boat turns."""

    name: str
    side: str = "port"

    @property
    def told(self) -> str:
        return f"{self.name} to {self.side}"


def test_a_named_tuple_is_one() -> None:
    mark, theirs = Mark("Bell"), TheirMark("Bell")
    assert mark == ("Bell", "port") == theirs
    assert (mark.told, mark._asdict(), mark._replace(side="starboard").told) == (
        theirs.told,
        theirs._asdict(),
        "Bell to starboard",
    )
    assert repr(mark) == repr(theirs).replace("Their", "")
    assert pickle.loads(pickle.dumps(mark)) == mark
    with pytest.raises(TypeError):
        Mark()  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        mark.name = "Horn"  # type: ignore[misc]


def test_the_class_of_a_named_tuple_says_the_same() -> None:
    for name in ("__doc__", "__module__", "_fields", "_field_defaults", "__bases__"):
        assert getattr(Mark, name) == getattr(TheirMark, name), name
    assert (Mark.__name__, Mark.__qualname__) == ("Mark", "Mark")
    assert Mark.__annotations__ == {"name": "str", "side": "str"}
