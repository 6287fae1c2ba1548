from copy import deepcopy
from typing import Any

import numpy as np
import pytest
import torch

from generation.autoencoder import CHUNK, Autoencoder
from generation.checkpoints.networks import VQModel

TOLERANCE: dict[str, Any] = {"atol": 1e-4, "rtol": 1e-4}
"""Diffusers itself is half as far from double precision."""

CODES = 300


@pytest.fixture(scope="module")
def network() -> VQModel:
    """Four pixels a cell, with codes that lie where latents do."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = VQModel(
            block_out_channels=[32, 64, 96],
            norm_type="spatial",
            num_vq_embeddings=CODES,
            vq_embed_dim=4,
            latent_channels=4,
            layers_per_block=1,
            down_block_types=["DownEncoderBlock2D"] * 2 + ["AttnDownEncoderBlock2D"],
            up_block_types=["AttnUpDecoderBlock2D"] + ["UpDecoderBlock2D"] * 2,
        )
        for name, parameter in net.named_parameters():
            if "norm" in name:
                torch.nn.init.normal_(parameter, mean=float("weight" in name), std=0.3)
        torch.nn.init.normal_(net.quantize.embedding.weight)
        net.decoder.conv_out.weight.data *= 0.05
    frozen: VQModel = net.requires_grad_(requires_grad=False).eval()
    return frozen


@pytest.fixture(scope="module")
def autoencoder(network: VQModel) -> Autoencoder:
    return Autoencoder.of(network)


def latent_of(rows, columns, n=1):
    return torch.randn(n, 4, rows, columns, generator=torch.Generator().manual_seed(5))


@pytest.mark.parametrize("quantised", [False, True])
@pytest.mark.parametrize("cells", [(2, 2), (8, 12), (24, 16)])
def test_decoding_is_that_of_diffusers(cells, quantised, network, autoencoder):
    latent = latent_of(*cells)

    pixels = autoencoder.decode(latent, quantised=quantised)

    exact = deepcopy(network).double()
    expected = exact.decode(latent.double(), force_not_quantize=not quantised).sample
    torch.testing.assert_close(pixels, expected.float(), **TOLERANCE)


@pytest.mark.parametrize("sides", [(16, 16), (48, 80)])
def test_encoding_is_that_of_diffusers(sides, network, autoencoder):
    draw = torch.Generator().manual_seed(6)
    pixels = torch.rand(1, 3, *sides, generator=draw) * 2 - 1

    latent = autoencoder.encode(pixels)

    expected = deepcopy(network).double().encode(pixels.double()).latents
    torch.testing.assert_close(latent, expected.float(), **TOLERANCE)


def test_each_cell_gets_the_nearest_code(autoencoder):
    latent = latent_of(32, CHUNK // 32 + 5)

    quantised = autoencoder.quantize(latent)

    cells = latent.permute(0, 2, 3, 1).double()
    codes = autoencoder.codes.double()
    quantize = (cells[..., None, :] - codes).square().sum(-1).argmin(-1)
    assert torch.equal(quantised, autoencoder.codes[quantize].permute(0, 3, 1, 2))


def test_quantising_twice_changes_nothing(autoencoder):
    once = autoencoder.quantize(latent_of(5, 7, n=2))

    assert torch.equal(autoencoder.quantize(once), once)


def test_a_picture_is_the_middle_of_what_was_decoded(autoencoder):
    latent = latent_of(8, 16)

    image = autoencoder.decode_image(latent, 50, 27)

    [pixels] = autoencoder.decode(latent, quantised=False)
    shades = ((pixels + 1) * 127.5).round().clamp(0, 255).permute(1, 2, 0).numpy()
    assert (image.mode, image.size) == ("RGB", (50, 27))
    assert np.array_equal(np.asarray(image), shades[2:29, 7:57])


def test_a_picture_may_be_quantised_first(autoencoder):
    latent = latent_of(8, 8)

    image = autoencoder.decode_image(latent, 32, 32, quantised=True)

    assert image == autoencoder.decode_image(autoencoder.quantize(latent), 32, 32)
    assert image != autoencoder.decode_image(latent, 32, 32)


def test_half_precision_comes_close(network):
    half = Autoencoder.of(deepcopy(network).to(torch.bfloat16))
    latent = latent_of(8, 8)

    pixels = half.decode(latent, quantised=False)

    exact = network.decode(latent, force_not_quantize=True).sample
    assert pixels.dtype == half.encode(pixels).dtype == torch.float32
    assert (pixels - exact).square().mean() < 1e-2 * exact.square().mean()
