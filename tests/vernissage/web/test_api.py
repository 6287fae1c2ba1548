from threading import Timer
from time import monotonic

import pytest

from moderation import Outcome
from tests.factories import a_verdict, stored
from vernissage.db.decisions import Decisions
from vernissage.db.events import Events
from vernissage.states import State
from vernissage.web.connection_slots import ConnectionSlots

SECRETS = {"score", "scores", "threshold", "thresholds", "models", "owner"}


def keys(document):
    """Every key anywhere in *document*."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield key
            yield from keys(value)
    elif isinstance(document, list):
        for value in document:
            yield from keys(value)


def refuse(sessions, artwork, gate="prompt"):
    with sessions.begin() as session:
        Decisions(session).record(
            artwork, a_verdict(Outcome.REFUSE, gate=gate), artwork.submitted_at
        )


def step(sessions, artwork, done, steps=25):
    with sessions.begin() as session:
        Events(session).record(artwork, artwork.submitted_at, step=done, steps=steps)


def test_submitting_answers_with_a_place_to_look(anna):
    made = anna.post("/api/artworks", json={"prompt": "A lake", "aspect": "16:9"})

    assert made.status_code == 201
    shown = anna.get(made.headers["Location"]).json
    assert shown == made.json
    assert (shown["state"], shown["place"]) == ("submitted", 1)


def test_programs_learn_what_the_prior_read(anna, sessions):
    artwork = stored(sessions, State.QUEUED, prompt="озеро", translation="a lake")

    assert anna.get(f"/api/artworks/{artwork.id}").json["translation"] == "a lake"


def test_a_seed_survives_javascript(anna):
    made = anna.post("/api/artworks", json={"prompt": "a lake", "seed": 2**63 - 1})

    assert made.json["seed"] == str(2**63 - 1)


def test_what_has_not_changed_is_not_sent_again(anna, sessions):
    artwork = stored(sessions, State.QUEUED)
    first = anna.get(f"/api/artworks/{artwork.id}")

    again = anna.get(
        f"/api/artworks/{artwork.id}", headers={"If-None-Match": first.headers["ETag"]}
    )

    assert (again.status_code, again.data) == (304, b"")


def test_the_tag_changes_with_the_place_in_the_queue_and_the_language(anna, sessions):
    ahead = stored(sessions, State.QUEUED, owner="boris")
    artwork = stored(
        sessions, State.QUEUED, submitted_at=ahead.submitted_at.replace(hour=13)
    )
    path = f"/api/artworks/{artwork.id}"
    second = anna.get(path)
    with sessions.begin() as session:
        session.get(type(ahead), ahead.id).state = State.CANCELLED

    first = anna.get(path)
    russian = anna.get(path, headers={"Accept-Language": "ru"})

    assert (second.json["place"], first.json["place"]) == (2, 1)
    assert len({r.headers["ETag"] for r in (second, first, russian)}) == 3


def test_a_patient_client_hears_news_as_they_happen(anna, sessions):
    artwork = stored(sessions, State.PAINTING)
    tag = anna.get(f"/api/artworks/{artwork.id}").headers["ETag"]
    begun = monotonic()
    Timer(0.3, step, (sessions, artwork, 5)).start()

    answer = anna.get(
        f"/api/artworks/{artwork.id}",
        headers={"If-None-Match": tag, "Prefer": "wait=10"},
    )

    assert 0.3 <= monotonic() - begun < 10
    assert (answer.json["step"], answer.json["steps"]) == (5, 25)


def test_without_news_patience_ends_with_nothing_new(anna, sessions):
    artwork = stored(sessions, State.PAINTING)
    tag = anna.get(f"/api/artworks/{artwork.id}").headers["ETag"]

    answer = anna.get(
        f"/api/artworks/{artwork.id}",
        headers={"If-None-Match": tag, "Prefer": "respond-async, wait=1"},
    )

    assert answer.status_code == 304


def test_without_a_free_slot_no_request_waits(app, anna, sessions):
    app.extensions["vernissage.waiters"] = ConnectionSlots(total=0, each=0)
    artwork = stored(sessions, State.PAINTING)
    tag = anna.get(f"/api/artworks/{artwork.id}").headers["ETag"]
    begun = monotonic()

    answer = anna.get(
        f"/api/artworks/{artwork.id}",
        headers={"If-None-Match": tag, "Prefer": "wait=20"},
    )

    assert answer.status_code == 304
    assert monotonic() - begun < 20


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        ("prompt", "was refused"),
        ("screening", "was refused"),
        ("embedding", "nothing was painted"),
        ("image", "turned out"),
    ],
)
def test_a_refusal_says_why_and_what_to_change(anna, sessions, gate, said):
    artwork = stored(sessions, State.REFUSED)
    refuse(sessions, artwork, gate)

    shown = anna.get(f"/api/artworks/{artwork.id}").json

    assert said in shown["sentence"]
    assert [a["category"] for a in shown["advice"]] == ["Violence or weapons"]
    assert "without the weapon" in shown["advice"][0]["text"]


def test_a_refusal_by_a_person_names_what_was_doubtful(
    anna, stored_with_picture, reviewer
):
    artwork = stored_with_picture(State.IN_REVIEW)

    reviewer.decide(
        artwork.id, outcome=Outcome.REFUSE, actor="vera", note="private words"
    )

    shown = anna.get(f"/api/artworks/{artwork.id}")
    assert "reviewer" in shown.json["sentence"]
    assert shown.json["advice"]
    assert "private words" not in shown.text
    assert "vera" not in shown.text


def test_scores_and_limits_are_not_for_visitors(anna, stored_with_picture, sessions):
    artworks = [
        stored_with_picture(),
        stored_with_picture(State.IN_REVIEW),
        stored(sessions, State.REFUSED),
    ]
    refuse(sessions, artworks[-1])

    for artwork in artworks:
        shown = anna.get(f"/api/artworks/{artwork.id}")
        assert not SECRETS & set(keys(shown.json))
        assert "0.95" not in shown.text
        assert "scorer@test" not in shown.text


def test_a_picture_comes_with_its_size(anna, stored_with_picture):
    artwork = stored_with_picture()

    picture = anna.get(f"/api/artworks/{artwork.id}").json["picture"]

    assert (picture["width"], picture["height"], picture["crisp"]) == (64, 64, True)
    assert anna.get(picture["url"]).mimetype == "image/png"


def test_a_picture_that_was_taken_down_is_gone(anna, stored_with_picture, reviewer):
    artwork = stored_with_picture()
    path = f"/artworks/{artwork.id}/picture.png"
    tag = anna.get(path).headers["ETag"]

    reviewer.decide(artwork.id, outcome=Outcome.REFUSE, actor="vera")

    assert anna.get(path, headers={"If-None-Match": tag}).status_code == 404
    assert anna.get(f"/api/artworks/{artwork.id}").json["picture"] is None


def test_its_owner_cancels_an_artwork_twice_without_harm(anna, sessions):
    artwork = stored(sessions, State.QUEUED)

    first, second = (anna.post(f"/api/artworks/{artwork.id}/cancel") for _ in range(2))

    assert first.json["state"] == second.json["state"] == "cancelled"
    assert first.json["settled"]


def test_time_left_is_told_in_good_russian(app, anna, sessions):
    artwork = stored(sessions, State.PAINTING, attempt=1)
    step(sessions, artwork, 3)

    shown = anna.get(
        f"/api/artworks/{artwork.id}", headers={"Accept-Language": "ru"}
    ).json

    assert shown["sentence"].startswith("Шаг 3 из 25.")
    assert shown["label"] == "Рисуется"
