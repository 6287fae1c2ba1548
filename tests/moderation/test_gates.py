import linecache
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from moderation import (
    Category,
    EmbeddingGate,
    Gate,
    ImageGate,
    Outcome,
    Policy,
    PolicyTable,
    PromptGate,
    Rule,
    Subject,
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
    return PromptGate(classifiers=classifiers, policy=POLICY)


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
    assert verdict.failure


def test_a_verdict_says_what_failed_and_where_but_not_the_message():
    verdict = gate(Failing()).judge("a lake")

    assert verdict.failure
    assert verdict.failure.error == "ClassifierUnavailable"
    path, _, line = verdict.failure.where.rpartition(":")
    assert Path(path) == Path(__file__)
    assert "raise ClassifierUnavailable" in linecache.getline(path, int(line))
    assert "went missing" not in repr(verdict)


def test_a_gate_that_judged_has_no_failure():
    assert gate(Answering({Category.HATE: 0.1})).judge("a lake").failure is None


def test_the_values_of_gates_are_those_in_decision_logs():
    assert list(Gate) == [
        "prompt",
        "screening",
        "embedding",
        "hash",
        "image",
        "joint",
        "upload",
        "human",
    ]


@pytest.mark.parametrize("each", Gate)
def test_a_gate_is_known_by_its_value_and_says_what_it_looks_at(each):
    assert Gate(each.value) is each
    assert each.subject in Subject
    assert each.table is None or each.table in PolicyTable


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
    embedding = EmbeddingGate(classifiers=classifiers, policy=POLICY)
    image = ImageGate(classifiers=classifiers, policy=POLICY)

    verdicts = [
        embedding.judge(np.zeros(8, np.float32)),
        image.judge(Image.new("RGB", (8, 8))),
    ]

    assert [v.outcome for v in verdicts] == [Outcome.REVIEW] * 2


STRICT = dict.fromkeys(Category, Rule(review=0.1, refuse=0.2))
SHADOW = Policy("shade-1", prompt=STRICT, embedding=RULES, image=RULES)


def test_a_shadow_is_recorded_and_changes_nothing():
    plain = gate(Answering({Category.HATE: 0.3}))
    shadowed = replace(plain, shadow=SHADOW)

    verdict = shadowed.judge("a lake")

    assert verdict.outcome is plain.judge("a lake").outcome is Outcome.ALLOW
    assert verdict.shadow.policy == "shade-1"
    assert verdict.shadow.outcome is Outcome.REFUSE
    assert [r.category for r in verdict.shadow.reasons] == [Category.HATE]
    assert plain.judge("a lake").shadow is None


def test_a_shadow_cannot_judge_what_the_gate_cannot():
    verdict = replace(gate(Failing()), shadow=SHADOW).judge("a lake")

    assert verdict.shadow.outcome is Outcome.REVIEW
    assert verdict.shadow.reasons == ()


@pytest.mark.parametrize(
    ("prompt", "outcome", "rule"),
    [
        ("a lake", Outcome.ALLOW, Rule(0.5, 0.9)),
        ("озеро", Outcome.REFUSE, Rule(0.1, 0.2)),
        ("一只猫", Outcome.REVIEW, Rule(0.0, 0.9)),
        ("a lake 裸体", Outcome.REVIEW, Rule(0.0, 0.9)),
    ],
)
def test_a_prompt_is_judged_by_the_rules_of_its_language(prompt, outcome, rule):
    policy = replace(POLICY, languages={"ru": STRICT})
    scorer = Answering({Category.UNSAFE: 0.3})

    verdict = replace(gate(scorer), policy=policy).judge(prompt)

    assert verdict.judged
    assert verdict.outcome is outcome
    assert verdict.rules == {Category.UNSAFE: rule}


@dataclass(frozen=True)
class Each:
    version: str = "each-1"

    def scores(self, point: np.ndarray, /) -> Mapping[Category, float]:
        if point[0] < 0:
            raise ClassifierUnavailable("that is nowhere")
        return {Category.HATE: float(point[0]), Category.VIOLENCE: float(point[1])}


@pytest.mark.parametrize(
    ("points", "outcome", "judged"),
    [
        ([(0.1, 0.6), (0.7, 0.2)], Outcome.REVIEW, True),
        ([(0.1, 0.1), (-1.0, 0.1)], Outcome.REVIEW, False),
        ([(0.1, 0.95), (-1.0, 0.1)], Outcome.REFUSE, True),
    ],
)
def test_the_worst_of_several_embeddings_counts(points, outcome, judged):
    embedding = EmbeddingGate(classifiers=[Each()], policy=POLICY)

    verdict = embedding.judge(*map(np.array, points))

    assert (verdict.outcome, verdict.judged) == (outcome, judged)
    if all(point[0] >= 0 for point in points):
        assert verdict.scores == {Category.HATE: 0.7, Category.VIOLENCE: 0.6}
