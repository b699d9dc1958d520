"""What a prompt says of the ground behind a transparent asset, and in which color: a part of rule 1 (`keys`).

No model paints transparency. So a flat ground is asked for, in a color that the subject does not have, and taken away
afterwards. The words by which it is asked for, and the way its color is chosen, can move a key without anyone's wish:
none of what is here can be changed under this rule, not a comma, not a word of a list.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final, NamedTuple

AUTO: Final = "auto"
"""In place of a color: one is chosen by what the prompt speaks of."""

_NAMES: Final[Mapping[str, str]] = {
    "#ff00ff": "pure magenta",
    "#00ff00": "pure green",
    "#0000ff": "pure blue",
    "#00ffff": "pure cyan",
}
"""The colors that can be chosen, the first one first, by names that a model knows better than digits."""

_STRONG: Final[Mapping[str, tuple[int, ...]]] = {
    "#ff00ff": (0, 2),
    "#00ff00": (1,),
    "#0000ff": (2,),
    "#00ffff": (1, 2),
}
"""The channels, of red, green and blue, by which a color is told from the subject."""

_LIKE: Final = 38
"""By how much, of 255, these channels of a color in the prompt may exceed its others."""


class _Against(NamedTuple):
    """What in a prompt speaks against a color: words without accents and in lower case."""

    colors: frozenset[str]
    things: frozenset[str]
    """What has such a color more often than not."""
    letters: frozenset[str]
    """Colors in scripts that do not part words."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_AGAINST: Final[Mapping[str, _Against]] = {
    "#ff00ff": _Against(
        colors=_words(
            """
            magenta pink pinks pinkish purple purples purplish violet violets fuchsia mauve mauves lilac lilacs lavender
            plum amethyst rosa lila violett violette violettes pourpre viola morado morada purpura roxo roxa rosado
            rosada magentafarben purpur
            """
        ),
        things=_words(
            """
            plums orchid orchids amethysts peony peonies blossom blossoms sakura rose roses tulip tulips flamingo
            flamingos pig pigs piglet piglets axolotl axolotls octopus bubblegum raspberry raspberries blackberry
            blackberries grape grapes eggplant eggplants aubergine aubergines beet beetroot lipstick unicorn unicorns
            vaporwave synthwave cyberpunk neon galaxy nebula rainbow rainbows
            """
        ),
        letters=frozenset("粉紫"),
    ),
    "#00ff00": _Against(
        colors=_words(
            """
            green greens greenish emerald lime mint jade olive chartreuse khaki grun grune gruner grunes gruen verde
            verdes vert verte verts vertes
            """
        ),
        things=_words(
            """
            emeralds limes olives grass grassy leaf leaves leafy foliage tree trees bush bushes hedge forest forests
            jungle meadow plant plants moss mossy ivy vine vines fern ferns palm bamboo cactus cacti clover herb herbs
            lettuce broccoli cabbage spinach cucumber cucumbers avocado avocados kiwi kiwis pea peas pear pears frog
            frogs toad toads turtle turtles lizard lizards crocodile crocodiles alligator alligators dinosaur dinosaurs
            snake snakes caterpillar grasshopper goblin goblins orc orcs ogre ogres troll trolls zombie zombies slime
            slimes poison toxic radioactive neon peacock peacocks rainbow rainbows
            """
        ),
        letters=frozenset("绿緑綠"),
    ),
    "#0000ff": _Against(
        colors=_words(
            """
            blue blues bluish azure cobalt sapphire navy indigo ultramarine violet violett blau blaue blauer blaues bleu
            bleue bleus bleues azul azules azzurro blu
            """
        ),
        things=_words(
            """
            sapphires violets denim jeans sky skies sea seas ocean oceans water waters wave waves river lake rain
            raindrop raindrops ice icy frost frozen snowflake snowflakes whale whales dolphin dolphins shark sharks
            blueberry blueberries cornflower cornflowers peacock peacocks police galaxy nebula rainbow rainbows
            """
        ),
        letters=frozenset("蓝藍青"),
    ),
    "#00ffff": _Against(
        colors=_words(
            """
            cyan turquoise teal aqua aquamarine mint turkis tuerkis turquesa ciano turchese
            """
        ),
        things=_words(
            """
            sky skies sea seas ocean oceans water waters wave waves ice icy frost frozen glacier glaciers peacock
            peacocks neon vaporwave synthwave cyberpunk rainbow rainbows
            """
        ),
        letters=frozenset("青"),
    ),
}

