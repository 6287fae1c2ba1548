"""The authors' checkpoints of Kandinsky 2.1, brought into the published layout."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from generation.checkpoints.conversion.architectures import Architecture, Sizes
from generation.checkpoints.conversion.converted import Converted
from generation.checkpoints.conversion.keymaps.moves import Moves, moved
from generation.checkpoints.conversion.keymaps.movq import movq_moves
from generation.checkpoints.conversion.keymaps.prior import STATISTICS, prior_moves
from generation.checkpoints.conversion.keymaps.unet import unet_moves
from generation.checkpoints.conversion.pickles import save, state, unpickled
from generation.checkpoints.networks import (
    PriorTransformer,
    UNet2DConditionModel,
    VQModel,
)
from generation.errors import WeightsError

PRIOR: Final = "prior_fp16.ckpt"
STATS: Final = "ViT-L-14_stats.th"
UNET: Final = "decoder_fp16.ckpt"
INPAINT: Final = "inpainting_fp16.ckpt"
MOVQ: Final = "movq_final.ckpt"
CHECKPOINTS: Final = (PRIOR, UNET, INPAINT, MOVQ)

WEIGHTS: Final = "diffusion_pytorch_model.safetensors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recasting:
    """How a checkpoint becomes the folder *part* with a network of class *kind*."""

    kind: type[Any]
    sizes: Sizes
    moves: Callable[[Mapping[str, Any]], Moves]
    part: str

    def save(self, tensors: Mapping[str, Tensor], source: Path, to: Path) -> Converted:
        """Writes the part below *to*, or raises what *source* lacks."""
        with torch.device("meta"):
            network = self.kind(**self.sizes)
        moves = list(self.moves(network.config))
        sources = {move.source for move in moves}
        if missing := sorted(sources - tensors.keys()):
            raise WeightsError(
                f"{source} lacks {len(missing)} of the {len(sources)} tensors of "
                f"{self.part} in Kandinsky 2.1, such as {missing[0]}: fetch it again"
            )
        shapes = {name: tuple(t.shape) for name, t in network.state_dict().items()}
        try:
            found = moved(moves, tensors, shapes)
        except (RuntimeError, ValueError) as error:
            raise WeightsError(
                f"{source} does not hold {self.part} of Kandinsky 2.1: {error}"
            ) from error
        save(found, to / self.part / WEIGHTS)
        network.save_config(to / self.part)
        return Converted(
            part=self.part,
            source=source,
            tensors=len(found),
            unexpected=tuple(sorted(tensors.keys() - sources)),
        )


def recast(source: Path, to: Path, architecture: Architecture) -> Iterator[Converted]:
    """Converts what checkpoints lie in *source*, one by one, into the folder *to*."""
    if (file := source / PRIOR).is_file():
        prior = Recasting(
            kind=PriorTransformer,
            sizes=architecture.prior,
            moves=prior_moves,
            part="prior/prior",
        )
        yield prior.save({**state(file), **_statistics(source / STATS)}, file, to)
    for name, part, sizes in (
        (UNET, "decoder/unet", architecture.unet),
        (INPAINT, "inpaint/unet", architecture.inpaint),
    ):
        if (file := source / name).is_file():
            unet = Recasting(
                kind=UNet2DConditionModel, sizes=sizes, moves=unet_moves, part=part
            )
            yield unet.save(state(file), file, to)
    if (file := source / MOVQ).is_file():
        movq = Recasting(
            kind=VQModel, sizes=architecture.movq, moves=movq_moves, part="decoder/movq"
        )
        yield movq.save(state(file), file, to)


def _statistics(file: Path) -> dict[str, Tensor]:
    """The mean and the deviation that the prior's embeddings have."""
    found = unpickled(file)
    if not isinstance(found, tuple | list) or len(found) != len(STATISTICS):
        raise WeightsError(f"{file} holds no pair of {' and '.join(STATISTICS)}")
    return dict(zip(STATISTICS, found, strict=True))
