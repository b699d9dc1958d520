"""Placeholders: of the right shape, the same every time, legible, known anywhere, small and quick."""

from __future__ import annotations

import io
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from pipeline import marks
from pipeline.draw.placeholder import draw_placeholder
from pipeline.draw.placeholder_text import Style, laid_out
from pipeline.spec.models import load_models

MODEL = load_models().get("gemini-3.1-flash-image")
PROMPT = "A heroic knight in weathered armour above a rain-soaked bazaar, lit by lanterns, room on the left. " * 6
SIZES = {f"{ratio} {size}": MODEL.pixels[ratio][size] for ratio in MODEL.ratios for size in ("512", "1K")}
TYPES = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"}


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def placeholder(asset: str = "hero/knight", prompt: str = PROMPT, size: tuple[int, int] = (512, 512)) -> Image.Image:
    data = draw_placeholder(asset=asset, prompt=prompt, width=size[0], height=size[1], format="png")
    return opened(data).convert("RGB")


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
def test_every_ratio_has_its_text_within_the_picture(size: tuple[int, int]) -> None:
    short = min(size)
    blocks = laid_out("hero/knight", PROMPT, size, (0, 0, *size))
    assert [block.style for block in blocks] == [Style.BADGE, Style.TITLE, Style.FACTS, Style.PROMPT]
    for block in blocks:
        assert block.box[0] >= 0
        assert block.box[1] >= 0
        assert block.box[3] <= size[1]
        assert all(block.box[0] + block.font.getlength(line) <= size[0] for line in block.lines)
        # Legible: no line lower than a fiftieth of the shorter side, nor than 9 pixels.
        assert block.font.size >= max(9, short / 50)
    texts = {block.style: " ".join(block.lines) for block in blocks}
    assert texts[Style.BADGE] == "PLACEHOLDER"
    assert texts[Style.TITLE].replace("/ ", "/") == "hero/knight"
    assert f"{size[0]} x {size[1]}" in texts[Style.FACTS]
    assert texts[Style.PROMPT].startswith("A heroic knight")


@pytest.mark.parametrize(("ratio", "size"), [("1:1", "4K"), ("8:1", "4K"), ("1:8", "4K"), ("16:9", "1K")])
@pytest.mark.parametrize("format", TYPES)
def test_a_placeholder_is_exact_small_quick_and_marked(ratio: str, size: str, format: str) -> None:
    width, height = MODEL.pixels[ratio][size]
    draw_placeholder(asset="x", prompt="x", width=8, height=8, format=format)  # imports are not its own time
    took = []
    for _ in range(3):
        began = time.process_time()
        data = draw_placeholder(asset="hero/knight", prompt=PROMPT, width=width, height=height, format=format)
        took.append(time.process_time() - began)
    assert min(took) < 1.0
    assert len(data) < 800_000
    assert marks.sniff(data) == TYPES[format]
    assert marks.read_mark(data) == "placeholder"
    assert opened(data).size == (width, height)


@pytest.mark.parametrize("format", TYPES)
def test_a_placeholder_is_the_same_every_time(format: str) -> None:
    def once() -> bytes:
        return draw_placeholder(asset="hero/knight", prompt=PROMPT, width=640, height=360, format=format)

    assert once() == once()


def test_assets_have_hues_of_their_own() -> None:
    corners = {placeholder(f"asset-{n}", "", (64, 64)).getpixel((32, 32)) for n in range(30)}
    assert len(corners) > 20


@pytest.mark.parametrize("asset", ["a", "b/c", "hero/knight", "zzz"])
def test_text_stands_out_from_its_ground(asset: str) -> None:
    colours = placeholder(asset).getcolors(1 << 20)
    assert colours is not None
    lights = sorted(_luminance(colour) for _, colour in colours if isinstance(colour, tuple))
    assert (lights[-1] + 0.05) / (lights[0] + 0.05) > 7


def _luminance(colour: tuple[int, ...]) -> float:
    red, green, blue = (channel / 12.92 if channel <= 0.03928 else ((channel + 0.055) / 1.055) ** 2.4
                        for channel in (value / 255 for value in colour[:3]))  # fmt: skip
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_id_and_the_prompt_can_be_seen() -> None:
    plain = placeholder("hero/knight", "A fox.")
    assert ImageChops.difference(plain, placeholder("hero/knight", "An owl.")).getbbox() is not None
    assert ImageChops.difference(plain, placeholder("hero/knight", "A  fox.\n")).getbbox() is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Gr\u00f6\u00dfe caf\u00e9 \u2013 na\u00efve \u2014 ok", "Grosse cafe - naive - ok"),
        ("\u0141\u00f3d\u017a \u00bd \u00d72", "Lodz 1/2 x2"),
        ("a fox \U0001f98a runs", "a fox ? runs"),
        ("a\x00b\x1b[31mc\u202ed\u2028e", "a b [31mc d e"),
        ("日本語のプロンプト", "(9 characters in a script that this font does not have)"),
        ("مرحبا بالعالم", "(13 characters in a script that this font does not have)"),
    ],
)
def test_what_the_font_lacks_is_written_in_another_way(text: str, shown: str) -> None:
    blocks = laid_out("x", text, (2048, 2048), (100, 100, 1948, 1948))
    assert " ".join(blocks[-1].lines) == shown


@settings(max_examples=60, deadline=None)
@given(
    asset=st.text(max_size=130),
    prompt=st.text(max_size=300),
    width=st.integers(1, 900),
    height=st.integers(1, 900),
    format=st.sampled_from(sorted(TYPES)),
)
def test_no_text_and_no_size_makes_it_fail(asset: str, prompt: str, width: int, height: int, format: str) -> None:
    data = draw_placeholder(asset=asset, prompt=prompt, width=width, height=height, format=format)
    assert opened(data).size == (width, height)
    assert marks.read_mark(data) == "placeholder"


def test_a_lone_surrogate_does_not_make_it_fail() -> None:
    assert placeholder("a\ud800", "\udfff broken").size == (512, 512)


def test_a_long_prompt_and_a_long_id_are_shortened_visibly() -> None:
    blocks = laid_out("very/" + "long-" * 22 + "name", "word " * 5000, (512, 512), (40, 40, 472, 472))
    prompt = next(block for block in blocks if block.style is Style.PROMPT)
    assert prompt.lines[-1].endswith("...")
    assert prompt.box[3] <= 472


def test_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match="gif"):
        draw_placeholder(asset="a", prompt="", width=10, height=10, format="gif")
