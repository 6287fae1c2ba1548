import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation import Category, JointGate, Outcome, Policy, Rule
from moderation.gates import noisy_or

EACH = dict.fromkeys(Category, Rule(0.6, 0.85))
JOINT = {Category.VIOLENCE: Rule(0.7, 0.9), Category.HATE: Rule(0.7, 0.9)}
POLICY = Policy("j-1", prompt=EACH, embedding=EACH, image=EACH, joint=JOINT)

probabilities = st.floats(0, 1)
scores = st.dictionaries(st.sampled_from(Category), probabilities)


def outcome(prompt, image):
    verdict = JointGate(policy=POLICY).judge(prompt, image)
    return Outcome.ALLOW if verdict is None else verdict.outcome


@given(scores, scores, st.sampled_from(Category), probabilities, st.booleans())
def test_it_is_never_milder_when_either_score_rises(
    prompt, image, category, score, in_image
):
    side = image if in_image else prompt
    risen = {**side, category: max(score, side[category])} if category in side else side
    worse = (prompt, risen) if in_image else (risen, image)

    assert outcome(*worse) >= outcome(prompt, image)


@given(probabilities, probabilities)
def test_one_number_and_many_are_joined_alike(prompt, image):
    many = noisy_or(np.array([prompt]), np.array([image]))

    assert many[0] == noisy_or(prompt, image)
    assert 0 <= noisy_or(prompt, image) <= 1
    assert noisy_or(prompt, image) == pytest.approx(1 - (1 - prompt) * (1 - image))


@given(probabilities)
def test_one_side_alone_changes_nothing(score):
    alone = noisy_or(score, 0.0), noisy_or(0.0, score)

    assert alone == pytest.approx((score, score))


def test_two_doubts_that_were_each_allowed_are_reviewed_together():
    verdict = JointGate(policy=POLICY).judge(
        {Category.VIOLENCE: 0.5}, {Category.VIOLENCE: 0.5, Category.HATE: 0.9}
    )

    assert verdict is not None
    assert verdict.outcome is Outcome.REVIEW
    assert verdict.scores == {Category.VIOLENCE: 0.75}
    assert verdict.rules == {Category.VIOLENCE: Rule(0.7, 0.9)}
    assert verdict.gate == "joint"


def test_it_is_silent_without_a_category_in_common():
    gate = JointGate(policy=POLICY)

    assert gate.judge({Category.HATE: 1.0}, {Category.VIOLENCE: 1.0}) is None
    assert gate.judge({Category.SEXUAL: 1.0}, {Category.SEXUAL: 1.0}) is None
    assert gate.judge({}, {}) is None
