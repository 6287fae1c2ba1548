"""A typed cache of the values used most recently.

Ours, in place of cachetools (untyped, one more dependency for these lines) and of
functools.lru_cache (keeps every encoder alive that it was called on).
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Key = TypeVar("Key", str, int)
Value = TypeVar("Value")


@dataclass(slots=True)
class LRUCache(Generic[Key, Value]):
    """Keeps at most *maxsize* values and drops the least recently used."""

    maxsize: int = 256
    values: OrderedDict[Key, Value] = field(default_factory=OrderedDict, repr=False)

    def get(self, key: Key, make: Callable[[Key], Value]) -> Value:
        """The value of *key*, made by *make* unless it is kept."""
        if key not in self.values:
            self.values[key] = make(key)
            if len(self.values) > self.maxsize:
                self.values.popitem(last=False)
        self.values.move_to_end(key)
        return self.values[key]
