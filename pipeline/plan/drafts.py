"""The takes in one profile that another continues from."""

from __future__ import annotations

from pipeline.plan.decision import Draft
from pipeline.plan.planner import Outlook
from pipeline.plan.wanted import places_of
from pipeline.words import AssetId


def draft_of(outlook: Outlook, id: AssetId, profile: str) -> Draft:
    """The take of an asset in the profile of the drafts, and why it cannot be continued from, if it cannot."""
    entry, decision = outlook.entry(id), outlook.decisions.get(id)
    picture = entry.continued if entry is not None else None
    if entry is None or decision is None or picture is None:
        return Draft(profile=profile, why="absent")
    said = outlook.said(id)
    why = ""
    if decision.step.key is None or decision.step.key != entry.request:
        why = "stale"
    elif entry.approved != picture:
        why = "unapproved"
    elif not outlook.known.in_reach(picture, places_of(outlook.project.assets[id], picture, entry)):
        why = "missing"
    return Draft(profile=profile, picture=picture, entry=entry, said=said, why=why)
