"""Prompt and picture together: two doubts of the same thing are more than one."""

from dataclasses import dataclass
from time import perf_counter
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from moderation.gates import shadow_of, worst_of
from moderation.policy import JOINT, Policy, judge
from moderation.protocols import Scores
from moderation.verdict import Category, Verdict

Probability = TypeVar("Probability", float, NDArray[np.floating])

MODEL: Final = "noisy-or-1"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class JointGate:
    """Judges a picture by its scores and by those of the prompt it came from.

    It is silent where the two have no category with a joint rule in common: each of
    them was judged by itself.
    """

    policy: Policy
    shadow: Policy | None = None
    name: str = JOINT

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
            shadow=shadow_of(self.shadow, JOINT, together),
        )
