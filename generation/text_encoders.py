"""What the two text encoders make of a prompt."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import torch
from tokenizers import Encoding, Tokenizer
from torch import Tensor

from generation.checkpoints.networks import (
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    MultilingualCLIP,
)
from generation.errors import WeightsError
from generation.lru import Recent

DECODER_TOKENS: Final = 77


@dataclass(frozen=True, slots=True)
class Reading:
    """One prompt, read.

    *states* [1, tokens, width] is a vector per token, *pooled* [1, width] one for the
    whole prompt, *mask* [1, tokens] is true where a token is no padding. *cut* is the
    end of a prompt that was longer than what the encoder reads.
    """

    states: Tensor
    pooled: Tensor
    mask: Tensor
    cut: str = ""


@dataclass(frozen=True, slots=True)
class ClipReader:
    """Reads for the prior: CLIP's text half, which knows pictures from captions."""

    tokenizer: Tokenizer
    encoder: CLIPTextModelWithProjection
    recent: Recent[str, Reading] = field(default_factory=Recent, repr=False)

    def read(self, prompt: str) -> Reading:
        """*prompt*, cut at the context length; pooled is not normalised."""
        return self.recent.of(prompt, self._read)

    def _read(self, prompt: str) -> Reading:
        encoding = self.tokenizer.encode(prompt)
        ids, mask = _tokens(encoding, self.encoder.device)
        out = self.encoder(input_ids=ids)
        cut = _cut(encoding, prompt)
        return Reading(out.last_hidden_state, out.text_embeds, mask.bool(), cut)


@dataclass(frozen=True, slots=True)
class MultilingualReader:
    """Reads for the decoder: XLM-R, in any of its languages."""

    tokenizer: Tokenizer
    encoder: MultilingualCLIP
    recent: Recent[str, Reading] = field(default_factory=Recent, repr=False)

    def read(self, prompt: str) -> Reading:
        """*prompt*, cut at 77 tokens; the decoder attends to its padding, too."""
        return self.recent.of(prompt, self._read)

    def _read(self, prompt: str) -> Reading:
        encoding = self.tokenizer.encode(prompt)
        ids, mask = _tokens(encoding, self.encoder.device)
        pooled, states = self.encoder(input_ids=ids, attention_mask=mask)
        return Reading(states, pooled, mask.bool(), _cut(encoding, prompt))


def clip_tokenizer(folder: Path, *, length: int) -> Tokenizer:
    """CLIP's tokenizer in *folder*; fills up to *length* ids with its end token."""
    if (folder / "tokenizer.json").is_file():
        tokenizer = _tokenizer(folder)
    elif (folder / "vocab.json").is_file() and (folder / "merges.txt").is_file():
        tokenizer = CLIPTokenizer.from_pretrained(folder).backend_tokenizer
    else:
        raise WeightsError(
            f"{folder} holds neither tokenizer.json nor vocab.json with merges.txt: "
            "fetch it again"
        )
    tokenizer.no_padding()
    return _fixed(tokenizer, length=length, pad=tokenizer.encode("").ids[-1])


def multilingual_tokenizer(folder: Path, *, pad: int) -> Tokenizer:
    """XLM-R's tokenizer in *folder*; *pad* is the id its encoder takes for padding."""
    return _fixed(_tokenizer(folder), length=DECODER_TOKENS, pad=pad)


def _tokenizer(folder: Path) -> Tokenizer:
    file = folder / "tokenizer.json"
    if not file.is_file():
        raise WeightsError(f"{file} is missing: fetch it again")
    try:
        return Tokenizer.from_file(str(file))
    except Exception as error:  # tokenizers raises nothing narrower
        raise WeightsError(f"{file} is damaged ({error}): fetch it again") from error


def _fixed(tokenizer: Tokenizer, *, length: int, pad: int) -> Tokenizer:
    tokenizer.enable_truncation(length)
    tokenizer.enable_padding(
        length=length, pad_id=pad, pad_token=tokenizer.id_to_token(pad)
    )
    return tokenizer


def _tokens(encoding: Encoding, device: torch.device) -> tuple[Tensor, Tensor]:
    """Ids and attention mask, [1, tokens] each."""
    ids = torch.tensor([encoding.ids], device=device)
    return ids, torch.tensor([encoding.attention_mask], device=device)


def _cut(encoding: Encoding, prompt: str) -> str:
    """What of *prompt* no token was left for, from its first letter on.

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
