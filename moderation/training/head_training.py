"""Fit heads to labelled pictures, as the encoder they will be used with sees them."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  # its usual name

from moderation.image.head import Head
from moderation.image.networks import Network, Recogniser, directions
from moderation.training.labelled_pictures import Examples

PROBES = 32  # harmless embeddings in the self-test


class Teacher(Protocol):
    """Anything that makes a network out of examples."""

    @property
    def seed(self) -> int:
        """Where its random numbers begin."""
        ...

    def teach(self, examples: Examples, /) -> Network:
        """What scores the categories of *examples*."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """How things are taught: *steps* over batches of *batch*.

    *blur* is the noise laid on embeddings, in standard deviations of each dimension:
    heads that stand it also read what a prior predicts, which is near the real ones.
    """

    steps: int = 1500
    batch: int = 512
    rate: float = 1e-2
    decay: float = 1e-2
    blur: float = 0.3
    seed: int = 0

    def teach(self, examples: Examples) -> Recogniser:
        """What tells the things of *examples* apart."""
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
        return Recogniser(
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
            blurred = x[chosen] + self.blur * torch.randn(self.batch, x.shape[1])
            adam.zero_grad()
            loss = F.cross_entropy(linear(blurred), things[chosen])
            loss.backward()  # type: ignore[no-untyped-call]  # torch has no types here
            adam.step()


def head_for(examples: Examples, teacher: Teacher, *, name: str, encoder: str) -> Head:
    """A head over *encoder*, a digest, with the surest of the *examples* as self-test.

    Raises ClassifierUnavailable when even these are not told apart.
    """
    network = teacher.teach(examples)
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
