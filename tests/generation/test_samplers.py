from math import sqrt

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from generation.samplers import (
    DenoiseStep,
    Prediction,
    add_noise,
    ancestral,
    clean_from_noise,
    ddim,
    ddim_step,
    denoise_steps,
    dpm,
    dynamic_threshold,
    learned_deviation,
    posterior,
    truncate,
)
from generation.schedules import decoder_alphas, trailing_timesteps
from tests.generation.sampling import followed, noises, normals

alphas = st.integers(10, 9999).map(lambda n: n / 10_000)
seeds = st.integers(0, 2**32 - 1)
pairs = st.tuples(alphas, alphas).filter(lambda pair: pair[0] < pair[1])
levels = st.lists(alphas, min_size=1, max_size=12, unique=True).map(sorted)
strengths = st.floats(0, 1, exclude_min=True)
LATENT = (1, 4, 8, 8)


def quiet(shape):
    return torch.zeros(shape)


def path_through(alphas):
    """Steps from each of rising *alphas* to the next, and to the clean sample."""
    timesteps = range(len(alphas))
    return denoise_steps(timesteps, torch.tensor(alphas, dtype=torch.float64))


@pytest.mark.parametrize("sampler", [ddim, dpm])
@given(levels, seeds)
def test_told_the_true_clean_sample_each_step_lands_exactly(sampler, levels, seed):
    clean, noise = normals(seed, 2, 1, 8)
    path = path_through(levels)
    x = add_noise(clean, noise, alpha=levels[0])

    landed, asked = followed(sampler(x, path), lambda *_: Prediction(clean))

    for jump, sample in zip(path, asked, strict=True):
        torch.testing.assert_close(sample, add_noise(clean, noise, alpha=jump.alpha))
    torch.testing.assert_close(landed, clean)


@given(levels, seeds)
def test_told_the_true_clean_sample_fresh_noise_ends_there_too(levels, seed):
    clean, noise = normals(seed, 2, 1, 8)
    x = add_noise(clean, noise, alpha=levels[0])

    landed, _ = followed(
        ancestral(x, path_through(levels), noise=noises(seed)),
        lambda *_: Prediction(clean),
    )

    torch.testing.assert_close(landed, clean)


@given(pairs, seeds)
def test_fresh_noise_keeps_the_amount_of_noise(pair, seed):
    alpha, alpha_next = pair
    clean, noise = normals(seed, 2, 8)

    mean, deviation = posterior(
        add_noise(clean, noise, alpha=alpha), clean, alpha=alpha, alpha_next=alpha_next
    )

    left_of_old = (mean - sqrt(alpha_next) * clean) / noise
    torch.testing.assert_close(
        left_of_old**2 + deviation**2,
        torch.full((8,), 1 - alpha_next, dtype=torch.float64),
    )


@given(alphas, seeds)
def test_the_noise_under_a_sample_leads_back_to_it(alpha, seed):
    clean, noise = normals(seed, 2, 8)

    seen = clean_from_noise(add_noise(clean, noise, alpha=alpha), noise, alpha=alpha)

    torch.testing.assert_close(seen, clean)


@given(pairs, seeds)
def test_a_step_of_ddim_is_affine_in_sample_and_noise(pair, seed):
    a, b = pair
    x, noise = normals(seed, 2, 8)

    landed = ddim_step(x, clean_from_noise(x, noise, alpha=a), alpha=a, alpha_next=b)

    slope = sqrt(1 - b) - sqrt(b * (1 - a) / a)
    torch.testing.assert_close(landed, sqrt(b / a) * x + slope * noise)


@given(pairs)
def test_a_network_chooses_between_least_and_most_fresh_noise(pair):
    alpha, alpha_next = pair
    variance = torch.tensor([-1.0, 0.0, 1.0], dtype=torch.float64)
    _, least = posterior(variance, variance, alpha=alpha, alpha_next=alpha_next)
    most = sqrt(1 - alpha / alpha_next)

    deviation = learned_deviation(variance, alpha=alpha, alpha_next=alpha_next)

    assert deviation.tolist() == pytest.approx([least, sqrt(least * most), most])


@given(levels, seeds)
def test_a_network_that_wants_the_least_noise_changes_nothing(levels, seed):
    x = normals(seed, 1, 8, dtype=torch.float32)
    path = path_through(levels)

    usual, _ = followed(
        ancestral(x, path, noise=noises(seed)), lambda x, _: Prediction(x.tanh())
    )
    learned, _ = followed(
        ancestral(x, path, noise=noises(seed)),
        lambda x, _: Prediction(x.tanh(), variance=-torch.ones_like(x)),
    )

    torch.testing.assert_close(learned, usual)


