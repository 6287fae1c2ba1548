"""Errors of the engine, its training and its evaluation.

* GenerationError
  * CheckpointError
  * DataError
  * DeviceError
  * EmbeddingError
  * EngineFull
  * EvaluationError
  * FontError
  * ImageError
  * OutOfMemory
  * PlanError
  * RecipeError
  * RegimeError
  * WeightsError
"""


class GenerationError(Exception):
    """Base class of everything this package raises on purpose."""


class CheckpointError(GenerationError):
    """A checkpoint does not fit the networks it should continue."""


class DataError(GenerationError):
    """Pictures or captions to learn from are missing or cannot be read."""


class DeviceError(GenerationError):
    """The device that was asked for is not there."""


class EmbeddingError(GenerationError):
    """An embedding is not a point of this model's image space."""


class EngineFull(GenerationError):  # noqa: N818  # a state, as `queue.Full` is
    """Every place in the engine is taken; one will be free when a picture is done."""


class EvaluationError(GenerationError):
    """A measurement lacks something that it needs."""


class FontError(GenerationError):
    """The emoji font is missing, or lacks a glyph."""


class ImageError(GenerationError):
    """A picture or a mask cannot be painted from."""


class OutOfMemory(GenerationError):  # noqa: N818  # it is called so everywhere
    """The device has no room for this one picture."""


class PlanError(GenerationError):
    """A training plan is incomplete or names something unknown."""


class RecipeError(GenerationError):
    """A recipe asks for something no sampler can do."""


class RegimeError(GenerationError):
    """A regime asks for something that no model, or not this one, can do."""


class WeightsError(GenerationError):
    """Weights are missing, corrupt, or of another architecture."""
