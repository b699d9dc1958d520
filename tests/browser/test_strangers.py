"""Hostile names and prompts stay text, and pages of other origins get nothing and change nothing."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Beside, Open, Serve
from tests.gemini_answers import refused
from tests.gemini_server import GeminiServer
from tests.project import Project

_PWN = "window.pwned = true"

EVIL = """
defaults:
  model: gemini-3.1-flash-lite-image
  tags: ["<script>window.pwned = true</script>"]
assets:
  constructor:
    prompt: "</script><script>window.pwned = true</script> <svg onload=window.pwned=true>"
    alt: '"><script>window.pwned = true</script>'
  valueOf:
    prompt: "javascript:window.pwned=true {{ '{{' }} 7*7 {{ '}}' }} `${window.pwned = true}`"
    candidates: 2
"""
"""Ids are plain by their own rule, so the worst names are those that mean something to JavaScript."""

IMAGE = "<img src=x onerror=window.pwned=true>"


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """A page of another origin on this machine."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><link rel=icon href='data:,'><title>elsewhere</title><h1>elsewhere</h1>")

        def log_message(self, *_: object) -> None:
            """Quiet."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{http.server_address[1]}/"
    http.shutdown()
    http.server_close()


def test_script_tags_in_names_prompts_notes_and_refusals_never_run(
    tmp_path: Path, server: GeminiServer, serve: Serve, open: Open
) -> None:
    project = Beside(tmp_path / IMAGE, server).spec(IMAGE, EVIL)
    project.build("valueOf").draws(2)
    project.run("note", "valueOf", IMAGE).ends(0)
    server.script(refused("<script>window.pwned = true</script>"))
    tab = open(serve(of=project))
    tab.button(re.compile("Build all stale")).click()
    expect(tab.view("Problems")).to_contain_text("1")
    expect(tab.tile("valueOf").get_by_title(f"note: {IMAGE}")).to_be_visible()
    for hash in ("#/problems", "#/review", "#/compare/valueOf", "#/asset/valueOf", "#/asset/constructor"):
        tab.go(hash)
        expect(tab.page.locator(f"#{hash.split('/')[1]}")).to_be_visible()
    expect(tab.page.locator("#asset h1")).to_contain_text("constructor")
    expect(tab.page.locator("#asset")).to_contain_text("</script><script>window.pwned = true</script> <svg onload")
    tab.expected = ["status of 404"]
    tab.go(f"#/asset/{IMAGE}")
    tab.sees("No asset goes by that name.")
    assert tab.page.evaluate("window.pwned") is None
    project.run("gallery", "--out", str(tmp_path / "out")).ends(0)
    still = open((tmp_path / "out").as_uri() + "/index.html", apart=True)
    expect(still.tiles).to_have_count(2)
    for hash in ("#/problems", "#/asset/valueOf", "#/asset/constructor"):
        still.go(hash)
        expect(still.page.locator(f"#{hash.split('/')[1]}")).to_be_visible()
    assert still.page.evaluate("window.pwned") is None


def test_a_page_of_another_origin_reads_nothing_and_changes_nothing(
    project: Project, serve: Serve, open: Open, elsewhere: str
) -> None:
    project.spec("fox", "assets: {fox: {prompt: A fox., model: gemini-3.1-flash-lite-image}}\n").build().draws(1)
    served = serve()
    theirs = f"127.0.0.1:{served.port}"
    tab = open(elsewhere, hosts=(theirs, elsewhere.split("/")[2]))
    tab.expected = [".*"]  # the browser tells of each of them
    before = project.lock
    tried = tab.page.evaluate(
        """async ([base, token]) => {
          const outcome = async (path, init) => {
            try { const answer = await fetch(base + path, init); return `${answer.type} ${answer.status}`; }
            catch (error) { return error.name; }
          };
          const body = JSON.stringify({id: "fox", do: "protect", version: "x"});
          return [
            await outcome("/api/wall"),
            await outcome("/api/wall", {mode: "no-cors"}),
            await outcome("/api/decide", {method: "POST", body}),
            await outcome("/api/decide", {method: "POST", mode: "no-cors", body}),
            await outcome("/api/decide", {method: "POST", headers: {"X-Pipeline-Token": token}, body}),
          ];
        }""",
        [served.base, served.token],
    )
    # What is never shown to the other page may be answered or refused: it is nothing that could be read.
    assert [one for one in tried if one not in ("TypeError", "opaque 0")] == []
    framed = tab.page.evaluate(
        """async (base) => {
          const frame = document.createElement("iframe");
          frame.src = base + "/";
          document.body.append(frame);
          await new Promise((done) => { frame.onload = done; });
          try { return frame.contentDocument ? frame.contentDocument.body.textContent : "closed"; }
          catch (error) { return "closed"; }
        }""",
        served.base,
    )
    assert framed == "closed"
    assert project.lock == before


def test_a_name_that_points_here_is_no_way_in(project: Project, serve: Serve, open: Open) -> None:
    """DNS rebinding: the browser takes another host's name for this machine."""
    project.spec("fox", "assets: {fox: {prompt: A fox., model: gemini-3.1-flash-lite-image}}\n")
    served = serve()
    tab = open(f"http://rebound.localhost:{served.port}/", hosts=(f"rebound.localhost:{served.port}",))
    tab.expected = ["status of 421"]
    assert "fox" not in tab.page.content()
    status = tab.page.evaluate("fetch('/api/wall').then((answer) => answer.status)")
    assert status == 421
