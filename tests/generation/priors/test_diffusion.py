from dataclasses import replace

import pytest
import torch

from generation.model_calls import run_alone
from generation.priors.diffusion import CLAMP, DiffusionPrior
from generation.recipe import Recipe
from generation.schedules import prior_alphas

RECIPE = Recipe(seed=5, width=32, height=32, prior_steps=4)


@pytest.fixture(scope="module")
def prior(network) -> DiffusionPrior:
    return DiffusionPrior(network, prior_alphas())


def test_an_embedding_is_a_point_of_the_image_space(prior, text_encoder):
    embedding = run_alone(
        prior.embed(text_encoder.encode("a cat"), text_encoder.encode(""), RECIPE)
    )

    assert embedding.shape == (1, prior.network.embedding)
    assert embedding.dtype == torch.float32


def test_a_seed_gives_one_embedding(prior, text_encoder):
    texts = text_encoder.encode("a cat"), text_encoder.encode("")

    first, again = (run_alone(prior.embed(*texts, RECIPE)) for _ in range(2))

    assert torch.equal(first, again)


@pytest.mark.parametrize(
    "change", [{"seed": 6}, {"prior_steps": 5}, {"prior_guidance": 2.0}]
)
def test_every_entry_of_the_recipe_counts(change, prior, text_encoder):
    texts = text_encoder.encode("a cat"), text_encoder.encode("")

    usual, other = (
        run_alone(prior.embed(*texts, recipe))
        for recipe in (RECIPE, replace(RECIPE, **change))
    )

    assert not torch.allclose(usual, other)


@pytest.mark.parametrize(("guidance", "rows"), [(1.0, 1), (1.5, 2)])
def test_without_guidance_nobody_asks_about_the_negative(
    guidance, rows, prior, text_encoder
):
    recipe = replace(RECIPE, prior_guidance=guidance)

    call = next(
        prior.embed(text_encoder.encode("a cat"), text_encoder.encode("dogs"), recipe)
    )

    [answer] = prior.network.predict([call])
    assert len(answer) == rows


def test_the_negative_is_what_guidance_leads_away_from(prior, text_encoder):
    cat, dogs = text_encoder.encode("a cat"), text_encoder.encode("dogs")

    towards_itself = run_alone(prior.embed(cat, cat, RECIPE))
    away_from_dogs = run_alone(prior.embed(cat, dogs, RECIPE))

    plain = run_alone(prior.embed(cat, dogs, replace(RECIPE, prior_guidance=1)))
    torch.testing.assert_close(towards_itself, plain, atol=1e-4, rtol=1e-4)
    assert not torch.allclose(away_from_dogs, plain, atol=1e-2)


def test_what_the_network_sees_stays_within_bounds(prior, text_encoder):
    recipe = replace(RECIPE, prior_guidance=100)

    embedding = run_alone(
        prior.embed(text_encoder.encode("a cat"), text_encoder.encode(""), recipe)
    )

    standardised = (embedding - prior.network.mean) / prior.network.deviation
    assert standardised.abs().max() <= CLAMP * (1 + 1e-5)
