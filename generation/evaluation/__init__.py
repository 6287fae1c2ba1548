"""Measures what a model can do: by its own world, and by the paper's tables."""
