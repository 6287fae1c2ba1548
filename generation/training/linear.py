"""The linear prior: least squares in closed form, in one pass over captions."""

from collections.abc import Iterator

import numpy as np
from torch import Tensor

from generation.checkpoints.regressions import LinearNetwork
from generation.training.loop import Watch
from generation.training.pairs import Pairs
from generation.training.regression import Moments


def gathered(
    pairs: Pairs, *, captions: int, random: np.random.Generator, watch: Watch
) -> Moments:
    """How so many *captions* of every picture vary together with it."""

    def batches() -> Iterator[tuple[Tensor, Tensor]]:
        done = 0
        for pooled, embeddings in pairs.batches(captions, random):
            yield pooled, embeddings
            done += len(pooled)
            watch("linear", step=done, steps=captions * len(pairs), loss=None)

    return Moments.of(batches())


def fitted(moments: Moments, *, ridge: float) -> LinearNetwork:
    """The linear prior that errs least; *ridge* keeps its matrix small.

    *moments* are of the embeddings of captions and of their pictures. Captions are
    standardised inside of the matrix and the bias.
    """
    matrix = moments.regression(ridge) / moments.x_std[:, None]
    [text, embedding] = matrix.shape
    prior = LinearNetwork(text=text, embedding=embedding)
    prior.weight.copy_(matrix.T)
    prior.bias.copy_(-moments.x_mean @ matrix)
    prior.clip_mean.copy_(moments.y_mean)
    prior.clip_std.copy_(moments.y_std)
    return prior
