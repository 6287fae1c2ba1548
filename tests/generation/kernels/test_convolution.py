from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from generation.kernels.convolution import Convolution

TOLERANCE: dict[str, Any] = {"atol": 2e-5, "rtol": 2e-5}


def drawn(*shape, seed):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def layer(inputs, outputs, taps=3, stride=1, padding=1):
    convolution = nn.Conv2d(inputs, outputs, taps, stride, padding)
    convolution.weight.data = drawn(*convolution.weight.shape, seed=1) / (
        taps * inputs**0.5
    )
    convolution.bias = nn.Parameter(drawn(outputs, seed=2))
    return convolution.requires_grad_(requires_grad=False)


def picture(*shape, seed=3):
    return drawn(*shape, seed=seed).contiguous(memory_format=torch.channels_last)


def expected(convolution, x):
    """In double precision."""
    return functional.conv2d(
        x.double(),
        convolution.weight.double(),
        convolution.bias.double(),
        convolution.stride,
        convolution.padding,
    ).float()


@settings(max_examples=40)
@given(
    n=st.integers(1, 5),
    h=st.integers(3, 40),
    w=st.integers(3, 40),
    inputs=st.sampled_from([32, 96, 128]),
    outputs=st.sampled_from([8, 96, 128]),
)
def test_a_convolution_of_any_size_is_that_of_torch(n, h, w, inputs, outputs):
    convolution = layer(inputs, outputs)
    x = picture(n, inputs, h, w)
    base = picture(n, outputs, h, w, seed=4)
    known = expected(convolution, x)

    plain = Convolution(convolution)(x)
    added = Convolution(convolution).onto(base.clone(), x)

    assert plain.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(plain, known, **TOLERANCE)
    torch.testing.assert_close(added, base + known, **TOLERANCE)


@pytest.mark.parametrize(
    ("taps", "stride", "padding"), [(1, 1, 0), (3, 2, 1), (3, 2, 0), (3, 1, 0)]
)
def test_a_convolution_of_another_kind_is_that_of_torch(taps, stride, padding):
    convolution = layer(64, 64, taps, stride, padding)
    x = picture(2, 64, 16, 24)

    answer = Convolution(convolution)(x)

    torch.testing.assert_close(answer, expected(convolution, x), **TOLERANCE)


def test_a_large_picture_is_convolved_band_by_band():
    convolution = layer(96, 96)
    x = picture(1, 96, 96, 96)

    answer = Convolution(convolution)(x)

    torch.testing.assert_close(answer, expected(convolution, x), **TOLERANCE)


def test_interpolation_loses_no_more_than_the_direct_sum():
    convolution = layer(128, 128)
    x = picture(2, 128, 16, 16)
    exact = expected(convolution, x)
    ours = Convolution(convolution)

    interpolated = (ours(x) - exact).square().mean().sqrt()
    direct = (convolution(x) - exact).square().mean().sqrt()

    assert "_winograd" in vars(ours)
    assert interpolated < 2 * direct


def test_half_precision_is_computed_as_by_torch():
    convolution = layer(96, 96).to(torch.bfloat16)
    x = picture(2, 96, 16, 16).to(torch.bfloat16)

    answer = Convolution(convolution)(x)

    assert torch.equal(answer, convolution(x))
