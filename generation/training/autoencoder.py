"""Training of MoVQ: small latents of unit size that survive a little noise."""

from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import torch
from PIL import Image
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import (
    interpolate,
    l1_loss,
    layer_norm,
    mse_loss,
    normalize,
    relu,
)

from generation.checkpoints.networks import CLIPVisionModelWithProjection, VQModel
from generation.training import networks
from generation.training.dataset import CLIP_MEAN, CLIP_STD, Dataset, for_autoencoder
from generation.training.loop import StepRandom, autocast
from generation.training.plan import NetworkSizes
from generation.training.ssim import structural_similarity

WIDTH: Final = 64
GROUPS: Final = 8
SLOPE: Final = 0.2


class Discriminator(nn.Module):
    """Tells real pictures from reconstructions (PatchGAN, Isola et al. 2017)."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, WIDTH, 4, stride=2, padding=1),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(WIDTH, 2 * WIDTH, 4, stride=2, padding=1),
            nn.GroupNorm(GROUPS, 2 * WIDTH),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(2 * WIDTH, 4 * WIDTH, 4, padding=1),
            nn.GroupNorm(GROUPS, 4 * WIDTH),
            nn.LeakyReLU(SLOPE),
            nn.Conv2d(4 * WIDTH, 1, 4, padding=1),
        )

    def forward(self, pictures: Tensor) -> Tensor:
        """A number for each patch of *pictures* [n, 3, h, w]: high for real ones."""
        answer: Tensor = self.layers(pictures)
        return answer


def generator_loss(discriminator: Discriminator, painted: Tensor) -> Tensor:
    """The adversarial loss of *painted*; the *discriminator* learns nothing."""
    settled = {name: p.detach() for name, p in discriminator.named_parameters()}
    answer: Tensor = functional_call(discriminator, settled, (painted,))
    return -answer.mean()


def discriminator_loss(
    discriminator: Discriminator, pictures: Tensor, painted: Tensor
) -> Tensor:
    """The hinge loss of the *discriminator* (Lim and Ye 2017)."""
    real, made = discriminator(pictures), discriminator(painted.detach())
    return relu(1 - real).mean() + relu(1 + made).mean()


def perceptual_loss(
    perceptual_encoder: CLIPVisionModelWithProjection, painted: Tensor, pictures: Tensor
) -> Tensor:
    """The distance of two batches [n, 3, h, w] in -1..1 in the layers of an encoder.

    The mean squared distance of directions, as LPIPS measures it (Zhang et al. 2018).
    """
    ours, theirs = (_states(perceptual_encoder, batch) for batch in (painted, pictures))
    distances = [
        (normalize(one, dim=-1) - normalize(other, dim=-1)).square().sum(-1).mean()
        for one, other in zip(ours, theirs, strict=True)
    ]
    return torch.stack(distances).mean()


def _states(
    perceptual_encoder: CLIPVisionModelWithProjection, batch: Tensor
) -> tuple[Tensor, ...]:
    side: Any = perceptual_encoder.config.image_size
    mean, std = (
        torch.tensor(numbers, device=batch.device).view(3, 1, 1)
        for numbers in (CLIP_MEAN, CLIP_STD)
    )
    if batch.shape[-2:] != (side, side):
        batch = interpolate(batch, (side, side), mode="bilinear", antialias=True)
    seen = perceptual_encoder((batch / 2 + 0.5 - mean) / std, output_hidden_states=True)
    states: tuple[Tensor, ...] = seen.hidden_states[1:]
    return states


EDGE_WEIGHT: Final = 0.5
STRUCTURE_WEIGHT: Final = 0.3
CODE_WEIGHT: Final = 0.1
SIZE_WEIGHT: Final = 0.05
LATENT_NOISE: Final = 0.05  # relative to latents of unit size


class AdversarialAutoencoder(nn.Module):
    """An autoencoder, and the discriminator that is trained beside it."""

    def __init__(self, movq: VQModel) -> None:
        super().__init__()
        self.movq = movq
        self.critic = Discriminator()  # so it is called in checkpoints


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconstructionLoss:
    """The loss of reconstructing fresh pictures from their latents.

    The engine decodes latents unquantised, as Kandinsky 2.1 does, so they are painted
    from here with a little noise, as a denoiser leaves it; the codebook follows them.
    """

    model: AdversarialAutoencoder
    data: Dataset
    side: int
    batch: int
    perceptual: float
    adversarial: float
    perceptual_encoder: CLIPVisionModelWithProjection | None

    @property
    def movq(self) -> VQModel:
        """The autoencoder itself."""
        return self.model.movq

    def __call__(self, rng: StepRandom) -> Tensor:
        """Differences of pixels, edges and structure, and terms that shape the latents.

        With positive weights, also the perceptual and the adversarial loss.
        """
        device = self.movq.device
        pixels = for_autoencoder(self._pictures(rng)).to(device)
        with autocast(device):
            latents = self.movq.encode(pixels).latents
            noise = torch.randn(latents.shape, generator=rng.torch).to(device)
            shown = latents + LATENT_NOISE * noise
            painted = self.movq.decoder(self.movq.post_quant_conv(shown), shown)
        painted, latents = painted.float(), latents.float()
        return self._judged(painted, pixels) + (
            l1_loss(painted, pixels)
            + mse_loss(painted, pixels)
            + EDGE_WEIGHT * edge_loss(painted, pixels)
            + STRUCTURE_WEIGHT * structure_loss(painted, pixels)
            + CODE_WEIGHT * self._distance_of_codes(latents.detach())
            + SIZE_WEIGHT * size_loss(latents)
        )

    def _judged(self, painted: Tensor, pixels: Tensor) -> Tensor:
        loss = torch.zeros((), device=pixels.device)
        if self.perceptual_encoder is not None:
            loss = loss + self.perceptual * perceptual_loss(
                self.perceptual_encoder, painted, pixels
            )
        if self.adversarial:
            discriminator = self.model.critic
            loss = loss + self.adversarial * generator_loss(discriminator, painted)
            loss = loss + discriminator_loss(discriminator, pixels, painted)
        return loss

    def _distance_of_codes(self, latents: Tensor) -> Tensor:
        """The mean squared distance from each cell of *latents* to its nearest code."""
        codebook = self.movq.quantize.embedding.weight
        cells = latents.permute(0, 2, 3, 1).flatten(0, 2)
        nearest = torch.cdist(cells, codebook.detach()).argmin(dim=1)
        return mse_loss(codebook[nearest], cells)

    def _pictures(self, rng: StepRandom) -> list[Image.Image]:
        numbers = rng.numpy.integers(self.data.size, size=self.batch)
        frame = (self.side, self.side)
        return [self.data.picture(int(number), frame) for number in numbers]


def untrained(sizes: NetworkSizes) -> VQModel:
    """An autoencoder whose codes are as large as its latents will be."""
    movq = networks.movq(sizes)
    torch.nn.init.normal_(movq.quantize.embedding.weight)
    return movq


def freeze_encoder(movq: VQModel) -> None:
    """Freezes the encoder of *movq*; only its decoder goes on learning."""
    for part in (movq.encoder, movq.quant_conv, movq.quantize):
        part.requires_grad_(requires_grad=False)


def edge_loss(painted: Tensor, pixels: Tensor) -> Tensor:
    """The mean difference between the differences of neighbouring pixels."""
    return l1_loss(painted.diff(dim=-1), pixels.diff(dim=-1)) + l1_loss(
        painted.diff(dim=-2), pixels.diff(dim=-2)
    )


def structure_loss(painted: Tensor, pixels: Tensor) -> Tensor:
    """One minus the structural similarity of *painted* and *pixels*, both in -1..1.

    Beside differences of pixels, as Zhao et al. 2017 restore pictures: a little noise
    on an even ground is a small difference there, and plain to see.
    """
    similarity = structural_similarity((painted + 1) / 2, (pixels + 1) / 2)
    return 1 - similarity.mean()


def size_loss(latents: Tensor) -> Tensor:
    """The deviation of *latents* from mean zero and deviation one, by channel."""
    mean = latents.mean(dim=(0, 2, 3))
    deviation = latents.std(dim=(0, 2, 3))
    return (mean.square() + (deviation - 1).square()).mean()


def use_fast_group_norm(network: nn.Module) -> None:
    """Computes every group normalization of *network* by layer normalization.

    It is the same function: a layer is one group. On processors torch's backward pass
    of the former takes half of an autoencoder's step, that of the latter a fortieth.
    """
    for module in network.modules():
        if isinstance(module, nn.GroupNorm):
            module.forward = partial(_normalized, module)  # type: ignore[method-assign]


def _normalized(norm: nn.GroupNorm, x: Tensor) -> Tensor:
    groups = x.reshape(len(x), norm.num_groups, -1)
    y = layer_norm(groups, groups.shape[2:], eps=norm.eps).view(x.shape)
    if not norm.affine:
        return y
    shape = (1, -1, *(1,) * (x.dim() - 2))
    weight, bias = (p.view(shape).to(y.dtype) for p in (norm.weight, norm.bias))
    return torch.addcmul(bias, y, weight)
