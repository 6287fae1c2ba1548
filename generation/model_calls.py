"""How everything that samples asks a network, and how many askers share one pass.

Whatever samples is a generator that yields a question and is sent the answer. It does
not know who else asks: between two passes requests join, leave, or are cancelled, each
with steps, guidance and a sampler of its own.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from torch import Tensor

Answer = TypeVar("Answer")


class Network(Protocol):
    """Predicts for many askers in one pass."""

    def answer(self, questions: Sequence["Question"]) -> Sequence[Tensor]:
        """What the network says to each of *questions*, row by row, as asked.

        All samples have one shape. An answer does not depend on the other questions,
        but for the order in which floating point numbers are summed.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Question:
    """What *network* makes of a noisy *sample* [1, ...] at *timestep*, in 0..999.

    *memory* is what the network prepared about the conditions; there is a row in the
    answer for each condition.
    """

    network: Network
    memory: Any
    sample: Tensor
    timestep: int


Inquiry = Generator[Question, Tensor, Answer]
"""Asks until it knows its answer; is sent rows [conditions, ...] to each question."""


def alone(inquiry: Inquiry[Answer]) -> Answer:
    """The end of an *inquiry* that shares its passes with nobody."""
    try:
        question = next(inquiry)
        while True:
            [rows] = question.network.answer([question])
            question = inquiry.send(rows)
    except StopIteration as end:
        answer: Answer = end.value
        return answer
