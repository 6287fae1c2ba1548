"""Pickled checkpoints: read here and nowhere else, and never more than their tensors.

A pickle is a program. torch runs one that does nothing but build tensors; any other is
refused (`weights_only`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from zipfile import is_zipfile

import torch
from safetensors.torch import save_file
from torch import Tensor

from generation.checkpoints.network_files import stored_tensors
from generation.errors import WeightsError

PICKLES: Final[Mapping[str, str]] = MappingProxyType(
    {"diffusion_pytorch_model": "diffusion_pytorch_model", "pytorch_model": "model"}
)
"""File names of pickled weights in diffusers and transformers, and of safetensors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """A converted part: so many *tensors* of *source*, in the folder *part*.

    *unexpected* are names in the source that belong to no part of the model.
    """

    part: str
    source: Path
    tensors: int
    unexpected: tuple[str, ...] = ()


def unpickled(file: Path) -> Any:
    """The contents of *file*, tensors in any container; large files stay on disk."""
    if not file.is_file():
        raise WeightsError(f"{file} is missing: fetch it again")
    try:
        return torch.load(
            file, map_location="cpu", weights_only=True, mmap=is_zipfile(file)
        )
    except Exception as error:  # a broken pickle fails in every way there is
        first = str(error).partition("\n")[0]
        raise WeightsError(
            f"{file} is damaged, or holds more than tensors ({first}): fetch it again"
        ) from error


def state(file: Path) -> Mapping[str, Tensor]:
    """The tensors in *file* by name, or WeightsError."""
    found = unpickled(file)
    if not isinstance(found, Mapping) or not all(map(_is_named, found.items())):
        raise WeightsError(f"{file} is no checkpoint: it holds no tensors by name")
    return found


def pickles_in(folder: Path) -> list[Path]:
    """The pickled weights in *folder*, in one piece or several."""
    return [file for stem in PICKLES for file in sorted(folder.glob(f"{stem}*.bin"))]


def tensors_in(folder: Path) -> Mapping[str, Tensor]:
    """The tensors of the network in *folder*, pickled or not."""
    if any(folder.glob("*.safetensors")) or not (files := pickles_in(folder)):
        stored = stored_tensors(folder)
        return {name: tensor.read() for name, tensor in stored.items()}
    return {name: tensor for file in files for name, tensor in state(file).items()}


def save(tensors: Mapping[str, Tensor], file: Path) -> None:
    """Writes *file* as safetensors, whose tensors cannot share memory."""
    seen: set[int] = set()
    apart = {}
    for name, tensor in tensors.items():
        place = tensor.untyped_storage().data_ptr()
        apart[name] = tensor.clone() if place in seen else tensor.contiguous()
        seen.add(place)
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file(apart, file, metadata={"format": "pt"})
    file.chmod(0o644)  # safetensors leaves it to its owner alone


def _is_named(item: tuple[Any, Any]) -> bool:
    name, tensor = item
    return isinstance(name, str) and isinstance(tensor, Tensor)
