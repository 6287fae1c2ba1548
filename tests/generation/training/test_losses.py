from math import log

import numpy as np
import pytest
import torch

from generation.checkpoints.networks import CLIPTextModelWithProjection
from generation.schedules import decoder_alphas
from generation.text_encoders import EncodedText
from generation.training import decoder, networks, prior
from generation.training.autoencoder import (
    Discriminator,
    discriminator_loss,
    edge_loss,
    generator_loss,
    perceptual_loss,
    size_loss,
    structure_loss,
)
from generation.training.clip import contrastive_loss, other_matches
from generation.training.decoder import read_trimmed, variance_bound
from generation.training.loop import StepRandom
from generation.training.tokenizers import TokenBatch, tokenize, trim_padding

TEXTS = ["кот", "a picture of a dog on a light blue background", ""]


def read(tower: CLIPTextModelWithProjection, tokens: TokenBatch) -> EncodedText:
    out = tower(input_ids=tokens.ids)
    return EncodedText(out.last_hidden_state, out.text_embeds, tokens.mask.bool())


def test_leaving_padding_out_does_not_change_what_the_prior_answers(trained):
    vocabularies, towers = trained.vocabularies(), trained.towers()
    embeddings = torch.randn(9, 32)
    network = prior.untrained(trained.plan.shapes, embeddings).eval()
    noisy, timestep = torch.randn(3, 32), torch.tensor([0, 500, 999])
    tokens = tokenize(vocabularies.clip, TEXTS)
    whole, short = (read(towers.text, kept) for kept in (tokens, trim_padding(tokens)))

    predicted = prior.predict(network, noisy, timestep, read=short)

    expected = network(
        noisy,
        timestep,
        proj_embedding=whole.pooled,
        encoder_hidden_states=whole.states,
        attention_mask=whole.mask,
    ).predicted_image_embedding
    torch.testing.assert_close(predicted, expected, atol=1e-5, rtol=1e-4)


