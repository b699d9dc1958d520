"""By which derivation an asset's file comes from its picture. The keys of the first release are for ever."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pipeline.digest import of_bytes
from pipeline.plan.wanted import file_size, placeholder_of, wanted_file, wanted_files
from pipeline.spec.steps import step
from pipeline.store.entry import Entry
from pipeline.words import Asset, AssetId, Derivation, Digest, Origin

TAKE, REQUEST = of_bytes(b"take"), of_bytes(b"request")

KNIGHT = Asset(
    id=AssetId("hero/knight"),
    origin=Origin("specs/a.yaml", 1, 1),
    origins={},
    prompt="A knight.",
    names={},
    model="gemini-3-pro-image",
    aspect_ratio="1:1",
    image_size="1K",
    format="jpeg",
    path="output/hero/knight.jpg",
)
TRIM, SMALL = step("trim"), step("resize", width=64)


def _nothing(id: AssetId) -> tuple[Entry, ...]:
    return ()


def _unknown(key: str) -> None:
    return None


def wanted(asset: Asset, type: str = "image/jpeg", *, adopted: bool = False) -> Derivation:
    done = len(asset.process) if adopted else 0
    file = asset.files[0]
    return wanted_file(asset, file, picture=TAKE, type=type, adopted=adopted, request=REQUEST, done=done)


TAKEN = "sha256:820b746bf9112a950f1a4723a5c9ef660ef765af814507a6627ee357d652eec7"
ADOPTED = "sha256:26066fc67de014cc19cdc4611758c11bd39e4a37dbc07b97701f86ab3cdf6c44"
ENCODED = {
    "jpeg": "sha256:5a6ff38c0fdcb3a2e0a27a09c79b1bf7ac72d03365b1efd3889174f76c58755a",
    "png": "sha256:7f54748f024616e6a9b77fe69f1b40d485f7a13f183b3cc10273888f33f5e6b9",
    "webp": "sha256:c9d697875f228ac5b44e594b7ef2fb25e91eb95b173c41e4c84339e3c40e6139",
}
PLACED = {
    "jpeg": "sha256:51e7b7491fd271854d6cbcd386546d0c88db4e73507aba29c9800cd64b9888bf",
    "png": "sha256:f53b3dc375dfdd76bc83d214b8ecb48e5a4399623576c0f59cfadd38bed725c5",
    "webp": "sha256:6a27218f42e3995f63be3e69bbe890b02920729b851a970410aa5450c8c33e57",
}


@pytest.mark.parametrize("format", ["jpeg", "png", "webp"])
@pytest.mark.parametrize("type", ["jpeg", "png", "webp"])
def test_keys_of_the_first_release_stay_what_they_are(format: str, type: str) -> None:
    asset = replace(KNIGHT, format=format)
    drawn, own = (wanted(asset, f"image/{type}", adopted=adopted).key for adopted in (False, True))
    assert drawn == (TAKEN if format == type else ENCODED[format])
    assert own == (ADOPTED if format == type else ENCODED[format])
    assert wanted(asset, "", adopted=True).key == ADOPTED
    assert placeholder_of(asset, asset.files[0], "A knight.", (1376, 768)).key == PLACED[format]


CHANGES: dict[str, dict[str, Any]] = {
    "a step": {"process": (TRIM,)},
    "two steps": {"process": (TRIM, SMALL)},
    "their order": {"process": (SMALL, TRIM)},
    "a parameter": {"process": (step("trim", padding=1),)},
    "quality": {"options": {"quality": 80}},
    "another quality": {"options": {"quality": 81}},
}


def test_whatever_is_said_about_the_file_is_in_the_key() -> None:
    keys = {name: wanted(replace(KNIGHT, **change)).key for name, change in CHANGES.items()}
    assert len({*keys.values(), TAKEN}) == len(keys) + 1


TOLD: dict[str, dict[str, Any]] = {
    "nothing": {},
    "alt": {"alt": "A knight."},
    "another alt": {"alt": "Two knights."},
    "none": {"provenance": "none"},
    "full": {"provenance": "full"},
    "full with alt": {"provenance": "full", "alt": "A knight."},
}


@pytest.mark.parametrize("base", [{"format": "png"}, {"process": (TRIM,)}, {"options": {"quality": 80}}])
def test_what_a_derived_file_says_of_itself_is_in_the_key(base: dict[str, Any]) -> None:
    keys = {wanted(replace(KNIGHT, **base, **told)).key for told in TOLD.values()}
    assert len(keys) == len(TOLD)


@pytest.mark.parametrize("told", TOLD.values(), ids=TOLD)
def test_a_take_of_which_nothing_is_wanted_stays_as_it_is_whatever_is_to_be_said(told: dict[str, Any]) -> None:
    assert wanted(replace(KNIGHT, **told)).key == TAKEN


def test_an_alt_text_that_is_to_say_nothing_makes_no_file_anew() -> None:
    silent = replace(KNIGHT, process=(TRIM,), provenance="none")
    assert wanted(silent).key == wanted(replace(silent, alt="A knight.")).key


def test_what_a_person_adopted_goes_through_no_step() -> None:
    asset = replace(KNIGHT, process=(TRIM,), options={"quality": 80})
    assert wanted(asset, adopted=True).key == ADOPTED
    other = wanted(asset, "image/png", adopted=True)
    assert (other.name, other.params["steps"], other.params["options"]) == ("process", [], {"quality": 80})


def test_the_request_that_a_full_provenance_names_is_the_one_that_the_take_was_drawn_for() -> None:
    asset = replace(KNIGHT, process=(TRIM,), provenance="full")
    drawn_for = of_bytes(b"another request")
    entry = Entry(asset=asset.id, request=REQUEST, take=TAKE, of=drawn_for, type="image/jpeg")
    assert wanted_files(asset, entry, _nothing, _unknown)[0].params["provenance"] == {
        "level": "full",
        "request": drawn_for,
    }
    assert (
        wanted_files(asset, replace(entry, of=None), _nothing, _unknown)[0].params["provenance"]["request"] == REQUEST
    )


def of_pair(entry: Entry, named: tuple[Entry, ...], previous: Digest | None = None) -> Derivation:
    asset = replace(KNIGHT, process=(step("matte"), TRIM), format="png")

    def asked(key: str) -> dict[str, Any] | None:
        return {"previous": previous} if key == REQUEST and previous is not None else None

    [made] = wanted_files(asset, entry, lambda id: named if id == f"{KNIGHT.id}#matte" else (), asked)
    return made


def test_a_matte_is_made_of_the_take_and_of_what_it_was_drawn_to_go_on_from() -> None:
    first, other = (of_bytes(text) for text in (b"on white", b"on white again"))
    line = Entry(asset=AssetId(f"{KNIGHT.id}#matte"), request=REQUEST, take=other, takes=(other, first))
    entry = Entry(asset=KNIGHT.id, request=REQUEST, take=TAKE, type="image/jpeg")
    made = of_pair(entry, (line,), first)
    assert (made.inputs, made.params["steps"][0]) == ((TAKE, first), ["matte", 1, {}])
    assert made.key == "sha256:86255e8dedffc228bc1f210ed465215de105ba10696fe80a6013014bd823ec4d"
    assert of_pair(entry, (line,)).inputs == (TAKE, other), "the pick, where that request is not known"
    built = replace(entry, files={KNIGHT.path: (made.key, TAKE)})
    assert of_pair(built, (line,)).inputs == (TAKE, first), "but for what the file says"
    assert of_pair(built, (replace(line, rejected=(other,)),)).inputs == (TAKE, first)
    assert of_pair(entry, ()).inputs == (TAKE,)
    assert of_pair(replace(entry, adopted=first), (line,), first).inputs == (first,)


def test_no_step_has_its_version_in_what_a_request_is_compared_by() -> None:
    from pipeline.spec.steps import as_asked, as_derived

    assert as_asked((TRIM, SMALL)) == ({"trim": {}}, {"resize": {"width": 64}})
    assert [name for name, version, _ in as_derived((TRIM, SMALL)) if version >= 1] == ["trim", "resize"]


@pytest.mark.parametrize(
    ("process", "size"),
    [
        ((), (1376, 768, True)),
        ((SMALL,), (64, 36, True)),
        ((step("resize", width=1200, height=630, fit="cover"),), (1200, 630, True)),
        ((step("crop", ratio="1:1"), step("pad", all=8)), (784, 784, True)),
        ((TRIM, SMALL), (64, 36, False)),
    ],
)
def test_the_size_of_a_file_is_known_before_it_is_made(process: Any, size: tuple[int, int, bool]) -> None:
    assert file_size(replace(KNIGHT, process=process).files[0], (1376, 768)) == size
    assert file_size(KNIGHT.files[0], (7, 5)) == (7, 5, True)


def test_a_placeholder_has_the_size_of_the_file() -> None:
    small = replace(KNIGHT, process=(SMALL,))
    placed = placeholder_of(small, small.files[0], "A knight.", (1376, 768))
    assert (placed.params["width"], placed.params["height"]) == (64, 36)
    assert isinstance(placed.key, str) and placed.key != Digest(PLACED["jpeg"])
