"""How fast the calls of one model may start, so that they stay just under a limit that nobody tells beforehand.

No clock, no network: moments come in as seconds and go out as seconds. Three things bound the next start:

    window  at most `limit` starts in any minute and a little. A stream that fits this fits a sliding window, a fixed
            window and a bucket of that many. The limit comes from settings, from a 429 that names it, or is taken to be
            what the service took before its first 429; such a one is tried upwards, ever more rarely.
    gap     the time from one start to the next. A service that takes calls one by one refuses a burst long before the
            window is full, and asks for a wait of about one call: then calls start that far apart.
    wait    what the last 429 asked for. Where it ends long before the window would open, the service's own minute
            begins then, and the count begins anew.

A 429 without a word of when is answered by one trial two seconds later. It tells a service that goes on taking calls
from one whose minute is used up; when a minute of the service's own begins it cannot tell.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

WINDOW_S = 60.0

_MARGIN_S = 1.0
"""Calls do not arrive as far apart as they start."""

_LATE_S = 4.0
"""A call may reach the service so long after its start: the first ones wait for the client to be opened."""

_LEAST_GAP_S = 0.002
"""Fifty calls start within a tenth of a second: hardly later than at once, and a 429 still comes before the last."""

_GAP_S = 0.05
"""The same once there was a 429: with it, few calls are on their way when the next one comes."""

_TRIAL_S = 2.0
"""After a 429 without a word, and how long the trial's own 429 may take."""

_RAMP_S = 1.0
"""Into a minute that is taken to be new, the n-th call goes this long divided by n after the one before."""

_SHORT_WAIT_S = 5.0
_FIRST_SLOWER, _LATER_SLOWER = 4.0, 1.1
"""By how much a gap may grow at once: the first measure is worth more than what it corrects, later ones are not."""

_SLACK = 1.01
_NEVER = float("-inf")


@dataclass(eq=False)
class Start:
    """A call that was let go, and when."""

    at: float


@dataclass(frozen=True)
class _Refusal:
    """A 429: when its call started, and the wait that it asked for."""

    at: float
    wait_s: float | None


