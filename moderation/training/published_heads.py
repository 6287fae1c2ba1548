"""Reads the heads that others published over CLIP ViT-L/14.

This is the one place that opens their formats: a service reads what is saved from here,
safetensors.
"""

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from moderation.errors import ModerationError
from moderation.image.networks import Matrix, Perceptron, Recogniser
from moderation.training.saved_model import variables

_SMALLEST = 1e-7  # standard deviation, as in Keras' layer


def laion(path: Path) -> Perceptron:
    """LAION's NSFW head: the zip of its Keras model, or a state dict of torch.

    1 means unsafe for work. Both forms standardise a direction first; here the first
    layer does it.
    """
    if zipfile.is_zipfile(path) and "saved_model.pb" in _names(path):
        mean, variance, layers = _from_keras(variables(path))
    else:
        mean, variance, layers = _from_torch(_state_dict(path))
    if not layers:
        raise ModerationError(f"{path} is no NSFW head: it has no layers")
    (weight, bias), *others = layers
    scale = np.maximum(np.sqrt(variance.astype(np.float64)), _SMALLEST)
    first = weight / scale
    standardised = (first, bias - first @ mean.astype(np.float64))
    return Perceptron(
        layers=tuple(
            (np.asarray(w, np.float32), np.asarray(b, np.float32))
            for w, b in (standardised, *others)
        )
    )


def prompts(path: Path) -> Recogniser:
    """Learned prompts [2, d] in an .npy file: the first harmless, the other not."""
    try:
        vectors = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ModerationError(f"{path} holds no prompts: {error}") from error
    if vectors.ndim != 2 or len(vectors) != 2 or not np.isfinite(vectors).all():  # noqa: PLR2004  # safe, unsafe
        raise ModerationError(f"{path} holds {vectors.shape}, wanted two prompts")
    return Recogniser.of_prompts(
        vectors.astype(np.float32), np.array([[0, 1]], np.float32)
    )


Layers = list[tuple[Matrix, Matrix]]


def _names(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as archive:
        return {name.rpartition("/")[2] for name in archive.namelist()}


def _from_keras(found: Mapping[str, Matrix]) -> tuple[Matrix, Matrix, Layers]:
    """The first layer with weights standardises; kernels are [in, out]."""
    try:
        norm = next(n for n in sorted(found) if re.fullmatch(r"layer_.*-\d+/mean", n))
        prefix = norm.removesuffix("mean")
        kernels = _numbered(found, r"layer_with_weights-(\d+)/kernel")
        layers = [(found[k].T, found[k.replace("kernel", "bias")]) for k in kernels]
        return found[norm], found[f"{prefix}variance"], layers
    except (KeyError, StopIteration) as error:
        raise ModerationError(f"no NSFW head among {sorted(found)}") from error


def _from_torch(found: Mapping[str, Any]) -> tuple[Matrix, Matrix, Layers]:
    try:
        tensors = {name: tensor.float().numpy() for name, tensor in found.items()}
        weights = _numbered(tensors, r"linear_(\d+)\.weight")
        layers = [(tensors[w], tensors[w.replace("weight", "bias")]) for w in weights]
        return tensors["norm.mean"], tensors["norm.variance"], layers
    except (KeyError, AttributeError) as error:
        raise ModerationError(f"no NSFW head among {sorted(found)}") from error


def _state_dict(path: Path) -> Mapping[str, Any]:
    """What *path* holds: only tensors and plain values are unpickled."""
    import torch  # noqa: PLC0415  # heavy

    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        # torch answers a file of another kind with one of many exceptions
        raise ModerationError(f"{path} is no state dict: {error}") from error
    if not isinstance(content, Mapping):
        raise ModerationError(f"{path} holds {type(content).__name__}, no state dict")
    return content


def _numbered(names: Mapping[str, Any], pattern: str) -> list[str]:
    """Those of *names* that match, by the number in them."""
    found = ((re.fullmatch(pattern, name), name) for name in names)
    return [name for _, name in sorted((int(m[1]), n) for m, n in found if m)]
