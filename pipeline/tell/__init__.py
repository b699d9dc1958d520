"""Facts become English here, and nowhere else: reasons, states, events, prices.

Whatever a person wrote stands in backticks, and so does every command that mends something. Nothing here reads a file.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from pipeline.amounts import all_of, names, plural, size_of
from pipeline.frozen import dataclass
from pipeline.tell import bundles
from pipeline.words import BASE, Action, AssetId, Event, Reason, State, Step, owner_of

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

    def why(self, step: Step, *, brief: bool = False) -> str:
        """All reasons of a step in one line. `brief` leaves out what `remedies` tells."""
        if len(step.reasons) == 1 and (fixed := FIXED.get(step.reasons[0].kind)) is not None:
            return fixed
        return "; ".join(
            self._brief(reason) if brief and reason.kind in _REMEDIED else self.reason(reason, step)
            for reason in told_reasons(step)
        )

    def remedies(self, steps: Collection[Step]) -> tuple[str, ...]:
        """What mends what `why` told of these steps in brief, once for all of them, as sentences with their ends."""
        out_of_reach: dict[AssetId, None] = {}
        for step in steps:
            for reason in step.reasons:
                if reason.kind in _REMEDIED:
                    out_of_reach.update(dict.fromkeys(reason.detail.get("assets", (step.asset,))))
        budget = any(reason.kind == "budget" for step in steps for reason in step.reasons)
        if not out_of_reach:
            return (_MORE_MONEY,) * budget
        shown = " ".join(out_of_reach) if len(out_of_reach) <= _MOST_NAMED else "ID..."
        told = self._where_to_look(shown, several=len(out_of_reach) > 1)
        return (f"{told[:1].upper()}{told[1:]}.", *(_MORE_MONEY,) * budget)

    def _brief(self, reason: Reason) -> str:
        if reason.kind == "missing":
            return _NOWHERE
        return f"nothing can be drawn from {names(reason.detail.get('assets', ()))}, whose take is nowhere in reach"

    def event(self, event: Event) -> str:
        """What happened, in a line without the asset's id. Empty where there is nothing to add to the kind."""
        if event.kind.startswith("bundle_"):
            return bundles.event(event)
        if event.detail.get("reasons"):
            return self.why(_step_of(event))
        from pipeline.tell.events import EVENTS

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
        if event.kind.startswith("bundle_"):
            value["reasons"] = bundles.reasons_json(event.detail.get("reasons", ()))
        elif "reasons" in value:
            value["reasons"] = [self.reason_json(reason, step) for reason in step.reasons]
        return value

    # --- one a kind; see plan/decide.py ---

    def _edited(self, detail: Mapping[str, Any], step: Step) -> str:
        if step.take is None:
            adopt = self.command(f"adopt {step.asset}")
            return f"a file that the tool did not write is in its place; {adopt} takes it as the asset, or move it away"
        adopt, restore = self.command(f"adopt {step.asset}"), self.command(f"restore {step.asset}")
        if files := detail.get("files"):
            return f"{all_of(files)} changed by hand; {restore} puts what was built back"
        return f"changed by hand; {adopt} keeps your version, {restore} puts the built one back"

    def _protected(self, detail: Mapping[str, Any], step: Step) -> str:
        if made_of := detail.get("assets"):
            unprotect = self.command(f"unprotect {step.asset}")
            return f"protected: it keeps its own picture; {unprotect} lets it be made of {names(made_of)}"
        keep, reroll = self.command(f"keep {step.asset}"), self.command(f"reroll {step.asset}")
        return f"protected: {keep} accepts the picture as it is, {reroll} has another drawn"

    def _adopted(self, detail: Mapping[str, Any], step: Step) -> str:
        keep, restore = self.command(f"keep {step.asset}"), self.command(f"restore {step.asset}")
        if made_of := detail.get("assets"):
            adopt = self.command(f"adopt {step.asset}")
            return (
                f"its picture was adopted from a person, and {names(made_of)} changed since; "
                f"{adopt} keeps it, {restore} makes it of {names(made_of)} again"
            )
        reroll = self.command(f"reroll {step.asset}")
        return (
            "its picture was adopted from a person, and its spec changed since; "
            f"{keep} moves it to the new spec, {restore} drops it, {reroll} draws"
        )

    def _unapproved(self, detail: Mapping[str, Any], step: Step) -> str:
        assets = detail.get("assets", ())
        return f"waits until {names(assets)} is approved; {self.command('approve ' + ' '.join(assets[:1]))} does that"

    def _missing(self, detail: Mapping[str, Any], step: Step) -> str:
        return f"{_NOWHERE}: {self._where_to_look(step.asset)}"

    def _missing_upstream(self, detail: Mapping[str, Any], step: Step) -> str:
        look = self._where_to_look(" ".join(detail.get("assets", ())[:1]))
        return f"{self._brief(Reason(kind='missing_upstream', detail=detail))}: {look}"

    def _where_to_look(self, ids: str, *, several: bool = False) -> str:
        redraw = self.command(f"build --redraw-missing {ids}")
        them, other = ("them", "others") if several else ("it", "another")
        if self.remote:
            return (
                f"not in .pipeline/ and not in the remote `{self.remote}`; {self.command('push')} where it was drawn "
                f"and {self.command('pull')} here bring {them} back, {redraw} pays for {other}"
            )
        return (
            "not in .pipeline/, and no `remote:` in pipeline.yaml says where the team's takes are; "
            f"set it and {self.command('pull')}, or {redraw} pays for {other}"
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

    def _owner_kept(self, detail: Mapping[str, Any], step: Step) -> str:
        how = {"protected": "is protected", "adopted": "has an adopted picture", "edited": "was changed by hand"}
        return f"not drawn, as {names(detail.get('assets', ()))} {how.get(str(detail.get('why')), 'keeps its picture')}"

    def _draft(self, detail: Mapping[str, Any], step: Step) -> str:
        profile, asset = str(detail.get("profile")), owner_of(step.asset)
        words = f"--profile {profile} " if profile != BASE else ""
        build, approve = f"`pipeline {words}build {asset}`", f"`pipeline {words}approve {asset}`"
        of = f"in the profile `{profile}`" if profile != BASE else "without a profile"
        match detail.get("why"):
            case "unapproved":
                return f"its draft {of} is not approved yet; {approve} opens the way"
            case "stale":
                return f"its draft {of} is stale; {build}, then {approve}"
            case "missing":
                return f"the take of its draft {of} is nowhere in reach; `pipeline pull` brings it, if it was shared"
            case _:
                return f"there is no draft {of} yet; {build}, then {approve}"

    def _awaits_approval(self, detail: Mapping[str, Any], step: Step) -> str:
        return f"not approved yet, so nothing is drawn from it; {self.command(f'approve {step.asset}')} opens the gate"


_NOWHERE = "its take is nowhere in reach"
_REMEDIED = ("missing", "missing_upstream")
_MORE_MONEY = (
    "Another build draws them with a budget of its own; `--max-cost` and `budget.per_build` allow more at once."
)
_MOST_NAMED = 4


def told_reasons(step: Step) -> list[Reason]:
    """The reasons of a step in the order in which they are told, without what an earlier one implies."""
    reasons = [reason for number, reason in enumerate(step.reasons) if number == 0 or reason.kind != "new"]
    # Of what is protected the change comes first, and then what is to be done about it.
    return sorted(reasons, key=lambda reason: reason.kind == "protected")


_Told = Callable[[Teller, Mapping[str, Any], Step], str]


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
        "candidates": "another of its candidates takes its place",
        "past": "this asset had a take for this very request before",
        "profile": "another profile has a take for this very request",
        "family": "a turn or point of this asset has a take for this very request",
        "store": "the store has a take for this very request",
    }
    return origin.get(str(detail.get("origin")), "there is a take for this very request")


