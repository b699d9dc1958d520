"""A bug of the tool itself: a report for its authors, in a file, without any secret."""

from __future__ import annotations

import os
import platform
import re
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pipeline import __version__

_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASS|CRED|AUTH|COOKIE|SESSION", re.IGNORECASE)
_SECRET_TEXT = re.compile(
    r"AIza[\w-]{20,}|AQ\.[\w-]{20,}|ya29\.[\w.-]{10,}|(?i:bearer\s+)[\w.~+/=-]{8,}|(?i:(?<=[?&]key=)|(?<=x-goog-api-key:\s))[^\s&'\"]+"
)
_SHORTEST_SECRET = 6
"""A shorter value (`1`, `true`) would be found all over the report, and is no secret."""


def write_report(error: BaseException, argv: Sequence[str], environ: Mapping[str, str], project: Path) -> Path:
    """Write what happened below the project's `.pipeline/`, else to the folder for temporary files. Raises OSError."""
    text = redacted(_report(error, argv), environ)
    local = project / ".pipeline"
    is_project = local.is_dir() or (project / "pipeline.yaml").is_file() or (project / "specs").is_dir()
    folder = local if is_project and os.access(project, os.W_OK) else Path(tempfile.gettempdir())
    folder.mkdir(exist_ok=True)
    path = folder / f"bug-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.txt"
    path.write_text(text, encoding="utf-8", errors="backslashreplace")
    return path


def redacted(text: str, environ: Mapping[str, str]) -> str:
    """The text without the values of secret environment variables, what looks like a key or token, and the home."""
    secrets = {value: name for name, value in environ.items() if _SECRET_NAME.search(name)}
    for value in sorted(secrets, key=len, reverse=True):
        if len(value) >= _SHORTEST_SECRET:
            text = text.replace(value, f"[{secrets[value]}]")
    text = _SECRET_TEXT.sub("[redacted]", text)
    home = environ.get("HOME", "")
    return text.replace(home, "~") if len(home) > 1 else text


def _report(error: BaseException, argv: Sequence[str]) -> str:
    """Version, system, command and traceback; no values of variables, no prompt, no environment."""
    lines = [
        f"asset-pipeline {__version__}",
        f"Python {sys.version}",
        f"{platform.platform()}",
        f"command: pipeline {' '.join(argv)}",
        "",
        *(line.rstrip("\n") for line in traceback.format_exception(error)),
    ]
    return "\n".join(lines) + "\n"
