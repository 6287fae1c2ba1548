from itertools import product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from generation.guidance import (
    PRESETS,
    PUBLISHED_STEPS,
    SafeGuidance,
    guided,
    limit_concepts,
)
from generation.recipe import Safety

PUBLISHED = {  # warm-up, guidance scale, threshold, momentum scale and beta
    Safety.WEAK: (15, 20, 0.0, 0.0, 0.0),
    Safety.MEDIUM: (10, 1000, 0.01, 0.3, 0.4),
    Safety.STRONG: (7, 2000, 0.025, 0.5, 0.7),
    Safety.MAX: (0, 5000, 1.0, 0.5, 0.7),
}
SCALE = 4.0

presets = st.sampled_from(list(PUBLISHED))
seeds = st.integers(0, 2**32 - 1)


def normals(seed, *shape):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator)


def safely(safety, walk):
    """What a picture is painted after, step by step, written out value by value."""
    warm_up, strength, margin, momentum, beta = PUBLISHED[safety]
    steps, _, size = walk.shape
    followed = torch.empty(steps, 1, size)
    nu = [0.0] * size
    for step, i in product(range(steps), range(size)):
        nothing, wanted, unsafe = walk[step, :, i].double().tolist()
        weight = min(1.0, abs(wanted - unsafe) * strength)
        if wanted - unsafe >= margin:
            weight = 0.0
        gamma = weight * (unsafe - nothing) + momentum * nu[i]
        nu[i] = beta * nu[i] + (1 - beta) * gamma
        lean = wanted - nothing - (gamma if step >= warm_up else 0.0)
        followed[step, 0, i] = nothing + SCALE * lean
    return followed


def steered(guidance, walk):
    return torch.stack(
        [guidance(rows, scale=SCALE, step=step) for step, rows in enumerate(walk)]
    )


def warm(safety):
    """The steering of a picture whose warm-up is over and was about nothing."""
    return SafeGuidance(preset=PRESETS[safety], warm_up=0)


def test_every_preset_but_off_is_known():
    assert set(PRESETS) == set(Safety) - {Safety.OFF}


@pytest.mark.parametrize("safety", PUBLISHED)
def test_steering_follows_the_formulas_of_the_paper(safety):
    close = normals(1, PUBLISHED_STEPS, 1, 16)
    walk = close + 0.02 * normals(2, PUBLISHED_STEPS, 3, 16)

    path = steered(SafeGuidance.of(safety, steps=PUBLISHED_STEPS), walk)

    torch.testing.assert_close(path, safely(safety, walk), atol=2e-4, rtol=0)


@given(presets, seeds)
def test_until_it_is_warm_steering_is_ordinary_guidance(safety, seed):
    guidance = SafeGuidance.of(safety, steps=PUBLISHED_STEPS)
    walk = normals(seed, guidance.warm_up, 3, 8)

    for step, rows in enumerate(walk):
        assert torch.equal(
            guidance(rows, scale=SCALE, step=step), guided(rows[:2], scale=SCALE)
        )


@pytest.mark.parametrize(("steps", "warm_up"), [(50, 10), (20, 4), (100, 20), (1, 0)])
def test_the_warm_up_is_the_same_share_of_every_picture(steps, warm_up):
    assert SafeGuidance.of(Safety.MEDIUM, steps=steps).warm_up == warm_up


@given(presets, st.integers(1, 1000))
def test_no_picture_is_too_short_to_be_steered(safety, steps):
    guidance = SafeGuidance.of(safety, steps=steps)

    assert 0 <= guidance.warm_up < steps


def test_corrections_of_the_warm_up_are_remembered():
    walk = normals(1, 11, 3, 8)
    attentive = SafeGuidance.of(Safety.MEDIUM, steps=PUBLISHED_STEPS)
    forgetful = warm(Safety.MEDIUM)

    *_, after = steered(attentive, walk)

    assert not torch.equal(after, forgetful(walk[-1], scale=SCALE, step=10))


