"""Review pages of appeals."""

import pytest

from moderation import Outcome
from tests.factories import NOON, refused
from vernissage.states import State


@pytest.fixture
def appealed(sessions, appeal_service):
    """Makes a refused artwork with an appeal for it."""

    def make(words="it is a toy", **columns):
        artwork = refused(sessions, **columns)
        appeal_service.make(artwork.id, owner="anna", words=words)
        return artwork

    return make


def answer(client, artwork, outcome, **form):
    return client.post(
        f"/desk/artworks/{artwork.id}/appeal", data={"outcome": outcome, **form}
    )


def test_the_review_page_lists_appeals_with_what_was_refused_and_why(vera, appealed):
    appealed("the first one", submitted_at=NOON.replace(hour=13))
    appealed("the second one", prompt="a wooden sword", changes=0.25)

    text = vera.get("/desk/appeals").text

    assert "2 appeals to answer" in text
    assert text.index("the first one") < text.index("the second one")
    assert "a wooden sword" in text
    assert "Violence or weapons" in text
    assert "The prompt" in text
    assert "25%" in text
    assert "Paint" in text


def test_an_empty_list_says_so(vera):
    assert "No open appeals." in vera.get("/desk/appeals").text


def test_a_grant_is_signed_and_leads_on(vera, anna, appealed, sessions):
    artwork = appealed()

    done = answer(vera, artwork, "grant", note="a toy indeed")

    assert done.location == "/desk/appeals"
    assert anna.get(f"/api/artworks/{artwork.id}").json["state"] == "queued"
    log = vera.get("/desk/decisions?gate=human").text
    assert "a toy indeed" in log
    assert "vera" in log


def test_a_refusal_is_upheld(vera, anna, appealed):
    artwork = appealed()

    answer(vera, artwork, "uphold")

    assert anna.get(f"/api/artworks/{artwork.id}").json["appeal"]["state"] == "upheld"


def test_whoever_refused_sees_the_appeal_and_has_no_say(
    vera, stored_with_picture, reviewer, appeal_service, signed_in, make_account
):
    artwork = stored_with_picture(State.IN_REVIEW)
    reviewer.decide(artwork.id, outcome=Outcome.REFUSE, actor="vera")
    appeal_service.make(artwork.id, owner="anna", words="it is a toy")
    olga = signed_in(make_account("olga", "reviewer"))

    text = vera.get("/desk/appeals").text
    own, other = answer(vera, artwork, "uphold"), answer(olga, artwork, "grant")

    assert "Uphold the refusal" not in text
    assert "another reviewer has to answer" in text
    assert own.status_code == 409
    assert "You refused this picture yourself" in own.text
    assert other.status_code == 303


def test_an_answer_is_yes_or_no(vera, appealed):
    artwork = appealed()

    for outcome in ("", "allow", "maybe"):
        assert answer(vera, artwork, outcome).status_code == 422


def test_what_nobody_appealed_for_has_no_answer(vera, sessions):
    assert answer(vera, refused(sessions), "grant").status_code == 409


@pytest.mark.parametrize("page", ["/desk", "/desk/artworks/{id}"])
def test_reviewers_see_how_much_had_to_change(vera, stored_with_picture, page):
    artwork = stored_with_picture(State.IN_REVIEW, changes=0.5)
    plain = stored_with_picture(State.IN_REVIEW, changes=0.0, prompt="a plain lake")

    assert "50%" in vera.get(page.format(id=artwork.id)).text
    assert "had to change" not in vera.get(f"/desk/artworks/{plain.id}").text


def test_the_list_speaks_russian(vera, appealed):
    appealed()

    text = vera.get("/desk/appeals", headers={"Accept-Language": "ru"}).text

    assert "1 апелляция ждёт ответа" in text
    assert "Оставить отказ в силе" in text


def test_an_overdue_appeal_is_counted(vera, sessions, appeal_service, clock):
    artwork = refused(sessions)
    appeal_service.make(artwork.id, owner="anna", words="a toy")
    in_time = vera.get("/desk/appeals").text
    clock.advance(8 * 24 * 60 * 60)

    late = vera.get("/desk/appeals").text

    assert "To be answered by" in in_time
    assert "overdue" not in in_time
    assert "1 appeal is overdue" in late
