"""What an autoencoder is judged by, besides pixels: a critic that learns, and an eye.

Both follow MoVQGAN, whose weights Kandinsky decodes with; its eye is a VGG network,
ours the CLIP tower that was trained before.
"""

from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import interpolate, normalize, relu

from generation.checkpoints.networks import CLIPVisionModelWithProjection
from generation.training.pixels import CLIP_MEAN, CLIP_STD

WIDTH: Final = 64
GROUPS: Final = 8
SLOPE: Final = 0.2


class Critic(nn.Module):
    """Tells, patch by patch, pictures from paintings (PatchGAN, Isola et al. 2017)."""

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


def fooling(critic: Critic, painted: Tensor) -> Tensor:
    """How little *painted* pictures fool the *critic*, which learns nothing by it."""
    settled = {name: p.detach() for name, p in critic.named_parameters()}
    answer: Tensor = functional_call(critic, settled, (painted,))
    return -answer.mean()


def telling(critic: Critic, pictures: Tensor, painted: Tensor) -> Tensor:
    """How badly the *critic* tells them apart: the hinge loss of Lim and Ye (2017)."""
    real, made = critic(pictures), critic(painted.detach())
    return relu(1 - real).mean() + relu(1 + made).mean()


def seeing(
    eye: CLIPVisionModelWithProjection, painted: Tensor, pictures: Tensor
) -> Tensor:
    """How different two batches [n, 3, h, w] in -1..1 look to each layer of *eye*.

    The mean squared distance of directions, as LPIPS measures it (Zhang et al. 2018).
    """
    ours, theirs = (_states(eye, batch) for batch in (painted, pictures))
    distances = [
        (normalize(one, dim=-1) - normalize(other, dim=-1)).square().sum(-1).mean()
        for one, other in zip(ours, theirs, strict=True)
    ]
    return torch.stack(distances).mean()


def _states(eye: CLIPVisionModelWithProjection, batch: Tensor) -> tuple[Tensor, ...]:
    side: Any = eye.config.image_size
    mean, std = (
        torch.tensor(numbers, device=batch.device).view(3, 1, 1)
        for numbers in (CLIP_MEAN, CLIP_STD)
    )
    if batch.shape[-2:] != (side, side):
        batch = interpolate(batch, (side, side), mode="bilinear", antialias=True)
    seen = eye((batch / 2 + 0.5 - mean) / std, output_hidden_states=True)
    states: tuple[Tensor, ...] = seen.hidden_states[1:]
    return states
