"""The bundles that a project declares, in the order in which they are made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline import uptodate

if TYPE_CHECKING:
    from pipeline.bundle.catalog import Bundle
    from pipeline.spec.load import Project


def bundles_of(project: Project) -> tuple[Bundle, ...]:
    """Sheets, and then exports, which may tell of them."""
    found: list[Bundle] = []
    if sheets := project.sheets:
        from pipeline.bundle.sheets import sheets_of

        found += sheets_of(sheets, project.templates)
    if exports := project.settings.exports:
        from pipeline.bundle.exports import exports_of

        found += exports_of(exports, project.templates, project.settings.root / uptodate.STATE)
    return tuple(found)


def name_of(bundle: Bundle) -> str:
    """What a bundle is called where both kinds are: `sheet items`, `export json`."""
    return f"{bundle.kind} {bundle.name}"
