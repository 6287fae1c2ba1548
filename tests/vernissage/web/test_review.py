import re
from dataclasses import replace

import pytest

from moderation import Category, Outcome, Reason, Shadow
from tests.factories import a_verdict
from vernissage.db.decisions import Decisions
from vernissage.states import State


def decide(client, artwork, outcome, **form):
    return client.post(
        f"/desk/artworks/{artwork.id}/decision", data={"outcome": outcome, **form}
    )


def test_the_queue_shows_what_the_gates_saw(vera, stored_with_picture, sessions):
    artwork = stored_with_picture(State.IN_REVIEW, prompt="a red pill")
    with sessions.begin() as session:
        blind = a_verdict(Outcome.REVIEW, gate="image", judged=False)
        Decisions(session).record(artwork, blind, artwork.submitted_at)

    page = vera.get("/desk").text

    assert "a red pill" in page
    assert "1 picture to review" in page
    assert re.search(r"<meter[^>]* value=\"0.6\"", page)
    assert "This check could not be done, so a person has to decide." in page
    assert "blurred" in page


@pytest.mark.parametrize("page", ["/desk", "/desk/artworks/{id}"])
def test_a_reviewer_reads_what_the_prior_read(vera, stored_with_picture, page):
    artwork = stored_with_picture(
        State.IN_REVIEW, prompt="красная таблетка", translation="a red pill"
    )

    text = vera.get(page.format(id=artwork.id)).text

    assert 'In English: <span lang="en">a red pill</span>' in text


def test_approving_publishes_the_picture_and_names_the_reviewer(
    vera, anna, stored_with_picture, sessions
):
    artwork = stored_with_picture(State.IN_REVIEW)

    decide(vera, artwork, "allow", note="a pill, but a sweet one")

    assert anna.get(f"/api/artworks/{artwork.id}").json["state"] == "published"
    assert anna.get(f"/artworks/{artwork.id}/picture.png").status_code == 200
    with sessions() as session:
        [decision] = Decisions(session).search(gate="human")
    assert (decision.actor, decision.outcome) == ("vera", "allow")
    assert decision.note == "a pill, but a sweet one"


def test_refusing_keeps_the_picture_from_its_owner(vera, anna, stored_with_picture):
    artwork = stored_with_picture(State.IN_REVIEW)

    decide(vera, artwork, "refuse")

    assert anna.get(f"/api/artworks/{artwork.id}").json["state"] == "refused"
    assert anna.get(f"/artworks/{artwork.id}/picture.png").status_code == 404


def test_what_is_published_can_be_taken_down(vera, anna, stored_with_picture):
    artwork = stored_with_picture(prompt="a lake")

    assert "a lake" in vera.get("/desk/shown").text
    decide(vera, artwork, "refuse", next=f"/desk/artworks/{artwork.id}")

    assert anna.get(f"/artworks/{artwork.id}/picture.png").status_code == 404
    assert "a lake" not in vera.get("/desk/shown").text


def test_two_reviewers_decide_once(vera, stored_with_picture, signed_in, make_account):
    artwork = stored_with_picture(State.IN_REVIEW)
    olga = signed_in(make_account("olga", "reviewer"))

    first, second = decide(vera, artwork, "refuse"), decide(olga, artwork, "allow")

    assert (first.status_code, second.status_code) == (303, 409)


@pytest.mark.parametrize("outcome", ["", "review", "maybe"])
def test_a_decision_is_yes_or_no(vera, stored_with_picture, outcome):
    assert (
        decide(vera, stored_with_picture(State.IN_REVIEW), outcome).status_code == 422
    )


def test_a_lent_password_decides_nothing(
    stored_with_picture, make_account, signed_in, anna
):
    artwork = stored_with_picture(State.IN_REVIEW)
    newcomer = signed_in(make_account("nina", "reviewer", own_password=False))

    answer = decide(newcomer, artwork, "allow")

    assert answer.location == "/desk/password"
    assert anna.get(f"/api/artworks/{artwork.id}").json["state"] == "in_review"


def test_an_empty_queue_says_so(vera):
    assert "Nothing is waiting." in vera.get("/desk").text


def test_the_published_pictures_have_pages(vera, stored_with_picture):
    for number in range(26):
        stored_with_picture(prompt=f"lake number {number}.")

    first, second = vera.get("/desk/shown").text, vera.get("/desk/shown?page=2").text

    assert first.count("lake number") == 24
    assert second.count("lake number") == 2
    assert "page=2" in first
    assert "page=3" not in second


@pytest.mark.parametrize("page", ["0", "-5", "x", "9" * 30])
def test_a_page_that_is_none_is_still_a_page(vera, page):
    assert vera.get(f"/desk/shown?page={page}").status_code == 200


def test_one_case_shows_all_that_was_decided(vera, stored_with_picture):
    artwork = stored_with_picture(State.IN_REVIEW)
    decide(vera, artwork, "allow", note="fine")

    page = vera.get(f"/desk/artworks/{artwork.id}").text

    assert "Reviewer" in page
    assert "fine" in page
    assert "Take down" in page


def test_a_reviewer_sees_what_a_shadow_policy_said(
    vera, anna, stored_with_picture, sessions
):
    artwork = stored_with_picture(State.IN_REVIEW)
    with sessions.begin() as session:
        reason = Reason(Category.HATE, 0.42, 0.4, Outcome.REFUSE)
        shadow = Shadow("shade-1", Outcome.REFUSE, (reason,))
        verdict = replace(a_verdict(gate="screening"), shadow=shadow)
        Decisions(session).record(artwork, verdict, artwork.submitted_at)

    page = vera.get(f"/desk/artworks/{artwork.id}").text

    assert "Shadow policy shade-1: refused (Hatred 0.42 ≥ 0.40)" in page
    assert "shade-1" not in anna.get(f"/artworks/{artwork.id}").text


def test_the_review_pages_speak_russian_with_its_plurals(vera, stored_with_picture):
    for _ in range(2):
        stored_with_picture(State.IN_REVIEW)

    page = vera.get("/desk", headers={"Accept-Language": "ru"}).text

    assert "2 картинки ждут решения" in page


def test_the_queue_has_orders_and_pages(vera, stored_with_picture):
    for number in range(25):
        stored_with_picture(State.IN_REVIEW, prompt=f"lake number {number}.")

    first, second = vera.get("/desk").text, vera.get("/desk?page=2").text
    unsure = vera.get("/desk?order=uncertainty&page=99").text

    assert [page.count("<article") for page in (first, second, unsure)] == [24, 1, 1]
    assert all("25 pictures to review" in page for page in (first, second, unsure))
    assert 'href="/desk?order=age&amp;page=2"' in first
    assert 'value="/desk?order=uncertainty&amp;page=2"' in unsure


@pytest.mark.parametrize("query", ["order=nonsense", "page=-1", "page=x"])
def test_the_queue_takes_any_address(vera, stored_with_picture, query):
    stored_with_picture(State.IN_REVIEW)

    assert vera.get(f"/desk?{query}").text.count("<article") == 1


def test_without_a_folder_of_data_sets_an_administrator_reads_what_to_set(
    signed_in, make_account
):
    page = signed_in(make_account("ada", "admin")).get("/desk/cleaning").text

    assert "VERNISSAGE_DATASETS" in page
    assert 'name="source"' not in page
