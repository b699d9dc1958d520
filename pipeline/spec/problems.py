"""Mistakes are collected with their places and told all at once."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.errors import Origin, Problem, SpecErrors


class Problems:
    """The mistakes found so far. The same mistake of many assets (a for_each) is one problem that names the first."""

    def __init__(self) -> None:
        self._found: dict[Problem, dict[str, None]] = {}

    def add(self, origin: Origin, message: str, hint: str = "", *, who: str = "") -> None:
        """Note a mistake. `who` is the asset or row it was found with, where the place alone does not tell."""
        names = self._found.setdefault(Problem(origin, message, hint), {})
        if who:
            names[who] = None

    def take_from(self, problems: Iterable[Problem]) -> None:
        """Note mistakes that were found elsewhere."""
        for problem in problems:
            self._found.setdefault(problem, {})

    def __len__(self) -> int:
        return len(self._found)

    def all(self) -> tuple[Problem, ...]:
        """All of them, by file and line."""
        return tuple(sorted(_told(problem, list(names)) for problem, names in self._found.items()))

    def raise_if_any(self) -> None:
        """Raises SpecErrors."""
        if self._found:
            raise SpecErrors(self.all())


def _told(problem: Problem, names: list[str]) -> Problem:
    if not names:
        return problem
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return problem._replace(message=f"{problem.message} (in {names[0]}{more})")
