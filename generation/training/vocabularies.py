"""The two tokenizers of a run, and batches of their tokens."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import torch
from tokenizers import Tokenizer
from torch import Tensor

from generation.checkpoints.tokenizers import clip_tokenizer, multilingual_tokenizer
from generation.training.networks import TOKENS


@dataclass(frozen=True, slots=True)
class Vocabularies:
    """CLIP's tokenizer and the multilingual one."""

    clip: Tokenizer
    multilingual: Tokenizer

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The tokenizers that an earlier stage wrote below *folder*."""
        return cls(
            clip_tokenizer(folder / "clip", length=TOKENS),
            multilingual_tokenizer(folder / "multilingual", pad=1),
        )


@dataclass(frozen=True, slots=True)
class Tokens:
    """Ids and attention mask of several texts, [n, tokens] each."""

    ids: Tensor
    mask: Tensor

    def to(self, device: torch.device) -> "Tokens":
        """The same on *device*."""
        return Tokens(self.ids.to(device), self.mask.to(device))


def padded(tokenizer: Tokenizer, texts: list[str]) -> Tokens:
    """*texts* padded to the full context, as the engine pads them."""
    # one by one: the threads of a batch would wait for cores that networks keep busy
    encodings = [tokenizer.encode(text) for text in texts]
    return Tokens(
        torch.tensor([e.ids for e in encodings]),
        torch.tensor([e.attention_mask for e in encodings]),
    )


def trimmed(tokens: Tokens) -> Tokens:
    """*tokens* without the columns that pad every text, one kept."""
    longest = int(tokens.mask.sum(dim=1).max())
    width = min(longest + 1, tokens.ids.shape[1])
    return Tokens(tokens.ids[:, :width], tokens.mask[:, :width])
