"""Follows samplers with anything for a network."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from generation.samplers import NoiseSource, Prediction, Sampling

LONGEST = 10_000
"""Steps after which a sampler will never end."""


def normals(seed: int, *shape: int, dtype: torch.dtype = torch.float64) -> Tensor:
    """Standard normal numbers, in double precision for what should hold exactly."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=dtype)


def noises(seed: int) -> NoiseSource:
    """What diffusers draws from a generator with *seed*."""
    generator = torch.Generator().manual_seed(seed)

    def draw(shape: Sequence[int]) -> Tensor:
        return torch.randn(tuple(shape), generator=generator)

    return draw


def followed(
    steps: Sampling, predict: Callable[[Tensor, int], Prediction]
) -> tuple[Tensor, list[Tensor]]:
    """Where *steps* end when *predict* answers, and the samples on the way."""
    asked = []
    try:
        x, timestep = next(steps)
        for _ in range(LONGEST):
            asked.append(x)
            x, timestep = steps.send(predict(x, timestep))
    except StopIteration as end:
        return end.value, asked
    raise AssertionError(f"the sampler has not ended after {LONGEST} steps")
