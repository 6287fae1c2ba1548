"""The U-Net of 2.1: `decoder_fp16.ckpt` and `inpainting_fp16.ckpt`."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from generation.checkpoints.conversion.keymaps.moves import Moves, layer, layers

_OUTSIDE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "time_embed.0": "time_embedding.linear_1",
        "time_embed.2": "time_embedding.linear_2",
        "input_blocks.0.0": "conv_in",
        "out.0": "conv_norm_out",
        "out.2": "conv_out",
        "clip_to_seq": "encoder_hid_proj.image_embeds",
        "to_model_dim_n": "encoder_hid_proj.text_proj",
        "proj_n": "add_embedding.text_proj",
        "ln_model_n": "add_embedding.text_norm",
        "img_layer": "add_embedding.image_proj",
    }
)
_RESNET: Final[Mapping[str, str]] = MappingProxyType(
    {
        "in_layers.0": "norm1",
        "in_layers.2": "conv1",
        "emb_layers.1": "time_emb_proj",
        "out_layers.0": "norm2",
        "out_layers.3": "conv2",
    }
)
_ATTENTION: Final[Mapping[str, str]] = MappingProxyType(
    {"norm": "group_norm", "proj_out": "to_out.0"}
)
_RESNETS_ALONE: Final = frozenset({"ResnetDownsampleBlock2D", "ResnetUpsampleBlock2D"})

Place = tuple[str, str]
"""Names of a block: in the original, and in diffusers."""


def unet_moves(config: Mapping[str, Any]) -> Moves:
    """All of a U-Net with this configuration of a UNet2DConditionModel."""
    for theirs, ours in _OUTSIDE.items():
        yield from layer(theirs, ours)
    for (source, target), widened in _resnets(config):
        yield from layers(source, target, _RESNET)
        if widened:
            yield from layer(f"{source}.skip_connection", f"{target}.conv_shortcut")
    head = config["attention_head_dim"]
    for source, target in _attentions(config):
        yield from layers(source, target, _ATTENTION)
        asked = (f"{target}.to_{part}" for part in "qkv")
        yield from layer(f"{source}.qkv", *asked, head=head)
        told = (f"{target}.add_{part}_proj" for part in "kv")
        yield from layer(f"{source}.encoder_kv", *told, head=head)


def _resnets(config: Mapping[str, Any]) -> Iterator[tuple[Place, bool]]:
    """Every residual block, and whether it changes the number of channels.

    On the way up each one is also given what a block on the way down made, which makes
    its input wider. The blocks that resample keep the number.
    """
    widths, depth = config["block_out_channels"], config["layers_per_block"]
    last = len(widths) - 1
    before = (widths[0], *widths)
    for level, width in enumerate(widths):
        first, down = 1 + level * (depth + 1), f"down_blocks.{level}"
        for index in range(depth):
            place = f"input_blocks.{first + index}.0", f"{down}.resnets.{index}"
            yield place, index == 0 and before[level] != width
        if level < last:
            source = f"input_blocks.{first + depth}.0"
            yield (source, f"{down}.downsamplers.0"), False
    for theirs, ours in ((0, 0), (2, 1)):
        yield (f"middle_block.{theirs}", f"mid_block.resnets.{ours}"), False
    for level, attends in enumerate(_attending(config["up_block_types"])):
        first, up = level * (depth + 1), f"up_blocks.{level}"
        for index in range(depth + 1):
            place = f"output_blocks.{first + index}.0", f"{up}.resnets.{index}"
            yield place, True
        if level < last:
            source = f"output_blocks.{first + depth}.{1 + attends}"
            yield (source, f"{up}.upsamplers.0"), False


def _attentions(config: Mapping[str, Any]) -> Iterator[Place]:
    """Every attention: each follows a residual block, but for those that resample."""
    depth = config["layers_per_block"]
    for level, attends in enumerate(_attending(config["down_block_types"])):
        for index in range(depth if attends else 0):
            source = f"input_blocks.{1 + level * (depth + 1) + index}.1"
            yield source, f"down_blocks.{level}.attentions.{index}"
    yield "middle_block.1", "mid_block.attentions.0"
    for level, attends in enumerate(_attending(config["up_block_types"])):
        for index in range(depth + 1 if attends else 0):
            source = f"output_blocks.{level * (depth + 1) + index}.1"
            yield source, f"up_blocks.{level}.attentions.{index}"


def _attending(kinds: list[str]) -> Iterator[bool]:
    """Whether the blocks of such *kinds* attend to anything."""
    return (kind not in _RESNETS_ALONE for kind in kinds)
