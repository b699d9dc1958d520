"""Why a template failed, as a sentence with a remedy.  [door: jinja2, with sandbox.py]"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from jinja2 import TemplateNotFound, TemplateSyntaxError
from jinja2.environment import TemplateModule
from jinja2.exceptions import SecurityError
from jinja2.utils import missing

from pipeline.spec import filters, hints, jinja_words
from pipeline.spec.filters import LimitReached, Unprintable
from pipeline.spec.partials import NoPartial, Partials
from pipeline.spec.scalars import kind_of
from pipeline.spec.templates import RefFailed, TemplateFailed
from pipeline.spec.undefined import MissingName


class Failures:
    """Puts the failures of one project's templates into words."""

    def __init__(self, partials: Partials, tests: Collection[str]) -> None:
        self._partials, self._tests = partials, tests

    def told(self, error: Exception, names: Mapping[str, Any], file: str | None, line: int) -> TemplateFailed:
        message, hint, word = self._why(error, names)
        undefined = str(error.name) if isinstance(error, MissingName) and error.plain else ""
        return TemplateFailed(message, hint=hint, file=file, line=line, word=word, undefined=undefined)

    def syntax(
        self, error: TemplateSyntaxError, file: str | None, source: str, *, bare: bool = False
    ) -> TemplateFailed:
        message = error.message or ""
        if message.startswith("No filter named"):
            name = message.split("'")[1]
            hint = hints.did_you_mean(name, filters.ALLOWED) or "filters: " + ", ".join(sorted(filters.ALLOWED))
            return TemplateFailed(f"there is no filter `{name}`", hint=hint, file=file, line=error.lineno, word=name)
        said = jinja_words.of_syntax(message, self._tests, bare=bare)
        line = error.lineno
        if said.word.startswith("{% "):
            line = jinja_words.opened_in(source, said.word[3:]) or line
            said = said._replace(word=said.word[3:])
        return TemplateFailed(said.message, hint=said.hint, file=file, line=line, word=said.word)

    def _why(self, error: Exception, names: Mapping[str, Any]) -> tuple[str, str, str]:
        match error:
            case RefFailed():
                return error.message, error.hint, error.word
            case LimitReached() | Unprintable():
                return error.message, error.hint, error.word
            case MissingName():
                return self._undefined(error, names)
            case SecurityError():
                why = str(error).rstrip(".")
                word = why.split("'")[1] if why.count("'") > 1 else ""
                hint = "templates see values, never the program behind them"
                return f"a template cannot do this: {why}", hint, f".{word}" if word else ""
            case NoPartial():
                return error.message, error.hint, error.name
            case TemplateNotFound():
                tried = [str(name) for name in getattr(error, "templates", [error.name])]
                shown = " or ".join(f"`specs/{name}`" for name in tried)
                return f"there is no partial {shown}", hints.did_you_mean(tried[0], self._partials.names()), tried[0]
            case RecursionError():
                return "a template that calls itself without end", "", ""
            case _:
                return jinja_words.of_failure(error)

    def _undefined(self, error: MissingName, names: Mapping[str, Any]) -> tuple[str, str, str]:
        name, owner = error.name, error.owner
        if error.plain:
            known = [name for name in names if name != "vars"]
            hint = hints.did_you_mean(name, known)
            if not hint and known:
                hint = "known here: " + ", ".join(f"`{name}`" for name in known[:12])
            hint = hint or "names come from `vars`, or from the rows and axes of a for_each"
            return f"`{name}` is not defined", hint, name
        if found := re.match(r"the template '(.+)' \(imported", error.message or ""):
            there = re.findall(r"\{%[-+]?\s*(?:macro|set)\s+(\w+)", self._partial_text(found[1]))
            return f"there is no `{name}` in specs/{found[1]}", hints.did_you_mean(name, there), name
        if owner is missing:
            return jinja_words.of_undefined(error.message or "")
        if isinstance(owner, TemplateModule):
            there = [key for key in vars(owner) if not key.startswith("_")]
            return f"there is no macro `{name}` in that partial", hints.did_you_mean(name, there), f".{name}"
        if isinstance(owner, Mapping):
            there = [str(key) for key in owner]
            hint = hints.did_you_mean(str(name), there) or ("it has " + ", ".join(there[:12]) if there else "")
            return f"this mapping has no `{name}`", hint, f".{name}"
        if isinstance(name, int) and isinstance(owner, list | tuple | str):
            return f"there is no item {name} in {kind_of(owner)} of {len(owner)}", "the first one is 0", ""
        return f"{kind_of(owner)} has no `{name}`", "", f".{name}"

    def _partial_text(self, name: str) -> str:
        try:
            found = self._partials.source(name)
        except NoPartial:
            return ""
        return found[0] if found is not None else ""
