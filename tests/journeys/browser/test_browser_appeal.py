"""A refusal, an appeal and its answer, in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.journeys.browser.test_browser_moderation import sign_in

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(180)]


def test_an_appeal_that_is_granted_reaches_the_open_page(site, enter, reviewer):
    visitor_id = enter()
    visitor_id.locator("#prompt").fill("a knife of wood")
    visitor_id.locator("button.primary").click()
    visitor_id.get_by_label("Why should we look again?").fill("It is a spoon, really.")
    visitor_id.get_by_role("button", name="Send the appeal").click()
    expect(visitor_id.locator("[data-part=label]")).to_have_text("Under appeal")
    moderation = sign_in(enter, reviewer)

    moderation.get_by_role("link", name="Appeals").click()
    expect(moderation.locator(".quote")).to_have_text("It is a spoon, really.")
    moderation.get_by_role("button", name="Paint").click()
    expect(moderation.locator("main")).to_contain_text("No open appeals.")
    site.works()

    expect(visitor_id.locator("[data-part=picture]")).to_be_visible()
    expect(visitor_id.locator("[data-part=appeal-status]")).to_contain_text(
        "was granted"
    )
    expect(visitor_id.locator("[data-part=reasons]")).to_be_hidden()
