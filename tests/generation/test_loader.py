import pytest
import torch
from PIL import Image

from generation.checkpoints.geometry import Geometry
from generation.checkpoints.weights import Weights
from generation.errors import DeviceError
from generation.loader import Loader
from generation.recipe import PriorKind


def loader_of(folder, *, device="cpu", dtype=None):
    weights = Weights.find(folder)
    return Loader.of(weights, Geometry.of(weights), device, dtype)


@pytest.fixture(params=["toy", "toy_22"])
def either(request):
    """The folder of a model of either family."""
    return request.getfixturevalue(request.param)


def test_networks_are_in_single_precision_on_a_cpu(toy):
    assert loader_of(toy).dtype is torch.float32


@pytest.mark.parametrize("name", ["float32", "bfloat16", "float16"])
@torch.inference_mode()
def test_networks_are_in_the_precision_that_is_asked_for(name, either):
    loader = loader_of(either, dtype=name)

    decoder, inpaint, images = (
        loader.decoder(),
        loader.inpaint(),
        loader.image_encoder(),
    )

    wanted = getattr(torch, name)
    assert decoder.network.dtype is wanted
    assert inpaint is not None
    assert inpaint.network.dtype is wanted
    assert images.network.dtype is wanted
    assert loader.clip_text_encoder().network.dtype is wanted


def test_an_unknown_precision_is_shown(toy):
    with pytest.raises(DeviceError, match="float32, bfloat16, float16, got 'f8'"):
        loader_of(toy, dtype="f8")


def test_an_unknown_device_is_shown(toy):
    with pytest.raises(DeviceError, match="no device 'abacus' here"):
        loader_of(toy, device="abacus")


@torch.inference_mode()
def test_every_prior_on_disk_is_there(either):
    priors = loader_of(either).priors()

    assert priors.keys() == set(PriorKind)


@torch.inference_mode()
def test_the_reader_is_loaded_once(toy):
    loader = loader_of(toy)

    assert loader.clip_text_encoder() is loader.clip_text_encoder()


@torch.inference_mode()
def test_only_the_first_family_reads_prompts_twice(toy, toy_22):
    assert loader_of(toy).multilingual_text_encoder() is not None
    assert loader_of(toy_22).multilingual_text_encoder() is None


@torch.inference_mode()
def test_only_the_first_family_learnt_a_variance(toy, toy_22):
    first, second = loader_of(toy).decoder(), loader_of(toy_22).decoder()

    assert (first.learned_variance, first.clamp) == (True, None)
    assert (second.learned_variance, second.clamp) == (False, 1.0)


@torch.inference_mode()
def test_the_inpainting_decoder_of_the_second_family_is_not_clamped(toy_22):
    inpaint = loader_of(toy_22).inpaint()

    assert inpaint is not None
    assert (inpaint.network.inputs, inpaint.clamp) == (9, None)


@torch.inference_mode()
def test_what_is_not_on_disk_is_none(toy):
    weights = Weights.find(toy)
    run_alone = Weights(
        name="alone",
        folder=weights.folder,
        family=weights.family,
        prior=weights.prior,
        decoder=weights.decoder,
    )
    loader = Loader.of(run_alone, Geometry.of(run_alone), "cpu")

    assert loader.inpaint() is None
    assert loader.translator() is None
    assert loader.priors().keys() == {PriorKind.DIFFUSION, PriorKind.NONE}


@torch.inference_mode()
def test_pictures_are_read_into_the_space_of_the_prior(either):
    images = loader_of(either).image_encoder()

    seen = images.encode(Image.new("RGB", (50, 40), "red"))

    assert seen.shape == images.zero_embedding().shape == (1, 32)
    assert seen.dtype is torch.float32
