"""Where generators come from: the built-in one, and others by the entry-point group `pipeline.generators`.

An entry point is a callable that takes the environment and returns a Generator (port.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pipeline import credentials
from pipeline.draw.port import Call, Drawn, DrawnPart, Exchange, Generator, Picture, body_sent
from pipeline.errors import DrawError, Lost, UsageError

__all__ = [
    "Call",
    "Drawn",
    "DrawnPart",
    "Exchange",
    "Generator",
    "Picture",
    "body_sent",
    "generator_names",
    "missing_of",
    "open_generator",
    "warm",
]

ENTRY_POINTS = "pipeline.generators"

BUILT_IN = "gemini"


def open_generator(name: str, environ: Mapping[str, str], api_version: str = "v1beta") -> Generator:
    """The generator of that name. Raises UsageError when there is none, or a plug-in does not load."""
    if name == BUILT_IN:
        from pipeline.draw.gemini import Gemini

        return Gemini(environ, api_version)
    found = _plug_ins()
    if name not in found:
        known = ", ".join(f"`{known}`" for known in sorted({BUILT_IN, "placeholder", *found}))
        raise UsageError(
            f"there is no generator `{name}`; there are {known}",
            hint=f"a plug-in is a package with an entry point in the group `{ENTRY_POINTS}`",
        )
    try:
        factory: Callable[[Mapping[str, str]], Generator] = found[name].load()
        return _PlugIn(name, factory(environ))
    except Exception as error:  # foreign code: whatever it raises is its own failure, not a bug of ours
        raise UsageError(
            f"the generator `{name}` ({found[name].value}) does not load: {type(error).__name__}: {error}"
        ) from error


def warm(name: str, environ: Mapping[str, str], api_version: str = "v1beta") -> None:
    """Load what a first call of that generator needs, which takes a second. A plug-in is left alone."""
    if name == BUILT_IN:
        from pipeline.draw.gemini import Gemini

        Gemini(environ, api_version).warm()


class _PlugIn:
    """A generator of somebody else: whatever it raises ends its own asset's draw, and no more than that."""

    def __init__(self, name: str, generator: Generator) -> None:
        self.name, self._generator = name, generator

    def missing(self) -> str | None:
        return self._generator.missing()

    async def draw(self, call: Call) -> Drawn:
        try:
            return await self._generator.draw(call)
        except DrawError:
            raise
        except Exception as error:  # foreign code: nobody knows what it had sent by then
            raise Lost(f"the generator `{self.name}` failed: {type(error).__name__}: {error}") from error

    async def aclose(self) -> None:
        await self._generator.aclose()


def missing_of(name: str, environ: Mapping[str, str]) -> str | None:
    """None when that generator has its credentials, else a sentence that names what to set. Raises UsageError."""
    return credentials.missing(environ) if name == BUILT_IN else open_generator(name, environ).missing()


def generator_names() -> tuple[str, ...]:
    """The names that `open_generator` takes, sorted."""
    return tuple(sorted({BUILT_IN, *_plug_ins()}))


def _plug_ins() -> dict[str, Any]:
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group=ENTRY_POINTS)}
