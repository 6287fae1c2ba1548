"""The gates: classifiers under one policy, which always answer.

A gate whose classifier fails asks for a person, and its verdict says what failed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, ClassVar, Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

from moderation.errors import PolicyError
from moderation.language import Language, rules_language
from moderation.policy import Policy, Rules, judge
from moderation.protocols import (
    Embedding,
    EmbeddingClassifier,
    ImageClassifier,
    ListClassifier,
    Scores,
    TextClassifier,
)
from moderation.verdict import (
    Category,
    Failure,
    Gate,
    Outcome,
    PolicyTable,
    Reason,
    Shadow,
    Verdict,
)

MODEL: Final = "noisy-or-1"
"""The version of the joint rule, for the record."""

Probability = TypeVar("Probability", float, NDArray[np.floating])


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptGate:
    """Judges a canonical prompt by the worst of its classifiers.

    The rules are those of the prompt's language. *name* is Gate.PROMPT at the door and
    Gate.SCREENING behind it. A *shadow*, here and at the other gates, is a policy that
    judges the same scores, for the record alone.
    """

    classifiers: Sequence[TextClassifier]
    policy: Policy
    shadow: Policy | None = None
    name: Gate = Gate.PROMPT

    def judge(self, prompt: str) -> Verdict:
        """The verdict on *prompt*."""
        return _verdict(self, PolicyTable.PROMPT, [(prompt,)], rules_language(prompt))


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingGate:
    """Judges the prior's image embeddings, before the decoder spends its time."""

    name: ClassVar[Gate] = Gate.EMBEDDING
    classifiers: Sequence[EmbeddingClassifier]
    policy: Policy
    shadow: Policy | None = None

    def judge(self, *embeddings: Embedding) -> Verdict:
        """The verdict on the worst of *embeddings* [d], at least one.

        One that cannot be judged asks for a person, unless another one is refused.
        """
        table = PolicyTable.EMBEDDING
        together = _verdict(self, table, [(each,) for each in embeddings])
        if together.judged:
            return together
        alone = [_verdict(self, table, [(each,)]) for each in embeddings]
        return max([together, *alone], key=lambda verdict: verdict.outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageGate:
    """Judges a finished picture."""

    name: ClassVar[Gate] = Gate.IMAGE
    classifiers: Sequence[ImageClassifier]
    policy: Policy
    shadow: Policy | None = None

    def judge(self, image: Image) -> Verdict:
        """The verdict on *image*."""
        return _verdict(self, PolicyTable.IMAGE, [(image,)])


@dataclass(frozen=True, slots=True, kw_only=True)
class HashGate:
    """Refuses pictures that stand on lists of known ones, under every policy."""

    name: ClassVar[Gate] = Gate.HASH
    classifiers: Sequence[ListClassifier]
    policy: Policy
    shadow: Policy | None = None

    def judge(self, image: Image, sha256: str | None = None) -> Verdict:
        """The verdict on *image*; *sha256* is that of its file as it was sent."""
        return _verdict(self, PolicyTable.IMAGE, [(image, sha256)])


@dataclass(frozen=True, slots=True, kw_only=True)
class JointGate:
    """Judges a picture by its scores and by those of its prompt together.

    It is silent where the two have no category with a joint rule in common: each of
    them was judged by itself.
    """

    name: ClassVar[Gate] = Gate.JOINT
    policy: Policy
    shadow: Policy | None = None

    def judge(self, prompt: Scores, image: Scores) -> Verdict | None:
        """The verdict on the scores of *prompt* and *image*, None if it is silent."""
        started, rules = perf_counter(), self.policy.joint
        together = joint_scores(prompt, image)
        scores = {c: score for c, score in together.items() if c in rules}
        if not scores:
            return None
        reasons = judge(rules, scores)
        return Verdict(
            gate=self.name,
            outcome=worst_of(reasons),
            reasons=reasons,
            scores=scores,
            rules={category: rules[category] for category in scores},
            policy=self.policy.version,
            models=(MODEL,),
            milliseconds=(perf_counter() - started) * 1000,
            shadow=shadow_of(self.shadow, PolicyTable.JOINT, together),
        )


def noisy_or(prompt: Probability, image: Probability) -> Probability:
    """The chance that either is right, were they independent; each in [0, 1].

    It never falls when one of them rises (Pearl 1988, section 4.3.2).
    """
    return 1 - (1 - prompt) * (1 - image)


def joint_scores(prompt: Scores, image: Scores) -> Scores:
    """The joint score of each category that both have a score for."""
    return {
        category: noisy_or(prompt[category], image[category])
        for category in Category
        if category in prompt and category in image
    }


def shadow_of(
    policy: Policy | None,
    table: PolicyTable,
    scores: Scores | None,
    language: Language | None = None,
) -> Shadow | None:
    """The answer of the shadow *policy* to *scores*; None stands for no scores."""
    if policy is None:
        return None
    if scores is None:
        return Shadow(policy.version, Outcome.REVIEW, ())
    rules = policy.rules(table, language or "en")
    seen = {category: scores[category] for category in scores if category in rules}
    reasons = judge(rules, seen) if seen else ()
    return Shadow(policy.version, worst_of(reasons), reasons)


def worst_of(reasons: Sequence[Reason]) -> Outcome:
    """The worst outcome of *reasons*; ALLOW without any."""
    return max((reason.outcome for reason in reasons), default=Outcome.ALLOW)


def _verdict(
    gate: PromptGate | EmbeddingGate | ImageGate | HashGate,
    table: PolicyTable,
    things: Sequence[tuple[Any, ...]],
    language: Language | None = None,
) -> Verdict:
    started = perf_counter()
    rules: Rules = gate.policy.rules(table, language or "en")
    scores: Scores
    failure: Failure | None = None
    try:
        answers = [c.scores(*thing) for thing in things for c in gate.classifiers]
        scores = _worst(answers)
        reasons = judge(rules, scores)
        outcome = worst_of(reasons)
    except Exception as error:  # noqa: BLE001  # whatever broke, a person must look
        failure = Failure.of(error)
        scores, reasons, outcome = {}, (), Outcome.REVIEW
    judged = failure is None
    return Verdict(
        gate=gate.name,
        outcome=outcome,
        reasons=reasons,
        scores=scores,
        rules={category: rules[category] for category in scores},
        policy=gate.policy.version,
        models=tuple(classifier.version for classifier in gate.classifiers),
        milliseconds=(perf_counter() - started) * 1000,
        judged=judged,
        language=language,
        shadow=shadow_of(gate.shadow, table, scores if judged else None, language),
        failure=failure,
    )


def _worst(answers: Sequence[Scores]) -> Scores:
    """The highest score of each category; one outside [0, 1] raises PolicyError."""
    worst: dict[Category, float] = {}
    for category, score in ((c, s) for answer in answers for c, s in answer.items()):
        if not 0 <= score <= 1:
            raise PolicyError(f"{category} must score from 0 to 1, got {score}")
        worst[category] = max(worst.get(category, 0.0), float(score))
    return worst
