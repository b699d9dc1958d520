"""One forking parent for all tests of a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.soak.forge import Forge, forge


@pytest.fixture(scope="session")
def forked() -> Iterator[Forge]:
    with forge() as one:
        yield one


@pytest.fixture
def soak(request: pytest.FixtureRequest) -> int:
    """How many kills there are to be in all."""
    return int(request.config.getoption("--kills"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many deaths there were in all."""
    reports = terminalreporter.stats.get("passed", [])
    deaths = sum(value for report in reports for name, value in report.user_properties if name == "deaths")
    if deaths:
        terminalreporter.write_line(f"{deaths:,} builds were killed")
