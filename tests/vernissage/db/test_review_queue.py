from dataclasses import replace
from datetime import timedelta

import pytest

from moderation import Category, Outcome, Rule
from tests.factories import NOON, a_verdict, stored
from vernissage.db.decisions import Decisions
from vernissage.db.review_queue import Order, count, waiting
from vernissage.states import State


@pytest.fixture
def judged(each_sessions):
    """Stores an artwork in review with that picture score; thresholds 0.5, 0.9."""

    def judge(score, hours):
        moment = NOON + timedelta(hours=hours)
        artwork = stored(each_sessions, State.IN_REVIEW, submitted_at=moment)
        verdict = replace(
            a_verdict(Outcome.REVIEW, gate="image"),
            scores={Category.HATE: score},
            rules={Category.HATE: Rule(review=0.5, refuse=0.9)},
        )
        with each_sessions.begin() as session:
            Decisions(session).record(artwork, verdict, moment)
        return artwork.id

    return judge


def test_a_queue_is_read_by_age_or_by_doubt(each_sessions, judged):
    plain, unsure = judged(0.7, hours=0), judged(0.89, hours=2)
    twin, sure = judged(0.7, hours=1), judged(0.55, hours=3)
    stored(each_sessions, State.PUBLISHED)

    with each_sessions() as session:
        pages = {
            order: [
                [work.id for work in waiting(session, order, limit=3, offset=offset)]
                for offset in (0, 3)
            ]
            for order in Order
        }
        total = count(session)

    assert total == 4
    assert pages[Order.AGE] == [[plain, twin, unsure], [sure]]
    assert pages[Order.UNCERTAINTY] == [[unsure, sure, plain], [twin]]
