"""Three towers learn one space: pictures, CLIP's text, and the multilingual text."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from generation.networks import (
    CLIPTextModelWithProjection,
    CLIPVisionModelWithProjection,
    MultilingualCLIP,
)
from generation.training import shapes
from generation.training.loop import Draw
from generation.training.pixels import for_clip
from generation.training.plan import Plan
from generation.training.vocabularies import Vocabularies, padded, trimmed
from generation.world.captions import caption
from generation.world.renderer import Renderer
from generation.world.vocabulary import COLOURS, LANGUAGES, Colour, Thing, things

INVERSE_TEMPERATURE: Final = 14.0  # at the start, as in CLIP
LARGEST_INVERSE_TEMPERATURE: Final = 100.0
BARE_SHARE: Final = 0.25  # of the captions name no colour


class Towers(nn.Module):
    """The three encoders and the temperature they are compared at."""

    def __init__(
        self,
        text: CLIPTextModelWithProjection,
        image: CLIPVisionModelWithProjection,
        multilingual: MultilingualCLIP,
    ) -> None:
        super().__init__()
        self.text = text
        self.image = image
        self.multilingual = multilingual
        self.sharpness = nn.Parameter(torch.tensor(INVERSE_TEMPERATURE).log())


def towers(plan: Plan, vocabularies: Vocabularies) -> Towers:
    """Untrained towers of the plan's shapes."""
    return Towers(
        shapes.text_encoder(plan.shapes, vocabularies.clip),
        shapes.image_encoder(plan.shapes, plan.side),
        shapes.multilingual(plan.shapes, vocabularies.multilingual),
    )


@dataclass(frozen=True, slots=True)
class Captioned:
    """A thing on a colour, and the colour its caption names, if any."""

    thing: Thing
    colour: Colour
    named: Colour | None

    def fits(self, other: "Captioned") -> bool:
        """Whether this one's caption is also true of the *other* picture."""
        same = self.thing.emoji == other.thing.emoji
        return same and self.named in (None, other.colour)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """The symmetric contrastive loss of a fresh batch (Radford et al. 2021)."""

    towers: Towers
    vocabularies: Vocabularies
    renderer: Renderer
    side: int
    batch: int

    def __call__(self, draw: Draw) -> Tensor:
        """The mean of four cross-entropies: either text tower, either direction."""
        batch = _batch(self.batch, draw.numpy)
        frame = (self.side, self.side)
        pictures = [
            self.renderer.render(c.thing, c.colour, frame=frame, random=draw.numpy)
            for c in batch
        ]
        languages = draw.numpy.integers(len(LANGUAGES), size=len(batch))
        read_by_clip = _captions(batch, languages, draw.numpy)
        read_by_other = _captions(batch, 1 - languages, draw.numpy)
        with torch.autocast("cpu", torch.bfloat16):
            image = self.towers.image(pixel_values=for_clip(pictures)).image_embeds
            text = self.towers.text(
                input_ids=trimmed(padded(self.vocabularies.clip, read_by_clip)).ids
            ).text_embeds
            tokens = trimmed(padded(self.vocabularies.multilingual, read_by_other))
            pooled, _ = self.towers.multilingual(
                input_ids=tokens.ids, attention_mask=tokens.mask
            )
        sharpness = self.towers.sharpness.exp().clamp(max=LARGEST_INVERSE_TEMPERATURE)
        also_true = _also_true(batch)
        losses = [
            contrast(image.float(), other.float(), sharpness, also_true)
            for other in (text, pooled)
        ]
        return torch.stack(losses).mean()


def contrast(
    images: Tensor, texts: Tensor, sharpness: Tensor, also_true: Tensor
) -> Tensor:
    """The symmetric loss of *images* and *texts*, [n, d] each.

    *also_true* [n, n] marks pairs off the diagonal where the column's text fits the
    row's image as well: they are neither rewarded nor punished.
    """
    logits = sharpness * normalize(images, dim=-1) @ normalize(texts, dim=-1).T
    logits = logits.masked_fill(also_true, float("-inf"))
    truth = torch.arange(len(logits))
    return (cross_entropy(logits, truth) + cross_entropy(logits.T, truth)) / 2


def _batch(size: int, random: np.random.Generator) -> list[Captioned]:
    """Different pairs of thing and colour."""
    known = things()
    pairs = random.choice(len(known) * len(COLOURS), size, replace=False)
    bare = random.random(size) < BARE_SHARE
    batch = []
    for pair, unnamed in zip(pairs, bare, strict=True):
        colour = COLOURS[pair % len(COLOURS)]
        thing = known[pair // len(COLOURS)]
        batch.append(Captioned(thing, colour, None if unnamed else colour))
    return batch


def _captions(
    batch: list[Captioned], languages: NDArray[np.int64], random: np.random.Generator
) -> list[str]:
    return [
        caption(c.thing, c.named, language=LANGUAGES[language], random=random)
        for c, language in zip(batch, languages, strict=True)
    ]


def _also_true(batch: list[Captioned]) -> Tensor:
    return torch.tensor(
        [[said is not seen and said.fits(seen) for said in batch] for seen in batch]
    )
