from pathlib import Path

import pytest

from generation.checkpoints.networks import (
    CLIPTextModelWithProjection,
    PriorTransformer,
)
from generation.checkpoints.tokenizers import clip_tokenizer
from generation.priors.transformer import PriorNetwork
from generation.text_encoders import ClipTextEncoder


@pytest.fixture(scope="session")
def published(toy: Path) -> PriorTransformer:
    """The toy's prior as diffusers runs it: everything afresh at every step."""
    network: PriorTransformer = PriorTransformer.from_pretrained(
        toy / "prior" / "prior"
    )
    return network.requires_grad_(requires_grad=False).eval()


@pytest.fixture(scope="session")
def text_encoder(toy: Path) -> ClipTextEncoder:
    half = toy / "prior"
    encoder = CLIPTextModelWithProjection.from_pretrained(half / "text_encoder")
    frozen = encoder.requires_grad_(requires_grad=False).eval()
    return ClipTextEncoder(clip_tokenizer(half / "tokenizer", length=77), frozen)


@pytest.fixture(scope="session")
def network(published: PriorTransformer, text_encoder: ClipTextEncoder) -> PriorNetwork:
    return PriorNetwork.of(published, text_encoder.encode(""))
