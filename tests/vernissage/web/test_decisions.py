from datetime import timedelta

import pytest

from moderation import Outcome
from tests.factories import NOON, a_verdict, stored
from vernissage.db.decisions import Decisions
from vernissage.messages import LANGUAGES
from vernissage.states import State


@pytest.fixture
def log(sessions):
    """Two artworks with decisions on two days."""
    lake = stored(sessions, State.REFUSED, language="en")
    hill = stored(
        sessions,
        State.QUEUED,
        language="ru",
        submitted_at=NOON + timedelta(days=1),
    )
    with sessions.begin() as session:
        refusal = a_verdict(Outcome.REFUSE, gate="image")
        Decisions(session).record(lake, refusal, NOON + timedelta(days=1))
    return lake, hill


def rows(client, **filters):
    page = client.get("/desk/decisions", query_string=filters)
    assert page.status_code == 200
    return page.text.count('<tr data-outcome="')


def test_the_log_is_found_by_every_filter(vera, log):
    lake, hill = log

    assert rows(vera) == 3
    assert rows(vera, gate="image") == 1
    assert rows(vera, outcome="allow") == 2
    assert rows(vera, language="ru") == 1
    assert rows(vera, language="other") == 0
    assert rows(vera, policy="test-1") == 3
    assert rows(vera, policy="other") == 0
    assert rows(vera, artwork=str(lake.id)) == 2
    assert rows(vera, artwork=hill.id.hex[:8].upper()) == 1
    assert rows(vera, artwork="%") == 0
    assert rows(vera, since="2026-05-02") == 2
    assert rows(vera, until="2026-05-01") == 1
    assert rows(vera, since="2026-05-01", until="2026-05-01", outcome="refuse") == 0


def test_only_languages_that_the_site_speaks_can_be_chosen_for_it(vera, log):
    page = vera.get("/desk/decisions").text

    assert page.count('<button name="language"') == len(LANGUAGES)
    assert '<option value="other"' in page


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "31.01.2026"])
def test_a_day_that_is_none_is_refused(vera, day):
    answer = vera.get("/desk/decisions", query_string={"since": day})

    assert answer.status_code == 422
    assert "2026-01-31" in answer.text


def test_the_log_has_pages_that_keep_the_filter(vera, sessions):
    artwork = stored(sessions)
    with sessions.begin() as session:
        for _ in range(60):
            Decisions(session).record(artwork, a_verdict(gate="image"), NOON)

    first = vera.get("/desk/decisions?gate=image").text
    [older] = [part for part in first.split('"') if "before=" in part]
    second = vera.get(older.replace("&amp;", "&")).text

    assert first.count('<tr data-outcome="') == 50
    assert second.count('<tr data-outcome="') == 10


def test_the_last_day_there_is_has_no_day_after(vera):
    assert vera.get("/desk/decisions?until=9999-12-31").status_code == 422
