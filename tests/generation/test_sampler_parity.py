"""Our samplers beside diffusers' schedulers: same timesteps, same noise."""

import pytest
import torch

import torch_runtime.torchvision_operators  # noqa: F401  # before diffusers

# isort: split
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler
from diffusers.schedulers.scheduling_dpmsolver_multistep import (
    DPMSolverMultistepScheduler,
)
from diffusers.schedulers.scheduling_unclip import UnCLIPScheduler

from generation.samplers import (
    Prediction,
    ancestral,
    clean_from_noise,
    ddim,
    denoise_steps,
    dpm,
    dynamic_threshold,
)
from generation.schedules import (
    decoder_alphas,
    linspace_timesteps,
    prior_alphas,
    trailing_timesteps,
)
from tests.generation.sampling import followed, noises, normals

LATENT = (1, 4, 8, 8)


def published(scheduler, schedule, **changes):
    """A scheduler of diffusers on our noise levels, in as many digits."""
    theirs = scheduler(**changes)
    theirs.alphas_cumprod = schedule
    return theirs


@pytest.mark.parametrize("steps", [1, 2, 4, 10, 50])
def test_ddim_walks_where_diffusers_walks(steps):
    schedule = decoder_alphas()
    theirs = published(
        DDIMScheduler, schedule, clip_sample=False, timestep_spacing="trailing"
    )
    theirs.set_timesteps(steps)
    x = expected = normals(1, *LATENT)

    def predict(x, timestep):
        return Prediction(clean_from_noise(x, x.sin(), alpha=float(schedule[timestep])))

    walked, _ = followed(
        ddim(x, denoise_steps(trailing_timesteps(steps), schedule)), predict
    )
    for t in theirs.timesteps:
        expected = theirs.step(expected.sin(), t, expected).prev_sample

    assert theirs.timesteps.tolist() == trailing_timesteps(steps)
    torch.testing.assert_close(walked, expected)


@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")  # theirs
@pytest.mark.parametrize("steps", [1, 2, 3, 8, 15, 20, 50])
def test_dpm_walks_where_diffusers_walks(steps):
    theirs = published(
        DPMSolverMultistepScheduler, decoder_alphas(), prediction_type="sample"
    )
    theirs.set_timesteps(timesteps=trailing_timesteps(steps))
    x = expected = normals(1, *LATENT, dtype=torch.float32)

    walked, _ = followed(
        dpm(x, denoise_steps(trailing_timesteps(steps), decoder_alphas())),
        lambda x, _: Prediction(x.tanh()),
    )
    for t in theirs.timesteps:
        expected = theirs.step(expected.tanh(), t, expected).prev_sample

    torch.testing.assert_close(walked, expected, atol=2e-6, rtol=0)


@pytest.mark.parametrize("steps", [2, 4, 20, 100])
def test_ancestral_walks_where_the_authors_walk(steps):
    schedule = decoder_alphas()
    theirs = published(
        DDPMScheduler,
        schedule,
        variance_type="learned_range",
        thresholding=True,
        sample_max_value=2.0,
    )
    theirs.set_timesteps(timesteps=linspace_timesteps(steps))
    x = expected = normals(1, *LATENT, dtype=torch.float32)
    same = torch.Generator().manual_seed(2)

    def predict(x, timestep):
        clean = clean_from_noise(x, x.sin(), alpha=float(schedule[timestep]))
        return Prediction(dynamic_threshold(clean), variance=x.cos())

    walked, _ = followed(
        ancestral(
            x, denoise_steps(linspace_timesteps(steps), schedule), noise=noises(2)
        ),
        predict,
    )
    for t in theirs.timesteps:
        said = torch.cat([expected.sin(), expected.cos()], dim=1)
        expected = theirs.step(said, t, expected, generator=same).prev_sample

    torch.testing.assert_close(walked, expected, atol=2e-6, rtol=0)


@pytest.mark.parametrize("steps", [2, 5, 10, 25])
def test_ancestral_walks_where_the_published_prior_walks(steps):
    theirs = published(
        UnCLIPScheduler,
        prior_alphas(),
        prediction_type="sample",
        variance_type="fixed_small_log",
        clip_sample=False,
    )
    theirs.set_timesteps(steps)
    x = expected = normals(1, 1, 32, dtype=torch.float32)
    same = torch.Generator().manual_seed(2)

    walked, _ = followed(
        ancestral(
            x, denoise_steps(linspace_timesteps(steps), prior_alphas()), noise=noises(2)
        ),
        lambda x, _: Prediction(x.tanh()),
    )
    for t, after in zip(theirs.timesteps, [*theirs.timesteps[1:], None], strict=True):
        expected = theirs.step(
            expected.tanh(), t, expected, prev_timestep=after, generator=same
        ).prev_sample

    assert theirs.timesteps.tolist() == linspace_timesteps(steps)
    torch.testing.assert_close(walked, expected, atol=2e-6, rtol=0)
