"""A tab of a real browser whose every misstep is noted: no test passes while the page complains."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Locator, Page, expect

AXE = Path(__file__).parent.parent / "node/node_modules/axe-core/axe.min.js"

_WATCH = """
window.brokenPolicies = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.brokenPolicies.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`));
"""


class Visit:
    """One open tab."""

    def __init__(self, context: BrowserContext, script: str = "") -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        """What the page wrote to the console as an error or a warning, and its uncaught errors."""
        self.requested: list[str] = []
        """Every address that the page asked for."""
        self.page.add_init_script(_WATCH + script)
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        self.page.on("request", lambda request: self.requested.append(request.url))
        self.expected: list[str] = []
        """Patterns of complaints that belong to what a test does."""

    def _on_console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def open(self, address: str) -> Visit:
        self.page.goto(address)
        return self

    def go(self, hash: str) -> Visit:
        """To a view of the page that is open."""
        self.page.evaluate("hash => { location.hash = hash }", hash)
        return self

    def press(self, *keys: str) -> Visit:
        for key in keys:
            self.page.keyboard.press(key)
        return self

    # --- what is on the page ---

    def tile(self, id: str) -> Locator:
        """An asset on the wall."""
        return self.page.locator(f'#wall a[data-id="{id}"]')

    @property
    def tiles(self) -> Locator:
        return self.page.locator("#wall a[data-id]")

    def view(self, name: str) -> Locator:
        """The way to another view, in the bar."""
        return self.page.get_by_role("navigation", name="Views").get_by_role("link", name=name)

    def button(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("button", name=name)

    def choice(self, all: str) -> Locator:
        """A list to choose from, by what it says for no choice."""
        return self.page.locator("#wall select").filter(has=self.page.get_by_role("option", name=all))

    def notice(self, text: str | re.Pattern[str]) -> Locator:
        return self.page.locator("#notices li").filter(has_text=text)

    def sees(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_text(text).first).to_be_visible()

    # --- what must hold of every page ---

    def check(self, *hosts: str) -> None:
        """It asked no other host than these, broke no policy, and complained of nothing that was not expected."""
        asked = {urlsplit(url).netloc for url in self.requested if not url.startswith(("data:", "blob:", "file:"))}
        assert asked <= set(hosts), f"asked other hosts: {asked - set(hosts)}"
        if not self.page.is_closed():
            broken = self.page.evaluate("window.brokenPolicies")
            assert broken == [], broken
        left = [text for text in self.complaints if not any(re.search(one, text) for one in self.expected)]
        assert left == [], left

    def violations(self, where: str = "") -> list[str]:
        """The rules of axe-core that the page breaks: which, and where."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("() => axe.run(document, {resultTypes: ['violations'], preload: false})")
        return [
            f"{where} {rule['id']} ({rule['impact']}): {rule['help']}: "
            + "; ".join(f"{node['target']} {node.get('failureSummary', '')[:200]}" for node in rule["nodes"][:4])
            for rule in found["violations"]
        ]

    def wider_than_the_window(self) -> int:
        """By how many pixels the page could be scrolled sideways."""
        width: int = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return width
