"""Characters that no text of a project should hold. A text of ASCII alone, as most are, is told by a small pattern."""

from __future__ import annotations

import re
from typing import Final

_ASCII: Final = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
_PROMPT: Final = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]"
_YAML: Final = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"


def in_prompt(text: str) -> str | None:
    """The first control character (but for tab and line breaks) or half of a character."""
    found = re.search(_ASCII if text.isascii() else _PROMPT, text)
    return found.group() if found else None


def in_yaml(text: str) -> int | None:
    """Where (from 0) the first character stands that YAML cannot have, or that only some programs take for a break."""
    found = re.search(_ASCII if text.isascii() else _YAML, text)
    return found.start() if found else None
