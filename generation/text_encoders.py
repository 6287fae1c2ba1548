"""The two text encoders, and a prompt as they encode it."""

from dataclasses import dataclass, field

import torch
from tokenizers import Encoding, Tokenizer
from torch import Tensor

from generation.checkpoints.networks import (
    CLIPTextModelWithProjection,
    MultilingualCLIP,
)
from generation.lru import LRUCache


@dataclass(frozen=True, slots=True)
class EncodedText:
    """One prompt, encoded.

    *states* [1, tokens, width] is a vector per token, *pooled* [1, width] one for the
    whole prompt, *mask* [1, tokens] is true where a token is no padding. *truncated* is
    the end of a prompt that was longer than what the encoder reads.
    """

    states: Tensor
    pooled: Tensor
    mask: Tensor
    truncated: str = ""


@dataclass(frozen=True, slots=True)
class ClipTextEncoder:
    """CLIP's text half, which the priors read with."""

    tokenizer: Tokenizer
    network: CLIPTextModelWithProjection
    cache: LRUCache[str, EncodedText] = field(default_factory=LRUCache, repr=False)

    def encode(self, prompt: str) -> EncodedText:
        """*prompt*, truncated at the context length; pooled is not normalised."""
        return self.cache.get(prompt, self._encode)

    def _encode(self, prompt: str) -> EncodedText:
        encoding = self.tokenizer.encode(prompt)
        ids, mask = _tensors(encoding, self.network.device)
        out = self.network(input_ids=ids)
        return EncodedText(
            states=out.last_hidden_state,
            pooled=out.text_embeds,
            mask=mask.bool(),
            truncated=_truncated(encoding, prompt),
        )


@dataclass(frozen=True, slots=True)
class MultilingualTextEncoder:
    """XLM-R, which the decoder of Kandinsky 2.1 reads with, in any of its languages."""

    tokenizer: Tokenizer
    network: MultilingualCLIP
    cache: LRUCache[str, EncodedText] = field(default_factory=LRUCache, repr=False)

    def encode(self, prompt: str) -> EncodedText:
        """*prompt*, truncated at 77 tokens; the decoder attends to its padding, too."""
        return self.cache.get(prompt, self._encode)

    def _encode(self, prompt: str) -> EncodedText:
        encoding = self.tokenizer.encode(prompt)
        ids, mask = _tensors(encoding, self.network.device)
        pooled, states = self.network(input_ids=ids, attention_mask=mask)
        return EncodedText(states, pooled, mask.bool(), _truncated(encoding, prompt))


def _tensors(encoding: Encoding, device: torch.device) -> tuple[Tensor, Tensor]:
    """Ids and attention mask, [1, tokens] each."""
    ids = torch.tensor([encoding.ids], device=device)
    return ids, torch.tensor([encoding.attention_mask], device=device)


def _truncated(encoding: Encoding, prompt: str) -> str:
    """The end of *prompt* that no token was left for, from its first letter on.

    A letter that is spelt in several tokens counts only if all of them were read.
    """
    if not encoding.overflowing:
        return ""
    [unread, *_] = encoding.overflowing
    starts = [
        start
        for (start, _), special in zip(
            unread.offsets, unread.special_tokens_mask, strict=True
        )
        if not special
    ]
    return prompt[min(starts) :].lstrip()
