"""Turn a published head into one that a service loads, tied to an encoder."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file

from moderation.errors import ModerationError
from moderation.image.head import Head
from moderation.image.networks import Matrix, Network, directions
from moderation.training import published_heads
from moderation.training.labelled_pictures import Examples
from moderation.verdict import Category

PROJECTIONS = ("visual.proj", "visual_projection.weight")


class Form(StrEnum):
    """What was published: LAION's network, or two learned prompts."""

    NSFW = "nsfw"
    VIOLENCE = "violence"


CATEGORIES = {Form.NSFW: Category.SEXUAL, Form.VIOLENCE: Category.VIOLENCE}


@dataclass(frozen=True, slots=True)
class Target:
    """The encoder that heads are tied to, read no further than its header."""

    digest: str
    dimension: int

    @classmethod
    def of(cls, clip: Path) -> "Target":
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


def read(path: Path, form: Form) -> Network:
    """The published head in *path*, or ModerationError."""
    reader = published_heads.laion if form is Form.NSFW else published_heads.prompts
    return reader(path)


def convert(
    path: Path,
    target: Target,
    *,
    form: Form,
    category: Category | None = None,
    examples: Examples | None = None,
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


def _bundled_probes(form: Form, dimension: int) -> tuple[Matrix, Matrix]:
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
    network: Network, examples: Examples, category: Category
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
