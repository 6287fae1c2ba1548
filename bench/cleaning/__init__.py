"""Cleaning timed beside the usual loop, on shards of pictures as large as real ones."""
