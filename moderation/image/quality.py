"""Scorers of quality over CLIP embeddings: aesthetics, a watermark.

They are read as they are published: LAION's aesthetics predictors (a state dict of one
linear layer, or of layers with nothing but dropout between them), DeepFloyd's watermark
head (an .npz of weights and biases); and a safetensors file for one's own.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Self

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from moderation.errors import ClassifierUnavailable
from moderation.image.networks import Matrix, directions

Shown = Literal["direction", "embedding"]
"""Whether embeddings are scaled to length one before they are shown."""

_LAYER: Final = re.compile(r"(?:layers\.)?(?:(\d+)\.)?(weight|bias)")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class QualityScorer:
    """One number for an embedding: *weight* [d] times it, plus *bias*."""

    name: str
    weight: NDArray[np.float32]
    bias: float
    shown: Shown

    @property
    def version(self) -> str:
        """The version of the weights, for the record."""
        return self.name

    @property
    def dimension(self) -> int:
        """The length of the embeddings that it understands."""
        return len(self.weight)

    def __call__(self, embeddings: Matrix) -> NDArray[np.float32]:
        """A number for each of the un-normalised *embeddings* [m, d]."""
        seen = directions(embeddings) if self.shown == "direction" else embeddings
        return np.asarray(seen @ self.weight + self.bias, np.float32)

    @classmethod
    def load(cls, path: Path) -> Self:
        """The scorer in *path*, or ClassifierUnavailable.

        A .safetensors file says in its metadata what it is `shown`: `direction` or
        `embedding`. LAION's want directions, DeepFloyd's embeddings as they are.
        """
        try:
            tensors, shown = _read(path)
            weight, bias = _flattened(tensors)
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
        except (OSError, SafetensorError, LookupError, ValueError, TypeError) as error:
            raise ClassifierUnavailable(f"no scorer in {path}: {error}") from error
        if not (np.isfinite(weight).all() and np.isfinite(bias)):
            raise ClassifierUnavailable(f"{path} holds what is no number")
        name = f"{path.stem}@{digest[:12]}"
        return cls(name=name, weight=weight, bias=bias, shown=shown)


def _read(path: Path) -> tuple[Mapping[str, Matrix], Shown]:
    kind = path.suffix.lower()
    if kind == ".safetensors":
        with safe_open(path, framework="np") as file:
            shown = (file.metadata() or {}).get("shown")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # it is no mapping
        if shown not in {"direction", "embedding"}:
            raise ValueError(f"`shown` is direction or embedding, got {shown!r}")
        return tensors, "direction" if shown == "direction" else "embedding"
    if kind == ".npz":
        with np.load(path, allow_pickle=False) as found:
            return {
                "weight": np.atleast_2d(found["weights"].squeeze()),
                "bias": found["biases"].reshape(-1),
            }, "embedding"
    if kind in {".pth", ".pt"}:
        return _state_dict(path), "direction"
    raise ValueError(f"a scorer is a .safetensors, .pth, .pt or .npz file, got {kind}")


def _state_dict(path: Path) -> Mapping[str, Matrix]:
    """The state dict in *path*: only tensors and plain values are unpickled."""
    import torch  # noqa: PLC0415  # heavy

    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        return {name: tensor.float().numpy() for name, tensor in content.items()}
    except Exception as error:
        # torch answers a file of another kind with one of many exceptions
        raise ValueError(f"it is no state dict: {type(error).__name__}") from error


def _flattened(tensors: Mapping[str, Matrix]) -> tuple[NDArray[np.float32], float]:
    """One weight [d] and bias for linear layers with nothing between them."""
    layers: dict[int, dict[str, Matrix]] = {}
    for name, tensor in tensors.items():
        if (found := _LAYER.fullmatch(name)) is None:
            raise ValueError(f"{name} belongs to no linear layer")
        layers.setdefault(int(found[1] or 0), {})[found[2]] = tensor
    weight, bias = np.eye(1), np.zeros(1)
    for _, layer in sorted(layers.items(), reverse=True):
        bias = bias + weight @ layer["bias"].astype(np.float64)
        weight = weight @ layer["weight"].astype(np.float64)
    if weight.shape[0] != 1 or bias.shape != (1,):
        raise ValueError(f"it answers {bias.shape} numbers, one is wanted")
    return np.asarray(weight[0], np.float32), float(bias[0])
