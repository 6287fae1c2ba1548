"""Fair shares of the device for requests that do not fit into one forward pass."""

from collections.abc import Collection
from dataclasses import dataclass, field

import torch

BatchKey = tuple[int, torch.Size]
"""The id of the network and the shape of the sample: one key, one forward pass."""


@dataclass(slots=True)
class FairScheduler:
    """Gives each request the same share of the device's time.

    Small and quick requests do not wait for large and slow ones. *spent* is the time in
    seconds that each request of a key has had so far.
    """

    spent: dict[BatchKey, float] = field(default_factory=dict)

    def next(self, keys: Collection[BatchKey]) -> BatchKey:
        """The one of *keys* with the least time; a new one begins at the least."""
        self.spent = {key: spent for key, spent in self.spent.items() if key in keys}
        least = min(self.spent.values(), default=0.0)
        for key in keys:
            self.spent.setdefault(key, least)
        return min(keys, key=lambda key: self.spent[key])

    def charge(self, key: BatchKey, seconds: float, *, requests: int) -> None:
        """Book *seconds* of the device on *key*, shared by so many *requests*."""
        self.spent[key] += seconds / requests
