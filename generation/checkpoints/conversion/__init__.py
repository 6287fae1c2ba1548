"""Checkpoints in the layouts of others, brought into the one that the engine reads."""
