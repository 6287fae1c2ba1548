"""The stages as they train."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from types import MappingProxyType
from typing import Final

import torch
from torch import Tensor, nn

from bench.training.workshop import Workshop
from generation.schedules import decoder_alphas, prior_alphas
from generation.training import autoencoder, clip, prior, shapes
from generation.training.autoencoder import Reconstruction
from generation.training.clip import Contrast
from generation.training.decoder import Denoising
from generation.training.loop import Draw, averaging
from generation.training.prior import Imagining

Step = Callable[[int], None]
"""One step of a training, by its number."""


def _clip(shop: Workshop, batch: int) -> Step:
    towers = clip.towers(shop.plan, shop.vocabularies)
    loss = Contrast(
        towers=towers,
        vocabularies=shop.vocabularies,
        data=shop.data,
        side=shop.plan.seen,
        batch=batch,
    )
    return learning(towers, lambda step: loss(Draw.at(1, step)))


def _autoencoder(shop: Workshop, batch: int) -> Step:
    painter = autoencoder.Painter(autoencoder.untrained(shop.plan.shapes))
    loss = Reconstruction(
        painter=painter,
        data=shop.data,
        side=shop.plan.side,
        batch=batch,
        perceptual=0,
        adversarial=0,
        eye=shop.towers.image,
    )
    return learning(painter.movq, lambda step: loss(Draw.at(2, step)))


def _prior(shop: Workshop, batch: int) -> Step:
    network = prior.untrained(shop.plan.shapes, shop.encoded.embeddings)
    loss = Imagining(
        prior=network,
        text=shop.towers.text,
        vocabularies=shop.vocabularies,
        encoded=shop.encoded,
        data=shop.data,
        alphas=prior_alphas(),
        batch=batch,
        drops_text=shop.plan.prior.drop_text,
    )
    return learning(network, lambda step: loss(Draw.at(3, step)))


def _decoder(shop: Workshop, batch: int) -> Step:
    unet = shapes.unet(shop.plan.shapes, shop.plan.side)
    loss = Denoising(
        unet=unet,
        multilingual=shop.towers.multilingual,
        vocabularies=shop.vocabularies,
        encoded=[shop.encoded],
        data=shop.data,
        nothing=shop.encoded.embeddings[:1],
        alphas=decoder_alphas(),
        batch=batch,
        square_share=1,
        drops_text=shop.plan.decoder.drop_text,
        drops_image=shop.plan.decoder.drop_image,
    )
    return learning(unet, lambda step: loss(Draw.at(4, step)))


def learning(network: nn.Module, loss: Callable[[int], Tensor]) -> Step:
    """Steps that lessen *loss*, with averaged weights beside those that learn."""
    network.train()
    averaged = deepcopy(network).requires_grad_(requires_grad=False)
    learned = [p for p in network.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=1e-4)

    def step(number: int) -> None:
        optimizer.zero_grad()
        torch.autograd.backward(loss(number))
        nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()
        averaging(averaged, network, number, 0.999)

    return step


STAGES: Final[Mapping[str, Callable[[Workshop, int], Step]]] = MappingProxyType(
    {"clip": _clip, "autoencoder": _autoencoder, "prior": _prior, "decoder": _decoder}
)
"""How the steps of each stage are taken, with so many pictures each."""
