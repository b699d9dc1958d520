"""How a build was asked for."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline import credentials, keys
from pipeline.frozen import dataclass
from pipeline.plan.known import Mode
from pipeline.words import MicroUsd
from pipeline.workshop import Workshop

PLACEHOLDER = "placeholder"


@dataclass(frozen=True, kw_only=True)
class BuildOptions:
    """The options of `pipeline build`; None is the project's own setting."""

    jobs: int | None = None
    max_cost: MicroUsd | None = None
    agreed: MicroUsd | None = None
    """What somebody agreed to pay by the table: dearer by the time it begins, and nothing is drawn."""
    yes: bool = False
    fail_fast: bool = False
    generator: str | None = None
    offline: bool = False
    redraw_missing: bool = False
    placeholders: bool = True
    prune: bool = False
    frozen: bool = False
    bundles: frozenset[str] = frozenset()
    """Names of bundles that are looked at too, also where no asset of theirs is selected."""


def mode_of(shop: Workshop, options: BuildOptions) -> Mode:
    """Whether a generator may be called, and what happens where none may. Raises UsageError for an unknown one."""
    generator = _drawing(shop, options)
    why_not = ""
    if options.offline or (options.generator or shop.project.settings.generator) == PLACEHOLDER:
        why_not = "offline"
    elif missing(generator, shop.environ) is not None:
        why_not = "no_key"
    return Mode(
        why_not=why_not,
        generator=generator,
        placeholders=options.placeholders,
        redraw_missing=options.redraw_missing,
    )


def missing(generator: str, environ: Mapping[str, str]) -> str | None:
    """None when that generator has its credentials, else a sentence that names what to set. Raises UsageError."""
    if generator == keys.GENERATOR:
        return credentials.missing(environ)
    from pipeline.draw.generators import missing_of

    return missing_of(generator, environ)


def drawing_mode(shop: Workshop) -> Mode:
    """How a build with a generator would see the project: decisions do not depend on who has a key."""
    return Mode(generator=_drawing(shop, BuildOptions()))


def _drawing(shop: Workshop, options: BuildOptions) -> str:
    """The generator that requests are made for; placeholders stand in for it, in no key."""
    named = [options.generator, shop.project.settings.generator]
    return next((name for name in named if name and name != PLACEHOLDER), keys.GENERATOR)
