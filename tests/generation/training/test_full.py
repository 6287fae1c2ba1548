from collections.abc import Iterator

import pytest
import torch
from tokenizers import Tokenizer, models
from torch import nn

from generation.errors import PlanError
from generation.training import __main__ as command
from generation.training import decoder, networks
from generation.training.plan import Plan


@pytest.fixture(scope="module")
def full() -> Plan:
    return Plan.read(command.PLAN.with_name("full.toml"))


@pytest.fixture
def vocabulary() -> Tokenizer:
    return Tokenizer(models.WordLevel({"<|startoftext|>": 0, "<|endoftext|>": 1}, ""))


@pytest.fixture(autouse=True)
def meta() -> Iterator[None]:
    with torch.device("meta"):
        yield


def parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def test_the_full_prior_is_as_large_as_the_published_one(full):
    assert parameters(networks.prior(full.shapes)) == 1_022_030_080


def test_the_full_clip_is_as_large_as_the_published_one(full, vocabulary):
    text = networks.text_encoder(full.shapes, vocabulary)
    image = networks.image_encoder(full.shapes, full.seen)

    assert parameters(text) == 123_650_304
    assert parameters(image) == 303_966_208


def test_the_full_reader_is_as_large_as_the_published_one(full, vocabulary):
    assert parameters(networks.multilingual(full.shapes, vocabulary)) == 560_677_632


def test_the_full_decoders_are_as_large_as_the_published_ones(full):
    unet = networks.unet(full.shapes, full.side)

    assert parameters(unet) == 1_228_661_768
    assert parameters(decoder.widen_input(unet)) == 1_228_679_048


def test_the_full_autoencoder_is_as_large_as_the_published_one(full):
    assert parameters(networks.movq(full.shapes)) == 67_832_495


def test_a_tower_has_room_for_every_token(full, vocabulary):
    given = full.shapes.text_encoder.model_copy(update={"vocab_size": 1})
    narrow = full.shapes.model_copy(update={"text_encoder": given})

    with pytest.raises(PlanError, match="vocab_size is 1, but the tokenizer has 2"):
        networks.text_encoder(narrow, vocabulary)
