import pytest
import torch

from generation.checkpoints.conversion.keymaps.moves import Move, apply_moves
from generation.checkpoints.conversion.keymaps.movq import movq_moves
from generation.checkpoints.conversion.keymaps.prior import STATISTICS, prior_moves
from generation.checkpoints.conversion.keymaps.unet import unet_moves
from generation.checkpoints.conversion.originals import PUBLISHED
from generation.checkpoints.networks import (
    MCLIPConfig,
    MultilingualCLIP,
    PriorTransformer,
    UNet2DConditionModel,
    VQModel,
)
from tests.generation.checkpoints.authors import (
    movq_checkpoint,
    prior_checkpoint,
    unet_checkpoint,
)

SECOND = {
    **PUBLISHED.unet,
    "addition_embed_type": "image",
    "encoder_hid_dim": 1280,
    "encoder_hid_dim_type": "image_proj",
}
XLM_R = {
    "transformerDimensions": 1024,
    "numDims": 768,
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "vocab_size": 250002,
    "max_position_embeddings": 514,
    "type_vocab_size": 1,
}


def empty(kind, sizes):
    """A network of full size that takes no memory."""
    with torch.device("meta"):
        if kind is MultilingualCLIP:
            return MultilingualCLIP(MCLIPConfig(**sizes))
        return kind(**sizes)


def whole_prior(network):
    tensors, statistics = prior_checkpoint(network)
    return tensors | dict(zip(STATISTICS, statistics, strict=True))


def shapes(tensors):
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}


@pytest.mark.parametrize(
    ("kind", "sizes", "entries", "parameters"),
    [
        (PriorTransformer, PUBLISHED.prior, 338, 1_022_030_080),
        (PriorTransformer, {"embedding_dim": 1280}, 338, 1_026_225_920),
        (UNet2DConditionModel, PUBLISHED.unet, 726, 1_228_661_768),
        (UNet2DConditionModel, PUBLISHED.inpaint, 726, 1_228_679_048),
        (UNet2DConditionModel, SECOND, 724, 1_253_057_288),
        (UNet2DConditionModel, SECOND | {"in_channels": 9}, 724, 1_253_074_568),
        (VQModel, PUBLISHED.movq, 431, 67_832_495),
        (MultilingualCLIP, XLM_R, 393, 560_677_632),
    ],
)
def test_published_sizes_are_known(kind, sizes, entries, parameters):
    network = empty(kind, sizes)

    assert len(network.state_dict()) == entries
    assert sum(p.numel() for p in network.parameters()) == parameters


@pytest.mark.parametrize(
    ("kind", "sizes", "moves", "checkpoint"),
    [
        (PriorTransformer, PUBLISHED.prior, prior_moves, whole_prior),
        (UNet2DConditionModel, PUBLISHED.unet, unet_moves, unet_checkpoint),
        (UNet2DConditionModel, PUBLISHED.inpaint, unet_moves, unet_checkpoint),
        (VQModel, PUBLISHED.movq, movq_moves, movq_checkpoint),
    ],
)
def test_a_map_is_one_to_one_at_full_size(kind, sizes, moves, checkpoint):
    network = empty(kind, sizes)
    wanted, original = shapes(network.state_dict()), checkpoint(network)

    known = list(moves(network.config))
    found = apply_moves(known, original, wanted)

    sources = [move.source for move in known]
    assert sorted(sources) == sorted(original)
    assert sum(len(move.targets) for move in known) == len(found)
    assert shapes(found) == wanted


def test_rows_go_to_their_targets_head_by_head():
    rows = torch.tensor([0, 1, 10, 11, 20, 21, 2, 3, 12, 13, 22, 23])

    found = dict(Move("qkv", ("q", "k", "v"), head=2).apply(rows))

    assert {name: part.tolist() for name, part in found.items()} == {
        "q": [0, 1, 2, 3],
        "k": [10, 11, 12, 13],
        "v": [20, 21, 22, 23],
    }


def test_a_tensor_that_is_turned_around_does_not_fit():
    with pytest.raises(ValueError, match=r"a has shape \[2, 3\].* b of shape \[3, 2\]"):
        apply_moves([Move("a", ("b",))], {"a": torch.zeros(2, 3)}, {"b": (3, 2)})