def _candidates(teller: Teller, detail: Mapping[str, Any], step: Step) -> str:
    have, wanted = int(detail.get("have", 0)), int(detail.get("wanted", 0))
    return f"{have} of {wanted} candidates are there" if have else plural(wanted, "candidate")


FIXED: Mapping[str, str] = {
    "new": "new",
    "rejected": "its take was rejected",
    "file_missing": "its file is not there",
    "file_outdated": "its file is not what is picked, or in another format",
    "made_otherwise": "its file is made otherwise now: process, format, options or alt text changed",
    "entry_outdated": "its line in the lock is written anew",
    "redraw_missing": "its take is nowhere in reach, and is to be drawn again",
    "point_moved": "the point that it uses has another take",
    "source_moved": "its source has another picture",
}
"""Reasons that are told of every asset in the same words."""


def _fixed(text: str) -> _Told:
    return lambda teller, detail, step: text


def _of_bundle(told: Callable[[Mapping[str, Any]], str]) -> _Told:
    return lambda teller, detail, step: told(detail)


REASONS: Mapping[str, _Told] = {
    **{kind: _of_bundle(told) for kind, told in bundles.REASONS.items()},
    **{kind: _fixed(text) for kind, text in FIXED.items()},
    "request_changed": _request_changed,
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
    "upstream_changes": _with_assets("refers to {}, which ", one="changes first", several="change first"),
    "upstream_absent": Teller._upstream_absent,
    "upstream_held": Teller._upstream_held,
    "upstream_placeholder": _with_assets("refers to {}, ", one="a placeholder", several="placeholders"),
    "owner_kept": Teller._owner_kept,
    "draft": Teller._draft,
    "candidates": _candidates,
    "derived": _with_assets("is made of the picture of {}"),
    "made_of": _with_assets("is made of the picture of {} once it is there"),
    "uses_point": _with_assets("uses the take of {} once it is there"),
    "upstream_failed": _with_assets("refers to {}, which failed"),
    "upstream_stale": Teller._upstream_stale,
    "renamed": lambda teller, detail, step: f"renamed from `{detail.get('was')}`",
    "reused": _reused,
    "shared": _with_assets("shares its take with {}"),
    "awaits_approval": Teller._awaits_approval,
    "budget": lambda teller, detail, step: f"over the budget: {detail.get('message')}",
    "failed": lambda teller, detail, step: str(detail.get("message")),
}

