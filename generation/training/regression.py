"""Training of the linear prior, in closed form, and of the residual one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.functional import mse_loss

from generation.checkpoints.networks import CLIPTextModelWithProjection
from generation.checkpoints.regressions import LinearNetwork, ResidualNetwork
from generation.training import networks
from generation.training.dataset import Dataset, Indices, captions_of
from generation.training.latents import EncodedPictures
from generation.training.loop import Monitor, StepRandom
from generation.training.plan import NetworkSizes
from generation.training.tokenizers import tokenize, trim_padding

BATCH: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionPairs:
    """Reads captions of *encoded* pictures as `ClipTextEncoder` reads prompts."""

    text: CLIPTextModelWithProjection
    vocabulary: Tokenizer
    encoded: EncodedPictures
    data: Dataset

    def __len__(self) -> int:
        return len(self.encoded.embeddings)

    @torch.no_grad()
    def of(self, chosen: Indices, random: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Embeddings [n, d] of a caption of each *chosen* picture, and its own."""
        numbers = self.encoded.numbers[chosen].numpy()
        texts = captions_of(self.data, numbers, drop=0, random=random)
        device = self.text.device
        tokens = trim_padding(tokenize(self.vocabulary, texts)).to(device)
        pooled: Tensor = self.text(input_ids=tokens.ids).text_embeds
        return pooled, self.encoded.embeddings[chosen].to(device)

    def batches(
        self, captions: int, random: np.random.Generator
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """All pictures, as often as each is to have *captions*."""
        order = np.tile(np.arange(len(self)), captions)
        for start in range(0, len(order), BATCH):
            yield self.of(order[start : start + BATCH], random)


SMALLEST_DEVIATION: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Moments:
    """Means over all pairs of x [n] and y [m], float64.

    *xx* [n, n] and *xy* [n, m] are covariances, *x_std* and *y_std* the deviations of
    each number.
    """

    x_mean: Tensor
    y_mean: Tensor
    x_std: Tensor
    y_std: Tensor
    xx: Tensor
    xy: Tensor

    @classmethod
    def of(cls, batches: Iterable[tuple[Tensor, Tensor]]) -> Self:
        """Of the pairs x [k, n] and y [k, m] in all *batches*, none of them kept."""
        count, x_sum, y_sum, xx, xy, yy = (torch.zeros(()).double() for _ in range(6))
        for x, y in ((x.double(), y.double()) for x, y in batches):
            count = count + len(x)
            x_sum, y_sum = x_sum + x.sum(dim=0), y_sum + y.sum(dim=0)
            xx, xy, yy = xx + x.T @ x, xy + x.T @ y, yy + y.square().sum(dim=0)
        x_mean, y_mean = x_sum / count, y_sum / count
        x_variance = xx.diagonal() / count - x_mean.square()
        return cls(
            x_mean=x_mean,
            y_mean=y_mean,
            x_std=_deviation(x_variance),
            y_std=_deviation(yy / count - y_mean.square()),
            xx=xx / count - x_mean.outer(x_mean),
            xy=xy / count - x_mean.outer(y_mean),
        )

    def regression(self, ridge: float) -> Tensor:
        """The matrix [n, m] from x to y, both standardised, by least squares.

        *ridge* is added to the variance of each x, which is one (Hoerl, Kennard 1970,
        equation 2.1).
        """
        correlations = self.xx / self.x_std.outer(self.x_std)
        penalty = ridge * torch.eye(len(correlations)).double()
        told = self.xy / self.x_std.outer(self.y_std)
        matrix: Tensor = torch.linalg.solve(correlations + penalty, told)
        return matrix


def _deviation(variance: Tensor) -> Tensor:
    return variance.clamp(min=SMALLEST_DEVIATION**2).sqrt()


def gather_moments(
    pairs: CaptionPairs, *, captions: int, random: np.random.Generator, monitor: Monitor
) -> Moments:
    """The moments of so many *captions* of every picture and the picture."""

    def batches() -> Iterator[tuple[Tensor, Tensor]]:
        done = 0
        for pooled, embeddings in pairs.batches(captions, random):
            yield pooled, embeddings
            done += len(pooled)
            monitor("linear", step=done, steps=captions * len(pairs), loss=None)

    return Moments.of(batches())


def fit_linear_network(moments: Moments, *, ridge: float) -> LinearNetwork:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class RegressionLoss:
    """The mean squared error of the predicted embedding, standardised."""

    prior: ResidualNetwork
    pairs: CaptionPairs
    batch: int

    def __call__(self, rng: StepRandom) -> Tensor:
        """The loss of one batch of squares, each with one of its captions."""
        chosen = rng.numpy.integers(len(self.pairs), size=self.batch)
        pooled, embeddings = self.pairs.of(chosen, rng.numpy)
        clean = (embeddings - self.prior.clip_mean) / self.prior.clip_std
        predicted: Tensor = self.prior(pooled)
        return mse_loss(predicted, clean)


def untrained_residual(sizes: NetworkSizes, moments: Moments) -> ResidualNetwork:
    """A residual prior that knows the scale of texts and of pictures."""
    prior = networks.residual(sizes)
    prior.text_mean.copy_(moments.x_mean)
    prior.text_std.copy_(moments.x_std)
    prior.clip_mean.copy_(moments.y_mean)
    prior.clip_std.copy_(moments.y_std)
    return prior
