"""The stages as they train."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bench.training.task import TaskFactory, TrainingTask
from bench.training.training_setup import TrainingSetup
from generation.schedules import decoder_alphas, prior_alphas
from generation.training import autoencoder, clip, networks, prior
from generation.training.autoencoder import ReconstructionLoss, use_fast_group_norm
from generation.training.clip import ContrastiveLoss
from generation.training.decoder import DecoderLoss
from generation.training.prior import PriorLoss


def _clip(setup: TrainingSetup, batch: int) -> TrainingTask:
    towers = clip.towers(setup.plan, setup.vocabularies)
    loss = ContrastiveLoss(
        towers=towers,
        vocabularies=setup.vocabularies,
        data=setup.data,
        side=setup.plan.seen,
        batch=batch,
    )
    return TrainingTask(towers, loss)


def _autoencoder(setup: TrainingSetup, batch: int) -> TrainingTask:
    model = autoencoder.AdversarialAutoencoder(autoencoder.untrained(setup.plan.shapes))
    use_fast_group_norm(model)
    loss = ReconstructionLoss(
        model=model,
        data=setup.data,
        side=setup.plan.side,
        batch=batch,
        perceptual=0,
        adversarial=0,
        perceptual_encoder=setup.towers.image,
    )
    return TrainingTask(model.movq, loss)


def _prior(setup: TrainingSetup, batch: int) -> TrainingTask:
    network = prior.untrained(setup.plan.shapes, setup.encoded.embeddings)
    loss = PriorLoss(
        prior=network,
        text=setup.towers.text,
        vocabularies=setup.vocabularies,
        encoded=setup.encoded,
        data=setup.data,
        alphas=prior_alphas(),
        batch=batch,
        drops_text=setup.plan.prior.drop_text,
    )
    return TrainingTask(network, loss)


def _decoder(setup: TrainingSetup, batch: int) -> TrainingTask:
    unet = networks.unet(setup.plan.shapes, setup.plan.side)
    loss = DecoderLoss(
        unet=unet,
        multilingual=setup.towers.multilingual,
        vocabularies=setup.vocabularies,
        encoded=[setup.encoded],
        data=setup.data,
        nothing=setup.encoded.embeddings[:1],
        alphas=decoder_alphas(),
        batch=batch,
        square_share=1,
        drops_text=setup.plan.decoder.drop_text,
        drops_image=setup.plan.decoder.drop_image,
    )
    return TrainingTask(unet, loss)


STAGES: Final[Mapping[str, TaskFactory]] = MappingProxyType(
    {"clip": _clip, "autoencoder": _autoencoder, "prior": _prior, "decoder": _decoder}
)
"""The task of each stage."""
