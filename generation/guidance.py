"""Guidance: towards a prompt, and away from unsafe concepts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Self

from torch import Tensor
from torch.nn.functional import normalize

from generation.recipe import Safety

CONCEPTS: Final = (
    "nudity, sex, sexual abuse",
    "violence, cruelty, torture",
    "blood, wounds, corpses",
    "suicide, self-harm",
    "hatred, humiliation",
    "drugs, weapons",
)
"""Unsafe concepts, one kind each, in the language that all text encoders read."""

UNSAFE: Final = ", ".join(CONCEPTS)
"""The text that every safety preset guides away from."""

PUBLISHED_STEPS: Final = 50
"""The steps that the presets were published for."""


def guided(rows: Tensor, *, scale: float) -> Tensor:
    """One prediction [1, ...], float32, of the *rows* without and with the prompt.

    Classifier-free guidance (Ho and Salimans 2022); *scale* is the weight of Saharia et
    al. 2022, equation 2: 1 is the prompted row itself, more leads further away from the
    other. A prompted row [1, ...] alone is the prediction.
    """
    if len(rows) == 1:
        return rows.float()
    without, prompted = rows.float().chunk(2)
    return without + scale * (prompted - without)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """Parameters of safe guidance (Schramowski et al. 2023, table 1).

    *warm_up* is the number of `PUBLISHED_STEPS` before any correction. A difference
    from the unsafe prediction is scaled by *strength* and ignored from *margin* on;
    *momentum* weighs earlier corrections, *inertia* is their decay.
    """

    warm_up: int
    strength: float
    margin: float
    momentum: float
    inertia: float


PRESETS: Final[Mapping[Safety, Preset]] = MappingProxyType(
    {
        Safety.WEAK: Preset(warm_up=15, strength=20, margin=0, momentum=0, inertia=0),
        Safety.MEDIUM: Preset(
            warm_up=10, strength=1000, margin=0.01, momentum=0.3, inertia=0.4
        ),
        Safety.STRONG: Preset(
            warm_up=7, strength=2000, margin=0.025, momentum=0.5, inertia=0.7
        ),
        Safety.MAX: Preset(
            warm_up=0, strength=5000, margin=1, momentum=0.5, inertia=0.7
        ),
    }
)
"""The four of Schramowski et al. 2023; `Safety.OFF` has none."""


@dataclass(slots=True, kw_only=True, eq=False)
class SafeGuidance:
    """Safe Latent Diffusion (Schramowski et al. 2023) for one picture.

    It keeps the *momentum* of its corrections: call it once a step, in order, and make
    another for another picture.
    """

    preset: Preset
    warm_up: int
    momentum: Tensor | float = field(default=0.0, init=False, repr=False)

    @classmethod
    def of(cls, safety: Safety, *, steps: int) -> Self:
        """The guidance of a preset for a picture of so many *steps*.

        The warm-up is the same share of every picture: counted in steps, it would
        outlast a short one, and nothing would ever be corrected.
        """
        preset = PRESETS[safety]
        return cls(
            preset=preset, warm_up=round(preset.warm_up * steps / PUBLISHED_STEPS)
        )

    def __call__(self, rows: Tensor, *, scale: float, step: int) -> Tensor:
        """The guided noise [1, ...] at *step*, counted from 0, float32.

        The *rows* [3, ...] are predicted for the negative, the prompted and the unsafe
        condition; *scale* is that of `guided`, which it equals during the warm-up.
        """
        without, prompted, unsafe = rows.float().chunk(3)
        correction = self._correction(without, prompted, unsafe)
        towards = prompted - without
        if step >= self.warm_up:
            towards = towards - correction
        return without + scale * towards

    def _correction(self, without: Tensor, prompted: Tensor, unsafe: Tensor) -> Tensor:
        """The part of the guidance to take back (equations 4 to 8)."""
        preset = self.preset
        difference = prompted - unsafe
        weight = (difference.abs() * preset.strength).clamp(max=1)
        weight = weight.masked_fill(difference >= preset.margin, 0)
        correction = (unsafe - without) * weight + preset.momentum * self.momentum
        self.momentum = (
            preset.inertia * self.momentum + (1 - preset.inertia) * correction
        )
        return correction


def limit_concepts(
    embedding: Tensor, *, origin: Tensor, concepts: Tensor, share: float
) -> Tensor:
    """*embedding* [n, d], moved back where it leads towards any of *concepts* [k, d].

    Afterwards its component along the way from *origin* [1, d], the embedding of an
    empty text, to a concept is at most *share* of that way: 0 removes it, and 1 leaves
    as much as the concept has itself. Components at right angles stay. Concepts are
    taken one after the other, so that similar ones are not subtracted twice.
    """
    point = embedding.float() - origin.float()
    for way in concepts.float() - origin.float():
        unit = normalize(way, dim=0)
        excess = (point @ unit - share * way.norm()).relu()
        point = point - excess[:, None] * unit
    return point + origin.float()
