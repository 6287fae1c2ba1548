import numpy as np
import pytest

from moderation import Category, EmbeddingGate, Outcome
from tests.fakes import Scorer, UnavailableClassifier, a_prior_output
from vernissage.services.generation import guided_embeddings, guided_verdict


class Afraid(Scorer):
    """Sees violence in every point beyond a bound."""

    def scores(self, thing, /):
        self.seen.append(float(thing[0]))
        return {Category.VIOLENCE: 0.95 if thing[0] >= 5 else 0.0}


@pytest.fixture
def eyes() -> Afraid:
    return Afraid()


@pytest.fixture
def gate(policy, eyes) -> EmbeddingGate:
    return EmbeddingGate(classifiers=[eyes], policy=policy)


def test_all_that_leads_to_the_picture_is_shown():
    points = guided_embeddings(a_prior_output(1.0, 3.0, negative=1.0), 4.0)

    assert [float(point[0]) for point in points] == [2.0, 1.0, 3.0, 5.0]
    assert all(np.ptp(point) == 0 for point in points)


def test_to_be_led_away_from_what_is_unsafe_is_no_fault(gate, eyes):
    verdict = guided_verdict(gate, a_prior_output(1.0, negative=6.0), 4.0)

    assert (verdict.outcome, verdict.scores) == (
        Outcome.ALLOW,
        {Category.VIOLENCE: 0.0},
    )
    assert 6.0 in eyes.seen


def test_a_harmless_negative_that_leads_to_what_is_unsafe_is_refused(gate):
    assert (
        guided_verdict(gate, a_prior_output(2.0, negative=1.0), 4.0).outcome
        is Outcome.REFUSE
    )


def test_what_guidance_does_not_use_is_not_judged(gate, eyes):
    verdict = guided_verdict(gate, a_prior_output(2.0, negative=1.0), 1.0)

    assert verdict.outcome is Outcome.ALLOW
    assert eyes.seen == [2.0]


def test_a_negative_that_nobody_can_judge_asks_for_a_person(policy):
    class HalfBlind(UnavailableClassifier):
        def scores(self, thing, /):
            return super().scores(thing) if thing[0] == 0 else {Category.HATE: 0.0}

    gate = EmbeddingGate(classifiers=[HalfBlind()], policy=policy)

    verdict = guided_verdict(gate, a_prior_output(1.0, negative=0.0), 4.0)

    assert (verdict.outcome, verdict.judged) == (Outcome.REVIEW, False)
