"""From a subject to a point of CLIP's image space."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import add

import torch
from torch import Tensor

from generation.errors import RecipeError
from generation.image_encoder import ImageReader
from generation.model_calls import Inquiry
from generation.priors import Prior
from generation.recipe import PriorKind, Recipe, Safety
from generation.regimes import Subject
from generation.request import Embedding, Imagined, Notes
from generation.safety import CONCEPTS, UNSAFE, away
from generation.text_encoders import ClipReader, Reading
from generation.translation import Translator


@dataclass(frozen=True, slots=True, kw_only=True)
class Imagination:
    """Reads texts and pictures into embeddings, and mixes them.

    CLIP reads English, so a *translator*, where there is one, comes before it.
    """

    priors: Mapping[PriorKind, Prior]
    reader: ClipReader
    images: ImageReader
    translator: Translator | None
    unsafe: dict[PriorKind, Embedding] = field(default_factory=dict)
    concepts: dict[PriorKind, Tensor] = field(default_factory=dict)

    def demand(self, kind: PriorKind) -> None:
        """Refuses a recipe for a prior that this model does not have."""
        if kind not in self.priors:
            raise RecipeError(
                f"this model has no {kind} prior: choose {', '.join(self.priors)}"
            )

    def notes(self, subject: Subject) -> Notes:
        """What is to be told of how the texts of *subject* are read."""
        texts = [part.source for part in subject.parts if isinstance(part.source, str)]
        steering = [subject.negative, subject.negative_prior]
        said = [text for text in (*texts, *steering) if text]
        spoken = [self._english(text) for text in said]
        return Notes(
            translated=tuple(
                english
                for text, english in zip(said, spoken, strict=True)
                if english != text
            ),
            cut=tuple(cut for text in spoken if (cut := self.reader.read(text).cut)),
        )

    def imagine(self, subject: Subject, recipe: Recipe) -> Inquiry[Imagined]:
        """The embeddings of *subject*; the weighted parts add up to what is painted."""
        # pictures first: what cannot be read is turned away before anything is asked
        seen = {
            place: self.images.read(part.source)
            for place, part in enumerate(subject.parts)
            if not isinstance(part.source, str)
        }
        parts = []
        for place, part in enumerate(subject.parts):
            parts.append(
                (yield from self._told(part.source, subject.negative_prior, recipe))
                if isinstance(part.source, str)
                else seen[place]
            )
        weighted = [
            embedding * part.weight
            for embedding, part in zip(parts, subject.parts, strict=True)
        ]
        negative = None
        if subject.negative:
            negative = yield from self._told(subject.negative, "", recipe)
        return Imagined(
            embedding=_array((yield from self._away(reduce(add, weighted), recipe))),
            parts=tuple(map(_array, parts)),
            negative=None if negative is None else _array(negative),
            unsafe=(yield from self._unsafe(recipe)),
        )

    def _told(self, text: str, away_from: str, recipe: Recipe) -> Inquiry[Tensor]:
        """The embedding [1, d] of a picture of *text*."""
        prior = self.priors[recipe.prior]
        read = self._read(text), self._read(away_from)
        return (yield from prior.imagine(*read, recipe))

    def _unsafe(self, recipe: Recipe) -> Inquiry[Embedding | None]:
        """The embedding of what is unsafe, the same for every picture."""
        if recipe.safety is Safety.OFF:
            return None
        if recipe.prior not in self.unsafe:
            self.unsafe[recipe.prior] = _array((yield from self._usual(UNSAFE, recipe)))
        return self.unsafe[recipe.prior]

    def _away(self, embedding: Tensor, recipe: Recipe) -> Inquiry[Tensor]:
        """*embedding* [1, d], with no more of what is unsafe than the recipe allows."""
        if recipe.away is None:
            return embedding
        if recipe.prior not in self.concepts:
            told = []
            for text in ("", *CONCEPTS):
                point = yield from self._usual(text, recipe)
                told.append(point)
            self.concepts[recipe.prior] = torch.cat(told)
        points = self.concepts[recipe.prior]
        return away(
            embedding, origin=points[:1], concepts=points[1:], share=recipe.away
        )

    def _usual(self, text: str, recipe: Recipe) -> Inquiry[Tensor]:
        """The embedding [1, d] of *text*, the same for every picture of one prior."""
        usual = replace(recipe, seed=0, prior_steps=25, prior_guidance=1)
        return (yield from self._told(text, "", usual))

    def _read(self, text: str) -> Reading:
        return self.reader.read(self._english(text))

    def _english(self, text: str) -> str:
        return text if self.translator is None else self.translator.english(text)


def _array(embedding: Tensor) -> Embedding:
    """*embedding* [1, d] as [d], for whoever judges it."""
    array: Embedding = embedding[0].float().cpu().numpy()
    return array
