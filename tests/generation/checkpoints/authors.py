"""Checkpoints as the authors' code would have saved them, from diffusers' networks.

Written after their constructors, block by block as they append them, and not after the
maps that are tested with it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

Checkpoint = dict[str, Tensor]

RESNET = {
    "in_layers.0": "norm1",
    "in_layers.2": "conv1",
    "emb_layers.1": "time_emb_proj",
    "out_layers.0": "norm2",
    "out_layers.3": "conv2",
    "skip_connection": "conv_shortcut",
}
ROOT_OF_UNET = {
    "time_embed.0": "time_embedding.linear_1",
    "time_embed.2": "time_embedding.linear_2",
    "clip_to_seq": "encoder_hid_proj.image_embeds",
    "to_model_dim_n": "encoder_hid_proj.text_proj",
    "proj_n": "add_embedding.text_proj",
    "ln_model_n": "add_embedding.text_norm",
    "img_layer": "add_embedding.image_proj",
    "input_blocks.0.0": "conv_in",
    "out.0": "conv_norm_out",
    "out.2": "conv_out",
}
ROOT_OF_PRIOR = {
    "time_embed.0": "time_embedding.linear_1",
    "time_embed.2": "time_embedding.linear_2",
    "text_enc_proj": "encoder_hidden_states_proj",
    "text_emb_proj": "embedding_proj",
    "clip_img_proj": "proj_in",
    "out_proj": "proj_to_clip_embeddings",
    "final_ln": "norm_out",
}
BLOCK_OF_PRIOR = {
    "attn.c_proj": "attn1.to_out.0",
    "ln_1": "norm1",
    "mlp.c_fc": "ff.net.0.proj",
    "mlp.c_proj": "ff.net.2",
    "ln_2": "norm3",
}

ROOT_OF_CODER = {
    "conv_in": "conv_in",
    "norm_out": "conv_norm_out",
    "conv_out": "conv_out",
}


def prior_checkpoint(network: Any) -> tuple[Checkpoint, tuple[Tensor, Tensor]]:
    """`prior_fp16.ckpt`, and what is in `ViT-L-14_stats.th`."""
    saved = _renamed(network, ROOT_OF_PRIOR, "model.")
    saved["model.positional_embedding"] = network.positional_embedding.data
    saved["model.prd_emb"] = network.prd_embedding.data
    width = network.config.attention_head_dim
    for index, block in enumerate(network.transformer_blocks):
        name = f"model.transformer.resblocks.{index}."
        saved |= _renamed(block, BLOCK_OF_PRIOR, name)
        attention = block.attn1
        projections = [attention.to_q, attention.to_k, attention.to_v]
        saved |= _woven(projections, f"{name}attn.c_qkv", width)
    return saved, (network.clip_mean.data[0], network.clip_std.data[0])


def unet_checkpoint(network: Any) -> Checkpoint:
    """`decoder_fp16.ckpt`."""
    width = network.config.attention_head_dim
    saved = _renamed(network, ROOT_OF_UNET, "")
    inputs = 0
    for block in network.down_blocks:
        for resnet, attention in _pairs(block):
            inputs += 1
            saved |= _renamed(resnet, RESNET, f"input_blocks.{inputs}.0.")
            saved |= _attention(attention, f"input_blocks.{inputs}.1", width)
        for resnet in block.downsamplers or []:
            inputs += 1
            saved |= _renamed(resnet, RESNET, f"input_blocks.{inputs}.0.")
    middle = network.mid_block
    saved |= _renamed(middle.resnets[0], RESNET, "middle_block.0.")
    saved |= _attention(middle.attentions[0], "middle_block.1", width)
    saved |= _renamed(middle.resnets[1], RESNET, "middle_block.2.")
    outputs = -1
    for block in network.up_blocks:
        for resnet, attention in _pairs(block):
            outputs += 1
            saved |= _renamed(resnet, RESNET, f"output_blocks.{outputs}.0.")
            saved |= _attention(attention, f"output_blocks.{outputs}.1", width)
        for resnet in block.upsamplers or []:
            place = 1 if attention is None else 2
            saved |= _renamed(resnet, RESNET, f"output_blocks.{outputs}.{place}.")
    return saved


def movq_checkpoint(network: Any) -> Checkpoint:
    """`movq_final.ckpt`."""
    saved = {"quantize.embedding.weight": network.quantize.embedding.weight.data}
    for name in ("quant_conv", "post_quant_conv"):
        saved |= _renamed(network, {name: name}, "")
    for half in ("encoder", "decoder"):
        coder = network.get_submodule(half)
        outer = {
            "conv_in": "conv_in",
            "norm_out": "conv_norm_out",
            "conv_out": "conv_out",
        }
        saved |= _deep(coder, outer, f"{half}.")
        for number, resnet in enumerate(coder.mid_block.resnets):
            saved |= _movq_resnet(resnet, f"{half}.mid.block_{number + 1}.")
        saved |= _movq_attention(coder.mid_block.attentions[0], f"{half}.mid.attn_1.")
    for level, block in enumerate(network.encoder.down_blocks):
        saved |= _movq_level(block, f"encoder.down.{level}.", "downsample")
    for level, block in enumerate(reversed(network.decoder.up_blocks)):
        saved |= _movq_level(block, f"decoder.up.{level}.", "upsample")
    return saved


def _movq_level(block: Any, name: str, resampling: str) -> Checkpoint:
    saved: Checkpoint = {}
    for number, (resnet, attention) in enumerate(_pairs(block)):
        saved |= _movq_resnet(resnet, f"{name}block.{number}.")
        if attention is not None:
            saved |= _movq_attention(attention, f"{name}attn.{number}.")
    for resampler in getattr(block, f"{resampling}rs") or []:
        saved |= _renamed(resampler, {"conv": "conv"}, f"{name}{resampling}.")
    return saved


def _movq_resnet(resnet: Any, name: str) -> Checkpoint:
    same = {part: part for part in ("norm1", "conv1", "norm2", "conv2")}
    return _deep(resnet, {**same, "nin_shortcut": "conv_shortcut"}, name)


def _movq_attention(attention: Any, name: str) -> Checkpoint:
    saved: Checkpoint = {}
    for theirs, ours in (("q", "to_q"), ("k", "to_k"), ("v", "to_v")):
        saved |= _pointwise(attention.get_submodule(ours), f"{name}{theirs}", 2)
    saved |= _pointwise(attention.to_out[0], f"{name}proj_out", 2)
    norm = "group_norm" if attention.spatial_norm is None else "spatial_norm"
    return saved | _deep(attention, {"norm": norm}, name)


def _attention(attention: Any, name: str, width: int) -> Checkpoint:
    """Attention of the U-Net, whose projections are convolutions over points."""
    if attention is None:
        return {}
    asked = [attention.to_q, attention.to_k, attention.to_v]
    told = [attention.add_k_proj, attention.add_v_proj]
    saved = _woven(asked, f"{name}.qkv", width) | _woven(
        told, f"{name}.encoder_kv", width
    )
    for part in ("qkv", "encoder_kv"):
        saved[f"{name}.{part}.weight"] = saved[f"{name}.{part}.weight"][..., None]
    saved |= _renamed(attention, {"norm": "group_norm"}, f"{name}.")
    return saved | _pointwise(attention.to_out[0], f"{name}.proj_out", 1)


def _pointwise(layer: Any, name: str, axes: int) -> Checkpoint:
    """A linear layer as a convolution over single points."""
    weight, bias = layer.weight.data, layer.bias.data
    return {f"{name}.weight": weight[(...,) + (None,) * axes], f"{name}.bias": bias}


def _woven(layers: Sequence[nn.Module], name: str, width: int) -> Checkpoint:
    """Several layers in one: head by head, the rows of each."""
    saved = {}
    for parameter in ("weight", "bias"):
        parts = [getattr(layer, parameter).data.split(width) for layer in layers]
        heads = [torch.cat(head) for head in zip(*parts, strict=True)]
        saved[f"{name}.{parameter}"] = torch.cat(heads)
    return saved


def _pairs(block: Any) -> list[tuple[nn.Module, nn.Module | None]]:
    attentions = getattr(block, "attentions", None) or [None] * len(block.resnets)
    return list(zip(block.resnets, attentions, strict=True))


def _renamed(module: nn.Module, names: Mapping[str, str], prefix: str) -> Checkpoint:
    """The weights and biases of the layers of *module* that are there, renamed."""
    saved = {}
    for theirs, ours in names.items():
        *way, last = ours.split(".")
        layer = getattr(module.get_submodule(".".join(way)), last)
        if layer is not None:
            saved[f"{prefix}{theirs}.weight"] = layer.weight.data
            saved[f"{prefix}{theirs}.bias"] = layer.bias.data
    return saved


def _deep(module: nn.Module, names: Mapping[str, str], prefix: str) -> Checkpoint:
    """The same for layers that may have layers inside."""
    saved = {}
    for theirs, ours in names.items():
        layer = getattr(module, ours)
        for name, tensor in layer.state_dict().items() if layer is not None else ():
            saved[f"{prefix}{theirs}.{name}"] = tensor
    return saved
