"""What was made lately, kept in case it is asked for again."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Made = TypeVar("Made")


@dataclass(slots=True)
class Recent(Generic[Made]):
    """Remembers by text, and forgets what was asked for longest ago above *most*."""

    most: int = 256
    known: OrderedDict[str, Made] = field(default_factory=OrderedDict, repr=False)

    def of(self, text: str, make: Callable[[str], Made]) -> Made:
        """What *make* makes of *text*, or made of it lately."""
        if text not in self.known:
            self.known[text] = make(text)
            if len(self.known) > self.most:
                self.known.popitem(last=False)
        self.known.move_to_end(text)
        return self.known[text]
