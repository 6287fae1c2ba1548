"""What can go wrong while generating.

* GenerationError
  * CheckpointError
  * DeviceError
  * EmbeddingError
  * FontError
  * PlanError
  * RecipeError
  * WeightsError
"""


class GenerationError(Exception):
    """Base class of everything this package raises on purpose."""


class CheckpointError(GenerationError):
    """A checkpoint does not fit the networks it should continue."""


class DeviceError(GenerationError):
    """The device that was asked for is not there."""


class EmbeddingError(GenerationError):
    """An embedding is not a point of this model's image space."""


class FontError(GenerationError):
    """The emoji font is missing, or lacks a glyph."""


class PlanError(GenerationError):
    """A training plan is incomplete or names something unknown."""


class RecipeError(GenerationError):
    """A recipe asks for something no sampler can do."""


class WeightsError(GenerationError):
    """Weights are missing, corrupt, or of another architecture."""
