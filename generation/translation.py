"""Puts Russian prompts into English, which is all that the prior's CLIP reads.

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

from generation.checkpoints.networks import MarianMTModel, demand, load
from generation.errors import WeightsError
from generation.lru import Recent
from generation.marian_tokenizer import Spelling

CLAUSE: Final = re.compile(r".+?(?:[,.;:!?…]+\s+|\n+|$)", re.DOTALL)
SENTENCE_END: Final = re.compile(r"(?<=[.!?…])\s+|\n+")
LOOSE: Final = string.whitespace + ",;:"
"""What joins a part to its neighbours, and is none of the translator's business."""

_CYRILLIC: Final = range(0x400, 0x530)
_SPARE: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Translator:
    """Translates by deterministic beam search, as wide as the weights are published."""

    network: MarianMTModel
    spelling: Spelling
    recent: Recent[str, str] = field(default_factory=Recent, repr=False)

    @classmethod
    def load(cls, folder: Path, *, device: torch.device | str = "cpu") -> Self:
        """The network in *folder*, in single precision, or WeightsError.

        The folder holds config.json, generation_config.json, model.safetensors,
        source.spm, target.spm and vocab.json.
        """
        spelling = Spelling.load(folder)
        network = load(
            MarianMTModel, folder, device=torch.device(device), dtype=torch.float32
        )
        demand(
            folder,
            network.config,
            share_encoder_decoder_embeddings=True,
            vocab_size=len(spelling.numbers),
        )
        _demand_ends(folder, network, spelling)
        return cls(network=network, spelling=spelling)

    def english(self, text: str) -> str:
        """*text* with what is Russian in it translated, and the rest untouched.

        It is judged clause by clause, between punctuation marks: «рыжий кот, oil on
        canvas» is half a prompt in either language.
        """
        return "".join(
            self._tied(part) if russian else part for part, russian in _parts(text)
        )

    def translate(self, text: str) -> str:
        """The English of Russian *text*, sentence by sentence.

        Marian networks learnt from single sentences, and lose what follows the first.
        """
        sentences = SENTENCE_END.split(text.strip())
        return " ".join(self.recent.of(one, self._sentence) for one in sentences)

    def _tied(self, part: str) -> str:
        """The English of *part*, joined to its neighbours as *part* was."""
        text = part.strip(LOOSE)
        return part.replace(text, self.translate(text), 1)

    def _sentence(self, text: str) -> str:
        """The English of one sentence, however long; what has none stays as it is."""
        numbers = self.spelling.spell(text)
        most = self.network.config.max_position_embeddings - 1
        pieces = [numbers[i : i + most] for i in range(0, len(numbers), most)]
        said = " ".join(self._piece(piece) for piece in pieces)
        full = said if text.endswith((".", "!", "?", "…")) else said.rstrip(".")
        return full or text

    def _piece(self, numbers: list[int]) -> str:
        """What the network makes of *numbers*; it may not talk for ever."""
        source = torch.tensor(
            [[*numbers, self.spelling.end]], device=self.network.device
        )
        most = self.network.config.max_position_embeddings
        network: Any = self.network  # its type does not know that it generates
        [target] = network.generate(
            input_ids=source,
            attention_mask=torch.ones_like(source),
            max_length=min(most, 2 * len(numbers) + _SPARE),
            do_sample=False,
        )
        return self.spelling.read(target.tolist())


def speaks_russian(text: str) -> bool:
    """Whether at least half of the letters of *text* are Cyrillic.

    A Latin word may survive translation; to CLIP a Russian one says nothing.
    """
    letters = [letter for letter in text if letter.isalpha()]
    cyrillic = sum(ord(letter) in _CYRILLIC for letter in letters)
    return 0 < len(letters) <= 2 * cyrillic


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """*text* in as few parts as can be, and whether each is Russian."""
    for russian, clauses in groupby(CLAUSE.findall(text), key=speaks_russian):
        yield "".join(clauses), russian


def _demand_ends(folder: Path, network: MarianMTModel, spelling: Spelling) -> None:
    """Refuses a network that would begin or end with a word that is none."""
    config = network.generation_config
    if config.decoder_start_token_id not in spelling.pieces:
        raise WeightsError(
            f"{folder} begins with word {config.decoder_start_token_id}, where "
            f"vocab.json has {len(spelling.pieces)}: fetch all parts from one place"
        )
    if config.eos_token_id != spelling.end:
        raise WeightsError(
            f"{folder} ends with word {config.eos_token_id}, where vocab.json ends "
            f"with {spelling.end}: fetch all parts from one place"
        )
