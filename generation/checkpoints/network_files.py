"""The files of one network: config.json and its safetensors, in one piece or more."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from os.path import normpath
from pathlib import Path
from typing import Any, Final

from safetensors import SafetensorError, safe_open
from torch import Tensor

from generation.errors import WeightsError

STEMS: Final = ("diffusion_pytorch_model", "model")
"""File names of diffusers and of transformers; weights in pieces have an index."""

PICKLED: Final = (".bin", ".ckpt", ".pt", ".pth", ".th")


Config = Mapping[str, Any]


def configuration(folder: Path, name: str = "config.json") -> Config:
    """The contents of the JSON file *name* in *folder*, or WeightsError."""
    file = folder / name
    try:
        config: Config = json.loads(file.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise WeightsError(f"{file} is missing: fetch it again") from error
    except ValueError as error:
        raise WeightsError(f"{file} is not JSON ({error}): fetch it again") from error
    if not isinstance(config, dict):
        raise WeightsError(f"{file} holds no JSON object: fetch it again")
    return config


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """A tensor on disk, not read yet."""

    name: str
    file: Path
    shape: tuple[int, ...]
    dtype: str

    def read(self) -> Tensor:
        """The tensor, on the CPU; its memory is a view of the file until it is copied.

        The file is opened for this one tensor: reading one after the other never holds
        two, nor the pages of the file.
        """
        try:
            with safe_open(self.file, framework="pt") as opened:
                tensor: Tensor = opened.get_tensor(self.name)
        except (OSError, SafetensorError) as error:
            raise _damaged(self.file, error) from error
        return tensor


def stored_tensors(folder: Path) -> Mapping[str, StoredTensor]:
    """The tensors that the headers in *folder* list, by name, or WeightsError.

    A file that was cut short contradicts its own header.
    """
    for stem in STEMS:
        if (file := folder / f"{stem}.safetensors").is_file():
            return _headers(file)
        if (folder / (name := f"{stem}.safetensors.index.json")).is_file():
            return _pieces(folder, name)
    _require_not_pickled(folder)
    raise WeightsError(f"{folder} holds no .safetensors file: fetch it again")


def _headers(file: Path) -> Mapping[str, StoredTensor]:
    try:
        with safe_open(file, framework="pt") as opened:
            return {name: _stored(opened, name, file) for name in opened.keys()}  # noqa: SIM118  # it is no mapping
    except (OSError, SafetensorError) as error:
        raise _damaged(file, error) from error


def _stored(opened: Any, name: str, file: Path) -> StoredTensor:
    header = opened.get_slice(name)
    return StoredTensor(name, file, tuple(header.get_shape()), header.get_dtype())


def _pieces(folder: Path, index: str) -> Mapping[str, StoredTensor]:
    """The tensors of several files, each in the file that the *index* names.

    A piece may lie in another folder of the same model: networks that are alike in
    part share that part.
    """
    placed = configuration(folder, index).get("weight_map")
    if not isinstance(placed, dict):
        raise WeightsError(f"{folder / index} has no weight_map: fetch it again")
    found: dict[str, StoredTensor] = {}
    for piece in sorted(set(placed.values())):
        file = _piece(folder, piece, index)
        found |= {
            name: tensor
            for name, tensor in _headers(file).items()
            if placed.get(name, piece) == piece
        }
    for name, piece in placed.items():
        if name not in found:
            raise WeightsError(
                f"{folder / piece} lacks {name}, which {index} places there: "
                "fetch all its pieces again"
            )
    return found


def _piece(folder: Path, piece: str, index: str) -> Path:
    file = Path(normpath(folder / piece))
    if not file.is_relative_to(normpath(folder.parent.parent)):
        raise WeightsError(
            f"{folder / index} leads out of the model, to {piece}: fetch it again"
        )
    if not file.is_file():
        raise WeightsError(
            f"{file} is missing, {index} lists it: fetch the model again"
        )
    return file


def _require_not_pickled(folder: Path) -> None:
    for file in sorted(folder.iterdir()):
        if file.suffix in PICKLED:
            raise WeightsError(
                f"{folder} holds its weights as a pickle ({file.name}), and nothing is "
                "unpickled to paint: run `vernissage models convert` on the model once"
            )


def _damaged(file: Path, error: Exception) -> WeightsError:
    return WeightsError(f"{file} is damaged or cut short ({error}): fetch it again")
