"""What a prompt says of the ground, and in which color: for ever the same, since people have paid under it."""

from __future__ import annotations

import itertools
import unicodedata

import pytest

from pipeline import key_colors
from pipeline.digest import of_value
from pipeline.finish.steps.ground import LEAST_COLORED
from pipeline.spec import colors

GROUND = (
    "A fox.\n\nThe background is one solid, perfectly flat, shadowless field of pure magenta, #FF00FF: exactly that "
    "color in every pixel, from edge to edge, as bare and evenly lit as a screen for chroma keying. It stays so right "
    "up to the outline of the subject, below it, and in every gap through it. The subject, and each one where there "
    "are several, is isolated on it, whole inside the picture, with a clear margin of this background on all four "
    "sides. It has clean edges and keeps its own colors up to them, and all of these, highlights and shading included, "
    "are far from the color of the background."
)
SAME_GROUND = (
    "Bolder.\n\nThe background stays exactly as it is in the picture before: one solid, perfectly flat, shadowless "
    "field of the same color from edge to edge, bare and evenly lit right up to the outline of the subject. The "
    "subject stays whole inside the picture, with a clear margin of this background on all four sides, and its colors "
    "stay far from the color of the background."
)
WHITE_GROUND = (
    "A fox.\n\nThe background is one solid, perfectly flat, evenly lit field of pure white, #FFFFFF: exactly that "
    "color in every pixel, from edge to edge, without a shadow, a reflection or a gradient on it. The subject, and "
    "each one where there are several, is isolated on it, whole inside the picture, with a clear margin of this "
    "background on all four sides. Where it can be seen through, as glass, smoke or light can, nothing but this white"
    " shows through it."
)
BLACK_GROUND = (
    "The very same picture once more, with nothing changed but the background: in place of pure white it is one "
    "solid, perfectly flat field of pure black, #000000, exactly that color from edge to edge. Every line, shape, "
    "color, light and reflection of the subject stays exactly as it is, at the same place, in the same size and just "
    "as bright. Where the subject can be seen through, the black shows through it as the white did. Nothing is added,"
    " moved or left out, and nothing sets the subject off from the black: no rim of light, no outline, no haze."
)


def test_the_words_are_those_of_rule_1() -> None:
    assert key_colors.with_ground("A fox.", "#ff00ff") == GROUND
    assert key_colors.with_same_ground("Bolder.") == SAME_GROUND
    assert key_colors.with_white_ground(" A fox. ") == WHITE_GROUND
    assert key_colors.ON_BLACK == BLACK_GROUND


@pytest.mark.parametrize(
    ("color", "named"),
    [
        ("#00ff00", "pure green, #00FF00"),
        ("#0000ff", "pure blue, #0000FF"),
        ("#00ffff", "pure cyan, #00FFFF"),
        ("#12ab34", "the color #12AB34"),
    ],
)
def test_a_color_has_a_name_where_a_model_knows_it_by_one(color: str, named: str) -> None:
    assert key_colors.with_ground("A fox.", color) == GROUND.replace("pure magenta, #FF00FF", named)


CHOICES = {
    "A red fox.": "#ff00ff",
    "A knight in silver armour, on a brown horse": "#ff00ff",
    "A frog on a leaf": "#ff00ff",
    "A flamingo": "#00ff00",
    "A purple dragon": "#00ff00",
    "A DRAGON OF VIOLET SCALES": "#00ff00",
    "A frog in a pink hat": "#0000ff",
    "A goblin in a purple robe": "#0000ff",
    "A pink flower in green grass under a blue sky": "#00ffff",
    "A pinkerton, a greenhorn, bluebeard": "#ff00ff",
    "Eine Fee in Rosa": "#00ff00",
    "Ein grüner Frosch mit lila Hut": "#0000ff",
    "Un sapo verde con sombrero morado": "#0000ff",
    "粉色的花": "#00ff00",
    "紫の帽子をかぶった緑の蛙": "#0000ff",
    "A logo in #e0f": "#00ff00",
    "A logo in #FF40C0 and #20c040.": "#0000ff",
    "A logo in #ffffff, issue #ff00ff00": "#ff00ff",
    "A rainbow": "#ff00ff",
    "": "#ff00ff",
}


@pytest.mark.parametrize(("text", "color"), CHOICES.items())
def test_the_color_is_one_that_the_prompt_does_not_speak_of(text: str, color: str) -> None:
    assert key_colors.chosen(text) == color
    assert key_colors.chosen(f"  {text}\n\n") == color
    assert key_colors.chosen(unicodedata.normalize("NFD", text)) == color
    if text:
        assert key_colors.with_ground(text, "auto") == key_colors.with_ground(text, color)


def test_no_word_that_counts_has_moved() -> None:
    spoken = {
        color: [sorted(against.colors), sorted(against.things), sorted(against.letters)]
        for color, against in key_colors._AGAINST.items()
    }
    assert of_value(spoken) == "sha256:2b0912379327587fc468b82cb8e81b59b1e08af682cfca13b6041a0686085891"


@pytest.mark.parametrize("color", ["#ff00ff", "#00ff00", "#0000ff", "#00ffff"])
def test_a_chosen_color_can_be_cut_out_by_its_color(color: str) -> None:
    """Its strong channels are those by which the cut-out tells it from the subject."""
    assert color in key_colors._NAMES
    strong = key_colors._STRONG[color]
    levels = colors.channels(color)[:3]
    for one, other in itertools.product(range(3), range(3)):
        if one in strong and other not in strong:
            assert levels[one] - levels[other] >= LEAST_COLORED