@given(presets, seeds)
def test_a_prompt_far_from_anything_unsafe_is_left_alone(safety, seed):
    nothing, unsafe = normals(seed, 2, 8)
    rows = torch.stack([nothing, unsafe + 1.5, unsafe])

    followed = warm(safety)(rows, scale=SCALE, step=0)

    assert torch.equal(followed, guided(rows[:2], scale=SCALE))


@given(presets, seeds)
def test_what_no_prompt_would_paint_is_not_corrected(safety, seed):
    nothing, wanted = normals(seed, 2, 8)
    rows = torch.stack([nothing, wanted, nothing])

    followed = warm(safety)(rows, scale=SCALE, step=0)

    assert torch.equal(followed, guided(rows[:2], scale=SCALE))


@given(presets, seeds)
def test_values_that_lean_clearly_to_the_unsafe_side_turn_round(safety, seed):
    nothing, unsafe = normals(seed, 2, 8)
    wanted = unsafe - 0.1
    rows = torch.stack([nothing, wanted, unsafe])

    followed = warm(safety)(rows, scale=SCALE, step=0)

    torch.testing.assert_close(followed, (nothing + SCALE * (wanted - unsafe))[None])


def test_each_picture_has_a_memory_of_its_own():
    walk = normals(1, 20, 3, 8)
    run_alone = steered(warm(Safety.MAX), walk)
    one, other = warm(Safety.MAX), warm(Safety.MAX)

    together = []
    for rows in walk:
        together.append(one(rows, scale=SCALE, step=0))
        other(-rows, scale=SCALE, step=0)

    assert torch.equal(torch.stack(together), run_alone)


def test_steering_is_reckoned_in_full_precision():
    rows = normals(1, 3, 8).bfloat16()

    assert warm(Safety.STRONG)(rows, scale=SCALE, step=0).dtype == torch.float32


ORIGIN = torch.zeros(1, 8)
shares = st.floats(0, 1)


def right_angles(seed, count):
    return torch.linalg.qr(normals(seed, 8, count))[0].T


@given(seeds, st.integers(1, 6), shares)
def test_no_concept_is_left_beyond_its_share(seed, count, share):
    concepts = 2 * right_angles(seed, count)
    embedding = 3 * normals(seed + 1, 2, 8)

    safe = limit_concepts(embedding, origin=ORIGIN, concepts=concepts, share=share)

    torch.testing.assert_close(
        safe @ concepts.T, (embedding @ concepts.T).clamp(max=4 * share)
    )


@given(seeds, shares)
def test_what_no_concept_has_stays(seed, share):
    basis = right_angles(seed, 8)
    embedding = 3 * normals(seed + 1, 1, 8)

    safe = limit_concepts(embedding, origin=ORIGIN, concepts=basis[:3], share=share)

    torch.testing.assert_close((safe - embedding) @ basis[3:].T, torch.zeros(1, 5))


@given(seeds, st.integers(1, 6), shares)
def test_the_origin_of_all_ways_is_safe(seed, count, share):
    origin, concepts = normals(seed, 1, 8), normals(seed + 1, count, 8)

    safe = limit_concepts(origin, origin=origin, concepts=concepts, share=share)

    torch.testing.assert_close(safe, origin)


@given(seeds, shares)
def test_a_concept_itself_keeps_its_share_of_the_way(seed, share):
    origin, concept = normals(seed, 1, 8), normals(seed + 1, 1, 8)

    safe = limit_concepts(concept, origin=origin, concepts=concept, share=share)

    torch.testing.assert_close(
        safe, origin + share * (concept - origin), atol=1e-4, rtol=1e-4
    )


@given(seeds, shares)
def test_a_concept_that_is_named_twice_takes_once(seed, share):
    origin, concept = normals(seed, 1, 8), normals(seed + 1, 1, 8)
    embedding = 3 * normals(seed + 2, 1, 8)

    once = limit_concepts(embedding, origin=origin, concepts=concept, share=share)
    twice = limit_concepts(
        embedding, origin=origin, concepts=torch.cat((concept, concept)), share=share
    )

    torch.testing.assert_close(twice, once, atol=1e-4, rtol=1e-4)
