"""MoVQ's second half: from a latent to pixels."""

from dataclasses import dataclass

from PIL import Image
from torch import Tensor

from generation.networks import VQModel
from generation.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Autoencoder:
    """Shows latents, and like the authors' own code does not quantise them first.

    Quantised or not, pictures score the same (Razzhigaev et al. 2023, table 3).
    """

    network: VQModel

    def picture(self, latent: Tensor, recipe: Recipe) -> Image.Image:
        """The middle of *latent* [1, channels, rows, columns], of the recipe's size."""
        [pixels] = self.network.decode(
            latent.to(self.network.dtype), force_not_quantize=True
        ).sample
        shades = ((pixels.float() + 1) * 127.5).round().clamp(0, 255).byte()
        image = Image.fromarray(shades.permute(1, 2, 0).cpu().numpy(), "RGB")
        left = (image.width - recipe.width) // 2
        top = (image.height - recipe.height) // 2
        return image.crop((left, top, left + recipe.width, top + recipe.height))