_COLOR_WEIGHT: Final = 5
"""So many things that may have a color count as much as the color itself."""

_WORD: Final = re.compile(r"[^\W\d_]+")
_HEX: Final = re.compile(r"#([0-9a-fA-F]{6}|[0-9a-fA-F]{3})(?![0-9a-zA-Z])")


def chosen(text: str) -> str:
    """The color, as `#rrggbb`, that suits a subject of which a prompt speaks in those words.

    It is the one of four that the least in the text speaks against; of equals the first.
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    words = set(_WORD.findall(plain))
    letters = set(unicodedata.normalize("NFC", text))
    written = {_channels(digits.lower()) for digits in _HEX.findall(text)}

    def weight(color: str) -> int:
        against = _AGAINST[color]
        colors = len(words & against.colors) + len(letters & against.letters)
        colors += sum(1 for channels in written if _is_like(channels, color))
        return _COLOR_WEIGHT * colors + len(words & against.things)

    return min(_NAMES, key=weight)


def _channels(digits: str) -> tuple[int, int, int]:
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    red, green, blue = bytes.fromhex(digits)
    return red, green, blue


def _is_like(channels: tuple[int, int, int], color: str) -> bool:
    strong = _STRONG[color]
    weak = [channels[band] for band in range(3) if band not in strong]
    return min(channels[band] for band in strong) - max(weak) > _LIKE


def with_ground(prompt: str, color: str) -> str:
    """The prompt with what it says of the ground; `color` is `#rrggbb` or AUTO."""
    color = chosen(prompt) if color == AUTO else color
    named = f"{_NAMES[color]}, {color.upper()}" if color in _NAMES else f"the color {color.upper()}"
    return (
        f"{prompt.strip()}\n\n"
        f"The background is one solid, perfectly flat, shadowless field of {named}: exactly that color in every pixel, "
        "from edge to edge, as bare and evenly lit as a screen for chroma keying. It stays so right up to the outline "
        "of the subject, below it, and in every gap through it. The subject, and each one where there are several, is "
        "isolated on it, whole inside the picture, with a clear margin of this background on all four sides. It has "
        "clean edges and keeps its own colors up to them, and all of these, highlights and shading included, are far "
        "from the color of the background."
    )


_SAME_GROUND: Final = (
    "The background stays exactly as it is in the picture before: one solid, perfectly flat, shadowless field of the "
    "same color from edge to edge, bare and evenly lit right up to the outline of the subject. The subject stays whole "
    "inside the picture, with a clear margin of this background on all four sides, and its colors stay far from the "
    "color of the background."
)


def with_same_ground(prompt: str) -> str:
    """The text of a turn with what it says of the ground, whose color the picture before has."""
    return f"{prompt.strip()}\n\n{_SAME_GROUND}"


ON_BLACK: Final = (
    "The very same picture once more, with nothing changed but the background: in place of pure white it is one solid, "
    "perfectly flat field of pure black, #000000, exactly that color from edge to edge. Every line, shape, color, "
    "light and reflection of the subject stays exactly as it is, at the same place, in the same size and just as "
    "bright. Where the subject can be seen through, the black shows through it as the white did. Nothing is added, "
    "moved or left out, and nothing sets the subject off from the black: no rim of light, no outline, no haze."
)
"""The text of the turn after a picture on white."""


def with_white_ground(prompt: str) -> str:
    """The prompt with what it says of the first of two grounds."""
    return (
        f"{prompt.strip()}\n\n"
        "The background is one solid, perfectly flat, evenly lit field of pure white, #FFFFFF: exactly that color in "
        "every pixel, from edge to edge, without a shadow, a reflection or a gradient on it. The subject, and each one "
        "where there are several, is isolated on it, whole inside the picture, with a clear margin of this background "
        "on all four sides. Where it can be seen through, as glass, smoke or light can, nothing but this white shows "
        "through it."
    )
