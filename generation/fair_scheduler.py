"""Whose turn it is when the pictures under way do not fit into one pass."""

from collections.abc import Collection
from dataclasses import dataclass, field

import torch

Key = tuple[int, torch.Size]
"""The network that is asked and the shape of the sample: one key, one pass."""


@dataclass(slots=True)
class Turns:
    """Gives each picture the same share of the device's time.

    What is large and slow waits for itself: what is small and quick does not wait for
    it. *used* is the time in seconds that each picture of a key had so far.
    """

    used: dict[Key, float] = field(default_factory=dict)

    def next(self, keys: Collection[Key]) -> Key:
        """The one of *keys* that had least; a new one begins where the least stands."""
        self.used = {key: spent for key, spent in self.used.items() if key in keys}
        least = min(self.used.values(), default=0.0)
        for key in keys:
            self.used.setdefault(key, least)
        return min(keys, key=lambda key: self.used[key])

    def charge(self, key: Key, seconds: float, *, pictures: int) -> None:
        """Write down that *pictures* of *key* shared so many *seconds*."""
        self.used[key] += seconds / pictures
