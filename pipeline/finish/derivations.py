"""From a picture to files: free, deterministic, and the same key for the same work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.digest import canonical_json
from pipeline.words import Derivation

if TYPE_CHECKING:
    from PIL import Image

    from pipeline.finish.provenance import About

Each = Callable[[Callable[["_Due"], bytes], Iterable["_Due"]], Iterable[bytes]]
"""Does the same to each of several things and gives what comes of it, in their order."""


def is_copy(derivation: Derivation) -> bool:
    """Whether the file is the picture, byte for byte."""
    return derivation.name in ("take", "adopted")


def derive(derivation: Derivation, picture: bytes, about: About | None) -> bytes:
    """Make the bytes of a file from those of its picture. Raises PipelineError.

    That is where the picture cannot be read, or a step cannot be carried out on it. What is made carries a mark, and
    what is known about the picture's origin.
    """
    return derive_all([(derivation, about)], picture)[0]


def derive_all(wanted: Sequence[tuple[Derivation, About | None]], picture: bytes, each: Each = map) -> list[bytes]:
    """Make several files of one picture, each as `derive` does: it is read once, and common first steps done once.

    `each` is what encodes, as `map` or as the `map` of an executor does: that may begin before all steps are done.
    """
    encoded = iter(each(_encoded, _pictures([one for one in wanted if not is_copy(one[0])], picture)))
    return [picture if is_copy(derivation) else next(encoded) for derivation, _ in wanted]


class _Due(NamedTuple):
    """A picture after its steps, and the file that is to be made of it."""

    image: Image.Image
    derivation: Derivation
    about: About | None


def _pictures(wanted: Sequence[tuple[Derivation, About | None]], picture: bytes) -> Iterator[_Due]:
    if not wanted:
        return
    from pipeline.finish.decode import decoded

    worked = _Worked(decoded(picture), [derivation.params.get("steps", []) for derivation, _ in wanted])
    for derivation, about in wanted:
        yield _Due(worked.after(derivation.params.get("steps", [])), derivation, about)


def _encoded(due: _Due) -> bytes:
    from pipeline.finish.encode import encode

    params = due.derivation.params
    return encode(due.image, params["format"], params.get("options", {}), about=due.about)


class _Worked:
    """A picture after steps, which are as keys have them; what further ways begin with is kept."""

    def __init__(self, image: Image.Image, ways: Sequence[Sequence[Any]]) -> None:
        self._image = image
        self._left = Counter(canonical_json(way[:n]) for way in ways for n in range(1, len(way) + 1))
        """How often a beginning is still wanted."""
        self._kept: dict[bytes, Image.Image] = {}

    def after(self, way: Sequence[Any]) -> Image.Image:
        from pipeline.finish import steps
        from pipeline.finish.keyed import step_again

        image = self._image
        for n, (name, _, given) in enumerate(way, 1):
            beginning = canonical_json(way[:n])
            self._left[beginning] -= 1
            known = self._kept.get(beginning)
            image = known if known is not None else steps.run([step_again(name, given)], image)
            if self._left[beginning]:
                self._kept[beginning] = image
            else:
                self._kept.pop(beginning, None)
        return image
