"""From a subject to a point of CLIP's image space."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import add

import torch
from torch import Tensor

from generation.errors import RecipeError
from generation.guidance import CONCEPTS, UNSAFE, limit_concepts
from generation.image_encoder import ImageEncoder
from generation.model_calls import ModelCalls
from generation.priors import Prior
from generation.recipe import PriorKind, Recipe, Safety
from generation.regimes import Subject
from generation.request import Embedding, Notes, PriorOutput
from generation.text_encoders import ClipTextEncoder, EncodedText
from generation.translation import Translator


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorPipeline:
    """Embeds texts and pictures, and mixes the embeddings.

    CLIP reads English, so a *translator*, where there is one, comes before it. The
    embeddings of *unsafe* concepts are kept, prior by prior.
    """

    priors: Mapping[PriorKind, Prior]
    text_encoder: ClipTextEncoder
    image_encoder: ImageEncoder
    translator: Translator | None
    unsafe: dict[PriorKind, Embedding] = field(default_factory=dict)
    concepts: dict[PriorKind, Tensor] = field(default_factory=dict)

    def require(self, kind: PriorKind) -> None:
        """Refuses a recipe for a prior that this model does not have."""
        if kind not in self.priors:
            raise RecipeError(
                f"this model has no {kind} prior: choose {', '.join(self.priors)}"
            )

    def notes(self, subject: Subject) -> Notes:
        """Remarks on how the texts of *subject* are read."""
        sources = [part.source for part in subject.parts]
        prompts = [source for source in sources if isinstance(source, str)]
        negatives = [subject.negative, subject.negative_prior]
        texts = [text for text in (*prompts, *negatives) if text]
        read = [self._english(text) for text in texts]
        ends = (self.text_encoder.encode(text).truncated for text in read)
        return Notes(
            translated=tuple(
                english
                for text, english in zip(texts, read, strict=True)
                if english != text
            ),
            truncated=tuple(end for end in ends if end),
        )

    def embed(self, subject: Subject, recipe: Recipe) -> ModelCalls[PriorOutput]:
        """The embeddings of *subject*; the weighted parts add up to the one decoded."""
        # pictures first: what cannot be read is turned away before any model call
        pictures = {
            index: self.image_encoder.encode(part.source)
            for index, part in enumerate(subject.parts)
            if not isinstance(part.source, str)
        }
        parts = []
        for index, part in enumerate(subject.parts):
            parts.append(
                (yield from self._embed(part.source, subject.negative_prior, recipe))
                if isinstance(part.source, str)
                else pictures[index]
            )
        weighted = [
            embedding * part.weight
            for embedding, part in zip(parts, subject.parts, strict=True)
        ]
        negative = None
        if subject.negative:
            negative = yield from self._embed(subject.negative, "", recipe)
        limited = yield from self._limited(reduce(add, weighted), recipe)
        return PriorOutput(
            embedding=_array(limited),
            parts=tuple(map(_array, parts)),
            negative=None if negative is None else _array(negative),
            unsafe=(yield from self._unsafe(recipe)),
        )

    def _embed(self, text: str, negative: str, recipe: Recipe) -> ModelCalls[Tensor]:
        """The embedding [1, d] of a picture of *text*."""
        prior = self.priors[recipe.prior]
        texts = self._encode(text), self._encode(negative)
        return (yield from prior.embed(*texts, recipe))

    def _unsafe(self, recipe: Recipe) -> ModelCalls[Embedding | None]:
        """The embedding of all unsafe concepts, the same for every picture."""
        if recipe.safety is Safety.OFF:
            return None
        if recipe.prior not in self.unsafe:
            embedding = yield from self._embed_concept(UNSAFE, recipe)
            self.unsafe[recipe.prior] = _array(embedding)
        return self.unsafe[recipe.prior]

    def _limited(self, embedding: Tensor, recipe: Recipe) -> ModelCalls[Tensor]:
        """*embedding* [1, d], no nearer to unsafe concepts than the recipe allows."""
        if recipe.concept_limit is None:
            return embedding
        if recipe.prior not in self.concepts:
            points = []
            for text in ("", *CONCEPTS):
                point = yield from self._embed_concept(text, recipe)
                points.append(point)
            self.concepts[recipe.prior] = torch.cat(points)
        known = self.concepts[recipe.prior]
        return limit_concepts(
            embedding,
            origin=known[:1],
            concepts=known[1:],
            share=recipe.concept_limit,
        )

    def _embed_concept(self, text: str, recipe: Recipe) -> ModelCalls[Tensor]:
        """The embedding [1, d] of *text*, the same for every picture of one prior."""
        fixed = replace(recipe, seed=0, prior_steps=25, prior_guidance=1)
        return (yield from self._embed(text, "", fixed))

    def _encode(self, text: str) -> EncodedText:
        return self.text_encoder.encode(self._english(text))

    def _english(self, text: str) -> str:
        return text if self.translator is None else self.translator.english(text)


def _array(embedding: Tensor) -> Embedding:
    """*embedding* [1, d] as an array [d]."""
    array: Embedding = embedding[0].float().cpu().numpy()
    return array
