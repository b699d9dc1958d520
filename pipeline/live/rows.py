"""What the wall shows of one asset, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.plan.decision import Decision
from pipeline.views.shown import row_json, teller_of
from pipeline.workshop import Workshop


def row_of(shop: Workshop, decision: Decision) -> Mapping[str, Any]:
    """An asset as it is now, and what a build would do about it."""
    step = decision.step
    return {**row_json(shop, decision), "action": str(step.action), "why": teller_of(shop).why(step)}
