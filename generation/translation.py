"""Translation of Russian prompts into English, which the prior's CLIP reads.

It takes Marian networks in transformers' layout (Junczys-Dowmunt et al. 2018), such as
opus-mt-ru-en (Tiedemann, Thottingal 2020).
"""

import re
import string
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any, Final, Self

import torch

from generation.checkpoints.marian import MarianTokenizer, load_marian
from generation.checkpoints.networks import MarianMTModel
from generation.lru import LRUCache

CLAUSE: Final = re.compile(r".+?(?:[,.;:!?…]+\s+|\n+|$)", re.DOTALL)
SENTENCE_END: Final = re.compile(r"(?<=[.!?…])\s+|\n+")
SEPARATORS: Final = string.whitespace + ",;:"
"""Characters between parts of a prompt, which are not translated."""

_CYRILLIC: Final = range(0x400, 0x530)
_SPARE: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Translator:
    """Translates by deterministic beam search, as wide as the weights are published."""

    network: MarianMTModel
    tokenizer: MarianTokenizer
    cache: LRUCache[str, str] = field(default_factory=LRUCache, repr=False)

    @classmethod
    def load(cls, folder: Path, *, device: torch.device | str = "cpu") -> Self:
        """The translator in *folder*, in single precision, or WeightsError."""
        network, tokenizer = load_marian(folder, device=torch.device(device))
        return cls(network=network, tokenizer=tokenizer)

    def english(self, text: str) -> str:
        """*text* with its Russian clauses translated, and the others untouched.

        The language is told clause by clause, between punctuation marks: «рыжий кот,
        oil on canvas» is half a prompt in either language.
        """
        return "".join(
            self._translate_part(part) if russian else part
            for part, russian in _parts(text)
        )

    def translate(self, text: str) -> str:
        """The English of Russian *text*, sentence by sentence.

        Marian networks learnt from single sentences, and lose what follows the first.
        """
        sentences = SENTENCE_END.split(text.strip())
        return " ".join(
            self.cache.get(sentence, self._translate_sentence) for sentence in sentences
        )

    def _translate_part(self, part: str) -> str:
        """The English of *part* between the separators that *part* has."""
        text = part.strip(SEPARATORS)
        return part.replace(text, self.translate(text), 1)

    def _translate_sentence(self, text: str) -> str:
        """The English of one sentence of any length, or the sentence if it has none."""
        ids = self.tokenizer.encode(text)
        most = self.network.config.max_position_embeddings - 1
        pieces = [ids[i : i + most] for i in range(0, len(ids), most)]
        english = " ".join(self._generate(piece) for piece in pieces)
        full = english if text.endswith((".", "!", "?", "…")) else english.rstrip(".")
        return full or text

    def _generate(self, ids: list[int]) -> str:
        """The network's translation of *ids*, of bounded length."""
        source = torch.tensor([[*ids, self.tokenizer.end]], device=self.network.device)
        most = self.network.config.max_position_embeddings
        network: Any = self.network  # its type does not know that it generates
        [target] = network.generate(
            input_ids=source,
            attention_mask=torch.ones_like(source),
            max_length=min(most, 2 * len(ids) + _SPARE),
            do_sample=False,
        )
        return self.tokenizer.decode(target.tolist())


def is_russian(text: str) -> bool:
    """Whether at least half of the letters of *text* are Cyrillic.

    A Latin word may survive translation; to CLIP a Russian one says nothing.
    """
    letters = [letter for letter in text if letter.isalpha()]
    cyrillic = sum(ord(letter) in _CYRILLIC for letter in letters)
    return 0 < len(letters) <= 2 * cyrillic


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """*text* in as few parts as possible, and whether each is Russian."""
    for russian, clauses in groupby(CLAUSE.findall(text), key=is_russian):
        yield "".join(clauses), russian
