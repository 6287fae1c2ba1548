"""Heads that others published over CLIP ViT-L/14, tied to an encoder.

This is the one place that opens their formats: a service reads what is saved from here,
safetensors.
"""

import hashlib
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file

from moderation.errors import ModerationError
from moderation.image.heads import Head
from moderation.image.networks import (
    Matrix,
    Network,
    Perceptron,
    SoftmaxNetwork,
    directions,
)
from moderation.training.labelled_pictures import LabelledEmbeddings
from moderation.training.saved_model import variables
from moderation.verdict import Category

_SMALLEST = 1e-7  # standard deviation, as in Keras' layer


def read_laion_nsfw(path: Path) -> Perceptron:
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


def read_prompt_pair(path: Path) -> SoftmaxNetwork:
    """Learned prompts [2, d] in an .npy file: the first harmless, the other not."""
    try:
        vectors = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ModerationError(f"{path} holds no prompts: {error}") from error
    if vectors.ndim != 2 or len(vectors) != 2 or not np.isfinite(vectors).all():  # noqa: PLR2004  # safe, unsafe
        raise ModerationError(f"{path} holds {vectors.shape}, wanted two prompts")
    return SoftmaxNetwork.from_prompts(
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
    """The state dict in *path*: only tensors and plain values are unpickled."""
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
    """The *names* that match *pattern*, by the number in them."""
    found = ((re.fullmatch(pattern, name), name) for name in names)
    return [name for _, name in sorted((int(m[1]), n) for m, n in found if m)]


PROJECTIONS = ("visual.proj", "visual_projection.weight")


class HeadFormat(StrEnum):
    """The format of a published head: LAION's network, or two learned prompts."""

    NSFW = "nsfw"
    VIOLENCE = "violence"


CATEGORIES = {HeadFormat.NSFW: Category.SEXUAL, HeadFormat.VIOLENCE: Category.VIOLENCE}


@dataclass(frozen=True, slots=True)
class ClipTarget:
    """The encoder that heads are tied to, read no further than its header."""

    digest: str
    dimension: int

    @classmethod
    def of(cls, clip: Path) -> "ClipTarget":
        """The encoder *clip*: a file of open_clip, or a folder of transformers."""
        file = clip / "model.safetensors" if clip.is_dir() else clip
        try:
            with safe_open(file, framework="np") as tensors:
                names = set(tensors.keys())
                [name] = [name for name in PROJECTIONS if name in names]
                shape = tensors.get_slice(name).get_shape()
            with file.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        except (OSError, SafetensorError, ValueError) as error:
            raise ModerationError(f"{file} is no CLIP encoder: {error}") from error
        # open_clip has [in, out], transformers [out, in]
        return cls(digest, int(shape[1] if name == PROJECTIONS[0] else shape[0]))


def read(path: Path, form: HeadFormat) -> Network:
    """The published head in *path*, or ModerationError."""
    reader = read_laion_nsfw if form is HeadFormat.NSFW else read_prompt_pair
    return reader(path)


def convert(
    path: Path,
    target: ClipTarget,
    *,
    form: HeadFormat,
    category: Category | None = None,
    examples: LabelledEmbeddings | None = None,
) -> Head:
    """The head in *path* over the encoder *target*, for *category* if not its own.

    Its self-test is the bundled one for OpenAI's ViT-L/14, or comes from *examples*
    seen by the encoder. ClassifierUnavailable says that the head failed it.
    """
    network = read(path, form)
    if network.dimension != target.dimension:
        raise ModerationError(
            f"{path} wants embeddings of {network.dimension} numbers, the encoder makes"
            f" {target.dimension}"
        )
    category = category or CATEGORIES[form]
    if examples is None:
        harmless, flagged = _bundled_probes(form, network.dimension)
    else:
        harmless, flagged = _median_probes(network, examples, category)
    return Head(
        name=form.value,
        encoder=target.digest,
        categories=(category,),
        network=network,
        harmless=harmless,
        flagged=flagged,
    )


def _bundled_probes(form: HeadFormat, dimension: int) -> tuple[Matrix, Matrix]:
    with as_file(files("moderation") / "weights/probes-vit-l-14.safetensors") as path:
        tensors = load_file(path)
    harmless = tensors["harmless"].astype(np.float32)
    if harmless.shape[1] != dimension:
        raise ModerationError(
            f"there is a self-test for embeddings of {harmless.shape[1]} numbers, not"
            f" of {dimension}: give labelled pictures to make one"
        )
    return harmless, tensors[form].astype(np.float32)[np.newaxis]


def _median_probes(
    network: Network, examples: LabelledEmbeddings, category: Category
) -> tuple[Matrix, Matrix]:
    """The middlemost harmless and flagged embeddings: the surest would prove little."""
    if category not in examples.categories:
        raise ModerationError(f"none of the pictures shows {category}")
    scores = network.probabilities(directions(examples.embeddings))[:, 0]
    shown = examples.labels[:, examples.categories.index(category)]
    harmless = np.logical_not(examples.labels.any(axis=1))
    if not harmless.any():
        raise ModerationError("none of the pictures is harmless")
    middle = [_middlemost(scores, group) for group in (harmless, shown)]
    calm, striking = (examples.embeddings[[i]] for i in middle)
    return calm, striking


def _middlemost(scores: Matrix, group: NDArray[np.bool_]) -> int:
    chosen = np.flatnonzero(group)
    return int(chosen[scores[chosen].argsort()[len(chosen) // 2]])
