import pytest
import torch
from torch import nn
from torch.nn import functional

from generation.kernels.normalization import GroupNorm

SHAPES = [(2, 32, 4, 6), (1, 64, 32, 32), (3, 96, 16, 24)]


@pytest.fixture
def draw() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def layer(channels, draw):
    norm = nn.GroupNorm(32, channels, eps=1e-5)
    norm.weight.data = torch.randn(channels, generator=draw)
    norm.bias.data = torch.randn(channels, generator=draw)
    return norm.requires_grad_(requires_grad=False)


def picture(shape, draw):
    x = 2 * torch.randn(shape, generator=draw) + 3
    return x.contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("shape", SHAPES)
def test_normalising_is_that_of_torch(shape, draw):
    norm = layer(shape[1], draw)
    x = picture(shape, draw)
    before = x.clone()

    answer = GroupNorm(norm)(x)

    assert torch.equal(x, before)
    torch.testing.assert_close(answer, norm(x.contiguous()), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
def test_each_row_has_its_own_modulation(shape, draw):
    norm = GroupNorm(layer(shape[1], draw))
    x = picture(shape, draw)
    scale, shift = torch.randn(2, *shape[:2], generator=draw)

    answer = norm.modulated(x, scale, shift)

    plain = functional.group_norm(x.contiguous(), 32)
    expected = plain * scale[:, :, None, None] + shift[:, :, None, None]
    torch.testing.assert_close(answer, expected, atol=2e-5, rtol=1e-5)


def test_a_flat_picture_becomes_its_shift(draw):
    norm = layer(64, draw)
    x = torch.full((1, 64, 32, 32), 7.0).contiguous(memory_format=torch.channels_last)

    answer = GroupNorm(norm)(x)

    expected = norm.bias[:, None, None].expand_as(answer)
    torch.testing.assert_close(answer, expected, atol=1e-3, rtol=0)
