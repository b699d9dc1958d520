"""What happens in a build, in a line each; the asset's id stands before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pipeline.amounts import plural, span, usd


def _with_hint(detail: Mapping[str, Any]) -> str:
    message, hint = str(detail.get("message", "")), str(detail.get("hint", ""))
    return f"{message} ({hint})" if hint else message


def _retrying(detail: Mapping[str, Any]) -> str:
    message = f": {detail['message']}" if detail.get("message") else ""
    wait_s = float(detail.get("wait_s", 0))
    within = f" in {span(round(wait_s))}" if wait_s >= 1 else ""
    return f"tries again{within} (attempt {detail.get('attempt', 2)}){message}"


def _slowed(detail: Mapping[str, Any]) -> str:
    """What the limit is taken to be, and how long that makes it."""
    limit, waiting = detail.get("per_minute"), int(detail.get("waiting", 1))
    wait_s = float(detail.get("wait_s", 0))
    goes_on = f"goes on in {span(round(wait_s))}" if wait_s >= 1 else "goes on"
    if not limit:
        return f"`{detail.get('model')}` takes no more calls just now: {goes_on}, {plural(waiting, 'call')} to make"
    takes = wait_s + max(0, waiting - 1) // limit * 60.0
    last = f", the last of {waiting} that wait in about {span(round(takes))}" if waiting > 1 and takes >= 1 else ""
    return f"`{detail.get('model')}` takes about {plural(limit, 'call')} a minute: {goes_on}{last}"


def _stopped(detail: Mapping[str, Any]) -> str:
    until = f" until {detail['until']}" if detail.get("until") else ""
    return f"no more calls of `{detail.get('model')}`{until}"


def _interrupting(detail: Mapping[str, Any]) -> str:
    count = int(detail.get("in_flight", 0))
    if not count:
        return "stopping; press Ctrl-C again to end at once"
    return f"finishing {plural(count, 'call')} in flight; press Ctrl-C again to end at once"


def _above_ceiling(detail: Mapping[str, Any]) -> str:
    cost, ceiling = detail.get("cost_micro_usd"), detail.get("ceiling_micro_usd")
    if isinstance(cost, int) and isinstance(ceiling, int):
        return f"cost {usd(cost)}, more than the {usd(ceiling)} that was reckoned with; so much is reckoned with now"
    return "cost more than was reckoned with; so much is reckoned with now"


EVENTS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "build_waits": lambda detail: "another build is under way here; waiting for it to end",
    "retrying": _retrying,
    "slowed": _slowed,
    "stopped": _stopped,
    "above_ceiling": _above_ceiling,
    "recovered": lambda detail: f"arrived before its build died: {detail.get('message') or 'kept, not paid again'}",
    "lost": lambda detail: "its answer never arrived whole; it may have been charged",
    "kept_aside": lambda detail: f"the answer is kept for inspection: {detail.get('path')}",
    "spare_pictures": lambda detail: (
        f"the answer held {plural(int(detail.get('count', 1)), 'more picture')}; all are kept"
    ),
    "misnamed_type": lambda detail: (
        f"the answer called its {detail.get('type')} {detail.get('declared')}; what it is counts"
    ),
    "interrupting": _interrupting,
    "failed": _with_hint,
    "not_tried": _with_hint,
}
