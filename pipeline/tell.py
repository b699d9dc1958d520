"""Facts become English here, and nowhere else: reasons, states, events, prices.

Whatever a person wrote stands in backticks, and so does every command that mends something. Nothing here reads a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.words import Action, AssetId, Event, MicroUsd, Reason, State, Step

# --- small things ---------------------------------------------------------------------------------------------------


def usd(micro: MicroUsd | int) -> str:
    """Money for people: `$12.30`, `$0.27`, `$0.134`, `$0.0004`; cents from a dollar on, else as many digits as tell."""
    if micro < 0:
        return "-" + usd(-micro)
    cents = (micro + 5_000) // 10_000
    if micro % 10_000 == 0 or micro >= 999_500:
        return f"${cents // 100:,}.{cents % 100:02d}"
    if micro >= 500:
        return f"$0.{(micro + 500) // 1000:03d}"
    return "$0." + f"{micro:06d}".rstrip("0")


def dollars(micro: MicroUsd | int) -> str:
    """Money as an option takes it, in whole cents and rounded up: `1.21`."""
    cents = -(-micro // 10_000)
    return f"{cents // 100}.{cents % 100:02d}"


def span(seconds: float) -> str:
    """A length of time: `0.4 s`, `12 s`, `2 min 5 s`, `3 h 10 min`."""
    if seconds < 9.95:
        return f"{max(seconds, 0):.1f} s".replace(".0 s", " s")
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, left = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {left} s" if left else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def plural(count: int, noun: str) -> str:
    """`1 picture`, `2 pictures`, `1,200 pictures`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def names(ids: Iterable[str], *, most: int = 4) -> str:
    """Ids in backticks: the first ones, and how many more there are."""
    quoted = [f"`{id}`" for id in ids]
    shown = quoted if len(quoted) <= most else quoted[: most - 1]
    more = len(quoted) - len(shown)
    if more:
        return ", ".join(shown) + f" and {more} more"
    return all_of(shown)


