"""What a changed file means to a project that is watched."""

from __future__ import annotations

from pathlib import Path

from pipeline.footprint import Began
from pipeline.live.followed import Followed, Kind


def followed(root: Path) -> Followed:
    found = Followed(root)
    found.learn(None, Began(), {}, ())
    return found


def kind_of(found: Followed, path: Path) -> Kind | None:
    return found.kinds([str(path)]).get(str(path))


def test_what_editors_leave_beside_a_spec_means_nothing(tmp_path: Path) -> None:
    specs = tmp_path / "specs"
    specs.mkdir()
    found = followed(tmp_path)
    for name in ("4913", "fox.yaml~", ".fox.yaml.swp", "#fox.yaml#", ".#fox.yaml"):
        (specs / name).write_text("")
        assert kind_of(found, specs / name) is None, name
    assert kind_of(found, specs / "fox.yaml") is Kind.INPUT


def test_a_folder_of_specs_may_have_a_number_for_a_name(tmp_path: Path) -> None:
    year = tmp_path / "specs" / "2024"
    year.parent.mkdir()
    found = followed(tmp_path)
    year.mkdir()
    assert kind_of(found, year) is Kind.INPUT
    found.learn(None, Began(), {}, ())
    year.rmdir()
    assert kind_of(found, year) is Kind.INPUT
