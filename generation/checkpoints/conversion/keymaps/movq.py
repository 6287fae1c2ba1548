"""MoVQ: `movq_final.ckpt`."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from generation.checkpoints.conversion.keymaps.moves import Move, Moves, layer, layers

_KEPT: Final = (
    "quant_conv",
    "post_quant_conv",
    "encoder.conv_in",
    "encoder.conv_out",
    "decoder.conv_in",
    "decoder.conv_out",
)
"""Layers whose names stay."""

_NORM: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"encoder": ("",), "decoder": (".norm_layer", ".conv_y", ".conv_b")}
)
"""The decoder's normalisations are scaled and shifted by the latent (Zheng et al. 2022,
MoVQ, equation 4), which takes three layers in the place of one."""

_PROJECTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {"q": "to_q", "k": "to_k", "v": "to_v", "proj_out": "to_out.0"}
)

Place = tuple[str, str]
"""Names of a block: in the original, and in diffusers."""


def movq_moves(config: Mapping[str, Any]) -> Moves:
    """All of an autoencoder with this configuration of a VQModel."""
    yield Move("quantize.embedding.weight", ("quantize.embedding.weight",))
    for name in _KEPT:
        yield from layer(name, name)
    yield from _half(config, "encoder", "down")
    yield from _half(config, "decoder", "up")


def _half(config: Mapping[str, Any], half: str, way: str) -> Moves:
    """The blocks of the encoder on its way down, or of the decoder on its way up."""
    norm = _NORM[half]
    yield from _norm(f"{half}.norm_out", f"{half}.conv_norm_out", norm)
    attention = "group_norm" if half == "encoder" else "spatial_norm"
    for source, target in _attentions(config, half, way):
        yield from _norm(f"{source}.norm", f"{target}.{attention}", norm)
        yield from layers(source, target, _PROJECTIONS)
    for (source, target), widened in _resnets(config, half, way):
        for number in (1, 2):
            yield from _norm(f"{source}.norm{number}", f"{target}.norm{number}", norm)
            yield from layer(f"{source}.conv{number}", f"{target}.conv{number}")
        if widened:
            yield from layer(f"{source}.nin_shortcut", f"{target}.conv_shortcut")
    for level, index in _levels(config, way)[:-1]:
        source = f"{half}.{way}.{index}.{way}sample.conv"
        yield from layer(source, f"{half}.{way}_blocks.{level}.{way}samplers.0.conv")


def _norm(source: str, target: str, parts: tuple[str, ...]) -> Moves:
    for part in parts:
        yield from layer(f"{source}{part}", f"{target}{part}")


def _levels(config: Mapping[str, Any], way: str) -> list[tuple[int, int]]:
    """Each level as diffusers counts, and as the original does: the widest is 0."""
    levels = range(len(config["block_out_channels"]))
    return list(enumerate(levels if way == "down" else reversed(levels)))


def _resnets(
    config: Mapping[str, Any], half: str, way: str
) -> Iterator[tuple[Place, bool]]:
    """Every residual block, and whether it changes the number of channels."""
    widths, depth = config["block_out_channels"], config["layers_per_block"]
    before = widths[0] if way == "down" else widths[-1]
    for level, index in _levels(config, way):
        for block in range(depth if way == "down" else depth + 1):
            source = f"{half}.{way}.{index}.block.{block}"
            target = f"{half}.{way}_blocks.{level}.resnets.{block}"
            yield (source, target), before != widths[index]
            before = widths[index]
    for block in (0, 1):
        source = f"{half}.mid.block_{block + 1}"
        yield (source, f"{half}.mid_block.resnets.{block}"), False


def _attentions(config: Mapping[str, Any], half: str, way: str) -> Iterator[Place]:
    """Every attention: those of the narrowest level, and the one in the middle."""
    yield f"{half}.mid.attn_1", f"{half}.mid_block.attentions.0"
    depth = config["layers_per_block"] + (way == "up")
    for (level, index), kind in zip(
        _levels(config, way), config[f"{way}_block_types"], strict=True
    ):
        for block in range(depth if kind.startswith("Attn") else 0):
            source = f"{half}.{way}.{index}.attn.{block}"
            yield source, f"{half}.{way}_blocks.{level}.attentions.{block}"
