"""Data in a form of the project's own, by a template of its own in the sandbox that prompts go through."""

from __future__ import annotations

from typing import Any

from pipeline.bundle.engines.ours import described
from pipeline.bundle.layout import Layout
from pipeline.errors import PipelineError
from pipeline.spec.sheets import Sheet, SheetTemplate
from pipeline.spec.templates import TemplateFailed, Templates, as_data


def rendered(one: SheetTemplate, sheet: Sheet, layout: Layout, templates: Templates) -> str:
    """The text that a template gives. Raises PipelineError with the line where it fails."""
    try:
        text = templates.text(f"{{% include '{one.template}' %}}", {"sheet": as_data(_seen(sheet, layout))}).text
    except TemplateFailed as failed:
        at = f"{failed.file}:{failed.line}" if failed.file is not None else f"specs/{one.template}"
        raise PipelineError(f"{at}: {failed.message}", hint=failed.hint) from failed
    return text if text.endswith("\n") else f"{text}\n"


def _seen(sheet: Sheet, layout: Layout) -> dict[str, Any]:
    """As our own JSON has it, with frames and animations as lists, since templates go through them in order."""
    found = described(sheet, layout)
    for key in ("frames", "animations"):
        found[key] = [{"name": name, **values} for name, values in found[key].items()]
    return found
