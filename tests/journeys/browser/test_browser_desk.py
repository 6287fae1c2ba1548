"""A reviewer's stories, in a real browser."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(180)]


def at_the_desk(enter, reviewer):
    page = enter("/desk")
    name, password = reviewer
    page.locator("#name").fill(name)
    page.locator("#password").fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/desk")
    return page


def doubtful(site, enter, prompt="a pirate flag", **preferences):
    """The page of a visitor whose work waits for a reviewer."""
    page = enter(**preferences)
    page.locator("#prompt").fill(prompt)
    page.locator("button.primary").click()
    page.wait_for_url("**/artworks/*")
    site.works()
    expect(page.locator("[data-part=label]")).to_have_attribute(
        "data-state", "in_review"
    )
    return page


def test_an_approval_changes_the_visitors_page_while_it_is_open(site, enter, reviewer):
    visitor_id = doubtful(site, enter)
    expect(visitor_id.locator("[data-part=picture]")).to_be_hidden()
    desk = at_the_desk(enter, reviewer)

    desk.locator("[data-case]").first.press("a")

    expect(desk.locator("main")).to_contain_text("Nothing is waiting.")
    expect(visitor_id.locator("[data-part=picture]")).to_be_visible()
    expect(visitor_id.locator("[data-part=label]")).to_have_text("Ready")


def test_a_refusal_reaches_a_russian_visitor_in_russian(site, enter, reviewer):
    visitor_id = doubtful(site, enter, "пиратский флаг", locale="ru-RU")
    desk = at_the_desk(enter, reviewer)

    desk.get_by_role("button", name="Refuse").click()

    expect(visitor_id.locator("[data-part=label]")).to_have_text("Отклонено")
    expect(visitor_id.locator(".advice")).to_contain_text("Жестокие сцены")


def test_pictures_stay_blurred_until_somebody_looks(site, enter, reviewer):
    doubtful(site, enter)
    desk = at_the_desk(enter, reviewer)
    picture = desk.locator(".blurred img")
    expect(picture).to_have_css("filter", "blur(32px) grayscale(1)")

    desk.keyboard.press("v")

    expect(picture).to_have_css("filter", "none")


def test_the_keys_walk_through_the_queue(site, enter, reviewer):
    for prompt in ("a pirate flag", "a pirate ship"):
        doubtful(site, enter, prompt)
    desk = at_the_desk(enter, reviewer)
    expect(desk.locator("[data-case]").nth(0)).to_be_focused()

    desk.keyboard.press("j")
    expect(desk.locator("[data-case]").nth(1)).to_be_focused()
    desk.keyboard.press("r")

    expect(desk.locator("[data-case]")).to_have_count(1)
    expect(desk.locator("[data-case]")).to_contain_text("a pirate flag")


def test_a_decision_is_found_in_the_log(site, enter, reviewer):
    doubtful(site, enter)
    desk = at_the_desk(enter, reviewer)
    desk.get_by_label("Note").fill("it is a toy")
    desk.get_by_role("button", name="Approve").click()
    expect(desk.locator("main")).to_contain_text("Nothing is waiting.")

    desk.get_by_role("link", name="Decision log").click()
    desk.get_by_label("Check").select_option("human")
    desk.get_by_role("button", name="Filter").click()

    expect(desk.locator("table.log tbody tr")).to_have_count(1)
    expect(desk.locator("table.log")).to_contain_text("it is a toy")
    expect(desk.locator("table.log")).to_contain_text("vera")
