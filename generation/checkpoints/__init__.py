"""Checkpoints: what lies in a folder, whether it is whole, and how others become it."""
