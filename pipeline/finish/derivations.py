"""From a picture to files: free, deterministic, and the same key for the same work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pipeline.digest import canonical_json
from pipeline.words import Derivation

if TYPE_CHECKING:
    from PIL import Image

    from pipeline.finish.provenance import About


def is_copy(derivation: Derivation) -> bool:
    """Whether the file is the picture, byte for byte."""
    return derivation.name in ("take", "adopted")


def derive(derivation: Derivation, picture: bytes, about: About | None) -> bytes:
    """Make the bytes of a file from those of its picture. Raises PipelineError.

    That is where the picture cannot be read, or a step cannot be carried out on it. What is made carries a mark, and
    what is known about the picture's origin.
    """
    return derive_all([(derivation, about)], picture)[0]


def derive_all(wanted: Sequence[tuple[Derivation, About | None]], picture: bytes) -> list[bytes]:
    """Make several files of one picture, each as `derive` does: it is read once, and common first steps done once."""
    if all(is_copy(derivation) for derivation, _ in wanted):
        return [picture for _ in wanted]
    from pipeline.finish.decode import decoded
    from pipeline.finish.encode import encode

    ways = [derivation.params.get("steps", []) for derivation, _ in wanted if not is_copy(derivation)]
    worked = _Worked(decoded(picture), ways)
    made = []
    for derivation, about in wanted:
        if is_copy(derivation):
            made.append(picture)
        else:
            params = derivation.params
            image = worked.after(params.get("steps", []))
            made.append(encode(image, params["format"], params.get("options", {}), about=about))
    return made


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
