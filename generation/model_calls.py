"""Calls of a network as values, so that many samplers can share one forward pass.

A sampler is a generator that yields a `ModelCall` and is sent the prediction. It does
not know who else samples: between two passes requests join, leave or are cancelled,
each with steps, guidance and a sampler of its own.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from torch import Tensor

Result = TypeVar("Result")


class Network(Protocol):
    """A network that predicts for several calls in one forward pass."""

    def predict(self, calls: Sequence["ModelCall"]) -> Sequence[Tensor]:
        """The prediction [conditions, ...] for each of *calls*, in their order.

        All samples have one shape. A prediction does not depend on the other calls,
        but for the order in which floating point numbers are summed.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModelCall:
    """One call of *network* with a noisy *sample* [1, ...] at *timestep*, in 0..999.

    *cache* is what the network prepared of the conditions; the prediction has a row
    for each condition.
    """

    network: Network
    cache: Any
    sample: Tensor
    timestep: int


ModelCalls = Generator[ModelCall, Tensor, Result]
"""Yields calls, is sent a prediction [conditions, ...] for each, returns a result."""


def run_alone(calls: ModelCalls[Result]) -> Result:
    """The result of *calls* whose forward passes are shared with no other sampler."""
    try:
        call = next(calls)
        while True:
            [rows] = call.network.predict([call])
            call = calls.send(rows)
    except StopIteration as end:
        result: Result = end.value
        return result
