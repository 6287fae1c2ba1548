"""A gate is classifiers under one policy. It always answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from PIL.Image import Image

from moderation.errors import PolicyError
from moderation.policy import Policy, Rules, judge
from moderation.protocols import (
    Embedding,
    EmbeddingClassifier,
    ImageClassifier,
    ListClassifier,
    Scores,
    TextClassifier,
)
from moderation.verdict import Category, Outcome, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptGate:
    """Judges a canonical prompt by the worst of its classifiers."""

    name: str
    classifiers: Sequence[TextClassifier]
    policy: Policy

    def judge(self, prompt: str) -> Verdict:
        """The verdict on *prompt*."""
        return _verdict(self, self.policy.prompt, prompt)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingGate:
    """Judges what the prior imagined, before the decoder spends its time on it."""

    name: str
    classifiers: Sequence[EmbeddingClassifier]
    policy: Policy

    def judge(self, embedding: Embedding) -> Verdict:
        """The verdict on *embedding*."""
        return _verdict(self, self.policy.embedding, embedding)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageGate:
    """Judges a finished picture."""

    name: str
    classifiers: Sequence[ImageClassifier]
    policy: Policy

    def judge(self, image: Image) -> Verdict:
        """The verdict on *image*."""
        return _verdict(self, self.policy.image, image)


@dataclass(frozen=True, slots=True, kw_only=True)
class HashGate:
    """Refuses pictures that stand on lists of known ones, under every policy."""

    name: str
    classifiers: Sequence[ListClassifier]
    policy: Policy

    def judge(self, image: Image, sha256: str | None = None) -> Verdict:
        """The verdict on *image*; *sha256* is that of its file as it was sent."""
        return _verdict(self, self.policy.image, image, sha256)


def _verdict(
    gate: PromptGate | EmbeddingGate | ImageGate | HashGate, rules: Rules, *things: Any
) -> Verdict:
    started = perf_counter()
    scores: Scores
    try:
        answers = [classifier.scores(*things) for classifier in gate.classifiers]
        scores = _worst(answers)
        reasons = judge(rules, scores)
        outcome, judged = max((r.outcome for r in reasons), default=Outcome.ALLOW), True
    except Exception:  # noqa: BLE001  # whatever broke, a human must look
        scores, reasons, outcome, judged = {}, (), Outcome.REVIEW, False
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
    )


def _worst(answers: Sequence[Scores]) -> Scores:
    """The highest score of each category; what is no probability raises."""
    worst: dict[Category, float] = {}
    for category, score in ((c, s) for answer in answers for c, s in answer.items()):
        if not 0 <= score <= 1:
            raise PolicyError(f"{category} must score from 0 to 1, got {score}")
        worst[category] = max(worst.get(category, 0.0), float(score))
    return worst
