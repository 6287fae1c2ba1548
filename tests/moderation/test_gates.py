import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from moderation import (
    Category,
    EmbeddingGate,
    ImageGate,
    Outcome,
    Policy,
    PromptGate,
    Rule,
)
from moderation.errors import ClassifierUnavailable

RULES = dict.fromkeys(Category, Rule(review=0.5, refuse=0.9))
POLICY = Policy("law-1", prompt=RULES, embedding=RULES, image=RULES)


@dataclass(frozen=True)
class Answering:
    answer: Mapping[Category, float]
    version: str = "answering-1"

    def scores(self, thing: object, /) -> Mapping[Category, float]:
        return self.answer


@dataclass(frozen=True)
class Failing:
    version: str = "failing-1"

    def scores(self, thing: object, /) -> Mapping[Category, float]:
        raise ClassifierUnavailable("the weights went missing")


def gate(*classifiers):
    return PromptGate(name="prompt", classifiers=classifiers, policy=POLICY)


scores = st.dictionaries(st.sampled_from(Category), st.floats(0, 1), min_size=1)


@given(st.lists(scores, min_size=1, max_size=3))
def test_the_worst_classifier_decides(answers):
    verdict = gate(*map(Answering, answers)).judge("a lake")

    worst = max(score for answer in answers for score in answer.values())
    assert verdict.judged
    assert verdict.outcome == (worst >= 0.5) + (worst >= 0.9)
    assert max(verdict.scores.values()) == worst


@given(scores)
def test_reasons_and_outcome_agree(answer):
    verdict = gate(Answering(answer)).judge("a lake")

    assert bool(verdict.reasons) == (verdict.outcome is not Outcome.ALLOW)
    assert verdict.outcome == max((r.outcome for r in verdict.reasons), default=0)


@given(scores, st.sampled_from(Category), st.floats(0, 1))
def test_one_more_classifier_never_makes_the_verdict_milder(answer, category, score):
    alone = gate(Answering(answer)).judge("a lake")
    both = gate(Answering(answer), Answering({category: score})).judge("a lake")

    assert both.outcome >= alone.outcome


@pytest.mark.parametrize(
    "classifiers",
    [
        (),
        (Answering({}),),
        (Failing(),),
        (Answering({Category.HATE: 0.1}), Failing()),
        (Answering({Category.HATE: math.nan}),),
        (Answering({Category.HATE: 1.5}),),
        (Answering({Category.HATE: -0.1}),),
    ],
)
def test_a_gate_that_cannot_judge_asks_for_a_human(classifiers):
    verdict = gate(*classifiers).judge("a lake")

    assert verdict.outcome is Outcome.REVIEW
    assert not verdict.judged
    assert not verdict.scores
    assert not verdict.reasons


def test_a_verdict_records_who_judged_and_by_which_rules():
    verdict = gate(Answering({Category.HATE: 0.95})).judge("a lake")

    assert verdict.refused
    assert verdict.gate == "prompt"
    assert verdict.policy == "law-1"
    assert verdict.models == ("answering-1",)
    assert verdict.rules == {Category.HATE: Rule(0.5, 0.9)}
    assert verdict.milliseconds >= 0


def test_embeddings_and_images_are_judged_by_the_same_law():
    classifiers = [Answering({Category.VIOLENCE: 0.6})]
    embedding = EmbeddingGate(name="embedding", classifiers=classifiers, policy=POLICY)
    image = ImageGate(name="image", classifiers=classifiers, policy=POLICY)

    verdicts = [
        embedding.judge(np.zeros(8, np.float32)),
        image.judge(Image.new("RGB", (8, 8))),
    ]

    assert [v.outcome for v in verdicts] == [Outcome.REVIEW] * 2