@pytest.mark.parametrize("variance", [None, torch.zeros(1, 8)])
def test_no_noise_is_drawn_for_the_last_step(variance):
    drawn = []

    def draw(shape):
        drawn.append(shape)
        return torch.zeros(shape)

    followed(
        ancestral(torch.ones(1, 8), path_through([0.1, 0.4, 0.8]), noise=draw),
        lambda x, _: Prediction(x, variance),
    )

    assert drawn == [(1, 8), (1, 8)]


@given(st.integers(1, 1000), strengths)
def test_a_tail_is_as_much_of_a_path_as_its_strength(steps, strength):
    path = denoise_steps(trailing_timesteps(steps), decoder_alphas())

    taken = truncate(path, strength)

    assert taken == path[steps - len(taken) :]
    assert len(taken) == max(1, round(steps * strength))


@given(st.integers(1, 1000))
def test_at_full_strength_a_tail_is_the_whole_path(steps):
    path = denoise_steps(trailing_timesteps(steps), decoder_alphas())

    assert truncate(path, 1) == path


@pytest.mark.parametrize(
    ("strength", "timestep", "signal"), [(0.3, 299, 0.685), (0.7, 699, 0.189)]
)
def test_a_picture_starts_under_the_noise_of_the_first_step_it_takes(
    strength, timestep, signal
):
    first, *_ = truncate(
        denoise_steps(trailing_timesteps(50), decoder_alphas()), strength
    )
    ones = torch.ones(1, 8)

    start = add_noise(ones, torch.zeros(1, 8), alpha=first.alpha)

    assert first.timestep == timestep
    torch.testing.assert_close(start, signal * ones, atol=1e-3, rtol=0)


@pytest.mark.parametrize("follow", [ddim, dpm, lambda *at: ancestral(*at, noise=quiet)])
def test_a_path_of_one_step_ends_with_what_the_network_sees(follow):
    x = torch.ones(1, 8)

    landed, _ = followed(
        follow(x, [DenoiseStep(timestep=999, alpha=0.001579, alpha_next=1.0)]),
        lambda x, timestep: Prediction(x * timestep),
    )

    torch.testing.assert_close(landed, 999 * x)


@pytest.mark.parametrize("steps", [20, 50])
def test_the_second_order_comes_closer_to_the_truth_in_half_the_steps(steps):
    spread = 0.7  # of clean samples that are normal, where the way is known exactly
    schedule = decoder_alphas()
    x = normals(1, 1, 64)

    def expected(x, timestep):
        alpha = float(schedule[timestep])
        return Prediction(sqrt(alpha) * spread**2 / variance_at(alpha) * x)

    def variance_at(alpha):
        return alpha * spread**2 + 1 - alpha

    first, _ = followed(
        ddim(x, denoise_steps(trailing_timesteps(2 * steps), schedule)), expected
    )
    second, _ = followed(
        dpm(x, denoise_steps(trailing_timesteps(steps), schedule)), expected
    )

    truth = x * spread / sqrt(variance_at(float(schedule[-1])))
    assert (second - truth).norm() < (first - truth).norm()


@given(seeds, st.floats(0.1, 100), st.floats(0.1, 100))
def test_each_row_has_a_threshold_of_its_own(seed, size, other):
    rows = normals(seed, *LATENT) * size, normals(seed + 1, *LATENT) * other

    together = dynamic_threshold(torch.cat(rows))

    assert torch.equal(together, torch.cat([dynamic_threshold(row) for row in rows]))
    assert together.abs().max() <= 1


def test_a_sample_within_bounds_passes_the_threshold_unchanged():
    clean = normals(1, *LATENT).tanh()

    assert torch.equal(dynamic_threshold(clean), clean)


def test_the_threshold_is_where_hardly_anything_lies_beyond():
    clean = torch.linspace(0, 1.6, 1001)[None]

    cut = dynamic_threshold(clean)

    torch.testing.assert_close(cut, (clean / 1.592).clamp(max=1))


def test_the_threshold_has_a_bound():
    assert dynamic_threshold(torch.full((1, 8), 50.0)).tolist() == [[1.0] * 8]
    assert dynamic_threshold(torch.tensor([[1.0] * 8 + [50.0] * 8]))[0, 0] == 0.5
