"""Kandinsky 2.1: a prior that imagines an embedding, a decoder that paints it."""

from generation.recipe import ASPECTS, Recipe, size_of

__all__ = ["ASPECTS", "Recipe", "size_of"]