def all_of(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def size_of(count: int) -> str:
    """A number of bytes: `812 B`, `1.4 MB`."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1e6:.1f} MB" if count >= 999_500 else f"{round(count / 1e3)} kB"


FIELDS: Mapping[str, str] = {
    "generator": "generator",
    "model": "model",
    "prompt": "prompt",
    "system_instruction": "system instruction",
    "aspect_ratio": "aspect ratio",
    "image_size": "image size",
    "seed": "seed",
    "references": "references",
    "reference_limit": "limit for references",
    "previous": "turn before",
}
"""The fields of request.json, as people call them."""


# --- why an asset is as it is ---------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Teller:
    """Tells reasons, and the command that mends them; the commands name the profile, the sentences the remote."""

    profile: str | None = None
    remote: str | None = None
    selected: frozenset[AssetId] = frozenset()
    """The assets that are being built: no command needs to select them."""

    def command(self, words: str) -> str:
        """A command of this tool in backticks, ready to be typed."""
        profile = f"--profile {self.profile} " if self.profile else ""
        return f"`pipeline {profile}{words}`"

    def reason(self, reason: Reason, step: Step) -> str:
        """One reason as a sentence without a full stop."""
        told = REASONS.get(reason.kind)
        return told(self, reason.detail, step) if told else reason.kind.replace("_", " ")

    def why(self, step: Step) -> str:
        """All reasons of a step in one line."""
        return "; ".join(self.reason(reason, step) for reason in step.reasons)

    def event(self, event: Event) -> str:
        """What happened, in a line without the asset's id. Empty where there is nothing to add to the kind."""
        if event.detail.get("reasons"):
            return self.why(_step_of(event))
        told = EVENTS.get(event.kind)
        return told(event.detail) if told else str(event.detail.get("message", ""))

    def decided(self, event: Event) -> str:
        """What a person's decision did, in a sentence."""
        told = DECIDED.get(event.kind)
        return told(self, event) if told else f"{event.kind} `{event.asset}`"

    # --- the same for programs: the facts, and the sentence beside them ---

    def reason_json(self, reason: Reason, step: Step) -> dict[str, Any]:
        return {"kind": reason.kind, **reason.detail, "text": self.reason(reason, step)}

    def event_json(self, event: Event) -> dict[str, Any]:
        """An event as one line of `build --json`: `event`, `asset` where it is about one, and its facts."""
        step = _step_of(event)
        value = {"event": event.kind, **({"asset": event.asset} if event.asset else {}), **event.detail}
        if "reasons" in value:
            value["reasons"] = [self.reason_json(reason, step) for reason in step.reasons]
        return value

    # --- one a kind; see plan/decide.py ---

    def _edited(self, detail: Mapping[str, Any], step: Step) -> str:
        if step.take is None:
            adopt = self.command(f"adopt {step.asset}")
            return f"a file that the tool did not write is in its place; {adopt} takes it as the asset, or move it away"
        adopt, restore = self.command(f"adopt {step.asset}"), self.command(f"restore {step.asset}")
        return f"changed by hand; {adopt} keeps your version, {restore} puts the built one back"

    def _protected(self, detail: Mapping[str, Any], step: Step) -> str:
        keep, reroll = self.command(f"keep {step.asset}"), self.command(f"reroll {step.asset}")
        return f"protected: its spec changed; {keep} accepts the picture, {reroll} draws anew"

    def _adopted(self, detail: Mapping[str, Any], step: Step) -> str:
        keep, restore = self.command(f"keep {step.asset}"), self.command(f"restore {step.asset}")
        reroll = self.command(f"reroll {step.asset}")
        return (
            "its picture was adopted from a person, and its spec changed since; "
            f"{keep} moves it to the new spec, {restore} drops it, {reroll} draws"
        )

    def _unapproved(self, detail: Mapping[str, Any], step: Step) -> str:
        assets = detail.get("assets", ())
        return f"waits until {names(assets)} is approved; {self.command('approve ' + ' '.join(assets[:1]))} does that"

    def _missing(self, detail: Mapping[str, Any], step: Step) -> str:
        return f"its take is nowhere in reach: {self._where_to_look(step.asset)}"

    def _missing_upstream(self, detail: Mapping[str, Any], step: Step) -> str:
        assets = detail.get("assets", ())
        look = self._where_to_look(" ".join(assets[:1]))
        return f"nothing can be drawn from {names(assets)}, whose take is nowhere in reach: {look}"

    def _where_to_look(self, id: str) -> str:
        redraw = self.command(f"build --redraw-missing {id}")
        if self.remote:
            return (
                f"not in .pipeline/ and not in the remote `{self.remote}`; {self.command('push')} where it was drawn "
                f"and {self.command('pull')} here bring it back, {redraw} pays for another"
            )
        return (
            "not in .pipeline/, and no `remote:` in pipeline.yaml says where the team's takes are; "
            f"set it and {self.command('pull')}, or {redraw} pays for another"
        )

    def _conflict(self, detail: Mapping[str, Any], step: Step) -> str:
        takes, pick = self.command(f"takes {step.asset}"), self.command(f"pick {step.asset} TAKE")
        return f"a merge left two picks for the same request; {takes} shows them, {pick} decides"

    def _no_key(self, detail: Mapping[str, Any], step: Step) -> str:
        return _undrawn("no key", step)

    def _offline(self, detail: Mapping[str, Any], step: Step) -> str:
        return _undrawn("offline", step)

    def _lost(self, detail: Mapping[str, Any], step: Step) -> str:
        calls = plural(int(detail.get("count", 1)), "call")
        return (
            f"{calls} brought no answer and may have been charged; {self.command(f'reroll {step.asset}')} tries again"
        )

    def _upstream_held(self, detail: Mapping[str, Any], step: Step) -> str:
        return f"waits for {names(detail.get('assets', ()))}, which is held itself and will be drawn anew"

    def _upstream_absent(self, detail: Mapping[str, Any], step: Step) -> str:
        build = self.command(f"build +{step.asset}")
        assets = detail.get("assets", ())
        remedy = "" if self.selected.issuperset(assets) else f"; {build} builds all that it needs"
        return f"waits for a picture of {names(assets)}{remedy}"

    def _upstream_stale(self, detail: Mapping[str, Any], step: Step) -> str:
        stale = names(detail.get("assets", ()))
        return f"drawn from {stale} as it is, which is stale itself and not selected (`+{step.asset}` selects it)"

    def _awaits_approval(self, detail: Mapping[str, Any], step: Step) -> str:
        return f"not approved yet, so nothing is drawn from it; {self.command(f'approve {step.asset}')} opens the gate"


_Told = Callable[[Teller, Mapping[str, Any], Step], str]


def _fixed(text: str) -> _Told:
    return lambda teller, detail, step: text


def _with_assets(text: str, *, one: str = "", several: str = "") -> _Told:
    """A sentence about other assets; `one` or `several` ends it, by their number."""

    def told(teller: Teller, detail: Mapping[str, Any], step: Step) -> str:
        assets = detail.get("assets", ())
        return text.format(names(assets)) + (one if len(assets) == 1 else several)

    return told


def _undrawn(why: str, step: Step) -> str:
    if step.state is State.PLACEHOLDER:
        return f"{why}: a placeholder stands in"
    if step.state is State.FAILED:
        return f"{why}, and no placeholder is wanted"
    return f"stale, {why}: the old picture stays"


def _request_changed(teller: Teller, detail: Mapping[str, Any], step: Step) -> str:
    fields = [FIELDS.get(name, name) for name in detail.get("fields", ())]
    if not fields:
        return "its request changed"
    return f"the {all_of(fields)} changed"


def _reused(teller: Teller, detail: Mapping[str, Any], step: Step) -> str:
    origin = {
        "past": "this asset had a take for this very request before",
        "profile": "another profile has a take for this very request",
        "store": "the store has a take for this very request",
    }
    return origin.get(str(detail.get("origin")), "there is a take for this very request")


REASONS: Mapping[str, _Told] = {
    "new": _fixed("new"),
    "request_changed": _request_changed,
    "rejected": _fixed("its take was rejected"),
    "file_missing": _fixed("its file is not there"),
    "file_outdated": _fixed("its file is not what is picked, or in another format"),
    "edited": Teller._edited,
    "protected": Teller._protected,
    "adopted": Teller._adopted,
    "unapproved": Teller._unapproved,
    "missing": Teller._missing,
    "missing_upstream": Teller._missing_upstream,
    "conflict": Teller._conflict,
    "no_key": Teller._no_key,
    "offline": Teller._offline,
    "lost": Teller._lost,
    "redraw_missing": _fixed("its take is nowhere in reach, and is to be drawn again"),
    "upstream_changes": _with_assets("refers to {}, which ", one="changes first", several="change first"),
    "upstream_absent": Teller._upstream_absent,
    "upstream_held": Teller._upstream_held,
    "upstream_failed": _with_assets("refers to {}, which failed"),
    "upstream_stale": Teller._upstream_stale,
    "renamed": lambda teller, detail, step: f"renamed from `{detail.get('was')}`",
    "reused": _reused,
    "shared": _with_assets("shares its take with {}"),
    "awaits_approval": Teller._awaits_approval,
    "budget": lambda teller, detail, step: f"over the budget: {detail.get('message')}",
    "failed": lambda teller, detail, step: str(detail.get("message")),
    "held": _fixed("held"),
}

ACTIONS: Mapping[Action, str] = {
    Action.REUSE: "a build uses that take, free",
    Action.DERIVE: "a build writes it, free",
    Action.DRAW: "a build with a key draws it",
    Action.AWAIT: "a build with a key decides about it once that is drawn",
    Action.PLACEHOLD: "a build puts a placeholder there",
}
"""What a build does with an asset; nothing is said of what it leaves as it is."""


# --- what happens in a build ----------------------------------------------------------------------------------------


def _step_of(event: Event) -> Step:
    """The step that an event's reasons are told about."""
    states = {"failed": State.FAILED, "held": State.HELD, "placeholder": State.PLACEHOLDER}
    return Step(
        asset=event.asset or AssetId(""),
        state=states.get(event.kind, State.STALE),
        action=Action.HOLD,
        reasons=tuple(event.detail.get("reasons", ())),
    )


def _with_hint(detail: Mapping[str, Any]) -> str:
    message, hint = str(detail.get("message", "")), str(detail.get("hint", ""))
    return f"{message} ({hint})" if hint else message


def _retrying(detail: Mapping[str, Any]) -> str:
    message = f": {detail['message']}" if detail.get("message") else ""
    return f"tries again in {span(float(detail.get('wait_s', 0)))} (attempt {detail.get('attempt', 2)}){message}"


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
        return f"cost {usd(cost)}, more than the {usd(ceiling)} that was reckoned with; the ceiling is raised"
    return "cost more than was reckoned with; the ceiling is raised"


EVENTS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "build_waits": lambda detail: "another build is under way here; waiting for it to end",
    "retrying": _retrying,
    "slowed": lambda detail: f"`{detail.get('model')}` is throttled: waits {span(float(detail.get('wait_s', 0)))}",
    "stopped": _stopped,
    "above_ceiling": _above_ceiling,
    "lost": lambda detail: "its answer never arrived whole; it may have been charged",
    "kept_aside": lambda detail: f"the answer is kept for inspection: {detail.get('path')}",
    "spare_pictures": lambda detail: (
        f"the answer held {plural(int(detail.get('count', 1)), 'more picture')}; all are kept"
    ),
    "misnamed_type": lambda detail: f"the answer called its {detail.get('type')} {detail.get('declared')}",
    "interrupting": _interrupting,
    "failed": _with_hint,
    "not_tried": _with_hint,
}


