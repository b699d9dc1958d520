"""Everything that can go wrong as expected, and the exit code that tells it.

    PipelineError                 1   an asset failed or is missing
    |- UsageError                 2   the command was used wrongly
    |- SpecErrors                 2   the specs or settings have errors; holds all of them
    |- LockError                  2   pipeline.lock cannot be read
    |- Overtaken                  2   somebody decided meanwhile; the decision was made about what is no longer there
    |- StoreError                 1   the store or its remote is damaged, full or out of reach
    |- BudgetRefused              3   the build is dearer than its budget
    |- NotFresh                   4   --frozen or --exit-code: something is to do
    |- Interrupted              130   finished work is kept
    `- DrawError                  1   a generator could not draw; see below
       |- Throttled                   429: try later, or not today
       |- Unavailable                 the service did not take the call: nothing was charged
       |- Lost                        the call may have been charged, its answer never arrived whole
       |- Blocked                     the model declined to draw
       |- BadAnswer                   an answer came, but no usable picture
       |- BadCall                     the service refuses this very request
       `- AccountRefused              key, billing or account: no further call makes sense

Anything else is a bug of the tool: exit code 70.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.frozen import NamedTuple

BUG = 70

SETTINGS = "pipeline.yaml"


class Origin(NamedTuple):
    """Where a person wrote something: a file by its path from the project's root, line and column from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Problem(NamedTuple):
    """One mistake in a spec: where, what is wrong, and what would be right."""

    origin: Origin
    message: str
    hint: str = ""


class PipelineError(Exception):
    """An expected failure: told in a sentence, never as a traceback."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(PipelineError):
    exit_code = 2


class SpecErrors(PipelineError):
    """All problems of all files, so that they can be mended in one go."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        count = len(self.problems)
        files = {problem.origin.file for problem in self.problems}
        where = SETTINGS if files == {SETTINGS} else f"the specs and {SETTINGS}" if SETTINGS in files else "the specs"
        super().__init__(f"{count} error{'s' if count != 1 else ''} in {where}")


class LockError(PipelineError):
    exit_code = 2


class Overtaken(PipelineError):
    exit_code = 2


class StoreError(PipelineError):
    exit_code = 1


class BudgetRefused(PipelineError):
    exit_code = 3


class NotFresh(PipelineError):
    exit_code = 4


class Interrupted(PipelineError):
    exit_code = 130


class DrawError(PipelineError):
    """A generator could not draw.

    `usage` is what the service counted (tokens by its own names; empty where it said nothing), `finish_reason` its
    word for the end, `kept` the bytes of an answer worth inspecting. `tried` is False where an earlier answer showed
    that the call would be in vain, so that it was not made. `remedy` is the hint where nobody knows a better one.
    """

    tried = True
    remedy = ""

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        usage: Mapping[str, object] | None = None,
        finish_reason: str = "",
        response_id: str = "",
        kept: bytes = b"",
    ) -> None:
        super().__init__(message, hint=hint or self.remedy)
        self.usage = dict(usage or {})
        self.finish_reason = finish_reason
        self.response_id = response_id
        self.kept = kept


class Throttled(DrawError):
    """429. `wait_s` is the wait the service asked for in seconds (None: it did not say), `quota` the limit of calls or
    pictures a minute that it named.

    `until` says when a quota clears that does not clear soon ("midnight Pacific time", "never on this key"); then the
    model is not called again in this build.
    """

    def __init__(
        self, message: str, *, hint: str = "", wait_s: float | None = None, until: str = "", quota: int | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.wait_s = wait_s
        self.until = until
        self.quota = quota


class Unavailable(DrawError):
    """408, 5xx or no connection: the call was not carried out. `wait_s` as for Throttled."""

    remedy = "nothing was charged; build again later"

    def __init__(self, message: str, *, hint: str = "", wait_s: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.wait_s = wait_s


class Lost(DrawError):
    """Time-out, or an answer that broke off: it may have been charged."""

    remedy = "it may have been charged, so no build asks again by itself: `pipeline reroll` does"


class Blocked(DrawError):
    """Prompt or picture blocked, or words in place of a picture."""

    remedy = "change the prompt, or build again to ask once more"


class BadAnswer(DrawError):
    """Broken or wrong-sized picture, two pictures, no JSON: kept aside, not retried blindly."""

    remedy = "building again asks, and pays, once more"


class BadCall(DrawError):
    """The service refuses this request (400, 404): the same call would be refused again."""


class AccountRefused(DrawError):
    """Bad key, no billing, locked account: no further call is made in this build."""
