"""The engine beside diffusers' pipelines: same weights, sizes, steps and sampler."""
