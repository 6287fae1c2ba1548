"""The bundle: a run's networks, in the folders that Kandinsky 2.1 is published in."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from generation.checkpoints.conversion.descriptions import describe, write_json
from generation.checkpoints.networks import (
    CLIPTextModelWithProjection,
    CLIPVisionModelWithProjection,
    MultilingualCLIP,
    PriorTransformer,
    UNet2DConditionModel,
    VQModel,
)
from generation.checkpoints.regressions import RegressionNetwork
from generation.checkpoints.weights import write_digests
from generation.training.dataset import CLIP_MEAN, CLIP_STD

DEFAULTS: Final = "defaults.json"
WEIGHTS: Final = "diffusion_pytorch_model.safetensors"
OWN: Final = "own.safetensors"
"""File of the tensors that a network does not share with another one."""
BICUBIC: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Contents of a model folder; *tokenizers* is the stage's folder.

    *regressions* are priors that lie beside the diffusion prior.
    """

    text: CLIPTextModelWithProjection
    image: CLIPVisionModelWithProjection
    multilingual: MultilingualCLIP
    prior: PriorTransformer
    unet: UNet2DConditionModel
    inpainting: UNet2DConditionModel | None
    movq: VQModel
    regressions: Sequence[RegressionNetwork]
    tokenizers: Path
    defaults: Mapping[str, float]

    def write(self, folder: Path) -> None:
        """Replaces *folder* once the new one is whole."""
        partial = folder.with_name(f"{folder.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        self._write_prior(partial / "prior")
        self._write_decoder(partial / "decoder")
        if self.inpainting is not None:
            _save_beside(
                partial / "decoder" / "unet",
                self.inpainting,
                partial / "inpaint" / "unet",
            )
        describe(partial)
        write_json(partial / DEFAULTS, self.defaults)
        write_digests(partial)
        shutil.rmtree(folder, ignore_errors=True)
        partial.replace(folder)

    def _write_prior(self, half: Path) -> None:
        _save(self.prior, half / "prior")
        for regression in self.regressions:
            regression.half().save(half / regression.kind)
        _save(self.text, half / "text_encoder")
        _save(self.image, half / "image_encoder")
        shutil.copytree(self.tokenizers / "clip", half / "tokenizer")
        side: Any = self.image.config.image_size
        write_json(
            half / "image_processor" / "preprocessor_config.json", _processor(side)
        )

    def _write_decoder(self, half: Path) -> None:
        _save(self.unet, half / "unet")
        _save(self.movq, half / "movq")
        _save(self.multilingual, half / "text_encoder")
        shutil.copytree(self.tokenizers / "multilingual", half / "tokenizer")


def _save(network: nn.Module, folder: Path) -> None:
    """Half precision: the engine works in single precision on a CPU all the same."""
    halved: Any = network.half()
    halved.save_pretrained(folder)


def _save_beside(other: Path, network: UNet2DConditionModel, folder: Path) -> None:
    """Leaves what *network* shares with the one in the folder *other* to its file.

    An index says which tensor lies where, as it does for large networks in pieces.
    """
    wide: Any = network
    halved = wide.half()
    halved.save_config(folder)
    shared = load_file(other / WEIGHTS)
    tensors = halved.state_dict()
    own = {
        name: tensor
        for name, tensor in tensors.items()
        if name not in shared or not torch.equal(tensor.cpu(), shared[name])
    }
    save_file(own, folder / OWN, metadata={"format": "pt"})
    elsewhere = (Path("../..") / other.parent.name / other.name / WEIGHTS).as_posix()
    placed = {name: OWN if name in own else elsewhere for name in sorted(tensors)}
    size = sum(tensor.nbytes for tensor in tensors.values())
    index = {"metadata": {"total_size": size}, "weight_map": placed}
    write_json(folder / f"{WEIGHTS}.index.json", index)


def _processor(side: int) -> dict[str, Any]:
    return {
        "image_processor_type": "CLIPImageProcessor",
        "crop_size": {"height": side, "width": side},
        "do_center_crop": True,
        "do_convert_rgb": True,
        "do_normalize": True,
        "do_rescale": True,
        "do_resize": True,
        "image_mean": CLIP_MEAN,
        "image_std": CLIP_STD,
        "resample": BICUBIC,
        "rescale_factor": 1 / 255,
        "size": {"shortest_edge": side},
    }
