"""Pictures as strangers send them."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from random import Random
from typing import Self

import numpy as np
from PIL import Image

from moderation import Category
from moderation.text.canonical import canonical
from moderation.training.corpus import prompts

KINDS = ("JPEG", "PNG", "WEBP")


def picture(kind: str, side: int) -> bytes:
    """A file of *kind*, *side* pixels square: soft shapes with some noise."""
    random = np.random.default_rng(7)
    coarse = random.integers(0, 256, (12, 12, 3), dtype=np.uint8)
    soft = Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC)
    noise = random.normal(0, 4, (side, side, 3))
    noisy = np.clip(np.asarray(soft) + noise, 0, 255).astype(np.uint8)
    file = BytesIO()
    Image.fromarray(noisy).save(file, kind, quality=90)
    return file.getvalue()


TRICKY = 0.1
"""The share of harmless prompts that have a dangerous word in them."""


@dataclass(frozen=True, slots=True)
class PromptMix:
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
