"""The decoder: to see a picture's latents through noise, given embedding and text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log
from typing import Final

import torch
from torch import Tensor

from generation.checkpoints.networks import MultilingualCLIP, UNet2DConditionModel
from generation.schedules import TRAINING_STEPS
from generation.training.dataset import Data, Numbers, captions_of
from generation.training.latents import Encoded
from generation.training.loop import Draw
from generation.training.networks import TOKENS
from generation.training.place import half
from generation.training.vocabularies import Tokens, Vocabularies, padded, trimmed

Keeps = Callable[[Draw, torch.Size], Tensor]

LARGEST_WEIGHT: Final = 100.0
VARIANCE_WEIGHT: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Denoising:
    """The error of the predicted noise, and the bound that teaches its variance.

    The error counts the more, the noisier the latents, as it does where the velocity
    is predicted (Salimans and Ho 2022): otherwise a short training learns the finest
    detail first and which colour was asked for last.
    Text and embedding are dropped independently: *nothing* [1, d] is the embedding of
    an all-zero tensor, *encoded* begins with the squares. A network that inpaints sees
    what it *keeps*, 1 in a mask [n, 1, h, w], beside the noise.
    """

    unet: UNet2DConditionModel
    multilingual: MultilingualCLIP
    vocabularies: Vocabularies
    encoded: Sequence[Encoded]
    data: Data
    nothing: Tensor
    alphas: Tensor
    batch: int
    square_share: float
    drops_text: float
    drops_image: float
    keeps: Keeps | None = None

    def __call__(self, draw: Draw) -> Tensor:
        """The loss of one batch of one format, each picture at its own timestep."""
        pictures, chosen = self._chosen(draw)
        size, device = len(chosen), self.unet.device
        clean = pictures.latents[chosen].float().to(device)
        timestep = torch.randint(TRAINING_STEPS, (size,), generator=draw.torch)
        noise = torch.randn(clean.shape, generator=draw.torch).to(device)
        alpha = self.alphas[timestep].float().view(-1, 1, 1, 1).to(device)
        noisy = alpha.sqrt() * clean + (1 - alpha).sqrt() * noise
        if self.keeps is not None:
            keep = self.keeps(draw, clean.shape).to(device)
            noisy = torch.cat((noisy, keep * clean, keep), dim=1)
        with half(device):
            states, conditions = self._conditions(pictures, chosen, draw)
            out = self.unet(
                noisy,
                timestep.to(device),
                encoder_hidden_states=states,
                added_cond_kwargs=conditions,
            ).sample
        predicted, variance = out.float().chunk(2, dim=1)
        bound = variance_bound(
            predicted.detach(), variance, noise, timestep.to(device), self.alphas
        )
        weight = (1 / alpha).clamp(max=LARGEST_WEIGHT)
        error: Tensor = (weight * (predicted - noise).square()).mean()
        return error + VARIANCE_WEIGHT * bound

    def _chosen(self, draw: Draw) -> tuple[Encoded, Numbers]:
        """A format, and as many of its pictures as have the cells of a batch."""
        pictures = self.encoded[0]
        if len(self.encoded) > 1 and draw.numpy.random() >= self.square_share:
            pictures = self.encoded[int(draw.numpy.integers(1, len(self.encoded)))]
        cells = pictures.latents[0].numel() / self.encoded[0].latents[0].numel()
        size = max(1, round(self.batch / cells))
        return pictures, draw.numpy.integers(len(pictures.latents), size=size)

    @torch.no_grad()
    def _conditions(
        self, pictures: Encoded, chosen: Numbers, draw: Draw
    ) -> tuple[Tensor, dict[str, Tensor]]:
        numbers = pictures.numbers[chosen].numpy()
        texts = captions_of(self.data, numbers, drop=self.drops_text, random=draw.numpy)
        dropped = torch.rand(len(chosen), 1, generator=draw.torch) < self.drops_image
        embeddings = torch.where(dropped, self.nothing, pictures.embeddings[chosen])
        device = self.unet.device
        tokens = padded(self.vocabularies.multilingual, texts).to(device)
        states, pooled = read_trimmed(self.multilingual, tokens)
        return states, {"text_embeds": pooled, "image_embeds": embeddings.to(device)}


def read_trimmed(encoder: MultilingualCLIP, tokens: Tokens) -> tuple[Tensor, Tensor]:
    """States [n, 77, width] and pooled [n, d] of *tokens*, padding read only once.

    XLM-R gives every pad the same position and attends to none, so all the pads of a
    text share one state.
    """
    short = trimmed(tokens)
    pooled, states = encoder(input_ids=short.ids, attention_mask=short.mask)
    missing = TOKENS - states.shape[1]
    pads = states[:, -1:].expand(-1, missing, -1)
    return torch.cat([states, pads], dim=1), pooled


def variance_bound(
    predicted: Tensor,
    variance: Tensor,
    noise: Tensor,
    timestep: Tensor,
    alphas: Tensor,
) -> Tensor:
    """The variational bound in bits per value (Nichol and Dhariwal 2021, eq. 15).

    *variance* in -1..1 lies between the posterior's and beta, in the logarithm. The
    two means differ by the error of the noise, so latents are not needed.
    """
    alphas = alphas.to(timestep.device)
    alpha = alphas[timestep]
    before = alphas[(timestep - 1).clamp(min=0)]
    before = torch.where(timestep > 0, before, torch.ones_like(before))
    beta = 1 - alpha / before
    posterior = beta * (1 - before) / (1 - alpha)
    least = posterior_at_one(alphas)
    low = posterior.clamp(min=least).log().float().view(-1, 1, 1, 1)
    high = beta.log().float().view(-1, 1, 1, 1)
    share = (variance + 1) / 2
    model = share * high + (1 - share) * low
    scale = beta.square() / ((1 - alpha) * (1 - beta))
    gap = scale.float().view(-1, 1, 1, 1) * (noise - predicted).square()
    bound = model - low + (low - model).exp() + gap * (-model).exp() - 1
    return (bound / 2 / log(2)).mean()


def posterior_at_one(alphas: Tensor) -> float:
    """The posterior's variance at timestep 1, which timestep 0 borrows."""
    beta = 1 - alphas[1] / alphas[0]
    return float(beta * (1 - alphas[0]) / (1 - alphas[1]))
