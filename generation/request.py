"""One picture under way."""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

from generation.errors import GenerationError
from generation.recipe import Recipe
from generation.regimes import Regime

Embedding = NDArray[np.float32]
"""A point [d] of CLIP's image space, not normalised."""


class Stage(StrEnum):
    """How far a picture has come.

    An imagined one waits until somebody has looked at its embedding.
    """

    IMAGINING = "imagining"
    IMAGINED = "imagined"
    PAINTING = "painting"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imagined:
    """What a subject became in CLIP's image space.

    *embedding* is what will be painted, and *parts* what it was mixed from before it
    was led away from anything. The decoder is steered away from *negative*, if the
    subject names anything, and from *unsafe*, if the recipe says so.
    """

    embedding: Embedding
    parts: tuple[Embedding, ...]
    negative: Embedding | None = None
    unsafe: Embedding | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """What the asker should know about how the texts were read.

    *translated* is what the prior read in place of a Russian text, *cut* the ends of
    texts that were longer than an encoder reads.
    """

    translated: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True, eq=False)
class Work:
    """What the engine knows of one picture: read it, and leave the writing to it.

    *step* of *steps* of the decoder are done.
    """

    regime: Regime
    recipe: Recipe
    stage: Stage = Stage.IMAGINING
    step: int = 0
    steps: int
    notes: Notes = field(default_factory=Notes)
    imagined: Imagined | None = None
    picture: Image | None = None
    error: GenerationError | None = None
