"""The residual prior: to see a picture's embedding in that of its caption."""

from dataclasses import dataclass

from torch import Tensor
from torch.nn.functional import mse_loss

from generation.checkpoints.regressions import ResidualNetwork
from generation.training import networks
from generation.training.loop import Draw
from generation.training.pairs import Pairs
from generation.training.regression import Moments
from generation.training.widths import Widths


@dataclass(frozen=True, slots=True, kw_only=True)
class Regressing:
    """The mean squared error of the predicted embedding, standardised."""

    prior: ResidualNetwork
    pairs: Pairs
    batch: int

    def __call__(self, draw: Draw) -> Tensor:
        """The loss of one batch of squares, each with one of its captions."""
        chosen = draw.numpy.integers(len(self.pairs), size=self.batch)
        pooled, embeddings = self.pairs.of(chosen, draw.numpy)
        clean = (embeddings - self.prior.clip_mean) / self.prior.clip_std
        predicted: Tensor = self.prior(pooled)
        return mse_loss(predicted, clean)


def untrained(widths: Widths, moments: Moments) -> ResidualNetwork:
    """A residual prior that knows the scale of texts and of pictures."""
    prior = networks.residual(widths)
    prior.text_mean.copy_(moments.x_mean)
    prior.text_std.copy_(moments.x_std)
    prior.clip_mean.copy_(moments.y_mean)
    prior.clip_std.copy_(moments.y_std)
    return prior
