"""The stages as they train."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bench.training.lesson import Lesson, Teaching
from bench.training.training_setup import Workshop
from generation.schedules import decoder_alphas, prior_alphas
from generation.training import autoencoder, clip, networks, prior
from generation.training.autoencoder import Reconstruction
from generation.training.clip import Contrast
from generation.training.decoder import Denoising
from generation.training.normalization import quicken
from generation.training.prior import Imagining


def _clip(shop: Workshop, batch: int) -> Lesson:
    towers = clip.towers(shop.plan, shop.vocabularies)
    loss = Contrast(
        towers=towers,
        vocabularies=shop.vocabularies,
        data=shop.data,
        side=shop.plan.seen,
        batch=batch,
    )
    return Lesson(towers, loss)


def _autoencoder(shop: Workshop, batch: int) -> Lesson:
    painter = autoencoder.Painter(autoencoder.untrained(shop.plan.shapes))
    quicken(painter)
    loss = Reconstruction(
        painter=painter,
        data=shop.data,
        side=shop.plan.side,
        batch=batch,
        perceptual=0,
        adversarial=0,
        eye=shop.towers.image,
    )
    return Lesson(painter.movq, loss)


def _prior(shop: Workshop, batch: int) -> Lesson:
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
    return Lesson(network, loss)


def _decoder(shop: Workshop, batch: int) -> Lesson:
    unet = networks.unet(shop.plan.shapes, shop.plan.side)
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
    return Lesson(unet, loss)


STAGES: Final[Mapping[str, Teaching]] = MappingProxyType(
    {"clip": _clip, "autoencoder": _autoencoder, "prior": _prior, "decoder": _decoder}
)
"""What each stage teaches."""
