"""The model table: what it says of each model, how a project changes it, and how money is counted by it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import keys
from pipeline.spec.models import BadModels, Models, load_models

PRO = "gemini-3-pro-image"
DRAWING = [model for model in load_models().all() if model.status != "retired"]


@pytest.fixture(scope="module")
def models() -> Models:
    return load_models()


def problems_of(overrides: object) -> dict[str, tuple[str, str]]:
    with pytest.raises(BadModels) as caught:
        load_models(overrides)  # type: ignore[arg-type]
    return {".".join(p.path): (p.message, p.hint) for p in caught.value.problems}


@pytest.mark.parametrize(
    ("id", "ratio", "size", "pixels", "micro_usd"),
    [
        ("gemini-nano-banana-2.1", "1:1", "1K", (1024, 1024), 33_600),
        ("gemini-nano-banana-2.1", "16:9", "2K", (2752, 1536), 50_400),
        ("gemini-nano-banana-2.1", "8:1", "4K", (12288, 1536), 113_400),
        ("gemini-3-pro-image", "21:9", "1K", (1584, 672), 134_400),
        ("gemini-3-pro-image", "2:3", "2K", (1696, 2528), 134_400),
        ("gemini-3-pro-image", "9:16", "4K", (3072, 5504), 240_000),
        ("gemini-3.1-flash-lite-image", "1:8", "1K", (384, 3072), 33_600),
        ("gemini-3.1-flash-image", "4:5", "512", (464, 576), 44_820),
        ("gemini-3.1-flash-image", "3:4", "4K", (3584, 4800), 151_200),
        ("gemini-2.5-flash-image", "21:9", "1K", (1536, 672), 38_700),
    ],
)
def test_sizes_and_prices_are_those_of_the_price_list(
    models: Models, id: str, ratio: str, size: str, pixels: tuple[int, int], micro_usd: int
) -> None:
    model = models.get(id)
    assert model.pixel_size(ratio, size) == pixels
    assert model.price(0, 0, size, 0).table == micro_usd


@pytest.mark.parametrize("model", DRAWING, ids=lambda model: model.id)
def test_a_model_knows_pixels_and_price_for_all_that_it_draws(model: object) -> None:
    from pipeline.spec.models import Model

    assert isinstance(model, Model)
    for ratio in model.ratios:
        across, down = map(int, ratio.split(":"))
        for size in model.sizes:
            pixels = model.pixel_size(ratio, size)
            assert pixels is not None, (ratio, size)
            assert pixels[0] / pixels[1] == pytest.approx(across / down, rel=0.05), (ratio, size)
            assert model.shape(ratio, size) == pixels
    assert set(model.image_tokens) == set(model.sizes)


def test_what_the_models_cannot_draw_is_not_offered(models: Models) -> None:
    pro, lite, fixed = map(models.get, ("gemini-3-pro-image", "gemini-3.1-flash-lite-image", "gemini-2.5-flash-image"))
    assert "8:1" not in pro.ratios
    assert "8:1" in lite.ratios
    assert lite.sizes == fixed.sizes == ("1K",)
    assert not fixed.sends_size
    assert fixed.references == 3
    assert "512" not in models.get("gemini-nano-banana-2.1").sizes


def test_the_preview_name_is_another_name_of_the_model(models: Models) -> None:
    assert models.get("gemini-3-pro-image-preview").id == "gemini-3-pro-image"
    assert "gemini-3-pro-image-preview" not in models.ids
    gone = models.retirement("gemini-3-pro-image-preview")
    assert gone is not None
    assert (gone.retired_when, gone.successor) == ("2026-06-25", "gemini-3-pro-image")
    assert models.retirement("gemini-3-pro-image") is None


def test_every_alias_of_the_rule_of_keys_leads_to_a_model_that_is_known(models: Models) -> None:
    assert all(models.get(alias).known for alias in keys.ALIASES)
    assert all(models.get(model.successor).known for model in models.all() if model.successor)


def test_an_unknown_model_may_draw_anything_at_the_dearest_price(models: Models) -> None:
    unknown = models.get("gemini-4-image")
    assert not unknown.known
    assert unknown.id == "gemini-4-image"
    assert set(unknown.ratios) == {ratio for model in DRAWING for ratio in model.ratios}
    assert unknown.price(900, 2, "4K", 1).ceiling >= max(m.price(900, 2, "4K", 1).ceiling for m in DRAWING)
    assert unknown.pixel_size("16:9", "2K") is None
    width, height = unknown.shape("16:9", "2K")
    assert width / height == pytest.approx(16 / 9, rel=0.02)
    assert width * height == pytest.approx(2048 * 2048, rel=0.02)


# --- a project's own ---


def test_a_project_adds_a_model_that_is_like_another() -> None:
    models = load_models({"gemini-4-image": {"like": "gemini-3-pro-image", "image_per_million": 60}})
    model = models.get("gemini-4-image")
    assert model.known
    assert model.name == "gemini-4-image"
    assert model.price(0, 0, "1K", 0).table == 67_200
    assert model.pixel_size("16:9", "1K") == (1376, 768)


def test_a_project_overrules_a_value_and_keeps_the_others() -> None:
    pixels = {"9:21": {"1K": "672x1584"}, "1:1": {"1K": "1000x1000"}}
    models = load_models({"gemini-3-pro-image": {"pixels": pixels, "image_tokens": {"4K": 2500}, "sizes": ["1K", 512]}})
    model = models.get("gemini-3-pro-image")
    assert model.pixel_size("9:21", "1K") == (672, 1584)
    assert model.pixel_size("1:1", "1K") == (1000, 1000)
    assert model.pixel_size("1:1", "2K") == (2048, 2048)
    assert model.image_tokens == {"1K": 1120, "2K": 1120, "4K": 2500}
    assert model.sizes == ("1K", "512")
    assert load_models().get("gemini-3-pro-image").pixel_size("1:1", "1K") == (1024, 1024)


def test_a_model_like_one_that_is_going_is_not_going_itself() -> None:
    model = load_models({"ours": {"like": "gemini-2.5-flash-image"}}).get("ours")
    assert (model.status, model.retired_when, model.successor) == ("current", None, None)
    assert not model.sends_size


def test_a_limit_a_minute_is_the_smaller_one_and_nobody_inherits_it() -> None:
    models = load_models({PRO: {"requests_per_minute": 100, "images_per_minute": 60}, "next": {"like": PRO}})
    assert models.get(PRO).per_minute == 60
    assert models.get("next").per_minute is None
    assert load_models().get(PRO).per_minute is None


@pytest.mark.parametrize("value", [0, -1, 1.5, "60", True, None])
def test_a_limit_a_minute_is_a_whole_number(value: object) -> None:
    assert (
        "expected a whole number from 1"
        in problems_of({PRO: {"images_per_minute": value}})[f"{PRO}.images_per_minute"][0]
    )


def test_a_project_names_an_alias() -> None:
    models = load_models({"pro": {"alias_of": "gemini-3-pro-image"}})
    assert models.resolve("pro") == models.get("pro").id == "gemini-3-pro-image"
    assert models.aliases["pro"] == "gemini-3-pro-image"
    assert "pro" not in models.ids


def test_all_mistakes_come_at_once_with_their_paths() -> None:
    found = problems_of(
        {
            "a": {"image_pr_million": 3, "sizes": ["2k"], "ratios": ["wide"], "references": -1},
            "b": 3,
            "c": {"alias_of": "gemini-3-pro-imag"},
            "d": {"like": "gemini-3-pro-imag"},
            "e": {"like": "f"},
            "f": {"like": "e"},
            "g": {"alias_of": "gemini-3-pro-image", "name": "x"},
            "gemini-3-pro-image-preview": {"name": "x"},
            "gemini-2.5-flash-image": {"alias_of": "gemini-3-pro-image"},
            "h": {"pixels": {"1:1": {"1K": "1024"}}, "status": "old", "sends_size": "no", "type": "image/svg"},
            "i": {"pixels": "gemini-9", "image_tokens": 3, "image_per_million": "cheap", "thinking": "high"},
        }
    )
    assert found["a.image_pr_million"] == ("unknown key `image_pr_million`", "did you mean `image_per_million`?")
    assert found["a.sizes"][0] == "there is no size `2k`; there are 512, 1K, 2K, 4K"
    assert found["d.like"][1] == "did you mean `gemini-3-pro-image`?"
    assert "e -> f -> e" in found["e.like"][0]
    assert set(found) == {
        *("a.image_pr_million", "a.sizes", "a.ratios", "a.references", "b", "c.alias_of", "d.like", "e.like", "f.like"),
        *("g", "gemini-3-pro-image-preview", "gemini-2.5-flash-image", "h.pixels", "h.status", "h.sends_size"),
        *("h.type", "i.pixels", "i.image_tokens", "i.image_per_million", "i.thinking"),
    }


values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**12) | st.floats(allow_nan=True) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = "like sizes ratios pixels image_tokens type status references image_per_million alias_of"
entries = st.dictionaries(st.sampled_from(NAMES.split()), values, max_size=4)


@given(st.dictionaries(st.sampled_from(["x", "gemini-3-pro-image"]), entries | values))
def test_no_value_at_all_makes_the_table_fall_over(overrides: dict[str, object]) -> None:
    try:
        models = load_models(overrides)
    except BadModels as error:
        assert error.problems
    else:
        for model in models.all():
            assert model.price(10, 1, "1K", 1).worst >= 0


# --- money ---


def test_a_ceiling_allows_for_references_prompt_and_thinking(models: Models) -> None:
    model = models.get("gemini-3-pro-image")
    bare, rich = model.price(0, 0, "1K", 0), model.price(3000, 3, "1K", 1)
    assert bare.table == rich.table
    assert bare.table < bare.ceiling < rich.ceiling
    assert rich.ceiling - bare.ceiling == 2 * (1000 + 3 * 1120)
    assert rich.worst == 2 * rich.ceiling


def test_an_answer_costs_what_was_counted_by_kind(models: Models) -> None:
    model = models.get("gemini-nano-banana-2.1")
    usage = {
        "promptTokenCount": 1129,
        "candidatesTokenCount": 1700,
        "thoughtsTokenCount": 171,
        "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1680}, {"modality": "TEXT", "tokenCount": 20}],
    }
    assert model.cost_of(usage) == round(1129 * 1.5 + (20 + 171) * 7.5 + 1680 * 30 + 0.49)


def test_a_refusal_costs_its_prompt_and_its_thoughts(models: Models) -> None:
    model = models.get("gemini-3-pro-image")
    assert model.cost_of({"promptTokenCount": 1119, "thoughtsTokenCount": 240}) == 1119 * 2 + 240 * 12
    assert model.cost_of({"promptTokenCount": 9}) == 18


def test_what_is_drawn_without_a_kind_counts_as_a_picture(models: Models) -> None:
    assert models.get("gemini-3-pro-image").cost_of({"candidatesTokenCount": 1120}) == 134_400


@pytest.mark.parametrize("usage", [{}, {"totalTokenCount": 3}, {"promptTokenCount": "9"}, {"promptTokenCount": None}])
def test_usage_that_counts_nothing_has_no_cost(models: Models, usage: dict[str, object]) -> None:
    assert models.get("gemini-3-pro-image").cost_of(usage) is None


def test_a_fraction_of_a_micro_dollar_is_rounded_up(models: Models) -> None:
    assert models.get("gemini-3.1-flash-lite-image").cost_of({"promptTokenCount": 1}) == 1


COUNTS = "promptTokenCount candidatesTokenCount candidatesTokensDetails thoughtsTokenCount"


@given(st.dictionaries(st.sampled_from(COUNTS.split()), values))
def test_no_usage_at_all_makes_counting_fall_over(usage: dict[str, object]) -> None:
    cost = load_models().get("gemini-3-pro-image").cost_of(usage)
    assert cost is None or cost >= 0
