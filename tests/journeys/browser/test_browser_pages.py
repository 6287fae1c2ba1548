"""A visitor's stories, in a real browser."""

import re
from threading import Event, Thread

import pytest
from playwright.sync_api import expect

from vernissage.web.connection_slots import ConnectionSlots
from vernissage.web.events import WATCHERS
from vernissage.web.pages import EXAMPLES

EXAMPLE = EXAMPLES["en"][0]

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(180)]


def submit(page, prompt):
    page.locator("#prompt").fill(prompt)
    page.locator("button.primary").click()
    page.wait_for_url("**/artworks/*")


def test_a_prompt_becomes_a_picture_before_the_visitors_eyes(site, enter):
    half_way = Event()
    site.engine.meanwhile = lambda step, _: step > 1 and half_way.wait(60)
    page = enter()
    submit(page, "a cat on a red background")
    expect(page.locator("[data-part=sentence]")).to_contain_text("It is next.")

    work = Thread(target=site.works)
    work.start()
    expect(page.locator("[data-part=sentence]")).to_contain_text("Step 1 of 4.")
    page.reload()
    expect(page.locator("[data-part=sentence]")).to_contain_text("Step 1 of 4.")
    expect(page.locator("[data-part=progress]")).to_have_js_property("value", 1)
    half_way.set()

    picture = page.locator("[data-part=picture]")
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("naturalWidth", 16)
    expect(picture).to_have_css("image-rendering", "pixelated")
    expect(page.locator("[data-part=label]")).to_have_text("Ready")
    expect(page.locator("[data-part=cancel]")).to_be_hidden()
    with page.expect_download() as download:
        page.locator("[data-part=download]").click()
    assert re.fullmatch(r"vernissage-\w{8}\.png", download.value.suggested_filename)
    work.join()


def test_a_visitor_without_a_connection_slot_hears_the_news_all_the_same(site, enter):
    site.app.extensions[WATCHERS] = ConnectionSlots(total=0, each=0)
    page = enter()
    submit(page, "a lake")

    with page.expect_response(lambda answer: answer.status == 429):
        page.reload()
    site.works()

    expect(page.locator("[data-part=picture]")).to_be_visible()
    expect(page.locator("[data-part=label]")).to_have_text("Ready")


def test_a_refused_prompt_says_why_and_brings_the_words_back(enter):
    page = enter()
    submit(page, "a bloody knife")

    expect(page.locator("[data-part=label]")).to_have_text("Refused")
    expect(page.locator(".advice")).to_contain_text("Violence or weapons")
    page.get_by_role("link", name="Change and try again").click()

    expect(page.locator("#prompt")).to_have_value("a bloody knife")


def test_the_site_speaks_russian(site, enter):
    page = enter(locale="ru-RU")
    expect(page.locator("h1")).to_have_text("Что нарисовать?")
    submit(page, "острый нож")

    expect(page.locator(".advice")).to_contain_text("Насилие и оружие")
    page.get_by_role("button", name="English").click()

    expect(page.locator("[data-part=label]")).to_have_text("Refused")


def test_a_wrong_form_is_explained_in_place(enter):
    page = enter()
    page.locator("#prompt").fill("a" * 10)
    page.locator("#prompt").evaluate("box => { box.value = '   ' }")

    page.locator("button.primary").click()

    page.get_by_role("alert").wait_for()
    expect(page.get_by_role("alert")).to_contain_text("The prompt is empty")
    expect(page.locator("#prompt")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("button.primary")).to_be_enabled()


def test_an_example_fills_the_box_and_the_keyboard_sends_it(enter):
    page = enter()

    page.get_by_role("button", name=EXAMPLE).click()
    page.get_by_label("16:9").check()
    page.locator("#prompt").press("Control+Enter")
    page.wait_for_url("**/artworks/*")

    expect(page.locator("h1")).to_have_text(EXAMPLE)
    expect(page.locator(".facts:visible")).to_contain_text("16:9")


def test_a_cancelled_picture_stays_cancelled(site, enter):
    page = enter()
    submit(page, "a lake")

    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("[data-part=label]")).to_have_text("Cancelled")
    site.works()
    page.reload()

    expect(page.locator("[data-part=label]")).to_have_text("Cancelled")
    assert site.engine.decoded == []


def test_the_visitors_pictures_are_on_the_front_page(site, enter):
    page = enter()
    submit(page, "a lake")
    site.works()
    expect(page.locator("[data-part=picture]")).to_be_visible()

    page.goto("/")

    expect(page.locator(".picture-grid img")).to_have_count(1)
    expect(page.locator(".picture-grid .state")).to_have_text("Ready")


def test_all_of_it_works_without_javascript(site, enter):
    page = enter(java_script_enabled=False)
    page.locator("#prompt").fill("a lake")
    page.locator("button.primary").click()
    expect(page.locator("[data-part=sentence]")).to_contain_text("It is next.")

    site.works()

    expect(page.locator("[data-part=picture]")).to_be_visible()
    expect(page.locator("[data-part=label]")).to_have_text("Ready")


def test_an_example_works_without_javascript(enter):
    page = enter(java_script_enabled=False)

    page.get_by_role("button", name=EXAMPLE).click()

    expect(page.locator("h1")).to_have_text(EXAMPLE)


@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_is_wider_than_the_screen(site, enter, width):
    page = enter(viewport={"width": width, "height": 740}, reduced_motion="reduce")
    submit(page, "a" * 200)
    site.works()
    expect(page.locator("[data-part=picture]")).to_be_visible()

    widths = []
    for path in (page.url, "/", "/desk/sign-in"):
        page.goto(path)
        widths.append(page.evaluate("document.documentElement.scrollWidth"))

    assert widths == [width] * 3
