"""What was made lately, kept in case it is asked for again."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Asked = TypeVar("Asked", str, int)
Made = TypeVar("Made")


@dataclass(slots=True)
class Recent(Generic[Asked, Made]):
    """Remembers, and forgets what was asked for longest ago above *most*."""

    most: int = 256
    known: OrderedDict[Asked, Made] = field(default_factory=OrderedDict, repr=False)

    def of(self, asked: Asked, make: Callable[[Asked], Made]) -> Made:
        """What *make* makes of what is *asked*, or made of it lately."""
        if asked not in self.known:
            self.known[asked] = make(asked)
            if len(self.known) > self.most:
                self.known.popitem(last=False)
        self.known.move_to_end(asked)
        return self.known[asked]
