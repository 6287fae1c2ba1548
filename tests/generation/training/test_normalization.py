import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from generation.training.autoencoder import use_fast_group_norm


@given(
    size=st.lists(st.integers(2, 5), min_size=0, max_size=2),
    groups=st.sampled_from([1, 2, 4]),
    affine=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_it_is_the_same_function_with_the_same_slope(size, groups, affine, seed):
    torch.manual_seed(seed)
    usual = nn.GroupNorm(groups, 8, affine=affine).double()
    for parameter in usual.parameters():
        nn.init.normal_(parameter)
    x = torch.randn(3, 8, *size).double().requires_grad_()
    sought = (x, *usual.parameters())
    direction = torch.randn_like(x)
    expected = usual(x)
    slopes = torch.autograd.grad((expected * direction).sum(), sought)

    use_fast_group_norm(usual)

    found = usual(x)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(
        torch.autograd.grad((found * direction).sum(), sought), slopes
    )


@pytest.mark.parametrize("depth", [1, 2])
def test_every_normalization_inside_is_reached(depth):
    network = nn.Sequential(nn.GroupNorm(2, 4))
    for _ in range(depth - 1):
        network = nn.Sequential(network)
    [inner] = [m for m in network.modules() if isinstance(m, nn.GroupNorm)]
    usual = inner.forward

    use_fast_group_norm(network)

    assert inner.forward != usual
