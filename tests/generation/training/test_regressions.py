from dataclasses import replace

import numpy as np
import torch

from generation.text_encoders import ClipTextEncoder
from generation.training import regression
from generation.training.dataset import captions_of
from generation.training.loop import StepRandom
from generation.training.regression import Moments, RegressionLoss


def test_captions_are_read_as_the_engine_reads_prompts(trained):
    pairs = trained.pairs()
    chosen = np.arange(len(pairs))
    said = captions_of(pairs.data, chosen, drop=0, random=np.random.default_rng(1))
    text_encoder = ClipTextEncoder(pairs.vocabulary, pairs.text)

    pooled, embeddings = pairs.of(chosen, np.random.default_rng(1))

    expected = torch.cat([text_encoder.encode(text).pooled for text in said])
    torch.testing.assert_close(pooled, expected, atol=1e-5, rtol=1e-5)
    assert torch.equal(embeddings, pairs.encoded.embeddings)


def test_every_picture_has_as_many_captions_as_any_other(trained):
    pairs = trained.pairs()

    batches = list(pairs.batches(3, np.random.default_rng(1)))

    pictures = torch.cat([embeddings for _, embeddings in batches])
    assert torch.equal(pictures, pairs.encoded.embeddings.repeat(3, 1))


def test_a_planted_linear_map_is_recovered():
    rng = torch.Generator().manual_seed(3)
    texts = torch.randn(500, 8, generator=rng) * torch.logspace(-2, 2, 8) + 5
    planted = torch.randn(6, 8, generator=rng)
    pictures = texts @ planted.T + torch.arange(6)

    prior = regression.fit_linear_network(Moments.of([(texts, pictures)]), ridge=1e-9)

    recovered = prior.weight * prior.clip_std[:, None]
    torch.testing.assert_close(recovered, planted, atol=1e-3, rtol=1e-3)
    predicted = prior(texts) * prior.clip_std + prior.clip_mean
    torch.testing.assert_close(predicted, pictures, atol=1e-2, rtol=1e-3)


def test_a_residual_prior_begins_with_the_scale_of_its_pairs(trained):
    texts, pictures = torch.randn(50, 32) + 3, 2 * torch.randn(50, 32)

    prior = regression.untrained_residual(
        trained.plan.shapes, Moments.of([(texts, pictures)])
    )

    torch.testing.assert_close(prior.text_mean, texts.mean(dim=0))
    torch.testing.assert_close(prior.clip_std, pictures.std(dim=0, correction=0))


def test_a_residual_prior_that_knows_the_answer_loses_nothing(trained):
    pairs, answer = trained.pairs(), torch.randn(32)
    same = replace(pairs.encoded, embeddings=answer.repeat(len(pairs), 1))
    pairs = replace(pairs, encoded=same)
    moments = Moments.of(pairs.batches(1, np.random.default_rng(1)))
    prior = regression.untrained_residual(trained.plan.shapes, moments)
    torch.nn.init.zeros_(prior.leave.weight)
    torch.nn.init.zeros_(prior.leave.bias)

    loss = RegressionLoss(prior=prior, pairs=pairs, batch=4)(StepRandom.at(1, 1))

    assert loss < 1e-6
