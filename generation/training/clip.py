"""Training of CLIP: one space of pictures, CLIP's text and multilingual text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from PIL import Image
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from generation.checkpoints.networks import (
    CLIPTextModelWithProjection,
    CLIPVisionModelWithProjection,
    MultilingualCLIP,
)
from generation.training import networks
from generation.training.dataset import Caption, Dataset, Indices, for_clip
from generation.training.loop import StepRandom, autocast
from generation.training.plan import Plan
from generation.training.tokenizers import (
    TokenBatch,
    Tokenizers,
    tokenize,
    trim_padding,
)

INVERSE_TEMPERATURE: Final = 14.0  # at the start, as in CLIP
LARGEST_INVERSE_TEMPERATURE: Final = 100.0


class ClipTowers(nn.Module):
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


def towers(plan: Plan, vocabularies: Tokenizers) -> ClipTowers:
    """Untrained towers of the plan's shapes."""
    return ClipTowers(
        networks.text_encoder(plan.shapes, vocabularies.clip),
        networks.image_encoder(plan.shapes, plan.seen),
        networks.multilingual(plan.shapes, vocabularies.multilingual),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ContrastiveLoss:
    """The symmetric contrastive loss of a fresh batch (Radford et al. 2021).

    Pictures are also told from hard negatives (Yuksekgonul et al. 2023): otherwise
    one thing in it is enough to find the caption among those of a batch. A caption may
    mention one thing of two: a picture of both is near to either.
    """

    towers: ClipTowers
    vocabularies: Tokenizers
    data: Dataset
    side: int
    batch: int

    def __call__(self, rng: StepRandom) -> Tensor:
        """The mean of four cross-entropies: either text tower, either direction."""
        numbers = rng.numpy.choice(
            self.data.size, self.batch, replace=self.data.size < self.batch
        )
        frame = (self.side, self.side)
        pictures = [self.data.picture(int(number), frame) for number in numbers]
        read_by_clip, read_by_other = (
            self._captions(numbers, rng.numpy) for _ in range(2)
        )
        device = self.towers.image.device
        with autocast(device):
            image = self._seen(pictures)
            text = self._read(read_by_clip)
            pooled = self._read_by_other(read_by_other)
        sharpness = self.towers.sharpness.exp().clamp(max=LARGEST_INVERSE_TEMPERATURE)
        losses = [
            contrastive_loss(
                image.float(),
                other.float(),
                sharpness,
                other_matches(self.data, captions, numbers).to(device),
            )
            for other, captions in ((text, read_by_clip), (pooled, read_by_other))
        ]
        return torch.stack(losses).mean()

    def _captions(self, numbers: Indices, random: np.random.Generator) -> list[Caption]:
        """A caption for each of *numbers*, then the hard negatives."""
        captions = [
            self.data.partial_caption(int(number), random) for number in numbers
        ]
        rivals = [
            self.data.hard_negative(caption, int(number), random)
            for caption, number in zip(captions, numbers, strict=True)
        ]
        return [*captions, *(rival for rival in rivals if rival is not None)]

    def _seen(self, pictures: list[Image.Image]) -> Tensor:
        pixels = for_clip(pictures, self.side).to(self.towers.image.device)
        seen: Tensor = self.towers.image(pixel_values=pixels).image_embeds
        return seen

    def _read(self, captions: list[Caption]) -> Tensor:
        tokens = self._tokens(self.vocabularies.clip, captions)
        read: Tensor = self.towers.text(input_ids=tokens.ids).text_embeds
        return read

    def _read_by_other(self, captions: list[Caption]) -> Tensor:
        tokens = self._tokens(self.vocabularies.multilingual, captions)
        pooled: Tensor
        pooled, _ = self.towers.multilingual(
            input_ids=tokens.ids, attention_mask=tokens.mask
        )
        return pooled

    def _tokens(self, vocabulary: Tokenizer, captions: list[Caption]) -> TokenBatch:
        texts = [caption.text for caption in captions]
        return trim_padding(tokenize(vocabulary, texts)).to(self.towers.image.device)


def contrastive_loss(
    images: Tensor, texts: Tensor, sharpness: Tensor, other_matches: Tensor
) -> Tensor:
    """The symmetric loss of *images* [n, d] and *texts* [m, d], of which n are theirs.

    The others, at the end, are hard negatives without a picture. *other_matches* [n, m]
    marks pairs off the diagonal where the column's text fits the row's image as
    well: they are neither rewarded nor punished.
    """
    logits = sharpness * normalize(images, dim=-1) @ normalize(texts, dim=-1).T
    logits = logits.masked_fill(other_matches, float("-inf"))
    truth = torch.arange(len(logits), device=logits.device)
    theirs = logits[:, : len(logits)]
    return (cross_entropy(logits, truth) + cross_entropy(theirs.T, truth)) / 2


def other_matches(
    data: Dataset, captions: Sequence[Caption], numbers: Indices
) -> Tensor:
    """Captions (columns) that are true of another picture (row), [n, m]."""
    return torch.tensor(
        [
            [
                row != column and data.matches(caption, int(number))
                for column, caption in enumerate(captions)
            ]
            for row, number in enumerate(numbers)
        ]
    )
