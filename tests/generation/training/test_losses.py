from math import log

import pytest
import torch

from generation.networks import CLIPTextModelWithProjection
from generation.schedules import decoder_alphas
from generation.text import Reading
from generation.training import prior, shapes
from generation.training.autoencoder import edge_loss, size_loss
from generation.training.clip import Captioned, contrast
from generation.training.decoder import read_trimmed, variance_bound
from generation.training.vocabularies import Tokens, padded, trimmed
from generation.world.vocabulary import COLOURS, things

TEXTS = ["кот", "a picture of a dog on a light blue background", ""]
RED, BLUE = COLOURS[0], COLOURS[5]


def read(tower: CLIPTextModelWithProjection, tokens: Tokens) -> Reading:
    out = tower(input_ids=tokens.ids)
    return Reading(out.last_hidden_state, out.text_embeds, tokens.mask.bool())


def test_leaving_padding_out_does_not_change_what_the_prior_answers(trained):
    vocabularies, towers = trained.vocabularies(), trained.towers()
    embeddings = torch.randn(9, 32)
    network = prior.untrained(trained.plan.shapes, embeddings).eval()
    noisy, timestep = torch.randn(3, 32), torch.tensor([0, 500, 999])
    tokens = padded(vocabularies.clip, TEXTS)
    whole, short = (read(towers.text, kept) for kept in (tokens, trimmed(tokens)))

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
    tokens = padded(trained.vocabularies().multilingual, TEXTS)

    states, pooled = read_trimmed(encoder, tokens)

    whole_pooled, whole = encoder(input_ids=tokens.ids, attention_mask=tokens.mask)
    torch.testing.assert_close(states, whole, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(pooled, whole_pooled, atol=1e-5, rtol=1e-4)


def test_the_bound_is_a_divergence_between_two_gaussians():
    alphas, timestep = decoder_alphas(), torch.tensor([400])
    clean, noise, predicted = torch.randn(3, 1, 4, 2, 2, dtype=torch.float64)
    share = torch.rand(1, 4, 2, 2, dtype=torch.float64)
    alpha, before = alphas[400], alphas[399]
    beta = 1 - alpha / before
    noisy = alpha.sqrt() * clean + (1 - alpha).sqrt() * noise

    def mean(eps):
        return (noisy - beta / (1 - alpha).sqrt() * eps) / (1 - beta).sqrt()

    posterior = beta * (1 - before) / (1 - alpha)
    spread = torch.exp(share * beta.log() + (1 - share) * posterior.log())
    expected = torch.distributions.kl_divergence(
        torch.distributions.Normal(mean(noise), posterior.sqrt()),
        torch.distributions.Normal(mean(predicted), spread.sqrt()),
    )

    bound = variance_bound(predicted, 2 * share - 1, noise, timestep, alphas)

    assert bound.item() == pytest.approx(expected.mean().item() / log(2), rel=1e-4)


def test_latents_of_unit_size_cost_nothing():
    latents = torch.randn(64, 4, 16, 16)

    assert size_loss((latents - latents.mean()) / latents.std()) < 1e-3


def test_a_shift_of_all_colours_moves_no_edge():
    picture = torch.rand(2, 3, 8, 8)

    assert edge_loss(picture + 0.5, picture) < 1e-6


def test_pairs_that_are_also_true_are_not_punished():
    images = torch.eye(3)
    images[1] = images[0]
    also_true = torch.zeros(3, 3, dtype=torch.bool)
    also_true[0, 1] = also_true[1, 0] = True
    sharpness = torch.tensor(50.0)

    forgiven = contrast(images, images, sharpness, also_true)

    assert forgiven < 1e-6
    assert contrast(images, images, sharpness, torch.zeros_like(also_true)) > 0.1


@pytest.mark.parametrize(
    ("named", "seen", "fits"),
    [(RED, RED, True), (RED, BLUE, False), (None, BLUE, True)],
)
def test_a_caption_fits_every_picture_it_is_true_of(named, seen, fits):
    said = Captioned(things()[0], RED, named)

    assert said.fits(Captioned(things()[0], seen, seen)) is fits


def test_a_caption_never_fits_another_thing():
    said = Captioned(things()[0], RED, None)

    assert not said.fits(Captioned(things()[1], RED, RED))


def test_the_published_classes_are_built(plan):
    movq = shapes.movq(plan.shapes)
    unet = shapes.unet(plan.shapes, plan.side)

    assert unet.config["out_channels"] == 2 * movq.config["latent_channels"]
    assert unet.config["addition_embed_type"] == "text_image"
