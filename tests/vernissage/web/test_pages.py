"""The public pages, as a browser without JavaScript sees them."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import stored
from vernissage.states import State
from vernissage.web import create_app
from vernissage.web.languages import local_path


def test_a_form_leads_to_a_page_that_comes_back_by_itself(anna):
    answer = anna.post("/artworks", data={"prompt": "a lake", "aspect": "3:2"})

    page = anna.get(answer.location)
    assert answer.status_code == 303
    assert '<meta http-equiv="refresh" content="2">' in page.text
    assert "a lake" in page.text


def test_an_example_is_one_click(anna):
    answer = anna.post(
        "/artworks",
        data={"prompt": "", "example": "кот на синем фоне", "aspect": "1:1"},
    )

    assert "кот на синем фоне" in anna.get(answer.location).text


@pytest.mark.parametrize("state", [s for s in State if s is not State.IN_REVIEW])
def test_only_a_page_that_will_change_comes_back(anna, sessions, state):
    artwork = stored(sessions, state)

    page = anna.get(f"/artworks/{artwork.id}").text

    moves = {State.SUBMITTED, State.SCREENING, State.QUEUED, State.PAINTING}
    assert ('http-equiv="refresh"' in page) is (state in moves)


def test_a_form_that_was_wrong_comes_back_as_it_was(anna):
    form = {"prompt": "a lake & <hills>", "aspect": "2:3", "seed": "many"}

    answer = anna.post("/artworks", data=form)

    assert answer.status_code == 422
    assert "a lake &amp; &lt;hills&gt;" in answer.text
    assert re.search(r'value="2:3" checked', answer.text)
    assert "whole number" in answer.text


@pytest.mark.parametrize("seed", ["-1", "1e3", "0x10", "9" * 5000])
def test_a_seed_that_is_none_is_refused(anna, seed):
    answer = anna.post("/artworks", data={"prompt": "a lake", "seed": seed})

    assert answer.status_code == 422


def test_a_seed_of_ones_own_is_kept(anna):
    answer = anna.post("/artworks", data={"prompt": "a lake", "seed": " 17 "})

    assert "<dd>17</dd>" in anna.get(answer.location).text


def test_a_translated_prompt_says_so(anna, sessions):
    artwork = stored(sessions, State.QUEUED, prompt="озеро", translation="a lake")
    plain = stored(sessions, State.QUEUED)

    page, other = (anna.get(f"/artworks/{each.id}").text for each in (artwork, plain))

    assert '<dt>In English</dt><dd lang="en">a lake</dd>' in page
    assert 'data-part="translation" hidden>' in other


def test_visitors_see_their_own_works_only(anna, visiting, sessions):
    stored(sessions, State.QUEUED, prompt="a lake")

    assert "a lake" in anna.get("/").text
    assert "a lake" not in visiting("boris").get("/").text


def test_trying_again_brings_the_words_back(anna, visiting, sessions):
    artwork = stored(sessions, State.REFUSED, prompt="a dark lake", aspect="16:9")

    page = anna.get(f"/?again={artwork.id}")
    foreign = visiting("boris").get(f"/?again={artwork.id}")

    assert "a dark lake</textarea>" in page.text
    assert re.search(r'value="16:9" checked', page.text)
    assert foreign.status_code == 404


def test_its_owner_cancels_an_artwork_by_a_form(anna, sessions):
    artwork = stored(sessions, State.QUEUED)

    answer = anna.post(f"/artworks/{artwork.id}/cancel")

    assert answer.status_code == 303
    assert "You cancelled this picture." in anna.get(answer.location).text


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [("ru", "ru"), ("ru-RU,ru;q=0.9,en;q=0.8", "ru"), ("de", "en"), ("en-GB", "en")],
)
def test_the_browser_chooses_the_language(new_visitor, asked, spoken):
    page = new_visitor.get("/", headers={"Accept-Language": asked})

    assert f'<html lang="{spoken}">' in page.text
    assert {"Cookie", "Accept-Language"} <= set(page.vary) | {
        name.title() for name in page.vary
    }


def test_the_visitor_chooses_better(new_visitor):
    answer = new_visitor.post("/language", data={"language": "ru", "next": "/?x=1"})

    page = new_visitor.get("/", headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.location) == (303, "/?x=1")
    assert '<html lang="ru">' in page.text


def test_a_language_that_is_not_spoken_is_refused(new_visitor):
    assert new_visitor.post("/language", data={"language": "xx"}).status_code == 422


@given(st.text())
def test_a_way_back_never_leads_to_another_site(path):
    way = local_path(path)

    assert way.startswith("/")
    assert not way.startswith(("//", "/\\"))


def test_the_icon_is_there_for_browsers_that_ask_unasked(new_visitor):
    with new_visitor.get("/favicon.ico") as icon:
        assert icon.mimetype == "image/svg+xml"


def test_page_and_api_share_one_limit(services):
    settings = services.settings.model_copy(update={"submissions_per_minute": 3})
    client = create_app(replace(services, settings=settings)).test_client()

    statuses = [
        client.post("/api/artworks", json={"prompt": "a lake"}).status_code,
        client.post("/artworks", data={"prompt": "a lake"}).status_code,
        client.post("/api/artworks", json={"prompt": "a lake"}).status_code,
        client.post("/artworks", data={"prompt": "a lake"}).status_code,
        client.post("/api/artworks", json={"prompt": "a lake"}).status_code,
    ]

    assert statuses == [201, 303, 201, 429, 429]
