"""What a request attaches of another asset's file: its take with the steps done, and never its encoded bytes."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any


def attached(picture: bytes, asked: Sequence[Mapping[str, Any]]) -> bytes:
    """The picture after the steps, which are as a request has them; a PNG.

    Raises PipelineError where the picture cannot be read, or a step cannot be carried out.
    """
    from pipeline.finish import steps
    from pipeline.finish.decode import decoded
    from pipeline.finish.keyed import step_again

    image = steps.run([step_again(*next(iter(one.items()))) for one in asked], decoded(picture))
    out = io.BytesIO()
    # It is shrunk and sent, and never kept: a small file is not worth the time.
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()
