"""The workload that both sides are given."""

from dataclasses import dataclass, field
from itertools import count
from typing import Final

from generation.recipe import Recipe

PROMPTS: Final = (
    "a cat on a red background",
    "лиса на белом фоне",
    "a green tree on a blue background",
    "синий дом, жёлтый фон",
    "an umbrella on a grey background, soft light, high detail",
    "a guitar",
    "маяк на закате, вид сверху, туман над морем",
    "a slice of cake on a pink background",
)
MIXTURE: Final = ((1.0, 4.0), (0.6, 4.0), (1.4, 7.0), (0.8, 1.0))
"""Steps, as a share of the usual number, and guidance of requests that differ."""


@dataclass(frozen=True, slots=True)
class PictureTask:
    """One picture: a prompt that was not used before, and its recipe."""

    prompt: str
    recipe: Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Makes tasks of squares with *side* pixels.

    No prompt comes twice: neither side may answer from a cache.
    """

    side: int
    steps: int
    prior_steps: int
    numbers: "count[int]" = field(default_factory=count, repr=False)

    def one(self, *, pace: float = 1.0, guidance: float = 4.0) -> PictureTask:
        """The next task, with *pace* times the usual number of steps."""
        number = next(self.numbers)
        recipe = Recipe(
            seed=number,
            width=self.side,
            height=self.side,
            prior_steps=self.prior_steps,
            prior_guidance=4.0,
            steps=max(2, round(pace * self.steps)),
            guidance=guidance,
        )
        return PictureTask(f"{PROMPTS[number % len(PROMPTS)]}, {number}", recipe)

    def alike(self, most: int) -> list[PictureTask]:
        """*most* tasks with the same numbers of steps and guidance."""
        return [self.one() for _ in range(most)]

    def mixed(self, most: int) -> list[PictureTask]:
        """*most* tasks whose steps and guidance differ."""
        pairs = (MIXTURE[i % len(MIXTURE)] for i in range(most))
        return [self.one(pace=pace, guidance=guidance) for pace, guidance in pairs]
