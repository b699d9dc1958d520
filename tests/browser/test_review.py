"""Review: through everything undecided by keyboard alone."""

from __future__ import annotations

import re

from playwright.sync_api import Route, expect

from tests.browser.conftest import Open, Serve
from tests.project import Project

ZOO = """
defaults: {model: gemini-3.1-flash-lite-image}
assets:
  bear: {prompt: A bear., candidates: 2}
  crow:
    prompt: A crow in {{ light }}.
    candidates: {vary: {light: [dusk, high noon]}}
  deer: {prompt: A deer., approve: true}
"""


def test_a_round_of_review_needs_no_mouse(project: Project, serve: Serve, open: Open) -> None:
    project.spec("zoo", ZOO).build().draws(5)
    tab = open(serve())
    link = tab.view("Review")
    expect(link).to_contain_text("3")
    link.focus()
    tab.press("Enter")
    title, strip = tab.page.locator("#review h1"), tab.page.locator("#review .strip button")

    expect(title).to_have_text("bear")
    expect(strip).to_have_count(2)
    expect(strip.locator("img")).to_have_count(2)
    # In the order in which they stand there, which is that of their arrival.
    pictures = [picture.get_attribute("src") or "" for picture in strip.locator("img").all()]
    takes = [next(take for take in project.lock["bear"]["takes"] if take[7:] in src) for src in pictures]
    tab.press("2")
    expect(strip.nth(1)).to_have_attribute("aria-pressed", "true")
    tab.press("p")
    expect(strip.nth(1)).to_contain_text("picked")
    tab.press("1")
    tab.press("x")
    expect(strip.filter(has_text="rejected")).to_have_count(1)
    tab.press("Enter")

    # A candidate is labelled by what varies.
    expect(title).to_have_text("crow")
    expect(strip.nth(0)).to_contain_text("light dusk")
    expect(strip.nth(1)).to_contain_text("light high noon")
    tab.press("n")
    tab.page.keyboard.type("Too dark.")
    tab.press("Enter")
    expect(tab.page.locator("#review .review-note")).to_contain_text("Too dark.")
    tab.press(" ")

    expect(title).to_have_text("deer")
    tab.press("k")
    expect(title).to_have_text("crow")
    tab.press("ArrowRight", "Enter")
    expect(title).to_have_text("deer")
    tab.press("a")
    tab.sees("All decided")

    locked = project.lock
    assert (locked["bear"]["take"], locked["bear"]["approved"]) == (takes[1], takes[1])
    assert locked["bear"]["rejected"] == [takes[0]]
    assert locked["crow"]["note"] == "Too dark."
    noon = next(line for id, line in locked.items() if id.startswith("crow#") and "noon" in id)
    assert locked["crow"]["approved"] == noon["take"]
    assert locked["deer"]["approved"] == locked["deer"]["take"]


def test_a_decision_is_taken_back_by_a_key(project: Project, serve: Serve, open: Open) -> None:
    project.spec("zoo", ZOO).build("bear").draws(2)
    tab = open(serve(), "#/review")
    expect(tab.page.locator("#review h1")).to_have_text("bear")
    take = project.lock["bear"]["take"]
    other = tab.page.locator('#review .strip button[aria-pressed="false"]')
    other.focus()
    tab.press("Enter", "p")
    expect(tab.page.locator('#review .strip button[aria-pressed="true"]')).to_contain_text("picked")
    assert project.lock["bear"]["take"] != take
    tab.press("u")
    expect(tab.notice("Taken back")).to_be_visible()
    assert project.lock["bear"]["take"] == take


def test_candidates_are_seen_side_by_side_and_in_turn(project: Project, serve: Serve, open: Open) -> None:
    project.spec("zoo", ZOO).build("bear").draws(2)
    tab = open(serve(), "#/review")
    strip = tab.page.locator("#review .strip button")
    expect(strip).to_have_count(2)
    tab.press("g")
    expect(tab.page.locator("#review .review-body .stage:visible")).to_have_count(2)
    tab.press("g")
    expect(tab.page.locator("#review .review-body .stage:visible")).to_have_count(1)
    chosen = strip.nth(1).get_attribute("aria-pressed") == "true"
    tab.press("b")
    expect(strip.nth(1)).to_have_attribute("aria-pressed", str(not chosen).lower())
    tab.press("b")
    expect(strip.nth(1)).to_have_attribute("aria-pressed", str(chosen).lower())


def test_without_anything_undecided_it_says_so(project: Project, serve: Serve, open: Open) -> None:
    project.spec("zoo", "assets: {newt: {prompt: A newt., model: gemini-3.1-flash-lite-image}}\n").build().draws(1)
    tab = open(serve(), "#/review")
    tab.sees("Nothing to review")


def test_two_takes_are_compared_by_slider_and_in_turn(project: Project, serve: Serve, open: Open) -> None:
    project.spec("zoo", ZOO).build("bear").draws(2)
    tab = open(serve(), "#/asset/bear")
    tab.page.get_by_role("link", name="Compare").click()
    expect(tab.page).to_have_url(re.compile(r"#/compare/bear\?a=[0-9a-f]{64}&b=[0-9a-f]{64}$"))
    a, b = re.findall(r"[ab]=([0-9a-f]{64})", tab.page.url)
    assert a != b
    slider = tab.page.get_by_role("slider", name="Where the first picture ends")
    expect(slider).to_have_attribute("aria-valuenow", "50")
    slider.focus()
    tab.press("ArrowRight")
    moved = int(slider.get_attribute("aria-valuenow") or 0)
    assert moved > 50
    box = slider.bounding_box()
    assert box is not None
    tab.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.page.mouse.down()
    tab.page.mouse.move(box["x"] - 150, box["y"] + box["height"] / 2, steps=4)
    tab.page.mouse.up()
    assert int(slider.get_attribute("aria-valuenow") or 0) < moved

    tab.button("Blink").click()
    stages = tab.page.locator("#compare .stages")
    expect(stages).to_have_attribute("data-shown", "b")
    tab.page.locator("#compare h1").focus()
    tab.press(" ")
    expect(stages).to_have_attribute("data-shown", "a")
    tab.button("Side by side").click()
    expect(tab.page.locator("#compare .stage:visible")).to_have_count(2)
    tab.button("Difference").click()
    tab.sees(re.compile("of the pixels differ|Not one pixel differs"))
    tab.press("Escape")
    expect(tab.page).to_have_url(re.compile("#/asset/bear$"))


def test_keys_that_are_quicker_than_the_server_are_not_lost(project: Project, serve: Serve, open: Open) -> None:
    project.spec("deer", "assets: {deer: {prompt: A deer., candidates: 2, model: gemini-3.1-flash-lite-image}}\n")
    project.build().draws(2)
    tab = open(serve())
    held: list[Route] = []

    def hold(answer: Route) -> None:
        held.append(answer)

    tab.page.route("**/api/asset?*", hold)
    expect(tab.view("Review")).to_contain_text("1")
    with tab.page.expect_request("**/api/asset?*"):
        tab.go("#/review")
    expect(tab.page.locator("#review h1")).to_have_text("deer")
    tab.press("2", "Enter")
    for answer in held:
        answer.continue_()
    tab.page.unroute_all()
    expect(tab.view("Review")).not_to_contain_text("1")
    approved = project.lock["deer"]["approved"]
    assert approved == project.lock["deer"]["take"] and approved in project.lock["deer"]["takes"]
