"""A reviewer's stories, in a real browser."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(180)]


def sign_in(enter, reviewer, **preferences):
    page = enter("/desk", **preferences)
    name, password = reviewer
    page.locator("#name").fill(name)
    page.locator("#password").fill(password)
    page.locator("main button.primary").click()
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
    moderation = sign_in(enter, reviewer)

    moderation.locator("[data-case]").first.press("a")

    expect(moderation.locator("main")).to_contain_text("Nothing is waiting.")
    expect(visitor_id.locator("[data-part=picture]")).to_be_visible()
    expect(visitor_id.locator("[data-part=label]")).to_have_text("Ready")


def test_a_refusal_reaches_a_russian_visitor_in_russian(site, enter, reviewer):
    visitor_id = doubtful(site, enter, "пиратский флаг", locale="ru-RU")
    moderation = sign_in(enter, reviewer)

    moderation.get_by_role("button", name="Refuse").click()

    expect(visitor_id.locator("[data-part=label]")).to_have_text("Отклонено")
    expect(visitor_id.locator(".advice")).to_contain_text("Жестокие сцены")


def test_pictures_stay_blurred_until_somebody_looks(site, enter, reviewer):
    doubtful(site, enter)
    moderation = sign_in(enter, reviewer)
    picture = moderation.locator(".blurred img")
    expect(picture).to_have_css("filter", "blur(32px) grayscale(1)")

    moderation.keyboard.press("v")

    expect(picture).to_have_css("filter", "none")


def test_the_keys_walk_through_the_queue(site, enter, reviewer):
    for prompt in ("a pirate flag", "a pirate ship"):
        doubtful(site, enter, prompt)
    moderation = sign_in(enter, reviewer)
    expect(moderation.locator("[data-case]").nth(0)).to_be_focused()

    moderation.keyboard.press("j")
    expect(moderation.locator("[data-case]").nth(1)).to_be_focused()
    moderation.keyboard.press("r")

    expect(moderation.locator("[data-case]")).to_have_count(1)
    expect(moderation.locator("[data-case]")).to_contain_text("a pirate flag")


@pytest.mark.parametrize("locale", ["en-GB", "ru-RU"])
def test_no_page_of_moderation_is_wider_than_a_telephone(site, enter, reviewer, locale):
    doubtful(site, enter)
    page = sign_in(
        enter, reviewer, locale=locale, viewport={"width": 390, "height": 740}
    )

    widths = [page.evaluate("document.documentElement.scrollWidth")]
    page.locator(".case a").first.click()
    page.wait_for_url("**/desk/artworks/*")
    widths.append(page.evaluate("document.documentElement.scrollWidth"))
    for path in ("/desk/appeals", "/desk/shown", "/desk/decisions", "/desk/cleaning"):
        page.goto(path)
        widths.append(page.evaluate("document.documentElement.scrollWidth"))

    assert widths == [390] * 6


def test_a_decision_is_found_in_the_log(site, enter, reviewer):
    doubtful(site, enter)
    moderation = sign_in(enter, reviewer)
    moderation.get_by_label("Note").fill("it is a toy")
    moderation.get_by_role("button", name="Approve").click()
    expect(moderation.locator("main")).to_contain_text("Nothing is waiting.")

    moderation.get_by_role("link", name="Decision log").click()
    moderation.get_by_label("Check").select_option("human")
    moderation.get_by_role("button", name="Filter").click()

    expect(moderation.locator("table.log tbody tr")).to_have_count(1)
    expect(moderation.locator("table.log")).to_contain_text("it is a toy")
    expect(moderation.locator("table.log")).to_contain_text("vera")
