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

from bench.training.lesson import Lesson, Teaching
from bench.training.training_setup import Workshop
from generation.schedules import TRAINING_STEPS, decoder_alphas, prior_alphas
from generation.training import autoencoder, clip, networks, prior
from generation.training.loop import Draw
from generation.training.pixels import for_autoencoder, for_clip
from generation.training.vocabularies import padded


class _Batch:
    """Fresh pictures and their captions."""

    def __init__(self, shop: Workshop, size: int, draw: Draw) -> None:
        random = draw.numpy
        frame = (shop.plan.side, shop.plan.side)
        numbers = [int(n) for n in random.integers(2**20, size=size)]
        self.pictures = [shop.data.picture(number, frame) for number in numbers]
        self.texts = [shop.data.caption(number, random).text for number in numbers]


def _clip(shop: Workshop, size: int) -> Lesson:
    towers = clip.towers(shop.plan, shop.vocabularies)

    def loss(draw: Draw) -> Tensor:
        batch = _Batch(shop, size, draw)
        pixels = for_clip(batch.pictures, shop.plan.seen)
        seen = towers.image(pixel_values=pixels).image_embeds
        tokens = padded(shop.vocabularies.clip, batch.texts)
        read = towers.text(input_ids=tokens.ids).text_embeds
        other = padded(shop.vocabularies.multilingual, batch.texts)
        pooled, _ = towers.multilingual(input_ids=other.ids, attention_mask=other.mask)
        truth, sharpness = torch.arange(size), towers.sharpness.exp()
        losses = []
        for text in (read, pooled):
            logits = sharpness * normalize(seen, dim=-1) @ normalize(text, dim=-1).T
            losses += [cross_entropy(logits, truth), cross_entropy(logits.T, truth)]
        return torch.stack(losses).mean()

    return Lesson(towers, loss)


def _autoencoder(shop: Workshop, size: int) -> Lesson:
    movq = autoencoder.untrained(shop.plan.shapes)

    def loss(draw: Draw) -> Tensor:
        pixels = for_autoencoder(_Batch(shop, size, draw).pictures)
        latents = movq.encode(pixels).latents
        painted = movq.decoder(movq.post_quant_conv(latents), latents)
        return mse_loss(painted, pixels)

    return Lesson(movq, loss)


def _prior(shop: Workshop, size: int) -> Lesson:
    network = prior.untrained(shop.plan.shapes, shop.encoded.embeddings)
    alphas = prior_alphas()

    def loss(draw: Draw) -> Tensor:
        batch = _Batch(shop, size, draw)
        with torch.no_grad():
            pixels = for_clip(batch.pictures, shop.plan.seen)
            seen = shop.towers.image(pixel_values=pixels).image_embeds
            tokens = padded(shop.vocabularies.clip, batch.texts)
            read = shop.towers.text(input_ids=tokens.ids)
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

    return Lesson(network, loss)


def _decoder(shop: Workshop, size: int) -> Lesson:
    unet = networks.unet(shop.plan.shapes, shop.plan.side)
    alphas = decoder_alphas()

    def loss(draw: Draw) -> Tensor:
        batch = _Batch(shop, size, draw)
        with torch.no_grad():
            clean = shop.movq.encode(for_autoencoder(batch.pictures)).latents
            pixels = for_clip(batch.pictures, shop.plan.seen)
            seen = shop.towers.image(pixel_values=pixels).image_embeds
            tokens = padded(shop.vocabularies.multilingual, batch.texts)
            pooled, states = shop.towers.multilingual(
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

    return Lesson(unet, loss)


def _noised(clean: Tensor, alphas: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    timestep = torch.randint(TRAINING_STEPS, (len(clean),))
    alpha = alphas[timestep].float().view(-1, *[1] * (clean.ndim - 1))
    noise = torch.randn_like(clean)
    return alpha.sqrt() * clean + (1 - alpha).sqrt() * noise, noise, timestep


STAGES: Final[Mapping[str, Teaching]] = MappingProxyType(
    {"clip": _clip, "autoencoder": _autoencoder, "prior": _prior, "decoder": _decoder}
)
"""What each stage teaches."""
