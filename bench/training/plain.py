"""A plain loop over the same networks, as diffusers' examples train them.

Every step renders its pictures, encodes them, reads its captions with all their
padding, and computes in single precision; optimizer and averages are the same.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, mse_loss, normalize

from bench.training.task import TaskFactory, TrainingTask
from bench.training.training_setup import TrainingSetup
from generation.schedules import TRAINING_STEPS, decoder_alphas, prior_alphas
from generation.training import autoencoder, clip, networks, prior
from generation.training.dataset import for_autoencoder, for_clip
from generation.training.loop import StepRandom
from generation.training.tokenizers import tokenize


class _Batch:
    """Fresh pictures and their captions."""

    def __init__(self, setup: TrainingSetup, size: int, rng: StepRandom) -> None:
        random = rng.numpy
        frame = (setup.plan.side, setup.plan.side)
        numbers = [int(n) for n in random.integers(2**20, size=size)]
        self.pictures = [setup.data.picture(number, frame) for number in numbers]
        self.texts = [setup.data.caption(number, random).text for number in numbers]


def _clip(setup: TrainingSetup, size: int) -> TrainingTask:
    towers = clip.towers(setup.plan, setup.vocabularies)

    def loss(rng: StepRandom) -> Tensor:
        batch = _Batch(setup, size, rng)
        pixels = for_clip(batch.pictures, setup.plan.seen)
        seen = towers.image(pixel_values=pixels).image_embeds
        tokens = tokenize(setup.vocabularies.clip, batch.texts)
        read = towers.text(input_ids=tokens.ids).text_embeds
        other = tokenize(setup.vocabularies.multilingual, batch.texts)
        pooled, _ = towers.multilingual(input_ids=other.ids, attention_mask=other.mask)
        truth, sharpness = torch.arange(size), towers.sharpness.exp()
        losses = []
        for text in (read, pooled):
            logits = sharpness * normalize(seen, dim=-1) @ normalize(text, dim=-1).T
            losses += [cross_entropy(logits, truth), cross_entropy(logits.T, truth)]
        return torch.stack(losses).mean()

    return TrainingTask(towers, loss)


def _autoencoder(setup: TrainingSetup, size: int) -> TrainingTask:
    movq = autoencoder.untrained(setup.plan.shapes)

    def loss(rng: StepRandom) -> Tensor:
        pixels = for_autoencoder(_Batch(setup, size, rng).pictures)
        latents = movq.encode(pixels).latents
        painted = movq.decoder(movq.post_quant_conv(latents), latents)
        return mse_loss(painted, pixels)

    return TrainingTask(movq, loss)


def _prior(setup: TrainingSetup, size: int) -> TrainingTask:
    network = prior.untrained(setup.plan.shapes, setup.encoded.embeddings)
    alphas = prior_alphas()

    def loss(rng: StepRandom) -> Tensor:
        batch = _Batch(setup, size, rng)
        with torch.no_grad():
            pixels = for_clip(batch.pictures, setup.plan.seen)
            seen = setup.towers.image(pixel_values=pixels).image_embeds
            tokens = tokenize(setup.vocabularies.clip, batch.texts)
            read = setup.towers.text(input_ids=tokens.ids)
        clean = (seen - network.clip_mean) / network.clip_std
        noisy, _, timestep = _noised(clean, alphas)
        predicted = network(
            noisy,
            timestep,
            proj_embedding=read.text_embeds,
            encoder_hidden_states=read.last_hidden_state,
            attention_mask=tokens.mask.bool(),
        ).predicted_image_embedding
        return mse_loss(predicted, clean)

    return TrainingTask(network, loss)


def _decoder(setup: TrainingSetup, size: int) -> TrainingTask:
    unet = networks.unet(setup.plan.shapes, setup.plan.side)
    alphas = decoder_alphas()

    def loss(rng: StepRandom) -> Tensor:
        batch = _Batch(setup, size, rng)
        with torch.no_grad():
            clean = setup.movq.encode(for_autoencoder(batch.pictures)).latents
            pixels = for_clip(batch.pictures, setup.plan.seen)
            seen = setup.towers.image(pixel_values=pixels).image_embeds
            tokens = tokenize(setup.vocabularies.multilingual, batch.texts)
            pooled, states = setup.towers.multilingual(
                input_ids=tokens.ids, attention_mask=tokens.mask
            )
        noisy, noise, timestep = _noised(clean, alphas)
        predicted = unet(
            noisy,
            timestep,
            encoder_hidden_states=states,
            added_cond_kwargs={"text_embeds": pooled, "image_embeds": seen},
        ).sample
        return mse_loss(predicted.chunk(2, dim=1)[0], noise)

    return TrainingTask(unet, loss)


def _noised(clean: Tensor, alphas: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    timestep = torch.randint(TRAINING_STEPS, (len(clean),))
    alpha = alphas[timestep].float().view(-1, *[1] * (clean.ndim - 1))
    noise = torch.randn_like(clean)
    return alpha.sqrt() * clean + (1 - alpha).sqrt() * noise, noise, timestep


STAGES: Final[Mapping[str, TaskFactory]] = MappingProxyType(
    {"clip": _clip, "autoencoder": _autoencoder, "prior": _prior, "decoder": _decoder}
)
"""The task of each stage."""
