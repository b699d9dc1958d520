"""Money, times, counts and lists as people read them. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.words import MicroUsd


def usd(micro: MicroUsd | int) -> str:
    """Money for people: `$12.30`, `$0.27`, `$0.134`, `$0.0004`; cents from a dollar on, else as many digits as tell."""
    if micro < 0:
        return "-" + usd(-micro)
    cents = (micro + 5_000) // 10_000
    if micro % 10_000 == 0 or micro >= 999_500:
        return f"${cents // 100:,}.{cents % 100:02d}"
    if micro >= 500:
        return f"$0.{(micro + 500) // 1000:03d}"
    return "$0." + f"{micro:06d}".rstrip("0")


def spent(
    money: MicroUsd | int, maybe: MicroUsd | int, overrun: MicroUsd | int = 0, *, estimated: MicroUsd | int = 0
) -> str:
    """`spent $0.27; up to $0.13 more may have been charged`: facts and estimates are never added up.

    `overrun` is what was beyond the budget, `estimated` what answers cost by the table that counted nothing.
    """
    guess = f", and {usd(estimated)} by the table for answers that counted nothing" if estimated else ""
    beyond = f", {usd(overrun)} more than the budget: answers cost more than could be known" if overrun else ""
    more = f"; up to {usd(maybe)} more may have been charged" if maybe else ""
    return f"spent {usd(money)}{guess}{beyond}{more}"


def exactly(micro: MicroUsd | int, *, decimals: int = 2) -> str:
    """Money with all its digits, `$0.1344`, for what is compared or added up; with at least so many decimals."""
    whole, part = divmod(micro, 1_000_000)
    return f"${whole:,}.{f'{part:06d}'.rstrip('0'):0<{decimals}}"


def dollars(micro: MicroUsd | int) -> str:
    """Money as an option takes it, in whole cents and rounded up: `1.21`."""
    cents = -(-micro // 10_000)
    return f"{cents // 100}.{cents % 100:02d}"


def span(seconds: float) -> str:
    """A length of time: `0.4 s`, `12 s`, `2 min 5 s`, `3 h 10 min`."""
    if seconds < 9.95:
        return f"{max(seconds, 0):.1f} s".replace(".0 s", " s")
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, left = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {left} s" if left else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def plural(count: int, noun: str) -> str:
    """`1 picture`, `2 pictures`, `1,200 pictures`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def in_backticks(id: str) -> str:
    return f"`{id}`"


def names(ids: Iterable[str], *, most: int = 4, quoted: Callable[[str], str] = in_backticks) -> str:
    """Ids in backticks, or as `quoted` has them: the first ones, and how many more there are."""
    all = [quoted(id) for id in ids]
    shown = all if len(all) <= most else all[: most - 1]
    more = len(all) - len(shown)
    if more:
        return ", ".join(shown) + f" and {more:,} more"
    return all_of(shown)


def all_of(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def size_of(count: int) -> str:
    """A number of bytes: `812 B`, `1.4 MB`."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1e6:.1f} MB" if count >= 999_500 else f"{round(count / 1e3)} kB"


def one_line(text: str) -> str:
    """The text with line ends spelled out: the name of a file may hold one, and would look like a line of ours."""
    return text.replace("\n", "\\n")
