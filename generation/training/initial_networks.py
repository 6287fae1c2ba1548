"""The networks that a run begins with: untrained ones, or those of a model."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor, nn

from generation.checkpoints.geometry import Geometry
from generation.checkpoints.networks import (
    PriorTransformer,
    UNet2DConditionModel,
    VQModel,
)
from generation.checkpoints.parts import ModelParts, NetworkPart
from generation.checkpoints.weights import Weights
from generation.errors import PlanError
from generation.training import autoencoder, clip, networks, prior, tokenizers
from generation.training.dataset import Dataset
from generation.training.plan import Plan
from generation.training.tokenizers import Tokenizers

Network = TypeVar("Network", bound=nn.Module)


class InitialNetworks(Protocol):
    """The source of tokenizers and networks before training."""

    def tokenizers(self, data: Dataset, folder: Path) -> None:
        """Writes both tokenizers below *folder*."""

    def towers(self, vocabularies: Tokenizers) -> clip.ClipTowers:
        """The three encoders."""
        ...

    def movq(self) -> VQModel:
        """The autoencoder."""
        ...

    def prior(self, embeddings: Tensor) -> PriorTransformer:
        """The diffusion prior, which knows the scale of *embeddings* [n, d]."""
        ...

    def unet(self) -> UNet2DConditionModel:
        """The decoder."""
        ...


@dataclass(frozen=True, slots=True)
class UntrainedNetworks:
    """Untrained networks of the plan's shapes."""

    plan: Plan

    def tokenizers(self, data: Dataset, folder: Path) -> None:
        """Vocabularies of the captions of *data*."""
        tokenizers.train_tokenizers(self.plan, data, folder)

    def towers(self, vocabularies: Tokenizers) -> clip.ClipTowers:
        """Towers with a word for each of the *vocabularies*.

        PlanError where the image tower, which has seen nothing, is to be locked.
        """
        if self.plan.clip.locked:
            raise PlanError(
                "clip.locked is true, and keeps an image tower that has learnt"
                " nothing: name the model it comes from (--from), or set it to false"
            )
        return clip.towers(self.plan, vocabularies)

    def movq(self) -> VQModel:
        """An autoencoder whose codes are as large as its latents will be."""
        return autoencoder.untrained(self.plan.shapes)

    def prior(self, embeddings: Tensor) -> PriorTransformer:
        """A prior that knows the scale of *embeddings* only."""
        return prior.untrained(self.plan.shapes, embeddings)

    def unet(self) -> UNet2DConditionModel:
        """A decoder for squares of the plan's side."""
        return networks.unet(self.plan.shapes, self.plan.side)


@dataclass(frozen=True, slots=True)
class PretrainedNetworks:
    """The *networks* of a model, which go on learning; its tokenizers are kept.

    The linear and the residual prior are fitted anew, since that is quick.
    """

    networks: ModelParts

    @classmethod
    def of(cls, folder: Path, plan: Plan) -> "PretrainedNetworks":
        """The model in *folder*; PlanError, unless it is as *plan* says."""
        weights = Weights.find(folder)
        geometry = Geometry.of(weights)
        if geometry.side != plan.side:
            raise PlanError(
                f"{folder} paints squares of {geometry.side} pixels, the plan says"
                f" {plan.side}: give the plan that side and the model's shapes"
            )
        known = ModelParts(weights, geometry)
        for part, planned in _planned(known, plan):
            _require_same_shapes(part, planned)
        return cls(known)

    def tokenizers(self, data: Dataset, folder: Path) -> None:
        """The tokenizers of the model."""
        del data
        weights = self.networks.weights
        partial = folder.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        for name, half in (("clip", weights.prior), ("multilingual", weights.decoder)):
            shutil.copytree(half / "tokenizer", partial / name)
        partial.replace(folder)

    def towers(self, vocabularies: Tokenizers) -> clip.ClipTowers:
        """Its towers, which have a word for each of its tokenizers."""
        del vocabularies
        known = self.networks
        return clip.ClipTowers(
            _learning(known.text_encoder),
            _learning(known.image_encoder),
            _learning(known.multilingual),
        )

    def movq(self) -> VQModel:
        """Its autoencoder."""
        return _learning(self.networks.movq)

    def prior(self, embeddings: Tensor) -> PriorTransformer:
        """Its prior, at the scale of the new *embeddings*."""
        known = _learning(self.networks.prior)
        prior.standardise(known, embeddings)
        return known

    def unet(self) -> UNet2DConditionModel:
        """Its decoder."""
        return _learning(self.networks.unet(self.networks.weights.decoder))


def _planned(
    known: ModelParts, plan: Plan
) -> Iterator[tuple[NetworkPart[Any], nn.Module]]:
    """The parts that go on learning, each with what *plan* would make, weightless."""
    sizes, decoder = plan.shapes, known.unet(known.weights.decoder)
    text, other = known.text_encoder.skeleton(), known.multilingual.skeleton()
    words = known.clip_tokenizer(text.config)
    more_words = known.multilingual_tokenizer(other.config)
    with torch.device("meta"):
        yield known.text_encoder, networks.text_encoder(sizes, words)
        yield known.image_encoder, networks.image_encoder(sizes, plan.seen)
        yield known.multilingual, networks.multilingual(sizes, more_words)
        yield known.movq, networks.movq(sizes)
        yield known.prior, networks.prior(sizes)
        yield decoder, networks.unet(sizes, plan.side)


def _require_same_shapes(part: NetworkPart[Any], planned: nn.Module) -> None:
    there, wanted = (
        {name: list(tensor.shape) for name, tensor in network.state_dict().items()}
        for network in (part.skeleton(), planned)
    )
    for name in sorted(there.keys() | wanted.keys()):
        if there.get(name) != wanted.get(name):
            raise PlanError(
                f"{part.folder}: {name} is {there.get(name, 'nothing')} there, and"
                f" {wanted.get(name, 'nothing')} in this plan: give it the model's"
                " shapes"
            )


def _learning(part: NetworkPart[Network]) -> Network:
    network = part.load(device=torch.device("cpu"), dtype=torch.float32)
    taught: Network = network.train().requires_grad_(requires_grad=True)
    return taught