def test_reading_padding_once_is_reading_it_always(trained):
    encoder = trained.towers().multilingual
    tokens = tokenize(trained.vocabularies().multilingual, TEXTS)

    states, pooled = read_trimmed(encoder, tokens)

    whole_pooled, whole = encoder(input_ids=tokens.ids, attention_mask=tokens.mask)
    torch.testing.assert_close(states, whole, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(pooled, whole_pooled, atol=1e-5, rtol=1e-4)


def test_the_bound_is_a_divergence_between_two_gaussians():
    alphas, timestep = decoder_alphas(), torch.tensor([400])
    clean, noise, predicted = torch.randn(3, 1, 4, 2, 2, dtype=torch.float64)
    freeze_parts = torch.rand(1, 4, 2, 2, dtype=torch.float64)
    alpha, before = alphas[400], alphas[399]
    beta = 1 - alpha / before
    noisy = alpha.sqrt() * clean + (1 - alpha).sqrt() * noise

    def mean(eps):
        return (noisy - beta / (1 - alpha).sqrt() * eps) / (1 - beta).sqrt()

    posterior = beta * (1 - before) / (1 - alpha)
    spread = torch.exp(freeze_parts * beta.log() + (1 - freeze_parts) * posterior.log())
    expected = torch.distributions.kl_divergence(
        torch.distributions.Normal(mean(noise), posterior.sqrt()),
        torch.distributions.Normal(mean(predicted), spread.sqrt()),
    )

    bound = variance_bound(predicted, 2 * freeze_parts - 1, noise, timestep, alphas)

    assert bound.item() == pytest.approx(expected.mean().item() / log(2), rel=1e-4)


def test_latents_of_unit_size_cost_nothing():
    latents = torch.randn(64, 4, 16, 16)

    assert size_loss((latents - latents.mean()) / latents.std()) < 1e-3


def test_a_shift_of_all_colours_moves_no_edge():
    picture = torch.rand(2, 3, 8, 8)

    assert edge_loss(picture + 0.5, picture) < 1e-6


def test_noise_costs_more_on_an_even_ground_than_on_a_busy_one():
    noise = 0.05 * torch.randn(1, 3, 32, 32)
    even, busy = torch.zeros(1, 3, 32, 32), 2 * torch.rand(1, 3, 32, 32) - 1

    on_even, on_busy = (structure_loss(init + noise, init) for init in (even, busy))

    assert structure_loss(busy, busy) == pytest.approx(0, abs=1e-5)
    assert on_even > 10 * on_busy


def test_pairs_that_are_also_true_are_not_punished():
    images = torch.eye(3)
    images[1] = images[0]
    other_matches = torch.zeros(3, 3, dtype=torch.bool)
    other_matches[0, 1] = other_matches[1, 0] = True
    sharpness = torch.tensor(50.0)

    forgiven = contrastive_loss(images, images, sharpness, other_matches)

    assert forgiven < 1e-6
    assert (
        contrastive_loss(images, images, sharpness, torch.zeros_like(other_matches))
        > 0.1
    )


def test_a_rival_is_to_be_told_from_the_caption_but_is_no_question_itself():
    images, sharpness = torch.eye(3), torch.tensor(50.0)
    rivals = torch.stack([images[0], -images[0]])
    false = torch.zeros(3, 4, dtype=torch.bool)

    mistaken, told = (
        contrastive_loss(images, torch.cat((images, rival[None])), sharpness, false)
        for rival in rivals
    )

    assert told < 1e-6
    assert mistaken == pytest.approx(log(2) / 3 / 2, rel=1e-3)


def test_the_published_classes_are_built(plan):
    movq = networks.movq(plan.shapes)
    unet = networks.unet(plan.shapes, plan.side)

    assert unet.config["out_channels"] == 2 * movq.config["latent_channels"]
    assert unet.config["addition_embed_type"] == "text_image"


def test_captions_are_not_punished_for_being_true_of_another_picture(trained):
    numbers = np.arange(60)
    captions = [trained.data.caption(i, np.random.default_rng(i)) for i in range(60)]

    true = other_matches(
        trained.data, captions, np.concatenate((numbers[:1], numbers[:59]))
    )

    assert true[1, 0]
    assert not true.diagonal().any()


def test_a_decoder_that_inpaints_begins_as_the_one_it_grew_from(trained):
    unet = trained.averaged("decoder", networks.unet(trained.plan.shapes, 16)).eval()
    wider = decoder.widen_input(unet)
    noisy, seen = torch.randn(2, 4, 4, 4), torch.randn(2, 5, 4, 4)
    asked = {
        "timestep": torch.tensor([10, 900]),
        "encoder_hidden_states": torch.randn(2, 77, 32),
        "added_cond_kwargs": {
            "text_embeds": torch.randn(2, 32),
            "image_embeds": torch.randn(2, 32),
        },
    }

    before = unet(noisy, **asked).sample
    after = wider(torch.cat((noisy, seen), dim=1), **asked).sample

    assert wider.config["in_channels"] == 9
    torch.testing.assert_close(after, before)


def test_masks_keep_all_kinds_of_parts():
    drawn = [
        decoder.random_masks(StepRandom.at(3, step), torch.Size((8, 4, 16, 16)))
        for step in range(20)
    ]

    masks = torch.cat(drawn)
    shares = masks.mean(dim=(1, 2, 3))
    assert masks.shape[1:] == (1, 16, 16)
    assert set(masks.unique().tolist()) == {0.0, 1.0}
    assert (shares == 0).any()
    assert (shares < 0.4).any()
    assert (shares > 0.8).any()


def test_a_critic_learns_by_telling_and_a_painter_by_fooling():
    discriminator, painted = (
        Discriminator(),
        torch.rand(2, 3, 16, 16, requires_grad=True),
    )

    generator_loss(discriminator, painted).backward()

    assert painted.grad is not None
    assert all(parameter.grad is None for parameter in discriminator.parameters())
    painted.grad = None
    discriminator_loss(discriminator, torch.rand(2, 3, 16, 16), painted).backward()
    assert painted.grad is None
    assert all(parameter.grad is not None for parameter in discriminator.parameters())


def test_an_eye_sees_no_difference_where_there_is_none(trained):
    perceptual_encoder, pictures = trained.towers().image, torch.rand(2, 3, 16, 16)

    assert perceptual_loss(perceptual_encoder, pictures, pictures) < 1e-6
    assert perceptual_loss(perceptual_encoder, 1 - pictures, pictures) > 1e-3
