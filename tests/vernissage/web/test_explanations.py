"""Explanations of a refusal, on the page, in JSON and in the stream."""

import json

import pytest

from moderation import Gate, Outcome
from tests.factories import refused
from vernissage.states import State

MACHINES = [gate for gate in Gate if gate is not Gate.HUMAN]
SAID = {
    "en": ("What was checked", "Who decided", "you may appeal once", "Send the appeal"),
    "ru": ("Что проверяли", "Кто решил", "можно один раз обжаловать", "Отправить"),
}
SECRET = ("0.95", "0.9<", "threshold", "score", "scorer@test", "vera", "private")


def api(artwork):
    return f"/api/artworks/{artwork.id}"


def page(artwork):
    return f"/artworks/{artwork.id}"


@pytest.mark.parametrize("language", SAID)
def test_every_refusal_names_its_reasons_in_both_languages(anna, sessions, language):
    artworks = [refused(sessions, gate) for gate in MACHINES]
    headers = {"Accept-Language": language}

    for artwork in artworks:
        text = anna.get(page(artwork), headers=headers).text
        shown = anna.get(api(artwork), headers=headers).json

        assert all(words in text for words in SAID[language])
        assert shown["reasons"]["decided_by"] == "machine"
        assert shown["reasons"]["judged_label"] in text
        assert shown["advice"][0]["text"] in text
        assert shown["appeal"]["state"] == "possible"
        assert shown["statement"]["automated_decision"] == "AUTOMATED_DECISION_FULLY"


def test_a_person_is_named_as_a_person_and_by_no_name(
    anna, stored_with_picture, reviewer
):
    artwork = stored_with_picture(State.IN_REVIEW)
    reviewer.decide(artwork.id, outcome=Outcome.REFUSE, actor="vera", note="private")

    shown = anna.get(api(artwork)).json

    assert shown["reasons"]["decided_by"] == "person"
    assert shown["reasons"]["judged"] == "picture"
    assert shown["advice"]


def test_neither_page_nor_json_nor_stream_says_how_close_it_was(anna, sessions):
    for artwork in [refused(sessions, gate) for gate in MACHINES]:
        with anna.get(f"{api(artwork)}/events") as answer:  # its seat is free again
            stream = answer.text
        told = [anna.get(page(artwork)).text, anna.get(api(artwork)).text, stream]

        assert '"statement"' in stream
        for text in told:
            assert not [word for word in SECRET if word in text]


def test_what_is_shown_needs_no_reasons(anna, stored_with_picture):
    shown = anna.get(api(stored_with_picture())).json

    assert (shown["reasons"], shown["statement"], shown["appeal"]) == (None, None, None)


def test_an_appeal_by_a_form_shows_on_the_page(anna, sessions):
    artwork = refused(sessions)

    answer = anna.post(f"{page(artwork)}/appeal", data={"words": "it is a <toy>"})

    text = anna.get(answer.location).text
    assert answer.status_code == 303
    assert "it is a &lt;toy&gt;" in text
    assert "Your appeal has arrived." in text
    assert 'data-state="appealed"' in text


def test_an_appeal_by_a_program_answers_with_how_it_stands(anna, sessions):
    artwork = refused(sessions)
    url = anna.get(api(artwork)).json["appeal"]["url"]

    made = anna.post(url, json={"words": "a toy"})

    assert made.status_code == 201
    assert made.json["state"] == "appealed"
    assert made.json["appeal"]["words"] == "a toy"


def test_the_answer_reaches_the_visitor_without_the_note(
    anna, sessions, appeal_service
):
    artwork = refused(sessions)
    appeal_service.make(artwork.id, owner="anna", words="a toy")
    before = anna.get(api(artwork)).headers["ETag"]

    appeal_service.answer(
        artwork.id, outcome=Outcome.REFUSE, actor="vera", note="private"
    )

    english, russian = (
        anna.get(api(artwork), headers={"Accept-Language": code})
        for code in ("en", "ru")
    )
    assert english.json["appeal"]["state"] == "upheld"
    assert "same decision" in english.json["appeal"]["sentence"]
    assert "к тому же решению" in russian.json["appeal"]["sentence"]
    assert english.headers["ETag"] != before
    assert "vera" not in english.text
    assert "private" not in english.text + anna.get(page(artwork)).text


def test_a_granted_artwork_goes_on_and_says_so(anna, sessions, appeal_service):
    artwork = refused(sessions)
    appeal_service.make(artwork.id, owner="anna", words="a toy")

    appeal_service.answer(artwork.id, outcome=Outcome.ALLOW, actor="vera")

    shown = anna.get(api(artwork)).json
    assert (shown["state"], shown["settled"]) == ("queued", False)
    assert shown["appeal"]["state"] == "granted"
    assert shown["reasons"] is None


def test_a_form_that_was_wrong_comes_back_as_it_was(anna, sessions):
    artwork, words = refused(sessions), "x" * 1001

    answer = anna.post(f"{page(artwork)}/appeal", data={"words": words})

    assert answer.status_code == 422
    assert 'aria-describedby="form-error"' in answer.text
    assert f">{words}</textarea>" in answer.text


def test_a_bad_appeal_is_a_problem_like_any_other(anna, sessions):
    artwork = refused(sessions)
    bad = [{"words": w} for w in ("", "x" * 1001, "\udc00", 7)]

    for body in (*bad, {}, {"words": "a toy", "more": 1}, []):
        answer = anna.post(
            f"{api(artwork)}/appeal",
            data=json.dumps(body),
            content_type="application/json",
        )
        assert (answer.status_code, answer.json["code"]) == (422, "bad-input")
        assert answer.mimetype == "application/problem+json"
    assert anna.get(api(artwork)).json["state"] == "refused"


def test_a_second_appeal_is_told_that_it_is_one(anna, sessions):
    artwork = refused(sessions)
    first, second = (
        anna.post(f"{api(artwork)}/appeal", json={"words": "a toy"}) for _ in range(2)
    )

    assert (first.status_code, second.status_code) == (201, 409)
    assert second.json["code"] == "appealed-before"
    assert "already" in second.json["detail"]


def test_the_owner_is_told_the_deadline(anna, sessions, clock):
    artwork = refused(sessions)
    first = anna.get(f"/api/artworks/{artwork.id}").json["appeal"]
    clock.advance(31 * 24 * 60 * 60)

    later = anna.get(f"/api/artworks/{artwork.id}").json["appeal"]

    assert first["state"] == "possible"
    assert first["deadline"][:4] in first["sentence"]
    assert later["state"] == "too_late"
