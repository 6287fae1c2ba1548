"""The fast gate first, and the slow classifier only where the fast one is not sure.

What the fast gate refuses is settled, and what it scores below a bar is taken for
harmless. With random weights Detoxify finds nothing, so the truth is put in its place:
as if it found all that is unsafe. Where a stated share of that is refused or passed on
by the fast gate, both together find that share of what Detoxify would find alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Self

from moderation import PromptGate
from moderation.protocols import TextClassifier


@dataclass(frozen=True, slots=True)
class Cascade:
    """Asks *slow* about what *gate* scores *bar* or more for, and does not refuse."""

    gate: PromptGate
    slow: TextClassifier
    bar: float

    @classmethod
    def of_recall(
        cls,
        recall: float,
        unsafe: Sequence[str],
        gate: PromptGate,
        slow: TextClassifier,
    ) -> Self:
        """The cascade that stops or passes on a share *recall* of *unsafe* prompts."""
        verdicts = [gate.judge(text) for text in unsafe]
        scores = sorted(
            (1.0 if v.refused else max(v.scores.values()) for v in verdicts),
            reverse=True,
        )
        return cls(gate, slow, scores[ceil(recall * len(scores)) - 1])

    def judge(self, texts: Sequence[str]) -> int:
        """Judge *texts*, one by one; how many of them *slow* was asked about."""
        asked = 0
        for text in texts:
            verdict = self.gate.judge(text)
            if not verdict.refused and max(verdict.scores.values()) >= self.bar:
                self.slow.scores(text)
                asked += 1
        return asked
