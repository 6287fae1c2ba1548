"""The diffusion prior: from a prompt to the embedding of a picture of it."""

from dataclasses import dataclass
from typing import Final

from torch import Tensor

from generation.guidance import guided
from generation.model_calls import Inquiry, Question
from generation.noise import Stage, seeded
from generation.priors.transformer import PriorNetwork
from generation.recipe import Recipe
from generation.samplers import Prediction, Steps, ancestral, jumps
from generation.schedules import spaced
from generation.text_encoders import Reading

CLAMP: Final = 10.0
"""The standardised embeddings that the prior was trained on stay within this."""


@dataclass(frozen=True, slots=True)
class DiffusionPrior:
    """Samples embeddings that CLIP would give to pictures of a prompt.

    *alphas* is the noise schedule. The first prior of table 3 of Razzhigaev et al.
    2023, after Ramesh et al. 2022, section 2.2.
    """

    network: PriorNetwork
    alphas: Tensor

    def imagine(
        self, reading: Reading, negative: Reading, recipe: Recipe, /
    ) -> Inquiry[Tensor]:
        """An embedding [1, d]; guidance leads from *negative* to what was read.

        The network predicts the clean embedding itself, standardised element by
        element. At guidance 1 it is not asked about *negative*.
        """
        scale = recipe.prior_guidance
        memory = self.network.prepare([negative, reading] if scale > 1 else [reading])
        steps = self._steps(recipe)
        sample, timestep = next(steps)
        while True:
            rows = yield Question(
                network=self.network, memory=memory, sample=sample, timestep=timestep
            )
            clean = guided(rows, scale=scale).clamp(-CLAMP, CLAMP)
            try:
                sample, timestep = steps.send(Prediction(clean))
            except StopIteration as end:
                return self.network.destandardised(end.value)

    def _steps(self, recipe: Recipe) -> Steps:
        noise = seeded(recipe.seed, Stage.PRIOR)
        x = noise((1, self.network.embedding)).to(self.network.device)
        path = jumps(spaced(recipe.prior_steps), self.alphas)
        return ancestral(x, path, noise=noise)
