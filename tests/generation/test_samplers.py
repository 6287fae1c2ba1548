from math import sqrt

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import generation.vision_ops  # noqa: F401  # before diffusers

# isort: split
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusers.schedulers.scheduling_unclip import UnCLIPScheduler

from generation.samplers import (
    ancestral,
    clean_of,
    ddim,
    ddim_step,
    jumps,
    posterior,
)
from generation.schedules import decoder_alphas, prior_alphas, spaced, trailing

alphas = st.floats(0.001, 0.9999)


def normals(seed, *shape):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def mixture(clean, noise, alpha):
    return sqrt(alpha) * clean + sqrt(1 - alpha) * noise


@given(alphas, alphas, st.integers(0, 2**32 - 1))
def test_told_the_true_noise_a_step_lands_exactly(alpha, alpha_next, seed):
    clean, noise = normals(seed, 2, 8)
    x = mixture(clean, noise, alpha)

    landed = ddim_step(
        x, clean_of(x, noise, alpha=alpha), alpha=alpha, alpha_next=alpha_next
    )

    torch.testing.assert_close(landed, mixture(clean, noise, alpha_next))


@given(alphas, st.integers(0, 2**32 - 1))
def test_the_last_step_lands_on_the_clean_sample(alpha, seed):
    x, clean = normals(seed, 2, 8)

    mean, deviation = posterior(x, clean, alpha=alpha, alpha_next=1.0)

    torch.testing.assert_close(mean, clean)
    assert deviation == 0
    torch.testing.assert_close(ddim_step(x, clean, alpha=alpha, alpha_next=1.0), clean)


@given(alphas, alphas, st.integers(0, 2**32 - 1))
def test_fresh_noise_keeps_the_amount_of_noise(one, other, seed):
    alpha, alpha_next = sorted([one, other])
    clean, noise = normals(seed, 2, 8)

    mean, deviation = posterior(
        mixture(clean, noise, alpha), clean, alpha=alpha, alpha_next=alpha_next
    )

    left_of_old = (mean - sqrt(alpha_next) * clean) / noise
    torch.testing.assert_close(
        left_of_old**2 + deviation**2,
        torch.full((8,), 1 - alpha_next, dtype=torch.float64),
    )


@pytest.mark.parametrize("steps", [2, 4, 10, 50])
def test_ddim_walks_where_diffusers_walks(steps):
    theirs = DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="linear",
        clip_sample=False,
        timestep_spacing="trailing",
    )
    theirs.set_timesteps(steps)
    x = expected = normals(1, 4, 8).float()
    levels = decoder_alphas()

    def denoise(x, timestep):
        return clean_of(x, torch.sin(x), alpha=float(levels[timestep]))

    *_, walked = ddim(denoise, x, jumps(trailing(steps), levels))
    for t in theirs.timesteps:
        expected = theirs.step(torch.sin(expected), t, expected).prev_sample

    assert theirs.timesteps.tolist() == trailing(steps)
    torch.testing.assert_close(walked, expected, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("steps", [2, 5, 10, 25])
def test_ancestral_walks_where_the_published_prior_walks(steps):
    theirs = UnCLIPScheduler(
        prediction_type="sample", variance_type="fixed_small_log", clip_sample=False
    )
    theirs.set_timesteps(steps)
    x = expected = normals(1, 1, 32).float()
    ours, same = (torch.Generator().manual_seed(2) for _ in range(2))

    *_, walked = ancestral(
        lambda x, _: torch.tanh(x),
        x,
        jumps(spaced(steps), prior_alphas()),
        noise=lambda shape: torch.randn(shape, generator=ours),
    )
    for t, after in zip(theirs.timesteps, [*theirs.timesteps[1:], None], strict=True):
        expected = theirs.step(
            torch.tanh(expected), t, expected, prev_timestep=after, generator=same
        ).prev_sample

    torch.testing.assert_close(walked, expected, atol=2e-3, rtol=1e-3)
