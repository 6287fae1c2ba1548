"""Cleaning runs: their rows, who drives them, and how shards reach workers."""
