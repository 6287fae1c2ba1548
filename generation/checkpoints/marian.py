"""Marian translation models: their tokenizer, and a network that fits it.

transformers' MarianTokenizer does the same, but asks for sacremoses, which it makes no
use of here, and takes what a visitor spells «</s>» for the end of the text.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import torch
from sentencepiece import SentencePieceProcessor

from generation.checkpoints.networks import MarianMTModel, load, require
from generation.errors import WeightsError

END: Final = "</s>"
UNKNOWN: Final = "<unk>"
SPECIAL: Final = frozenset({END, UNKNOWN, "<pad>"})


@dataclass(frozen=True, slots=True, kw_only=True)
class MarianTokenizer:
    """SentencePiece models of two languages, which share one *vocabulary*.

    *vocabulary* maps tokens to ids, *tokens* ids to tokens.
    """

    source: SentencePieceProcessor
    target: SentencePieceProcessor
    vocabulary: dict[str, int]
    tokens: dict[int, str]

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The tokenizer in *folder*: source.spm, target.spm and vocab.json."""
        vocabulary = _vocabulary(folder / "vocab.json")
        return cls(
            source=_pieces(folder / "source.spm"),
            target=_pieces(folder / "target.spm"),
            vocabulary=vocabulary,
            tokens={number: token for token, number in vocabulary.items()},
        )

    @property
    def end(self) -> int:
        """The id that ends every text."""
        return self.vocabulary[END]

    def encode(self, text: str) -> list[int]:
        """The ids of *text* in the source language, without an end."""
        unknown = self.vocabulary[UNKNOWN]
        return [
            unknown if piece in SPECIAL else self.vocabulary.get(piece, unknown)
            for piece in self.source.encode(text, out_type=str)
        ]

    def decode(self, ids: Sequence[int]) -> str:
        """The text in the target language that *ids* stand for."""
        tokens = [self.tokens[number] for number in ids]
        tokens = [token for token in tokens if token not in SPECIAL]
        text: str = self.target.decode_pieces(tokens)
        return text.replace("▁", " ").strip()


def load_marian(
    folder: Path, *, device: torch.device
) -> tuple[MarianMTModel, MarianTokenizer]:
    """The network in *folder*, in single precision, and its tokenizer, or WeightsError.

    The folder holds config.json, generation_config.json, model.safetensors, source.spm,
    target.spm and vocab.json.
    """
    tokenizer = MarianTokenizer.load(folder)
    network = load(MarianMTModel, folder, device=device, dtype=torch.float32)
    require(
        folder,
        network.config,
        share_encoder_decoder_embeddings=True,
        vocab_size=len(tokenizer.vocabulary),
    )
    _require_special_tokens(folder, network, tokenizer)
    return network, tokenizer


def _vocabulary(file: Path) -> dict[str, int]:
    try:
        vocabulary: dict[str, int] = json.loads(file.read_text("utf-8"))
    except FileNotFoundError as error:
        raise WeightsError(f"{file} is missing: fetch it again") from error
    except ValueError as error:
        raise WeightsError(f"{file} is not JSON ({error}): fetch it again") from error
    for token in (END, UNKNOWN):
        if token not in vocabulary:
            raise WeightsError(f"{file} has no {token}: fetch it again")
    if set(vocabulary.values()) != set(range(len(vocabulary))):
        raise WeightsError(f"{file} does not number its pieces from 0: fetch it again")
    return vocabulary


def _pieces(file: Path) -> SentencePieceProcessor:
    if not file.is_file():
        raise WeightsError(f"{file} is missing: fetch it again")
    pieces = SentencePieceProcessor()
    try:
        pieces.LoadFromSerializedProto(file.read_bytes())
    except RuntimeError as error:
        raise WeightsError(f"{file} is damaged ({error}): fetch it again") from error
    return pieces


def _require_special_tokens(
    folder: Path, network: MarianMTModel, tokenizer: MarianTokenizer
) -> None:
    """Refuses a network that begins or ends with a token that the vocabulary lacks."""
    config = network.generation_config
    if config.decoder_start_token_id not in tokenizer.tokens:
        raise WeightsError(
            f"{folder} begins with word {config.decoder_start_token_id}, where "
            f"vocab.json has {len(tokenizer.tokens)}: fetch all parts from one place"
        )
    if config.eos_token_id != tokenizer.end:
        raise WeightsError(
            f"{folder} ends with word {config.eos_token_id}, where vocab.json ends "
            f"with {tokenizer.end}: fetch all parts from one place"
        )
