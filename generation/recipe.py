"""The recipe: everything besides the prompt that decides a picture."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from generation.errors import RecipeError

LARGEST_SEED: Final = 2**63 - 1
MOST_STEPS: Final = 1000
LARGEST_SIDE: Final = 4096

ASPECTS: Final[Mapping[str, tuple[int, int]]] = MappingProxyType(
    {"9:16": (9, 16), "2:3": (2, 3), "1:1": (1, 1), "16:9": (16, 9), "3:2": (3, 2)}
)
"""The five aspect ratios of the paper's editor, as width to height."""


def size_of(aspect: str, side: int) -> tuple[int, int]:
    """Width and height in pixels of *aspect* when the shorter side is *side*."""
    if aspect not in ASPECTS:
        raise RecipeError(f"aspect must be one of {', '.join(ASPECTS)}, got {aspect!r}")
    wide, high = ASPECTS[aspect]
    short = min(wide, high)
    return round(side * wide / short), round(side * high / short)


class PriorKind(StrEnum):
    """Priors, from text to embedding (Razzhigaev et al. 2023, table 3)."""

    DIFFUSION = "diffusion"
    LINEAR = "linear"
    RESIDUAL = "residual"
    NONE = "none"


class SamplerKind(StrEnum):
    """Samplers of the decoder, from noise to a latent."""

    DDIM = "ddim"
    ANCESTRAL = "ancestral"
    DPM = "dpm"


class Safety(StrEnum):
    """Strength of the guidance away from unsafe concepts.

    The presets of Safe Latent Diffusion (Schramowski et al. 2023).
    """

    OFF = "off"
    WEAK = "weak"
    MEDIUM = "medium"
    STRONG = "strong"
    MAX = "max"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Same subject, same canvas, same recipe, same weights: same picture.

    Sides are in pixels, of any size: the engine generates the next size its networks
    can hold and crops. Guidance 1 means none. Unless *concept_limit* is None, the
    embedding goes at most that share, from 0 to 1, of the way to an unsafe concept. If
    *quantised*, the latent is replaced by the nearest codes of the autoencoder before
    it is decoded.
    """

    seed: int
    width: int
    height: int
    prior: PriorKind = PriorKind.DIFFUSION
    prior_steps: int = 25
    prior_guidance: float = 4.0
    sampler: SamplerKind = SamplerKind.DDIM
    steps: int = 50
    guidance: float = 4.0
    safety: Safety = Safety.OFF
    concept_limit: float | None = None
    quantised: bool = False

    def __post_init__(self) -> None:
        _among("prior", self.prior, PriorKind)
        _among("sampler", self.sampler, SamplerKind)
        _among("safety", self.safety, Safety)
        _within("seed", self.seed, 0, LARGEST_SEED)
        _within("width", self.width, 1, LARGEST_SIDE)
        _within("height", self.height, 1, LARGEST_SIDE)
        _within("prior_steps", self.prior_steps, 2, MOST_STEPS)
        _within("steps", self.steps, 1, MOST_STEPS)
        _within("prior_guidance", self.prior_guidance, 1, 100)
        _within("guidance", self.guidance, 1, 100)
        if self.concept_limit is not None:
            _within("concept_limit", self.concept_limit, 0, 1)


def _within(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise RecipeError(f"{name} must be from {least} to {most}, got {value}")


def _among(name: str, value: str, kinds: type[StrEnum]) -> None:
    if value not in list(kinds):
        raise RecipeError(f"{name} must be one of {', '.join(kinds)}, got {value!r}")
