import json
from itertools import islice

import pytest

from tests.factories import stored
from vernissage.db.events import Events
from vernissage.states import State


def moved(sessions, artwork, state, **facts):
    """Record that *artwork* is in *state* now."""
    with sessions.begin() as session:
        kept = session.get(type(artwork), artwork.id)
        kept.state = state
        Events(session).record(kept, kept.submitted_at, **facts)


def messages(answer):
    """The (id, view) of every message until the stream ends."""
    for block in "".join(part.decode() for part in answer.iter_encoded()).split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "data" in lines:
            yield int(lines["id"]), json.loads(lines["data"])


@pytest.fixture
def story(sessions):
    """An artwork with every event on record."""
    artwork = stored(sessions)
    moved(sessions, artwork, State.QUEUED)
    moved(sessions, artwork, State.PAINTING)
    moved(sessions, artwork, State.PAINTING, step=10, steps=25)
    moved(sessions, artwork, State.PAINTING, step=25, steps=25)
    moved(sessions, artwork, State.FAILED)
    return artwork


def test_a_stream_tells_the_whole_story_and_ends_with_it(anna, story):
    answer = anna.get(f"/api/artworks/{story.id}/events", buffered=False)

    told = list(messages(answer))

    assert answer.mimetype == "text/event-stream"
    assert [shown["state"] for _, shown in told] == [
        "submitted",
        "queued",
        "painting",
        "painting",
        "painting",
        "failed",
    ]
    assert [shown["step"] for _, shown in told][3:5] == [10, 25]
    assert told[-1][1]["settled"]


def test_after_a_break_it_goes_on_where_it_was(anna, story):
    path = f"/api/artworks/{story.id}/events"
    ids = [number for number, _ in messages(anna.get(path, buffered=False))]

    by_header = anna.get(path, headers={"Last-Event-ID": str(ids[3])}, buffered=False)
    by_address = anna.get(f"{path}?after={ids[3]}", buffered=False)

    assert [n for n, _ in messages(by_header)] == ids[4:]
    assert [n for n, _ in messages(by_address)] == ids[4:]


def test_who_has_heard_it_all_is_told_how_it_stands(anna, story):
    path = f"/api/artworks/{story.id}/events"
    last = max(number for number, _ in messages(anna.get(path, buffered=False)))

    told = list(messages(anna.get(f"{path}?after={last}", buffered=False)))

    assert [(n, shown["state"]) for n, shown in told] == [(last, "failed")]


def test_news_arrive_while_the_stream_is_open(anna, sessions):
    artwork = stored(sessions, State.QUEUED)
    answer = anna.get(f"/api/artworks/{artwork.id}/events", buffered=False)
    stream = answer.iter_encoded()
    opening = list(islice(stream, 2))

    moved(sessions, artwork, State.PAINTING, step=1, steps=25)

    assert opening[0].startswith(b"retry:")
    assert json.loads(next(stream).decode().split("data: ")[1])["step"] == 1
    answer.close()


@pytest.mark.parametrize("said", ["-1", "x", "1.5", "٣", str(2**64)])
def test_a_last_event_that_is_no_number_is_refused(anna, story, said):
    answer = anna.get(f"/api/artworks/{story.id}/events", query_string={"after": said})

    assert (answer.status_code, answer.json["code"]) == (422, "bad-input")


def test_one_visitor_has_three_slots(anna, visiting, sessions):
    artwork = stored(sessions, State.QUEUED)
    other = stored(sessions, State.QUEUED, owner="boris")
    path = f"/api/artworks/{artwork.id}/events"
    seated = [anna.get(path, buffered=False) for _ in range(3)]

    turned_away = anna.get(path)
    elsewhere = visiting("boris").get(
        f"/api/artworks/{other.id}/events", buffered=False
    )

    assert (turned_away.status_code, turned_away.json["code"]) == (
        429,
        "too-many-connections",
    )
    assert int(turned_away.headers["Retry-After"]) > 0
    assert elsewhere.status_code == 200
    for answer in (*seated, elsewhere):
        answer.close()


def test_half_of_the_threads_never_stream(visiting, sessions):
    statuses, answers = [], []

    for number in range(5):  # of eight threads
        artwork = stored(sessions, State.QUEUED, owner=f"visitor {number}")
        answer = visiting(artwork.owner).get(
            f"/api/artworks/{artwork.id}/events", buffered=False
        )
        statuses.append(answer.status_code)
        answers.append(answer)

    assert statuses == [200] * 4 + [429]
    for answer in answers:
        answer.close()


def test_a_slot_is_free_again_when_its_stream_is_closed(anna, sessions):
    artwork = stored(sessions, State.QUEUED)
    path = f"/api/artworks/{artwork.id}/events"

    for _ in range(5):
        answer = anna.get(path, buffered=False)
        assert answer.status_code == 200
        answer.close()