DECIDED: Mapping[str, Callable[[Teller, Event], str]] = {
    "rerolled": lambda t, e: f"`{e.asset}`: its take is rejected; {t.command(f'build {e.asset}')} draws it anew",
    "picked": lambda t, e: f"`{e.asset}`: picked; {t.command(f'build {e.asset}')} puts it in its place",
    "kept": lambda t, e: f"`{e.asset}`: its picture is kept for the new spec",
    "adopted": lambda t, e: f"`{e.asset}`: the file is adopted",
    "left_alone": lambda t, e: f"left alone, as no asset goes by that name: {', '.join(e.detail['files'])}",
    "restored": lambda t, e: f"`{e.asset}`: the built file is back at {e.detail.get('path')}{_kept_at(e)}",
    "approved": lambda t, e: f"`{e.asset}`: approved; what refers to it may be drawn",
    "protected": lambda t, e: (
        f"`{e.asset}`: protected; only {t.command(f'reroll {e.asset}')} makes a build draw it again"
    ),
    "unprotected": lambda t, e: f"`{e.asset}`: no longer protected",
    "pushed": lambda t, e: _copied(e, "to", t.remote),
    "pulled": lambda t, e: _copied(e, "from", t.remote),
}


def _kept_at(event: Event) -> str:
    return f" (what stood there is kept as {event.detail['kept']})" if event.detail.get("kept") else ""


def _copied(event: Event, way: str, remote: str | None) -> str:
    takes, absent = int(event.detail.get("takes", 0)), int(event.detail.get("absent", 0))
    what = f"{plural(takes, 'take')} ({size_of(int(event.detail.get('bytes', 0)))})" if takes else "nothing new"
    more = (
        f"; {plural(absent, 'take')} that the lock names {'is' if absent == 1 else 'are'} not there" if absent else ""
    )
    return f"copied {what} {way} `{remote}`{more}"


def spent(money: MicroUsd | int, maybe: MicroUsd | int) -> str:
    """`spent $0.27; up to $0.13 more may have been charged`: facts and estimates are never added up."""
    more = f"; up to {usd(maybe)} more may have been charged" if maybe else ""
    return f"spent {usd(money)}{more}"
