"""What a request attaches of another asset's file: its take with the steps done, and never its encoded bytes."""

from __future__ import annotations

import io
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.digest import Digest, of_value

_AT_HAND = 16
"""Pictures: one of 4K may have 20 MB."""


class Attached:
    """Does the steps of a picture once for all that attach it; the last ones are kept at hand."""

    def __init__(self) -> None:
        self._working = threading.Lock()
        self._made: dict[Digest, bytes] = {}

    def of(self, picture: bytes, digest: Digest, asked: Sequence[Mapping[str, Any]]) -> bytes:
        """The picture of that digest after the steps, which are as a request has them; without steps as it is.

        Raises PipelineError where the picture cannot be read, or a step cannot be carried out.
        """
        if not asked:
            return picture
        wanted = of_value([digest, list(asked)])
        with self._working:
            if wanted not in self._made:
                made = _attached(picture, asked)
                if len(self._made) >= _AT_HAND:
                    del self._made[next(iter(self._made))]
                self._made[wanted] = made
            return self._made[wanted]


def _attached(picture: bytes, asked: Sequence[Mapping[str, Any]]) -> bytes:
    from pipeline.finish import steps
    from pipeline.finish.decode import decoded
    from pipeline.finish.keyed import step_again

    image = steps.run([step_again(*next(iter(one.items()))) for one in asked], decoded(picture))
    out = io.BytesIO()
    # It is shrunk and sent, and never kept: a small file is not worth the time.
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()
