"""Kandinsky: a prior that imagines an embedding, a decoder that paints it."""

from generation.recipe import (
    ASPECTS,
    PriorKind,
    Recipe,
    Safety,
    SamplerKind,
    size_of,
)

__all__ = ["ASPECTS", "PriorKind", "Recipe", "Safety", "SamplerKind", "size_of"]
