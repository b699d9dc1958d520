"""The formats that a file can have and what each can be told: as data, for specs, plans, docs and the encoder alike.

An option that a format does not know is a mistake where an asset says it beside its format, and has no say where it
comes from a lower layer: `defaults: {quality: 80}` may lie under a png. `refused` tells the one, `complete` does the
other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from pipeline.frozen import NamedTuple

ICNS_SIZES: Final = (16, 32, 64, 128, 256, 512, 1024)
"""The sides, in pixels, that an icns has a place for."""


class Option(NamedTuple):
    """One thing that a format can be told."""

    name: str
    kind: Literal["int", "bool", "sizes"]
    default: Any
    """What stands where nobody says anything; of `sizes`, only those that the picture is large enough for."""
    doc: str
    example: Any
    least: int = 0
    most: int = 0
    choices: tuple[int, ...] = ()
    """Of `sizes`: the only ones there are; with none, all from `least` to `most`."""


class Format(NamedTuple):
    """A format of a file."""

    name: str
    type: str
    """The media type, as `marks.sniff` tells it."""
    suffix: str
    options: tuple[Option, ...]
    has_alpha: bool
    longest_side: int
    """The most pixels that its width and its height can have; 0: as many as a picture can have."""
    doc: str

    @property
    def defaults(self) -> dict[str, Any]:
        """Every option with what it is where nobody says anything."""
        return {option.name: option.default for option in self.options}


def _quality(default: int, doc: str) -> Option:
    return Option("quality", "int", default, doc, 85, least=1, most=100)


def _effort(default: int, doc: str) -> Option:
    return Option("effort", "int", default, doc, 9, most=9)


_PNG: Final = Format(
    name="png",
    type="image/png",
    suffix=".png",
    options=(_effort(5, "How long to look for a smaller file, from 0 (at once) to 9; every one has the same pixels."),),
    has_alpha=True,
    longest_side=0,
    doc="Every pixel as it is. What 256 colours can say is written with a palette, what is opaque without alpha.",
)

_JPEG: Final = Format(
    name="jpeg",
    type="image/jpeg",
    suffix=".jpg",
    options=(_quality(90, "From 1 (smallest) to 100 (most like the picture)."),),
    has_alpha=False,
    longest_side=65500,  # of 65535 that the format could say, libjpeg takes so many
    doc="Progressive, with colours as fine as light (4:4:4). What is transparent becomes white.",
)

_WEBP: Final = Format(
    name="webp",
    type="image/webp",
    suffix=".webp",
    options=(
        _quality(80, "From 1 (smallest) to 100 (most like the picture)."),
        Option("lossless", "bool", False, "Every pixel as it is; then neither quality has a say.", True),
        Option("alpha_quality", "int", 100, "As `quality`, for the transparency; 100 keeps it.", 90, most=100),
        _effort(6, "How long to look for a smaller or better file, from 0 (at once) to 9."),
    ),
    has_alpha=True,
    longest_side=16383,
    doc="Small, and shown by every browser; lossless on request.",
)

_AVIF: Final = Format(
    name="avif",
    type="image/avif",
    suffix=".avif",
    options=(
        _quality(60, "From 1 (smallest) to 100 (most like the picture)."),
        _effort(4, "How long to look for a smaller or better file, from 0 (at once) to 9 (minutes)."),
    ),
    has_alpha=True,
    longest_side=32768,
    doc="The smallest for photographs and paintings, and the slowest to write.",
)

_ICO: Final = Format(
    name="ico",
    type="image/vnd.microsoft.icon",
    suffix=".ico",
    options=(
        Option(
            "sizes",
            "sizes",
            (16, 24, 32, 48, 64, 128, 256),
            "The sides, in pixels, of the pictures in it; without it 16, 24, 32, 48, 64, 128 and 256.",
            [16, 32, 48],
            least=1,
            most=256,
        ),
        _effort(9, "As for png."),
    ),
    has_alpha=True,
    longest_side=0,
    doc="An icon for Windows and browsers: several sizes of one picture, each a PNG inside.",
)

_ICNS: Final = Format(
    name="icns",
    type="image/icns",
    suffix=".icns",
    options=(
        Option(
            "sizes",
            "sizes",
            ICNS_SIZES,
            "The sides, in pixels, of the pictures in it; without it all from 16 to 1024.",
            [128, 256, 512],
            least=16,
            most=1024,
            choices=ICNS_SIZES,
        ),
        _effort(9, "As for png."),
    ),
    has_alpha=True,
    longest_side=0,
    doc="An icon for macOS: several sizes of one picture, each a PNG inside but for the two smallest.",
)

FORMATS: Final[Mapping[str, Format]] = {format.name: format for format in (_PNG, _JPEG, _WEBP, _AVIF, _ICO, _ICNS)}

OPTIONS: Final = ("quality", "lossless", "alpha_quality", "effort", "sizes")
"""All that any format can be told, in the order in which docs speak of it."""

_BY_TYPE: Final = {format.type: format.name for format in FORMATS.values()}


def format_of(type: str) -> str | None:
    """The format of a media type, as `marks.sniff` tells it; None if no file is written so."""
    return _BY_TYPE.get(type)


def takes(format: str, name: str) -> bool:
    """Whether the format can be told that option."""
    return any(option.name == name for option in FORMATS[format].options)


def refused(format: str, stated: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """What is wrong with options that were stated together with a format: by name, a message and a hint.

    A value of None is as if nothing had been stated.
    """
    said = {name: value for name, value in stated.items() if value is not None}
    wrong = {name: found for name, value in said.items() if (found := _wrong(FORMATS[format], name, value))}
    for name in ("quality", "alpha_quality"):
        if said.get("lossless") is True and name in said and name not in wrong:
            wrong[name] = (f"`lossless` keeps every pixel, so `{name}` has no say", "remove one of the two")
    return wrong


def complete(format: str, stated: Mapping[str, Any]) -> dict[str, Any]:
    """All options that shape a file of the format, plain JSON values: this belongs into a derivation's key.

    What the format cannot be told is left out, as is what has no say beside `lossless`. `sizes` are in order, each
    once; where nobody states them they are left out too, since then the picture decides which there are.
    """
    options = {
        option.name: stated[option.name] if stated.get(option.name) is not None else option.default
        for option in FORMATS[format].options
    }
    if options.get("lossless"):
        options = {name: value for name, value in options.items() if name not in ("quality", "alpha_quality")}
    if "sizes" in options:
        if stated.get("sizes") is None:
            del options["sizes"]
        else:
            options["sizes"] = sorted(set(options["sizes"]))
    return options


def too_large(format: str, width: int, height: int, sizes: list[int] | None = None) -> tuple[str, str] | None:
    """Why a picture of so many pixels cannot be a file of the format: a message and a hint; None if it can.

    `sizes` are those that were stated for an icon: none is made larger than the picture.
    """
    most, longest = FORMATS[format].longest_side, max(width, height)
    if most and longest > most:
        side = "width" if width == longest else "height"
        article = "an" if format[0] in "ai" else "a"
        return (
            f"{article} {format} is at most {most} pixels wide and high, and this picture has {width} x {height}",
            f"make it smaller, such as {{resize: {{{side}: {most}}}}}, or take png",
        )
    if sizes and max(sizes) > longest:
        return (
            f"`sizes` has {max(sizes)}, and the picture has only {width} x {height} pixels",
            f"leave out what is over {longest}, or make the picture larger first",
        )
    return None


def _wrong(format: Format, name: str, value: Any) -> tuple[str, str] | None:
    option = next((one for one in format.options if one.name == name), None)
    if option is None:
        return _unknown(format, name)
    if option.kind == "bool":
        return None if isinstance(value, bool) else (f"`{name}` is true or false, not {_shown(value)}", "")
    if option.kind == "int":
        return _wrong_number(option, value, f"`{name}`")
    if isinstance(value, int) and not isinstance(value, bool):
        return f"`{name}` is a list, not a number", f"put it in brackets: [{value}]"
    if not isinstance(value, list | tuple) or not value:
        return f"`{name}` is a list of sides in pixels, not {_shown(value)}", f"such as {option.example}"
    return next((found for side in value if (found := _wrong_number(option, side, f"each of the `{name}`"))), None)


def _wrong_number(option: Option, value: Any, subject: str) -> tuple[str, str] | None:
    if isinstance(value, bool) or not isinstance(value, int):
        hint = "write it without quotes" if isinstance(value, str) and value.strip().isdigit() else ""
        return f"{subject} is a whole number, not {_shown(value)}", hint
    if option.choices and value not in option.choices:
        listed = ", ".join(str(one) for one in option.choices[:-1]) + f" or {option.choices[-1]}"
        return f"{subject} is {listed}, not {value}", ""
    if not option.least <= value <= option.most:
        return f"{subject} is from {option.least} to {option.most}, not {value}", ""
    return None


def _unknown(format: Format, name: str) -> tuple[str, str]:
    hint = ""
    if format.name == "png" and name in ("quality", "lossless", "alpha_quality"):
        hint = "a png always keeps every pixel; to have it smaller, take webp, or fewer colours by the step `palette`"
    elif format.name == "jpeg" and name == "alpha_quality":
        hint = "a jpeg has no transparency"
    elif name == "lossless":
        hint = "take png, or webp with `lossless: true`"
    elif name == "sizes":
        hint = "only ico and icns hold several sizes"
    elif format.options:
        listed = " and ".join(f"`{option.name}`" for option in format.options)
        hint = f"it can be told {listed}"
    return f"a file of format {format.name} cannot be told `{name}`", hint


def _shown(value: Any) -> str:
    if isinstance(value, str | int | float):
        return f"`{value}`"
    return "an empty list" if value == [] else "a list" if isinstance(value, list | tuple) else "a mapping"
