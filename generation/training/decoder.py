"""Training of the decoder, and of the inpainting decoder that starts as its copy."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from math import cos, log, pi, sin
from typing import Any, Final

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor, nn

from generation.checkpoints.networks import MultilingualCLIP, UNet2DConditionModel
from generation.errors import PlanError
from generation.schedules import TRAINING_STEPS
from generation.training.dataset import Dataset, Indices, captions_of
from generation.training.latents import EncodedPictures
from generation.training.loop import StepRandom, autocast
from generation.training.networks import TOKENS
from generation.training.tokenizers import (
    TokenBatch,
    Tokenizers,
    tokenize,
    trim_padding,
)

MaskSource = Callable[[StepRandom, torch.Size], Tensor]

LARGEST_WEIGHT: Final = 100.0
VARIANCE_WEIGHT: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class DecoderLoss:
    """The error of the predicted noise, and the bound that teaches its variance.

    The error counts the more, the noisier the latents, as it does where the velocity
    is predicted (Salimans and Ho 2022): otherwise a short training learns the finest
    detail first and which colour was asked for last.
    Text and embedding are dropped independently: *nothing* [1, d] is the embedding of
    an all-zero tensor, *encoded* begins with the squares. A network that inpaints sees
    what it *masks*, 1 in a mask [n, 1, h, w], beside the noise.
    """

    unet: UNet2DConditionModel
    multilingual: MultilingualCLIP
    vocabularies: Tokenizers
    encoded: Sequence[EncodedPictures]
    data: Dataset
    nothing: Tensor
    alphas: Tensor
    batch: int
    square_share: float
    drops_text: float
    drops_image: float
    masks: MaskSource | None = None

    def __call__(self, rng: StepRandom) -> Tensor:
        """The loss of one batch of one format, each picture at its own timestep."""
        pictures, chosen = self._chosen(rng)
        size, device = len(chosen), self.unet.device
        clean = pictures.latents[chosen].float().to(device)
        timestep = torch.randint(TRAINING_STEPS, (size,), generator=rng.torch)
        noise = torch.randn(clean.shape, generator=rng.torch).to(device)
        alpha = self.alphas[timestep].float().view(-1, 1, 1, 1).to(device)
        noisy = alpha.sqrt() * clean + (1 - alpha).sqrt() * noise
        if self.masks is not None:
            keep = self.masks(rng, clean.shape).to(device)
            noisy = torch.cat((noisy, keep * clean, keep), dim=1)
        with autocast(device):
            states, conditions = self._conditions(pictures, chosen, rng)
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

    def _chosen(self, rng: StepRandom) -> tuple[EncodedPictures, Indices]:
        """A format, and as many of its pictures as have the cells of a batch."""
        pictures = self.encoded[0]
        if len(self.encoded) > 1 and rng.numpy.random() >= self.square_share:
            pictures = self.encoded[int(rng.numpy.integers(1, len(self.encoded)))]
        cells = pictures.latents[0].numel() / self.encoded[0].latents[0].numel()
        size = max(1, round(self.batch / cells))
        return pictures, rng.numpy.integers(len(pictures.latents), size=size)

    @torch.no_grad()
    def _conditions(
        self, pictures: EncodedPictures, chosen: Indices, rng: StepRandom
    ) -> tuple[Tensor, dict[str, Tensor]]:
        numbers = pictures.numbers[chosen].numpy()
        texts = captions_of(self.data, numbers, drop=self.drops_text, random=rng.numpy)
        dropped = torch.rand(len(chosen), 1, generator=rng.torch) < self.drops_image
        embeddings = torch.where(dropped, self.nothing, pictures.embeddings[chosen])
        device = self.unet.device
        tokens = tokenize(self.vocabularies.multilingual, texts).to(device)
        states, pooled = read_trimmed(self.multilingual, tokens)
        return states, {"text_embeds": pooled, "image_embeds": embeddings.to(device)}


def read_trimmed(
    encoder: MultilingualCLIP, tokens: TokenBatch
) -> tuple[Tensor, Tensor]:
    """States [n, 77, width] and pooled [n, d] of *tokens*, padding read only once.

    XLM-R gives every pad the same position and attends to none, so all the pads of a
    text share one state.
    """
    short = trim_padding(tokens)
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


SEEN: Final = 9  # channels: noise, what is kept, and the mask
FINER: Final = 8  # masks are drawn so much finer than latents
BOX: Final = (0.25, 0.75)  # sides of a hole, relative to the picture's
BOX_SHARE: Final = 0.4  # of the holes; the others are rounder
FRAME_SHARE: Final = 0.25  # of the masks keep what is inside and repaint around it
WHOLE_SHARE: Final = 0.1  # of the masks keep nothing
CORNERS: Final = 16


def widen_input(unet: UNet2DConditionModel) -> UNet2DConditionModel:
    """A copy of the decoder *unet* that sees nine channels, and heeds only the old.

    The five new ones begin with weight zero, so that it paints at first as before.
    """
    wider = deepcopy(unet)
    narrow: nn.Conv2d = wider.conv_in
    wide = nn.Conv2d(SEEN, narrow.out_channels, 3, padding=1)
    with torch.no_grad():
        wide.weight.zero_()
        wide.weight[:, : narrow.in_channels] = narrow.weight
        wide.bias.copy_(narrow.bias)  # type: ignore[union-attr, arg-type]  # both have one
    wider.conv_in = wide.to(narrow.weight.device)
    configured: Any = wider
    configured.register_to_config(in_channels=SEEN)
    return wider


def freeze_parts(unet: UNet2DConditionModel, parts: Sequence[str]) -> None:
    """Leaves *parts* of *unet* as the decoder has them, or PlanError."""
    for part in parts:
        try:
            unet.get_submodule(part).requires_grad_(requires_grad=False)
        except AttributeError as error:
            known = ", ".join(name for name, _ in unet.named_children())
            raise PlanError(f"the decoder has no part {part!r}, but {known}") from error


def random_masks(rng: StepRandom, shape: torch.Size) -> Tensor:
    """Masks [n, 1, h, w] for latents of *shape*: 1 is kept, 0 is painted anew."""
    count, _, height, width = shape
    masks = [_mask(width, height, rng.numpy) for _ in range(count)]
    return torch.from_numpy(np.stack(masks))[:, None]


def _mask(
    width: int, height: int, random: np.random.Generator
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    if random.random() < WHOLE_SHARE:
        return np.zeros((height, width), np.float32)
    hole = Image.new("L", (FINER * width, FINER * height))
    _punch(ImageDraw.Draw(hole), hole.size, random)
    inside = np.asarray(hole.resize((width, height), Image.Resampling.BOX)) > 0
    kept = inside if random.random() < FRAME_SHARE else ~inside
    return kept.astype(np.float32)


def _punch(
    draw: ImageDraw.ImageDraw, size: tuple[int, int], random: np.random.Generator
) -> None:
    sides = random.uniform(*BOX, 2) * size
    left, top = random.uniform(0, 1, 2) * (size - sides)
    if random.random() < BOX_SHARE:
        draw.rectangle((left, top, left + sides[0], top + sides[1]), fill=255)
        return
    radii = random.uniform(0.7, 1.0, CORNERS)
    corners = [
        (
            left + sides[0] / 2 * (1 + radius * cos(2 * pi * i / CORNERS)),
            top + sides[1] / 2 * (1 + radius * sin(2 * pi * i / CORNERS)),
        )
        for i, radius in enumerate(radii)
    ]
    draw.polygon(corners, fill=255)
