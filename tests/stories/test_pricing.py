"""What a plan says of money."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from pipeline.plan.pricing import measured
from pipeline.spec.models import load_models
from pipeline.store.ledger import TAKE, Ledger
from pipeline.words import MicroUsd
from tests.gemini_answers import picture, refused, usage, without_usage
from tests.gemini_server import GeminiServer
from tests.project import Project


@pytest.mark.parametrize(
    ("keys", "cheaper"),
    [
        ("image_size: 1K", "gemini-nano-banana-2.1"),
        ("image_size: 4K", "gemini-nano-banana-2.1"),  # the lite model is cheaper by the picture, and cannot draw 4K
        ("model: gemini-nano-banana-2.1", None),
    ],
)
def test_the_cheaper_choice_can_draw_what_is_asked_for(project: Project, keys: str, cheaper: str | None) -> None:
    project.spec("hero", f"assets: {{hero: {{prompt: A hero., {keys}}}}}")
    told = project.run("--json", "plan").json["cheaper"]
    assert (told and told["model"]) == cheaper
    if cheaper is not None:
        project.settings(f"defaults: {{model: {cheaper}}}\n")
        assert project.run("--json", "plan").json["price"]["table_micro_usd"] == told["table_micro_usd"]


THREE = """
defaults: {model: gemini-3-pro-image, image_size: 2K}
assets:
  kite: {prompt: A red kite.}
  boat: {prompt: A blue boat.}
  tree: {prompt: A green tree.}
"""
HILL = "assets: {hill: {prompt: A hill., image_size: 2K, model: gemini-3-pro-image}}"


def test_a_plan_tells_what_pictures_really_cost_here_beside_the_tables_price(
    project: Project, server: GeminiServer
) -> None:
    server.script(*(usage(thoughtsTokenCount=count) for count in (100, 900, 300)))
    project.spec("three", THREE).build("-j", "1").ends(0).draws(3)
    median = sorted(answered.micro_usd for answered in server.answers)[1]
    told = project.spec("more", HILL).plan().ends(0)
    told.says("Cost: $0.134 by the table", "at most $0.324, repeats and all.")
    told.says(
        "Measured here: $0.138 a picture of `gemini-3-pro-image` in 2K, where the table says $0.134 (median of 3)"
    )
    facts = project.run("--json", "plan").json
    kind = {"model": "gemini-3-pro-image", "image_size": "2K", "draws": 1}
    assert facts["measured"] == [{**kind, "table_micro_usd": 134_400, "median_micro_usd": median, "calls": 3}]
    assert facts["price"]["table_micro_usd"] == 134_400, "what was measured enters no price"
    project.plan("--markdown").says("Measured here: $0.138 a picture of <code>gemini-3-pro-image</code> in 2K")
    project.run("show", "hill").says("measured $0.138 in 2K here (median of 3)")
    assert project.run("--json", "show", "hill").json["measured"]["median_micro_usd"] == median


def test_only_what_a_plan_draws_is_told_and_only_from_three_counted_takes_on(
    project: Project, server: GeminiServer
) -> None:
    server.script(picture, refused("IMAGE_SAFETY"), without_usage)
    project.spec("three", THREE).build("-j", "1").ends(1).draws(2)
    project.spec("more", HILL).plan().is_silent_of("Measured here")
    project.build().ends(0).draws(2)
    # Four pictures by now, of which one was not counted, and a refusal that was.
    project.spec("last", "assets: {lake: {prompt: A lake., image_size: 2K, model: gemini-3-pro-image}}")
    assert [one["calls"] for one in project.run("--json", "plan").json["measured"]] == [3]
    project.replace("specs/last.yaml", "2K", "1K").plan().is_silent_of("Measured here")
    assert project.run("--json", "show", "lake").json["measured"] is None


def test_lines_of_a_ledger_without_a_size_are_passed_over(project: Project) -> None:
    project.spec("three", THREE).build().draws(3)
    ledger = project.read(".pipeline/ledger.jsonl")
    assert ledger.count(b'"image_size":"2K",') == 3
    project.write(".pipeline/ledger.jsonl", ledger.replace(b'"image_size":"2K",', b'"mood":["new"],'))
    project.spec("more", HILL).plan().ends(0).is_silent_of("Measured here")
    assert project.run("--json", "costs").json["takes"] == 3


def test_the_median_is_of_the_latest_calls_of_the_model_that_a_name_stands_for(tmp_path: Path) -> None:
    models, kind = load_models(), ("gemini-3-pro-image", "2K")
    costs = [*[999_999] * 5, *range(100_000, 100_100)]
    found = measured(paid(tmp_path, costs), models, [kind, ("gemini-3-pro-image", "1K")])
    assert list(found) == [kind]
    one = found[kind]
    assert (one.median, one.calls, one.table) == (100_050, 100, 134_400), "the middle of ..49 and ..50, rounded up"
    renamed = paid(tmp_path, [1, 2, 4], model="gemini-3-pro-image-preview")
    assert measured(renamed, models, [kind])[kind].median == 2
    unknown = paid(tmp_path, [1, 2, 3], model="nobody-knows-it")
    assert measured(unknown, models, [("nobody-knows-it", "2K")]) == {}


def paid(folder: Path, costs: Iterable[int], model: str = "gemini-3-pro-image") -> Ledger:
    """A ledger of calls that cost so much, in that order."""
    ledger = Ledger(folder / model, lambda: "2026-01-01T12:00:00.000Z")
    for number, cost in enumerate(costs):
        call = f"call-{number}"
        asked = {"asset": "kite", "profile": "", "request": "", "generator": "gemini", "model": model}
        ledger.intent(call, **asked, image_size="2K", reserved=MicroUsd(0))
        ledger.outcome(call, result=TAKE, cost=MicroUsd(cost), cost_from="usage")
    return ledger
