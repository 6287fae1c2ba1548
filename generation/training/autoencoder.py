"""The MoVQ autoencoder: small latents of unit size that survive a little noise."""

from dataclasses import dataclass
from typing import Final

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.functional import l1_loss, mse_loss

from generation.checkpoints.networks import CLIPVisionModelWithProjection, VQModel
from generation.training import networks
from generation.training.critic import Critic, fooling, seeing, telling
from generation.training.dataset import Data
from generation.training.loop import Draw
from generation.training.pixels import for_autoencoder
from generation.training.place import half
from generation.training.ssim import structural_similarity
from generation.training.widths import Widths

EDGE_WEIGHT: Final = 0.5
STRUCTURE_WEIGHT: Final = 0.3
CODE_WEIGHT: Final = 0.1
SIZE_WEIGHT: Final = 0.05
LATENT_NOISE: Final = 0.05  # relative to latents of unit size


class Painter(nn.Module):
    """An autoencoder, and the critic that learns beside it."""

    def __init__(self, movq: VQModel) -> None:
        super().__init__()
        self.movq = movq
        self.critic = Critic()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconstruction:
    """The loss of painting fresh pictures again from their latents.

    The engine decodes latents unquantised, as Kandinsky 2.1 does, so they are painted
    from here with a little noise, as a denoiser leaves it; the codebook follows them.
    """

    painter: Painter
    data: Data
    side: int
    batch: int
    perceptual: float
    adversarial: float
    eye: CLIPVisionModelWithProjection | None

    @property
    def movq(self) -> VQModel:
        """The autoencoder itself."""
        return self.painter.movq

    def __call__(self, draw: Draw) -> Tensor:
        """Differences of pixels, edges and structure, and what keeps latents in shape.

        Where they count, also what an *eye* sees and what a critic that learns along
        says.
        """
        device = self.movq.device
        pixels = for_autoencoder(self._pictures(draw)).to(device)
        with half(device):
            latents = self.movq.encode(pixels).latents
            noise = torch.randn(latents.shape, generator=draw.torch).to(device)
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
        if self.eye is not None:
            loss = loss + self.perceptual * seeing(self.eye, painted, pixels)
        if self.adversarial:
            critic = self.painter.critic
            loss = loss + self.adversarial * fooling(critic, painted)
            loss = loss + telling(critic, pixels, painted)
        return loss

    def _distance_of_codes(self, latents: Tensor) -> Tensor:
        """The mean squared distance from each cell of *latents* to its nearest code."""
        codebook = self.movq.quantize.embedding.weight
        cells = latents.permute(0, 2, 3, 1).flatten(0, 2)
        nearest = torch.cdist(cells, codebook.detach()).argmin(dim=1)
        return mse_loss(codebook[nearest], cells)

    def _pictures(self, draw: Draw) -> list[Image.Image]:
        numbers = draw.numpy.integers(self.data.size, size=self.batch)
        frame = (self.side, self.side)
        return [self.data.picture(int(number), frame) for number in numbers]


def untrained(widths: Widths) -> VQModel:
    """An autoencoder whose codes are as large as its latents will be."""
    movq = networks.movq(widths)
    torch.nn.init.normal_(movq.quantize.embedding.weight)
    return movq


def freeze_encoder(movq: VQModel) -> None:
    """Keeps every latent of *movq* as it is; only painting goes on learning."""
    for part in (movq.encoder, movq.quant_conv, movq.quantize):
        part.requires_grad_(requires_grad=False)


def edge_loss(painted: Tensor, pixels: Tensor) -> Tensor:
    """The mean difference between the differences of neighbouring pixels."""
    return l1_loss(painted.diff(dim=-1), pixels.diff(dim=-1)) + l1_loss(
        painted.diff(dim=-2), pixels.diff(dim=-2)
    )


def structure_loss(painted: Tensor, pixels: Tensor) -> Tensor:
    """How far *painted* is from having the structure of *pixels*, both in -1..1.

    Beside differences of pixels, as Zhao et al. 2017 restore pictures: a little noise
    on an even ground is a small difference there, and plain to see.
    """
    similarity = structural_similarity((painted + 1) / 2, (pixels + 1) / 2)
    return 1 - similarity.mean()


def size_loss(latents: Tensor) -> Tensor:
    """How far each channel of *latents* is from mean zero and deviation one."""
    mean = latents.mean(dim=(0, 2, 3))
    deviation = latents.std(dim=(0, 2, 3))
    return (mean.square() + (deviation - 1).square()).mean()
