"""From a picture to a file: free, deterministic, and the same key for the same work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.words import Derivation

if TYPE_CHECKING:
    from pipeline.finish.provenance import About


def is_copy(derivation: Derivation) -> bool:
    """Whether the file is the picture, byte for byte."""
    return derivation.name in ("take", "adopted")


def derive(derivation: Derivation, picture: bytes, about: About | None) -> bytes:
    """Make the bytes of a file from those of its picture. Raises PipelineError.

    That is where the picture cannot be read, or a step cannot be carried out on it. What is made carries a mark, and
    what is known about the picture's origin.
    """
    if is_copy(derivation):
        return picture
    from pipeline.finish.decode import decoded
    from pipeline.finish.encode import encode

    params = derivation.params
    image = decoded(picture)
    if params.get("steps"):
        from pipeline.finish import steps
        from pipeline.finish.keyed import step_again

        image = steps.run([step_again(name, given) for name, _, given in params["steps"]], image)
    return encode(image, params["format"], params.get("options", {}), about=about)
