from dataclasses import replace

import pytest

from moderation import (
    Category,
    ImageGate,
    JointGate,
    Outcome,
    Rule,
)
from tests.factories import a_verdict, stored
from tests.fakes import Scorer
from vernissage.db.decisions import Decisions
from vernissage.states import State


@pytest.fixture
def joined(generator, policy):
    """The generator with a joint rule, whose picture is a little violent."""
    policy = replace(policy, joint={Category.VIOLENCE: Rule(0.6, 0.9)})
    seen = ImageGate(classifiers=[Scorer({Category.VIOLENCE: 0.45})], policy=policy)
    return replace(generator, image_gate=seen, joint_gate=JointGate(policy=policy))


def words(score):
    allowed = a_verdict(gate="screening")
    return replace(allowed, scores={Category.VIOLENCE: score})


def test_words_and_picture_that_were_each_allowed_are_doubted_together(
    joined, sessions, look
):
    artwork = stored(sessions, State.QUEUED)
    with sessions.begin() as session:
        Decisions(session).record(artwork, words(0.4), artwork.submitted_at)

    joined.generate_all()

    row, gates = look(artwork)
    assert row.state is State.IN_REVIEW
    assert gates == ["prompt", "screening", "embedding", "image", "joint"]
    assert row.decisions[-1].scores == {"violence": pytest.approx(0.67)}


def test_harmless_words_beside_the_same_picture_raise_no_doubt(joined, sessions, look):
    artwork = stored(sessions, State.QUEUED)

    joined.generate_all()

    row, gates = look(artwork)
    assert row.state is State.PUBLISHED
    assert gates == ["prompt", "embedding", "image", "joint"]


def test_words_that_a_person_allowed_raise_no_doubt_with_the_picture(
    joined, sessions, look
):
    artwork = stored(sessions, State.QUEUED)
    with sessions.begin() as session:
        log = Decisions(session)
        log.record(artwork, words(0.4), artwork.submitted_at)
        log.human(
            artwork,
            outcome=Outcome.ALLOW,
            actor="vera",
            note="",
            policy="test-1",
            at=artwork.submitted_at,
        )

    joined.generate_all()

    assert look(artwork)[0].state is State.PUBLISHED