ACTIONS: Mapping[Action, str] = {
    Action.REUSE: "a build uses that take, free",
    Action.DERIVE: "a build writes it, free",
    Action.DRAW: "a build with a key draws it",
    Action.AWAIT: "a build with a key decides about it once that is drawn",
    Action.PLACEHOLD: "a build puts a placeholder there",
}
"""What a build does with an asset; nothing is said of what it leaves as it is."""


# --- what a build reports, and what people decided ------------------------------------------------------------------


def _step_of(event: Event) -> Step:
    """The step that an event's reasons are told about."""
    states = {"failed": State.FAILED, "held": State.HELD, "placeholder": State.PLACEHOLDER}
    return Step(
        asset=event.asset or AssetId(""),
        state=states.get(event.kind, State.STALE),
        action=Action.HOLD,
        reasons=tuple(event.detail.get("reasons", ())),
    )


DECIDED: Mapping[str, Callable[[Teller, Event], str]] = {
    "rerolled": lambda t, e: f"`{e.asset}`: its take is rejected; {t.command(f'build {e.asset}')} draws it anew",
    "picked": lambda t, e: f"`{e.asset}`: picked; {t.command(f'build {e.asset}')} puts it in its place",
    "refined": lambda t, e: f"`{e.asset}`: one more turn is kept; {t.command(f'build {e.asset}')} draws it",
    "unrefined": lambda t, e: f"`{e.asset}`: its last kept turn is dropped; {t.command(f'build {e.asset}')} goes back",
    "rejected": lambda t, e: f"`{e.asset}`: that take is rejected",
    "noted": lambda t, e: f"`{e.asset}`: noted",
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
