"""Oklab, a scale of colors in which equal distances look about equal. Lightness is from 0 to 1."""

from __future__ import annotations

import math

Triple = tuple[float, float, float]


def of_srgb(red: float, green: float, blue: float) -> Triple:
    """Lightness, green to red, and blue to yellow of a color whose channels are from 0 to 1."""
    r, g, b = _light(red), _light(green), _light(blue)
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    middle = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def to_srgb(lightness: float, a: float, b: float) -> Triple:
    """The channels, from 0 to 1, of the color; one that screens cannot show loses its saturation, not its hue."""
    found = _channels(lightness, a, b)
    if all(-1e-4 <= channel <= 1 + 1e-4 for channel in found):
        return _within(found)
    lightness = min(1.0, max(0.0, lightness))
    low, high = 0.0, 1.0
    for _ in range(8):
        share = (low + high) / 2
        inside = all(-1e-4 <= channel <= 1 + 1e-4 for channel in _channels(lightness, a * share, b * share))
        low, high = (share, high) if inside else (low, share)
    return _within(_channels(lightness, a * low, b * low))


def _channels(lightness: float, a: float, b: float) -> Triple:
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _stored(4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short),
        _stored(-1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short),
        _stored(-0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short),
    )


def _within(channels: Triple) -> Triple:
    red, green, blue = (min(1.0, max(0.0, channel)) for channel in channels)
    return red, green, blue


def _light(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _stored(light: float) -> float:
    if light <= 0.0031308:
        return 12.92 * light
    return 1.055 * math.pow(light, 1 / 2.4) - 0.055
