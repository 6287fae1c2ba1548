"""Decisions that count on one artwork, without any database."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation import Category, Gate, Outcome, Subject
from tests.factories import NOON
from vernissage.messages import (
    decider,
    facts,
    gate_label,
    judged_label,
    refusal,
    translator,
)
from vernissage.models.artworks import Decision
from vernissage.reasons.refusals import (
    allowed,
    refusals,
    standing,
)


def log(*said):
    """The decisions that were *said*, as (gate, outcome) or with categories."""
    return [
        Decision(
            id=number,
            gate=gate,
            outcome=outcome,
            judged=True,
            reasons=[{"category": c, "outcome": outcome} for c in categories],
            decided_at=NOON + timedelta(minutes=number),
        )
        for number, (gate, outcome, *categories) in enumerate(said, 1)
    ]


def ids(decisions):
    return [decision.id for decision in decisions]


@pytest.mark.parametrize("gate", Gate)
def test_every_gate_and_its_refusal_are_named_in_russian_too(gate):
    russian = translator("ru").gettext

    for message in (gate_label(gate), refusal(gate)):
        assert russian(message) != message


@pytest.mark.parametrize("judged", Subject)
@pytest.mark.parametrize("by_person", [True, False])
def test_what_was_judged_and_by_whom_is_said_in_russian_too(judged, by_person):
    russian = translator("ru").gettext

    for message in (
        judged_label(judged),
        decider(by_person=by_person),
        facts(judged, by_person=by_person),
    ):
        assert russian(message) != message


def test_without_a_person_everything_counts():
    decisions = log(("prompt", "allow"), ("embedding", "refuse"))

    assert ids(standing(decisions)) == [1, 2]
    assert allowed(decisions) == frozenset()


def test_a_person_outweighs_what_gates_said_before_and_say_again():
    decisions = log(
        ("prompt", "review"),
        ("embedding", "refuse"),
        (Gate.HUMAN, "allow"),
        ("embedding", "refuse"),
        ("image", "review"),
    )

    assert ids(standing(decisions)) == [3, 5]
    assert allowed(decisions) == {Subject.PROMPT, Subject.EMBEDDING}


def test_a_person_who_read_the_words_has_not_seen_the_picture():
    decisions = log(("prompt", "refuse"), (Gate.HUMAN, "allow"), ("image", "refuse"))

    assert ids(standing(decisions)) == [2, 3]


def test_a_refusal_names_what_refused_and_nothing_milder():
    [found] = refusals(
        log(("prompt", "review", "shocking"), ("image", "refuse", "violence", "sexual"))
    )

    assert found.judged is Subject.PICTURE
    assert found.categories == (Category.VIOLENCE, Category.SEXUAL)
    assert (found.by_person, found.detected) == (False, True)


def test_a_person_refuses_for_what_gates_had_marked():
    [found] = refusals(log(("image", "review", "shocking"), (Gate.HUMAN, "refuse")))

    assert found.categories == (Category.SHOCKING,)
    assert (found.by_person, found.detected) == (True, True)


def test_a_refusal_without_a_reason_on_record_is_for_the_whole():
    [found] = refusals(log(("image", "allow"), (Gate.HUMAN, "refuse")))

    assert found.categories == (Category.UNSAFE,)
    assert (found.by_person, found.detected) == (True, False)


def test_an_upheld_appeal_is_no_second_refusal():
    [found] = refusals(log(("prompt", "refuse", "hate"), (Gate.HUMAN, "refuse")))

    assert (found.decision.id, found.upheld, found.ended) == (1, True, None)


def test_a_granted_appeal_ends_a_refusal_and_another_may_follow():
    first, second = refusals(
        log(
            ("embedding", "refuse", "hate"),
            (Gate.HUMAN, "allow"),
            ("embedding", "refuse", "hate"),
            ("image", "refuse", "violence"),
        )
    )

    assert first.ended == NOON + timedelta(minutes=2)
    assert (second.decision.id, second.ended) == (4, None)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*Gate]), st.sampled_from(["allow", "review", "refuse"])
        )
    )
)
def test_whatever_is_on_record_at_most_the_last_refusal_is_in_force(said):
    decisions = log(*said)
    found = refusals(decisions)

    assert all(refusal.ended for refusal in found[:-1])
    assert {r.decision.outcome for r in found} <= {Outcome.REFUSE.label}
    assert not decisions or standing(decisions)
