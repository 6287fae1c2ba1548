"""Fit heads to labelled pictures, as the encoder they will be used with sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  # its usual name

from moderation.image.heads import Head
from moderation.image.networks import Network, Perceptron, SoftmaxNetwork, directions
from moderation.training.labelled_pictures import LabelledEmbeddings

PROBES = 32  # harmless embeddings in the self-test


class HeadTrainer(Protocol):
    """A way to make a network out of examples."""

    @property
    def seed(self) -> int:
        """The seed of its random numbers."""
        ...

    def fit(self, examples: LabelledEmbeddings, /) -> Network:
        """The network that scores the categories of *examples*."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftmaxTrainer:
    """A softmax over things, fitted in *steps* over batches of *batch*.

    *noise* is the noise laid on embeddings, in standard deviations of each dimension:
    heads that stand it also read what a prior predicts, which is near the real ones.
    """

    steps: int = 1500
    batch: int = 512
    rate: float = 1e-2
    decay: float = 1e-2
    noise: float = 0.3
    seed: int = 0

    def fit(self, examples: LabelledEmbeddings) -> SoftmaxNetwork:
        """The network that tells the things of *examples* apart."""
        names, first, numbers = np.unique(
            examples.things, return_index=True, return_inverse=True
        )
        x = F.normalize(torch.from_numpy(examples.embeddings), dim=1)
        spread, centre = torch.std_mean(x, dim=0)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            linear = nn.Linear(x.shape[1], len(names))
            self._train(linear, (x - centre) / spread, torch.from_numpy(numbers))
        # heads get embeddings as they are: the weights learn to standardise them
        weight = (linear.weight / spread).detach()
        bias = (linear.bias - weight @ centre).detach()
        return SoftmaxNetwork(
            weight=weight.numpy(),
            bias=bias.numpy(),
            membership=examples.labels[first].T.astype(np.float32),
        )

    def _train(self, linear: nn.Linear, x: Tensor, things: Tensor) -> None:
        adam = torch.optim.AdamW(
            linear.parameters(), lr=self.rate, weight_decay=self.decay
        )
        for _ in range(self.steps):
            chosen = torch.randint(len(x), (self.batch,))
            blurred = x[chosen] + self.noise * torch.randn(self.batch, x.shape[1])
            adam.zero_grad()
            loss = F.cross_entropy(linear(blurred), things[chosen])
            loss.backward()  # type: ignore[no-untyped-call]  # torch has no types here
            adam.step()


def train_head(
    examples: LabelledEmbeddings, trainer: HeadTrainer, *, name: str, encoder: str
) -> Head:
    """A head over *encoder*, a digest, with the surest of the *examples* as self-test.

    Raises ClassifierUnavailable when even these are not told apart.
    """
    network = trainer.fit(examples)
    certain = network.probabilities(directions(examples.embeddings))
    harmless = np.flatnonzero(~examples.labels.any(axis=1))
    surest = harmless[certain[harmless].max(axis=1).argsort()[:PROBES]]
    flagged = np.where(examples.labels, certain, -1).argmax(axis=0)
    return Head(
        name=name,
        encoder=encoder,
        categories=examples.categories,
        network=network,
        harmless=examples.embeddings[surest],
        flagged=examples.embeddings[flagged],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiLabelTrainer:
    """An output per label, fitted in *steps* of *batch*; no *hidden* is linear.

    A share of the examples, *held*, is kept for calibration. *noise* is the noise laid
    on embeddings, in standard deviations of each dimension.
    """

    hidden: tuple[int, ...] = ()
    steps: int = 1500
    batch: int = 512
    rate: float = 3e-3
    decay: float = 1e-2
    noise: float = 0.3
    held: float = 0.2
    seed: int = 0

    def fit(self, examples: LabelledEmbeddings) -> Perceptron:
        """The network that gives each label of *examples* its probability."""
        x = F.normalize(torch.from_numpy(examples.embeddings), dim=1)
        y = torch.from_numpy(examples.labels.astype(np.float32))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            order = torch.randperm(len(x))
            kept = max(1, int(self.held * len(x)))
            held, taught = order[:kept], order[kept:]
            spread, centre = torch.std_mean(x[taught], dim=0)
            spread = spread.clamp_min(1e-7)
            linears = self._layers(x.shape[1], y.shape[1])
            network = nn.Sequential(*_with_relu(linears))
            self._train(network, (x[taught] - centre) / spread, y[taught])
        with torch.no_grad():
            logits = network((x[held] - centre) / spread)
        slope, shift = platt(logits, y[held])
        with torch.no_grad():
            # directions come as they are, and probabilities are what is asked for
            first, last = linears[0], linears[-1]
            first.weight.div_(spread)
            first.bias.sub_(first.weight @ centre)
            last.weight.mul_(slope[:, None])
            last.bias.mul_(slope).add_(shift)
        layers = [(li.weight.detach(), li.bias.detach()) for li in linears]
        return Perceptron(layers=tuple((w.numpy(), b.numpy()) for w, b in layers))

    def _layers(self, dimension: int, labels: int) -> list[nn.Linear]:
        widths = (dimension, *self.hidden, labels)
        return [nn.Linear(wide, narrow) for wide, narrow in pairwise(widths)]

    def _train(self, network: nn.Module, x: Tensor, y: Tensor) -> None:
        adam = torch.optim.AdamW(
            network.parameters(), lr=self.rate, weight_decay=self.decay
        )
        for _ in range(self.steps):
            chosen = torch.randint(len(x), (self.batch,))
            blurred = x[chosen] + self.noise * torch.randn(self.batch, x.shape[1])
            adam.zero_grad()
            loss = F.binary_cross_entropy_with_logits(network(blurred), y[chosen])
            loss.backward()  # type: ignore[no-untyped-call]  # torch has no types here
            adam.step()


def platt(logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Slope > 0 and shift [c] that make probabilities of *logits* [n, c].

    Platt (1999), with his smoothed targets: few examples do not make certainties. A
    category that is always or never shown keeps its logits.
    """
    positive = labels.sum(dim=0)
    negative = len(labels) - positive
    target = torch.where(
        labels > 0, (positive + 1) / (positive + 2), 1 / (negative + 2)
    )
    known = (positive > 0) & (negative > 0)
    stretch = torch.zeros(labels.shape[1], requires_grad=True)
    shift = torch.zeros(labels.shape[1], requires_grad=True)
    search = torch.optim.LBFGS([stretch, shift], max_iter=100)

    def loss() -> Tensor:
        search.zero_grad()
        fitted = logits * stretch.exp() + shift
        each = F.binary_cross_entropy_with_logits(fitted, target, reduction="none")
        total = each.mean(dim=0)[known].sum()
        if known.any():
            total.backward()  # type: ignore[no-untyped-call]  # torch has no types here
        return total

    search.step(loss)  # type: ignore[no-untyped-call]  # torch has no types here
    slope = stretch.detach().exp()
    return torch.where(known, slope, 1), torch.where(known, shift.detach(), 0)


def _with_relu(linears: Sequence[nn.Linear]) -> list[nn.Module]:
    *hidden, last = linears
    return [*(part for linear in hidden for part in (linear, nn.ReLU())), last]
