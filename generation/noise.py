"""Gaussian noise that depends on a seed and on nothing else."""

from collections.abc import Callable, Sequence
from enum import IntEnum

import numpy as np
import torch
from torch import Tensor

NoiseSource = Callable[[Sequence[int]], Tensor]
"""Answers fresh standard normal noise of a shape, float32 on the CPU."""


class Stage(IntEnum):
    """Who draws; each stage of a picture has a stream of its own."""

    PRIOR, DECODER = range(2)


def seeded(seed: int, stage: Stage) -> NoiseSource:
    """The noise of one *stage* of the picture of *seed*, the same on every device.

    NumPy's generator, because torch's keeps only the lowest 32 bits of a seed.
    """
    stream = np.random.default_rng([seed, stage])

    def draw(shape: Sequence[int]) -> Tensor:
        return torch.from_numpy(stream.standard_normal(tuple(shape), np.float32))

    return draw
