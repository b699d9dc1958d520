"""What the SDK and the HTTP client under it raise, and what each amounts to: by table.  [door: google.genai, httpx2]

The line that matters runs between Unavailable (nothing was carried out: try again, free) and Lost (it may have been
charged). Only what fails before the request is on the wire is surely free; an error status is the service's own word
that it did not do it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.errors import AccountRefused, BadCall, DrawError, Lost, Throttled, Unavailable
from pipeline.spec.models import Model

_NO_QUOTA = re.compile(r"\blimit:\s*0(?![\d.])")
_NO_CREDIT = re.compile(r"credits?\s+(is|are|were|have been|has been)\s+(depleted|exhausted|used up)", re.IGNORECASE)
_SECRET_MARK = "[key]"


def translated(error: Exception, model: Model | None = None) -> DrawError | None:
    """Our error for one that came up through the SDK; None for what is a bug and not a failure of the call.

    `model` is the one that was to draw, if any.
    """
    import httpx2
    from google.auth import exceptions as auth
    from google.genai import errors as sdk

    if isinstance(error, sdk.APIError):
        return _of_status(error, model)
    not_sent = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)
    if isinstance(error, not_sent):
        return Unavailable(f"no connection to the API: {_said(error)}")
    if isinstance(error, httpx2.UnsupportedProtocol | httpx2.LocalProtocolError | httpx2.InvalidURL):
        return BadCall(f"the call cannot be sent: {_said(error)}")
    if isinstance(error, httpx2.RequestError):
        return Lost(f"the answer broke off: {_said(error)}")
    if isinstance(error, auth.TransportError):
        return Unavailable(f"no connection to Google's sign-in: {_said(error)}")
    if isinstance(error, auth.GoogleAuthError):
        return AccountRefused(
            f"no valid Google credentials: {_said(error)}", hint="gcloud auth application-default login"
        )
    if isinstance(error, ImportError):  # GOOGLE_GENAI_HTTP_CLIENT names a client that is not installed
        return AccountRefused(f"the SDK cannot be used: {_said(error)}")
    if isinstance(error, ValueError):  # the SDK's own checks, before anything is sent
        return BadCall(f"the SDK refuses the call: {_said(error)}")
    return None


def without_secrets(error: DrawError, secrets: Iterable[str]) -> DrawError:
    """The same error, with no secret in any text that people may see or a file may keep."""
    for secret in secrets:
        error.message = error.message.replace(secret, _SECRET_MARK)
        error.hint = error.hint.replace(secret, _SECRET_MARK)
        error.kept = error.kept.replace(secret.encode(), _SECRET_MARK.encode()) if error.kept else error.kept
    error.args = (error.message,)
    error.__cause__ = error.__context__ = None
    return error


def _of_status(error: Any, model: Model | None) -> DrawError:
    """By HTTP status; and where a status means two things, by what the details say."""
    code = error.code if isinstance(error.code, int) else 0
    status, message, details = _facts(error)
    said = f"{code} {status}: {message}" if status else f"{code}: {message}"
    reasons = {detail.get("reason") for detail in details}
    if code == 429:
        return _throttled(said, message, details, error)
    if code in (401, 402, 403) or status == "FAILED_PRECONDITION" or "API_KEY_INVALID" in reasons:
        return AccountRefused(said, hint=_links(details) or "look at the key, its project and its billing")
    if code in (408, 499) or code >= 500:
        return Unavailable(said, wait_s=_wait_s(details, error))
    if code == 404:
        return BadCall(said, hint=_successor(model))
    fields = _violations(details, message)
    return BadCall(f"{said} ({fields})" if fields else said)


def _throttled(said: str, message: str, details: list[dict[str, Any]], error: Any) -> DrawError:
    violations = [v for detail in details for v in _dicts(detail.get("violations"))]
    quotas = " ".join(f"{v.get('quotaId', '')} {v.get('subject', '')}" for v in violations)
    none_at_all = any(str(v.get("quotaValue")) == "0" for v in violations) or _NO_QUOTA.search(message)
    if _NO_CREDIT.search(message):
        return AccountRefused(said, hint=_links(details) or "the account's credits are used up")
    if none_at_all:
        return Throttled(
            said,
            hint="no image model has a free tier",
            until="billing is turned on for the key's project",
        )
    if "PerDay" in quotas:
        return Throttled(said, until="midnight Pacific time")
    if "PerMonth" in quotas:
        return Throttled(said, until="the end of the month")
    return Throttled(said, wait_s=_wait_s(details, error), quota=_per_minute(violations))


def _per_minute(violations: list[dict[str, Any]]) -> int | None:
    """The smallest limit a minute among the quotas that are used up; tokens are no measure for calls."""
    named = [
        int(value)
        for violation in violations
        if "PerMinute" in (id := str(violation.get("quotaId", ""))) and "Token" not in id
        if re.fullmatch(r"[1-9]\d{0,8}", value := str(violation.get("quotaValue", "")))
    ]
    return min(named, default=None)


def _facts(error: Any) -> tuple[str, str, list[dict[str, Any]]]:
    """Status, message on one line, and details of a google.rpc.Status; or of whatever stood in its place."""
    value = error.details
    body = value.get("error", value) if isinstance(value, dict) else {}
    body = body if isinstance(body, dict) else {}
    status, message = (str(body.get(name) or "") for name in ("status", "message"))
    text = re.sub(r"<[^>]*>", " ", message) if "<html" in message.lower() else message
    return status, _shortened(text) or "no message", _dicts(body.get("details"))


def _wait_s(details: list[dict[str, Any]], error: Any) -> float | None:
    """The wait that the service asked for, in seconds: RetryInfo, else the Retry-After header."""
    for detail in details:
        wait = _duration_s(detail.get("retryDelay"))
        if wait is not None:
            return wait
    headers = getattr(error.response, "headers", None) or {}
    after = headers.get("retry-after")
    return _retry_after_s(after, headers.get("date")) if isinstance(after, str) else None


def _duration_s(value: Any) -> float | None:
    """A google.protobuf.Duration in seconds: "34s", "3.5s", or an object of seconds and nanos."""
    if isinstance(value, str) and re.fullmatch(r"\d{1,9}(\.\d{1,9})?s", value):
        return float(value[:-1])
    if isinstance(value, dict):
        seconds, nanos = value.get("seconds", 0), value.get("nanos", 0)
        if str(seconds).isdigit() and isinstance(nanos, int):
            return int(seconds) + nanos / 1e9
    return None


def _retry_after_s(after: str, date: Any) -> float | None:
    """Retry-After in seconds: a number, or a date that counts from the answer's own date (clocks differ)."""
    import email.utils

    if re.fullmatch(r"\s*\d{1,9}\s*", after):
        return float(after)
    try:
        then, now = email.utils.parsedate_to_datetime(after), email.utils.parsedate_to_datetime(str(date))
        return max(0.0, (then - now).total_seconds())
    except (TypeError, ValueError):
        return None


def _violations(details: list[dict[str, Any]], message: str) -> str:
    """The fields that are wrong; and what is wrong with them, where the message has not said it already."""
    told = " ".join(message.split())
    found = []
    for violation in (v for detail in details for v in _dicts(detail.get("fieldViolations"))):
        where, what = (" ".join(str(violation.get(name) or "").split()) for name in ("field", "description"))
        found.append(": ".join(part for part in (where, "" if what in told else what) if part))
    return _shortened("; ".join(dict.fromkeys(part for part in found if part)))


def _links(details: list[dict[str, Any]]) -> str:
    urls = [str(link["url"]) for detail in details for link in _dicts(detail.get("links")) if link.get("url")]
    return f"see {urls[0]}" if urls else ""


def _successor(model: Model | None) -> str:
    if model is None:
        return ""
    gone = f"`{model.id}` is {model.status}" if model.status != "current" else ""
    draws_on = f"`{model.successor}` draws on" if model.successor else "`pipeline models` lists what there is"
    return f"{gone}: {draws_on}" if gone else draws_on


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []  # type: ignore[misc]


def _said(error: Exception) -> str:
    return _shortened(str(error)) or type(error).__name__


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 500 else line[:498] + " …"
