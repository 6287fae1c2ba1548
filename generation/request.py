"""A request: one picture on its way through the engine."""

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


class RequestStage(StrEnum):
    """Progress of a request.

    An embedded one waits until its caller has looked at the embedding.
    """

    EMBEDDING = "embedding"
    EMBEDDED = "embedded"
    DECODING = "decoding"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorOutput:
    """The point of CLIP's image space that a subject became.

    *embedding* goes into the decoder; *parts* are what it was mixed from, before it was
    limited. The decoder is guided away from *negative*, if the subject names anything,
    and from *unsafe*, if the recipe says so.
    """

    embedding: Embedding
    parts: tuple[Embedding, ...]
    negative: Embedding | None = None
    unsafe: Embedding | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """Remarks on how the texts of a request were read.

    *translated* is what the prior read in place of a Russian text, *truncated* the ends
    of texts that were longer than an encoder reads.
    """

    translated: tuple[str, ...] = ()
    truncated: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True, eq=False)
class GenerationRequest:
    """State of one picture in the engine; callers read it, the engine writes it.

    *step* of *steps* of the decoder are done.
    """

    regime: Regime
    recipe: Recipe
    stage: RequestStage = RequestStage.EMBEDDING
    step: int = 0
    steps: int
    notes: Notes = field(default_factory=Notes)
    prior_output: PriorOutput | None = None
    picture: Image | None = None
    error: GenerationError | None = None
