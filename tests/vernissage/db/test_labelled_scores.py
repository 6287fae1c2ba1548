from dataclasses import replace
from datetime import timedelta

import pytest

from moderation import Category, Gate, Outcome, Reason, Rule
from tests.factories import NOON, a_verdict, stored
from vernissage.db.decisions import Decisions
from vernissage.db.labelled_scores import scored
from vernissage.states import State

BOTH = {Category.HATE: 0.7, Category.SEXUAL: 0.2}
RULE = Rule(review=0.5, refuse=0.9)


@pytest.fixture
def judged(sessions):
    """Stores an artwork that went to review for hate, with a person's decision."""

    def judge(word=None, **columns):
        artwork = stored(sessions, State.IN_REVIEW, **columns)
        verdict = replace(
            a_verdict(gate="image"),
            outcome=Outcome.REVIEW,
            scores=BOTH,
            rules=dict.fromkeys(BOTH, RULE),
            reasons=(Reason(Category.HATE, 0.7, 0.5, Outcome.REVIEW),),
        )
        with sessions.begin() as session:
            Decisions(session).record(artwork, verdict, NOON)
            if word is not None:
                Decisions(session).human(
                    artwork, outcome=word, actor="vera", note="", policy="p", at=NOON
                )
        return artwork

    return judge


def labels(sessions, *, reviewed=True, since=NOON):
    with sessions() as session:
        found = list(scored(session, since=since, reviewed=reviewed))
    return {(one.gate, one.category.value): one.label for one in found}


def test_what_was_allowed_has_nothing_of_what_it_was_suspected_of(sessions, judged):
    judged(Outcome.ALLOW)

    assert labels(sessions) == {
        ("prompt", "violence"): False,
        ("image", "hate"): False,
        ("image", "sexual"): False,
    }


def test_what_was_refused_has_what_had_crossed_a_threshold(sessions, judged):
    judged(Outcome.REFUSE)

    assert labels(sessions) == {
        ("prompt", "violence"): None,
        ("image", "hate"): True,
        ("image", "sexual"): None,
    }


def test_what_nobody_decided_on_has_no_label(sessions, judged):
    judged()

    assert labels(sessions) == {}
    assert set(labels(sessions, reviewed=False).values()) == {None}


def test_days_before_are_left_out(sessions, judged):
    judged(Outcome.ALLOW)

    assert labels(sessions, since=NOON + timedelta(seconds=1)) == {}


def test_a_list_that_knows_a_picture_has_no_scores_to_calibrate(sessions, judged):
    artwork = judged(Outcome.REFUSE)
    with sessions.begin() as session:
        known = replace(a_verdict(Outcome.REFUSE), gate=Gate.HASH)
        Decisions(session).record(artwork, known, NOON)

    assert {gate for gate, _ in labels(sessions)} == {"prompt", "image"}
