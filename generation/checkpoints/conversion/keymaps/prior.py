"""The prior: `prior_fp16.ckpt`, and the statistics that its embeddings lie in."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from generation.checkpoints.conversion.keymaps.moves import Move, Moves, layer, layers

ROOT: Final = "model"
STATISTICS: Final = ("clip_mean", "clip_std")
"""They come from a file of their own, in this order."""

_OUTSIDE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "time_embed.0": "time_embedding.linear_1",
        "time_embed.2": "time_embedding.linear_2",
        "clip_img_proj": "proj_in",
        "text_emb_proj": "embedding_proj",
        "text_enc_proj": "encoder_hidden_states_proj",
        "final_ln": "norm_out",
        "out_proj": "proj_to_clip_embeddings",
    }
)
_BLOCK: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ln_1": "norm1",
        "ln_2": "norm3",
        "attn.c_proj": "attn1.to_out.0",
        "mlp.c_fc": "ff.net.0.proj",
        "mlp.c_proj": "ff.net.2",
    }
)


def prior_moves(config: Mapping[str, Any]) -> Moves:
    """All of a prior with this configuration of a PriorTransformer."""
    for theirs, ours in _OUTSIDE.items():
        yield from layer(f"{ROOT}.{theirs}", ours)
    yield Move(f"{ROOT}.positional_embedding", ("positional_embedding",))
    yield Move(f"{ROOT}.prd_emb", ("prd_embedding",))
    for statistic in STATISTICS:
        yield Move(statistic, (statistic,))
    for index in range(config["num_layers"]):
        source = f"{ROOT}.transformer.resblocks.{index}"
        target = f"transformer_blocks.{index}"
        yield from layers(source, target, _BLOCK)
        yield from layer(
            f"{source}.attn.c_qkv",
            *(f"{target}.attn1.to_{part}" for part in "qkv"),
            head=config["attention_head_dim"],
        )