class Pace:
    """Of one model. `limit` is one from settings; `recent` are starts of earlier builds that still count."""

    def __init__(self, limit: int | None = None, recent: Iterable[float] = ()) -> None:
        self.limit = self._given = limit
        """Starts a minute, as far as it is known and not told by the gap."""
        self.is_even = False
        """Whether calls go one by one, `gap_s` apart, and no window counts them."""
        self.gap_s = _LEAST_GAP_S
        self._starts = [Start(at) for at in sorted(recent)]
        self._not_before = self._learnt_at = self._counts_from = _NEVER
        self._ramps = False
        self._refusal = _Refusal(at=_NEVER, wait_s=None)
        self._misses = 0
        self._trial: Start | None = None
        self._trial_is_due = False
        self._exact = limit is not None
        self._confirmed = limit
        self._raise_at = _NEVER
        self._counts_on = False
        self._raise_by = self._raise_after = 1
        self._faster_after, self._faster_by, self._most_slower, self._even_starts = 0, 1.0, 1.0, 0

    @property
    def per_minute(self) -> int | None:
        """How many calls are let go a minute, as far as there is a bound."""
        evenly = max(1, round(WINDOW_S / self.gap_s)) if self.is_even else None
        return min(filter(None, (self.limit, evenly)), default=None)

    def is_waiting(self, now: float) -> bool:
        """Whether a 429 asked for a wait that is not over."""
        return self._not_before > now

    def opens_at(self, now: float) -> float:
        """The moment from which the next call may start."""
        self._settle_trial(now)
        at = max(now, self._not_before)
        if self._starts:
            at = max(at, self._starts[-1].at + self._gap(now))
        if self._trial is not None:
            return max(at, self._trial.at + _TRIAL_S)
        return at if self._trial_is_due else max(at, self._window_opens())

    def begin(self, now: float) -> Start:
        """A call starts."""
        self._settle_trial(now)
        self._starts = [start for start in self._starts if start.at > now - 2 * WINDOW_S]
        start = Start(now)
        self._starts.append(start)
        if self._trial_is_due:
            self._trial, self._trial_is_due = start, False
        elif self.is_even:
            self._go_faster()
        elif not self._exact and self.limit and now >= self._raise_at and self._count(now) >= self.limit:
            self._raise(now)
        return start

    def put_off(self, start: Start, now: float) -> None:
        """The call that was let go starts only now."""
        if start in self._starts and start.at < now:
            self._starts.remove(start)
            start.at = now
            self._starts.append(start)

    def forget(self, start: Start) -> None:
        """The call was not made after all."""
        if start in self._starts:
            self._starts.remove(start)
        if start is self._trial:
            self._trial, self._trial_is_due = None, True

    def refused(self, start: Start, now: float, *, wait_s: float | None = None, quota: int | None = None) -> None:
        """The call got a 429: `wait_s` is the wait that it asks for, `quota` the limit a minute that it names."""
        was_trial = start is self._trial
        self._trial = None if was_trial else self._trial
        if start in self._starts:
            self._starts.remove(start)
        if wait_s is not None:
            self._not_before = max(self._not_before, now + wait_s)
        if start.at <= self._learnt_at:
            self._refused_too(wait_s)
            return
        before, taken = self._refusal, sum(self._learnt_at < other.at < start.at for other in self._starts)
        self._misses = 0 if taken else self._misses + 1
        self._learnt_at, self._refusal = now, _Refusal(at=start.at, wait_s=wait_s)
        if self.is_even and self._misses < 2 and (wait_s is None or self._is_short(wait_s, now)):
            self._go_slower(now, before, taken)
            return
        self.is_even, self.gap_s = False, _GAP_S
        as_reckoned = self._learn_limit(now, wait_s, quota)
        if wait_s is not None:
            self._learn_from_wait(start, now, wait_s, as_reckoned=as_reckoned)
        elif not self.limit or self._misses > 1:
            self._not_before = max(self._not_before, now + min(WINDOW_S, _TRIAL_S * 2**self._misses))
        elif not as_reckoned and not was_trial and not self._misses:
            self._trial_is_due = True
            self._not_before = max(self._not_before, now + _TRIAL_S)

    # --- the window ---

    def _learn_limit(self, now: float, wait_s: float | None, quota: int | None) -> bool:
        """Whether the 429 came where the limit that was known makes one likely."""
        taken, known, raised = self._taken(now, wait_s), self.limit, False
        self._counts_on = False
        if quota is not None:
            self.limit = min(quota, self._given) if self._given else quota
            self._exact, known = True, self.limit
        elif known is None:
            self.limit = self._confirmed = taken or None
            self._counts_on = True
        elif self._confirmed is not None and known > self._confirmed:
            self.limit = self._confirmed = max(self._confirmed, min(taken, known - 1))
            self._raise_after *= 2
            self._counts_on = raised = True
        elif taken < known:
            if self._counts_from > _NEVER:
                self._counts_from, self._ramps = _NEVER, False  # it was no new minute
            else:
                self.limit = self._confirmed = max(taken, known * 3 // 4, 1)
            self._exact = False
        self._raise_by, self._raise_at = 1, now + self._raise_after * WINDOW_S
        return raised or (known is not None and taken >= known)

    def _taken(self, now: float, wait_s: float | None) -> int:
        """What the service took in its own minute, which ends where the wait ends; without a wait in the last one."""
        begun = now - WINDOW_S - _MARGIN_S
        if wait_s is not None and not self._is_short(wait_s, now):
            begun += max(0.0, wait_s - _LATE_S)
        return sum(start.at > begun for start in self._counted())

    def _refused_too(self, wait_s: float | None) -> None:
        """It was sent before the last 429 came and says the same; only that it was counted as taken."""
        if self.is_even and wait_s is not None and wait_s <= _SHORT_WAIT_S:
            self.gap_s = max(self.gap_s, wait_s)
        if self._counts_on and self.limit and self.limit > 1:
            self.limit = self._confirmed = self.limit - 1

    def _raise(self, now: float) -> None:
        """A whole window was used without a 429: try a little more."""
        assert self.limit is not None
        self._confirmed = self.limit
        self.limit += self._raise_by
        self._raise_by *= 2
        self._raise_at = now + WINDOW_S

    def _window_opens(self) -> float:
        if self.limit is None or (self.is_even and self._given is None):
            return _NEVER
        counted = self._counted()
        return counted[-self.limit].at + WINDOW_S + _MARGIN_S if len(counted) >= self.limit else _NEVER

    def _counted(self) -> list[Start]:
        return [start for start in self._starts if start.at >= self._counts_from]

    def _count(self, until: float) -> int:
        return sum(until - WINDOW_S - _MARGIN_S < start.at <= until for start in self._counted())

    # --- the wait ---

    def _learn_from_wait(self, start: Start, now: float, wait_s: float, *, as_reckoned: bool) -> None:
        counted = [other.at for other in self._counted() if other.at > now - WINDOW_S - _MARGIN_S]
        if counted and now + wait_s > counted[0] + WINDOW_S - _MARGIN_S:
            return  # about as the window has it
        if not self._is_short(wait_s, now):
            self._counts_from, self._ramps = now + wait_s, True
        elif counted and not as_reckoned:
            self._go_evenly(wait_s + max(0.0, start.at - counted[-1]), faster_after=20, faster_by=0.95)

    def _is_short(self, wait_s: float, now: float) -> bool:
        """As by a service that takes one call after the other: no more than it needs for about one."""
        return wait_s <= min(_SHORT_WAIT_S, 1.5 * WINDOW_S / max(1, self._count(now)))

    def _gap(self, now: float) -> float:
        if now > self._counts_from + WINDOW_S:
            self._ramps = False
        return max(self.gap_s, _RAMP_S / max(1, len(self._counted()))) if self._ramps else self.gap_s

    # --- one by one ---

    def _settle_trial(self, now: float) -> None:
        if self._trial is not None and now >= self._trial.at + _TRIAL_S:
            self._trial = None
            self._go_evenly(_TRIAL_S, faster_after=3, faster_by=0.7)

    def _go_evenly(self, gap_s: float, *, faster_after: int, faster_by: float) -> None:
        if not self._exact:
            self.limit = self._confirmed = None
        self.is_even, self.gap_s = True, max(self._least_gap_s(), gap_s)
        self._faster_after, self._faster_by, self._even_starts = faster_after, faster_by, 0
        self._most_slower = _FIRST_SLOWER

    def _least_gap_s(self) -> float:
        return WINDOW_S / self.limit * _SLACK if self._exact and self.limit else _LEAST_GAP_S

    def _go_faster(self) -> None:
        self._even_starts += 1
        if self._even_starts >= self._faster_after:
            self._even_starts, self.gap_s = 0, max(self._least_gap_s(), self.gap_s * self._faster_by)
            self._faster_by = max(0.7, self._faster_by**2)

    def _go_slower(self, now: float, before: _Refusal, taken: int) -> None:
        """Between two refusals the service took as much as it takes: that is how far apart calls may be."""
        wait_s = self._refusal.wait_s
        passed = self._refusal.at - before.at
        if wait_s is not None and before.wait_s is not None:
            apart_s = (passed + wait_s - before.wait_s) / max(1, taken)
        else:
            apart_s = max(passed / (taken + 1), self.gap_s * 1.05)
        self.gap_s = min(max(apart_s, self.gap_s) * 1.03, self.gap_s * self._most_slower)
        is_guess = self._most_slower > _LATER_SLOWER and wait_s is None
        self._faster_after, self._faster_by, self._even_starts = 25 if is_guess else 120, 0.95, 0
        self._most_slower = _LATER_SLOWER
        self._not_before = max(self._not_before, now + min(WINDOW_S, self.gap_s * 2**self._misses))
