"""What all tests share."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.gemini_server import GeminiServer
from tests.project import Project

settings.register_profile("halved", parent=settings.get_profile(settings.get_current_profile_name()), max_examples=50)
settings.load_profile("halved")  # else property tests alone take three minutes of two cores

NO_SKIP = "PIPELINE_TESTS_NO_SKIP"
"""Set by CI: a test that would be skipped, for want of curl or node, fails instead."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-golden", action="store_true", help="write golden files anew where they differ")
    parser.addoption("--kills", type=int, default=20, help="how often builds are killed in tests/soak")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _fail_if_skipped(report)
    return report


def _fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    expected_failure = hasattr(report, "wasxfail")
    if report.skipped and not expected_failure and os.environ.get(NO_SKIP):
        report.outcome = "failed"
        report.longrepr = f"{NO_SKIP} is set, and this was skipped: {report.longrepr}"


@pytest.fixture(autouse=True)
def _no_way_to_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may ever reach the real API, whatever the person who runs them has in the environment."""
    for name in list(os.environ):
        if name.startswith(("GEMINI_", "GOOGLE_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


@pytest.fixture
def server() -> Iterator[GeminiServer]:
    """A server that speaks the wire format of the API."""
    with GeminiServer() as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, server: GeminiServer) -> Project:
    """A project of someone who has a key."""
    return Project(tmp_path / "project", server)


@pytest.fixture
def keyless(tmp_path: Path) -> Project:
    """A project of someone who has none."""
    return Project(tmp_path / "keyless")
