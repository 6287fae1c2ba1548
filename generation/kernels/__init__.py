"""Layers that compute faster on a processor than those of the published classes."""
