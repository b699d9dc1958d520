"""Facts as English: money, times, and a sentence for every reason and event that there is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import amounts, tell
from pipeline.amounts import usd
from pipeline.console import WARNINGS, Wording
from pipeline.tell import Teller
from pipeline.words import Action, AssetId, Digest, Event, Reason, State, Step

PACKAGE = Path(tell.__file__).parent.parent


@pytest.mark.parametrize(
    ("micro", "told"),
    [
        (0, "$0.00"),
        (1, "$0.000001"),
        (390, "$0.00039"),
        (39_000, "$0.039"),
        (134_000, "$0.134"),
        (134_400, "$0.134"),
        (270_000, "$0.27"),
        (999_499, "$0.999"),
        (999_500, "$1.00"),
        (1_210_000, "$1.21"),
        (1_234_567_890, "$1,234.57"),
        (-134_000, "-$0.134"),
    ],
)
def test_money_has_as_many_digits_as_tell(micro: int, told: str) -> None:
    assert usd(micro) == told


@given(st.integers(min_value=0, max_value=10**12))
def test_money_is_never_off_by_more_than_half_its_last_digit(micro: int) -> None:
    told = usd(micro)
    assert re.fullmatch(r"\$\d{1,3}(,\d{3})*\.\d{2,6}", told)
    dollars, _, rest = told[1:].replace(",", "").partition(".")
    value = int(dollars) * 1_000_000 + int(rest.ljust(6, "0"))
    last = 10 ** (6 - len(rest))
    assert abs(value - micro) * 2 <= last
    assert (value == 0) == (micro == 0)


@given(st.integers(min_value=0, max_value=10**12))
def test_what_an_option_is_told_to_allow_is_enough(micro: int) -> None:
    dollars, _, cents = amounts.dollars(micro).partition(".")
    allowed = int(dollars) * 1_000_000 + int(cents) * 10_000
    assert micro <= allowed < micro + 10_000


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0 s"),
        (0.44, "0.4 s"),
        (9.96, "10 s"),
        (59.6, "1 min"),
        (125, "2 min 5 s"),
        (3600, "1 h"),
        (8000, "2 h 13 min"),
    ],
)
def test_times_are_told_in_the_units_that_fit(seconds: float, told: str) -> None:
    assert amounts.span(seconds) == told


def test_many_names_are_cut_short() -> None:
    assert amounts.names("ab") == "`a` and `b`"
    assert amounts.names("abcd") == "`a`, `b`, `c` and `d`"
    assert amounts.names("abcde") == "`a`, `b`, `c` and 2 more"
    assert amounts.spent(270_000, 130_000) == "spent $0.27; up to $0.13 more may have been charged"


# --- every reason, and every event ------------------------------------------------------------------------------------


def _kinds(called: str) -> Iterator[str]:
    """The kinds that the package's own code makes by `called(kind=...)` or, for reasons, by decide.py's short forms."""
    for module in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == called:
                yield from (
                    str(k.value.value) for k in node.keywords if k.arg == "kind" and isinstance(k.value, ast.Constant)
                )


def _reasons_of_decide() -> set[str]:
    text = (PACKAGE / "plan" / "decide.py").read_text(encoding="utf-8")
    listed = re.search(r"Reasons, by kind: (.*?)\.\n", text, re.DOTALL)
    assert listed
    return {word.split()[0] for word in re.sub(r"\{[^}]*\}", "", listed.group(1)).split(",")}


DETAIL: dict[str, Any] = {
    "assets": (AssetId("style/art"),),
    "fields": ("prompt", "model"),
    "digest": Digest("sha256:" + "a" * 64),
    "count": 2,
    "was": "old/id",
    "origin": "past",
    "message": "$0.40 do not fit",
}


def _step(kind: str, state: State = State.HELD, *, without: str = "") -> Step:
    reasons = (Reason(kind=kind, detail={name: value for name, value in DETAIL.items() if name != without}),)
    return Step(asset=AssetId("hero"), state=state, action=Action.HOLD, reasons=reasons, take=DETAIL["digest"])


def test_every_reason_has_a_sentence() -> None:
    kinds = _reasons_of_decide() | {str(kind) for kind in _kinds("Reason")}
    assert kinds - set(tell.REASONS) == set()
    assert {"protected", "missing", "upstream_absent"} <= kinds


def test_every_event_has_a_line() -> None:
    done = {"planned", "drawing", "drawn", "built", "reused", "restored", "placeholder", "failed", "held", "not_tried"}
    told = done | set(WARNINGS) | set(tell.DECIDED)
    assert {str(kind) for kind in _kinds("Event")} - told == set()


@pytest.mark.parametrize("kind", sorted(tell.REASONS))
def test_a_reason_is_one_line_without_a_full_stop(kind: str) -> None:
    told = Teller().why(_step(kind))
    assert told
    assert "\n" not in told
    assert not told.endswith(".")
    assert "{" not in told


def test_remedies_are_commands_that_can_be_typed() -> None:
    teller = Teller(profile="final", remote="takes/")
    assert teller.why(_step("protected", without="assets")) == (
        "protected: `pipeline --profile final keep hero` accepts the picture as it is, "
        "`pipeline --profile final reroll hero` has another drawn"
    )
    assert Teller().why(_step("edited")) == (
        "changed by hand; `pipeline adopt hero` keeps your version, `pipeline restore hero` puts the built one back"
    )
    assert Teller(remote="takes/").why(_step("missing")) == (
        "its take is nowhere in reach: not in .pipeline/ and not in the remote `takes/`; `pipeline push` where it was "
        "drawn and `pipeline pull` here bring it back, `pipeline build --redraw-missing hero` pays for another"
    )
    assert "`remote:`" in Teller().why(_step("missing"))


def test_what_an_earlier_reason_implies_is_not_told() -> None:
    def why(*kinds: str) -> str:
        step = _step("new")
        return Teller().why(replace(step, reasons=tuple(Reason(kind=kind, detail=DETAIL) for kind in kinds)))

    assert why("new", "no_key").startswith("new; ")
    assert why("unapproved", "new") == "waits until `style/art` is approved; `pipeline approve style/art` does that"
    assert why("protected", "request_changed").startswith("the prompt and model changed; protected: ")


def test_a_file_that_was_never_built_cannot_be_restored() -> None:
    step = Step(asset=AssetId("hero"), state=State.EDITED, action=Action.HOLD, reasons=(Reason(kind="edited"),))
    assert "restore" not in Teller().why(step)


def test_without_a_key_it_is_told_what_stands_there() -> None:
    teller = Teller()
    assert teller.why(_step("no_key", State.PLACEHOLDER)) == "no key: a placeholder stands in"
    assert teller.why(_step("no_key", State.STALE)) == "stale, no key: the old picture stays"
    assert teller.why(_step("offline", State.FAILED)) == "offline, and no placeholder is wanted"


def test_what_is_selected_needs_no_command_that_selects_it() -> None:
    step = _step("upstream_absent")
    assert Teller().why(step) == "waits for a picture of `style/art`; `pipeline build +hero` builds all that it needs"
    assert Teller(selected=frozenset([AssetId("style/art")])).why(step) == "waits for a picture of `style/art`"


def test_a_draw_is_told_when_its_file_is_there_with_what_it_cost() -> None:
    wording = Wording(Teller(), lambda text, style: text, verbose=False, now=iter([10.0, 14.0]).__next__)
    hero = AssetId("hero")
    assert wording.line(Event(kind="drawing", asset=hero, detail={"model": "m"})) is None
    assert wording.line(Event(kind="drawn", asset=hero, detail={"cost_micro_usd": 134_000})) is None
    line = wording.line(Event(kind="built", asset=hero, detail={"path": "output/hero.jpg"}))
    assert line
    assert " ".join(line.text.split()) == "built hero output/hero.jpg $0.134 in 4 s"


def test_ids_are_padded_to_the_longest_and_a_moment_is_not_told() -> None:
    wording = Wording(Teller(), lambda text, style: text, verbose=False, ids=["a", "long/er"], now=lambda: 1.0)
    for kind, detail in (("drawing", {}), ("drawn", {"cost_micro_usd": 39_000})):
        wording.line(Event(kind=kind, asset=AssetId("a"), detail=detail))
    line = wording.line(Event(kind="built", asset=AssetId("a"), detail={"path": "o/a.jpg"}))
    assert line
    assert line.text == "built       a        o/a.jpg  $0.039"


def test_an_event_is_told_to_programs_with_its_facts_and_its_sentence() -> None:
    event = Event(
        kind="held", asset=AssetId("hero"), detail={"path": "o.jpg", "reasons": _step("protected").reasons[:1]}
    )
    value = Teller().event_json(event)
    assert value["event"] == "held"
    assert value["asset"] == "hero"
    assert value["reasons"][0]["kind"] == "protected"
    assert value["reasons"][0]["text"].startswith("protected: ")
