"""The prompts to be judged: made ones that no classifier was taught."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Self

from moderation import Category
from moderation.text.canonical import canonical
from moderation.training.corpus import prompts

TRICKY = 0.1
"""The share of harmless prompts that have a dangerous word in them."""


@dataclass(frozen=True, slots=True)
class Mix:
    """Canonical prompts in both languages, by whether they ask for something unsafe."""

    harmless: Sequence[str]
    unsafe: Sequence[str]

    @classmethod
    def drawn(cls, count: int, *, unsafe: float, seed: int = 0) -> Self:
        """*count* prompts, of which the share *unsafe* asks for something unsafe."""
        random = Random(seed)  # noqa: S311  # a drawing, no secret
        known = list(prompts("held-out", random))
        bad = [e.text for e in known if e.labels.get(Category.UNSAFE)]
        good = [e for e in known if e.labels.get(Category.UNSAFE) is False]
        tricky = [e.text for e in good if e.source == "made-tricky"]
        plain = [e.text for e in good if e.source != "made-tricky"]
        many = round(count * unsafe)
        few = round((count - many) * TRICKY)
        harmless = random.sample(plain, count - many - few)
        return cls(
            [canonical(t).text for t in (*harmless, *random.sample(tricky, few))],
            [canonical(text).text for text in random.sample(bad, many)],
        )

    @property
    def all(self) -> list[str]:
        """Every prompt."""
        return [*self.harmless, *self.unsafe]
