"""Away from what is unsafe: while a picture is painted, and before."""

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
"""What is unsafe, one kind each, in the language that all text encoders read."""

UNSAFE: Final = ", ".join(CONCEPTS)
"""What every preset steers away from."""

USUAL_STEPS: Final = 50
"""The steps of a picture that the presets were published for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """How firmly, and from when on.

    For the first *warm_up* of `USUAL_STEPS` steps the picture finds its composition
    unhindered. *strength* says how soon a difference from what is unsafe counts as
    whole, *margin* from which difference on there is nothing to do, *momentum* how much
    earlier corrections add, *inertia* how long they are remembered.
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
"""The four of Schramowski et al. 2023; `Safety.OFF` needs no steering."""


@dataclass(slots=True, kw_only=True, eq=False)
class Steering:
    """Safe Latent Diffusion (Schramowski et al. 2023) for one picture.

    It remembers what it has corrected: call it once a step, in order, and make another
    for another picture.
    """

    preset: Preset
    warm_up: int
    remembered: Tensor | float = field(default=0.0, init=False, repr=False)

    @classmethod
    def of(cls, safety: Safety, *, steps: int) -> Self:
        """The steering of a preset for a picture of so many *steps*.

        The warm-up is the same share of every picture: counted in steps, it would
        outlast a short one, and nothing would ever be steered.
        """
        preset = PRESETS[safety]
        return cls(preset=preset, warm_up=round(preset.warm_up * steps / USUAL_STEPS))

    def __call__(self, rows: Tensor, *, scale: float, step: int) -> Tensor:
        """The noise [1, ...] to go on from at *step*, counted from 0, in float32.

        The *rows* [3, ...] were predicted without the prompt, with it, and for what is
        unsafe; *scale* is that of `guided`. Until the warm-up is over, it is `guided`.
        """
        without, prompted, unsafe = rows.float().chunk(3)
        correction = self._correction(without, prompted, unsafe)
        towards = prompted - without
        if step >= self.warm_up:
            towards = towards - correction
        return without + scale * towards

    def _correction(self, without: Tensor, prompted: Tensor, unsafe: Tensor) -> Tensor:
        """What is not to be followed (equations 4 to 8)."""
        preset = self.preset
        difference = prompted - unsafe
        weight = (difference.abs() * preset.strength).clamp(max=1)
        weight = weight.masked_fill(difference >= preset.margin, 0)
        correction = (unsafe - without) * weight + preset.momentum * self.remembered
        self.remembered = (
            preset.inertia * self.remembered + (1 - preset.inertia) * correction
        )
        return correction


def away(
    embedding: Tensor, *, origin: Tensor, concepts: Tensor, share: float
) -> Tensor:
    """*embedding* [n, d] brought back on its way towards each of *concepts* [k, d].

    Afterwards it has gone at most *share* of the way from *origin* [1, d], which is
    about nothing in particular, to the concept: 0 leaves nothing of it, and 1 no more
    than the concept has itself. What lies at right angles to the way stays. Concepts
    come one after the other, so that those alike do not take the same twice.
    """
    point = embedding.float() - origin.float()
    for way in concepts.float() - origin.float():
        unit = normalize(way, dim=0)
        excess = (point @ unit - share * way.norm()).relu()
        point = point - excess[:, None] * unit
    return point + origin.float()
