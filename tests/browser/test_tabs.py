"""Two tabs, and people elsewhere: a page that shows old data overwrites nothing."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Open, Serve
from tests.project import Project

FOX = "assets: {fox: {prompt: A fox., model: gemini-3.1-flash-lite-image, candidates: 2}}\n"


def test_what_is_decided_in_one_tab_is_seen_in_the_other(project: Project, serve: Serve, open: Open) -> None:
    project.spec("fox", FOX).build().draws(2)
    served = serve()
    one, other = open(served, "#/asset/fox"), open(served)
    expect(other.view("Review")).to_contain_text("1")
    one.page.locator("#asset .offer-approve").click()
    expect(one.notice("approved")).to_be_visible()
    expect(other.tile("fox").get_by_title("approved")).to_be_visible()
    expect(other.view("Review")).to_have_text("Review")


def test_a_stale_page_is_told_and_shows_what_changed(project: Project, serve: Serve, open: Open) -> None:
    project.spec("fox", FOX).build().draws(2)
    tab = open(serve(), "#/asset/fox", script=DEAF)
    take = project.lock["fox"]["take"]
    other = next(one for one in project.lock["fox"]["takes"] if one != take)
    expect(tab.page.locator("#asset .strip button")).to_have_count(2)
    tab.page.evaluate("window.deaf = true")
    tab.expected = ["status of 409"]
    project.run("pick", "fox", other).ends(0)
    project.run("protect", "fox", "--note", "Printed already.").ends(0)
    tab.press("a")
    dialog = tab.page.get_by_role("dialog")
    expect(dialog).to_contain_text("Somebody decided meanwhile")
    expect(dialog).to_contain_text("it is protected")
    expect(dialog).to_contain_text("Printed already.")
    assert "approved" not in project.lock["fox"]
    dialog.get_by_role("button", name="Leave it as it is now").click()
    assert project.lock["fox"]["take"] == other
    assert "approved" not in project.lock["fox"]


def test_a_person_who_was_told_may_decide_all_the_same(project: Project, serve: Serve, open: Open) -> None:
    project.spec("fox", FOX).build().draws(2)
    tab = open(serve(), "#/asset/fox", script=DEAF)
    expect(tab.page.locator("#asset .strip button")).to_have_count(2)
    take = project.lock["fox"]["take"]
    tab.page.evaluate("window.deaf = true")
    tab.expected = ["status of 409"]
    project.run("note", "fox", "Not sure.").ends(0)
    tab.press("a")
    tab.page.get_by_role("dialog").get_by_role("button", name="Do it all the same").click()
    expect(tab.notice("approved")).to_be_visible()
    assert (project.lock["fox"]["approved"], project.lock["fox"]["note"]) == (take, "Not sure.")


DEAF = """
const Hearing = window.EventSource;
window.EventSource = class extends Hearing {
  addEventListener(type, told) { super.addEventListener(type, (event) => window.deaf || told(event)); }
};
"""
"""A page that can be made to hear of nothing any more, as one whose connection hangs."""
