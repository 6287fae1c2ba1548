"""What the embedding gate is shown of one idea: all that leads to the picture."""

import numpy as np

from generation.request import Embedding, PriorOutput
from moderation import EmbeddingGate, Verdict


def judged(gate: EmbeddingGate, prior: PriorOutput, guidance: float) -> Verdict:
    """The verdict of *gate* on all that the decoder is led to by so much *guidance*.

    What it is led away from is named so that it is not painted: its scores are no fault
    of the idea, and what leading away does to the picture shows in where it leads. But
    a negative that nobody can judge leads nobody knows where.
    """
    verdict = gate.judge(*led_to(prior, guidance))
    if prior.negative is None or guidance <= 1 or not verdict.judged:
        return verdict
    away = gate.judge(prior.negative)
    return verdict if away.judged else away


def led_to(prior: PriorOutput, guidance: float) -> list[Embedding]:
    """The embedding, what it was mixed or led away from, and where guidance pushes it.

    That is e + (g - 1) (e - n), as the decoder's noise is: n + g (e - n) (Ho and
    Salimans 2022, equation 6, with g = 1 + w).
    """
    mixed = [p for p in prior.parts if not np.array_equal(p, prior.embedding)]
    points = [prior.embedding, *mixed]
    if prior.negative is not None and guidance > 1:
        push = prior.embedding - prior.negative
        points.append(prior.embedding + (guidance - 1) * push)
    return points
