"""From a picture to files: free, deterministic, and the same key for the same work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.digest import canonical_json
from pipeline.errors import PipelineError
from pipeline.words import MATTE, Derivation

if TYPE_CHECKING:
    from PIL import Image

    from pipeline.finish.provenance import About

Each = Callable[[Callable[["_Due"], bytes], Iterable["_Due"]], Iterable[bytes]]
"""Does the same to each of several things and gives what comes of it, in their order."""


def is_copy(derivation: Derivation) -> bool:
    """Whether the file is the picture, byte for byte."""
    return derivation.name in ("take", "adopted")


def derive_all(
    wanted: Sequence[tuple[Derivation, About | None]], picture: bytes, first: bytes | None = None, each: Each = map
) -> list[bytes]:
    """Make the bytes of files from those of their picture, which is read once; common first steps are done once.

    What is made carries a mark, and what is known about the picture's origin. Raises PipelineError where the picture
    cannot be read, or a step cannot be carried out on it.

    `first` is the picture before it, where a matte is to be made of both. `each` is what encodes, as `map` or as the
    `map` of an executor does: that may begin before all steps are done.
    """
    encoded = iter(each(_encoded, _pictures([one for one in wanted if not is_copy(one[0])], picture, first)))
    return [picture if is_copy(derivation) else next(encoded) for derivation, _ in wanted]


class _Due(NamedTuple):
    """A picture after its steps, and the file that is to be made of it."""

    image: Image.Image
    derivation: Derivation
    about: About | None


def _pictures(wanted: Sequence[tuple[Derivation, About | None]], picture: bytes, first: bytes | None) -> Iterator[_Due]:
    if not wanted:
        return
    from pipeline.finish.decode import decoded

    ways = [derivation.params.get("steps", []) for derivation, _ in wanted]
    worked = _Worked(decoded(picture), decoded(first) if first is not None else None, ways)
    for derivation, about in wanted:
        yield _Due(worked.after(derivation.params.get("steps", [])), derivation, about)


def _encoded(due: _Due) -> bytes:
    from pipeline.finish.encode import encode

    params = due.derivation.params
    return encode(due.image, params["format"], params.get("options", {}), about=due.about)


class _Worked:
    """A picture after steps, which are as keys have them; what further ways begin with is kept."""

    def __init__(self, image: Image.Image, first: Image.Image | None, ways: Sequence[Sequence[Any]]) -> None:
        self._image, self._first = image, first
        self._left = Counter(canonical_json(way[:n]) for way in ways for n in range(1, len(way) + 1))
        """How often a beginning is still wanted."""
        self._kept: dict[bytes, Image.Image] = {}

    def after(self, way: Sequence[Any]) -> Image.Image:
        image = self._image
        for n, (name, _, given) in enumerate(way, 1):
            beginning = canonical_json(way[:n])
            self._left[beginning] -= 1
            known = self._kept.get(beginning)
            image = known if known is not None else self._step(name, given, image)
            if self._left[beginning]:
                self._kept[beginning] = image
            else:
                self._kept.pop(beginning, None)
        return image

    def _step(self, name: str, given: Mapping[str, Any], image: Image.Image) -> Image.Image:
        if name == MATTE:
            return self._matte()
        from pipeline.finish import steps
        from pipeline.finish.keyed import step_again

        return steps.run([step_again(name, given)], image)

    def _matte(self) -> Image.Image:
        """Of both pictures, in the colors of the second one."""
        from pipeline.finish.steps.matte import matte

        if self._first is None:
            raise PipelineError("the first picture of a matte is not known here", hint="reroll it, or pull its take")
        return matte(self._first, self._image)
