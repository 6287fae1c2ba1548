"""The two tokenizers of a run: training them, and batches of their tokens."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
import torch
from tokenizers import (
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from torch import Tensor

from generation.checkpoints.tokenizers import clip_tokenizer, multilingual_tokenizer
from generation.training.dataset import Dataset
from generation.training.networks import TOKENS
from generation.training.plan import Plan

CLIP_SPECIAL: Final = ["<|startoftext|>", "<|endoftext|>"]
CLIP_PATTERN: Final = Regex(
    r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d"
    r"|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
)
ALPHABET: Final = (
    "abcdefghijklmnopqrstuvwxyzабвгдеёжзийклмнопрстуфхцчшщъыьэюя"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZАБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"
    "0123456789.,!?;:'\"()-–—«»%&+/#"
)


def train_tokenizers(plan: Plan, data: Dataset, folder: Path) -> None:
    """Learns both tokenizers and writes them below *folder*, as they are published."""
    wanted = plan.tokenizers
    sentences = list(captions(data, wanted.captions, plan.seed))
    partial = folder.with_suffix(".partial")
    write_clip(partial / "clip", sentences, wanted.clip_vocabulary)
    write_multilingual(
        partial / "multilingual", sentences, wanted.multilingual_vocabulary
    )
    partial.replace(folder)


def captions(data: Dataset, count: int, seed: int) -> Iterator[str]:
    """So many captions of *data*, and the letters one by one."""
    random = np.random.default_rng(seed)
    for index in range(count):
        yield data.caption(index % data.size, random).text
    yield " ".join(ALPHABET)


def write_clip(folder: Path, sentences: list[str], size: int) -> None:
    """Byte-level byte pairs in the style of CLIP: vocab.json and merges.txt."""
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(CLIP_PATTERN, "removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        end_of_word_suffix="</w>",
        show_progress=False,
    )
    tokenizer.train_from_iterator(sentences, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    _write_clip_files(folder, model["vocab"], [tuple(m) for m in model["merges"]])


def _write_clip_files(
    folder: Path, learnt: dict[str, int], merges: list[tuple[str, str]]
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokens = dict.fromkeys([*alphabet, *(f"{letter}</w>" for letter in alphabet)])
    tokens |= dict.fromkeys(sorted(learnt, key=learnt.__getitem__))
    tokens |= dict.fromkeys(CLIP_SPECIAL)
    vocab = {token: index for index, token in enumerate(tokens)}
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    (folder / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False), "utf-8")
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", "utf-8")
    _write_config(
        folder,
        {
            "tokenizer_class": "CLIPTokenizer",
            "bos_token": "<|startoftext|>",
            "eos_token": "<|endoftext|>",
            "pad_token": "<|endoftext|>",
            "unk_token": "<|endoftext|>",
            "model_max_length": TOKENS,
        },
    )


def write_multilingual(folder: Path, sentences: list[str], size: int) -> None:
    """Unigrams in the style of XLM-R: tokenizer.json."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=size,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>"],
        unk_token="<unk>",  # noqa: S106  # a token of text
        initial_alphabet=list(ALPHABET),
        show_progress=False,
    )
    tokenizer.train_from_iterator(sentences, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    _write_config(
        folder,
        {
            "tokenizer_class": "XLMRobertaTokenizer",
            "bos_token": "<s>",
            "cls_token": "<s>",
            "pad_token": "<pad>",
            "eos_token": "</s>",
            "sep_token": "</s>",
            "unk_token": "<unk>",
            "model_max_length": TOKENS,
        },
    )


def _write_config(folder: Path, config: dict[str, str | int]) -> None:
    text = json.dumps(config, indent=2) + "\n"
    (folder / "tokenizer_config.json").write_text(text, "utf-8")


@dataclass(frozen=True, slots=True)
class Tokenizers:
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
class TokenBatch:
    """Ids and attention mask of several texts, [n, tokens] each."""

    ids: Tensor
    mask: Tensor

    def to(self, device: torch.device) -> "TokenBatch":
        """The same on *device*."""
        return TokenBatch(self.ids.to(device), self.mask.to(device))


def tokenize(tokenizer: Tokenizer, texts: list[str]) -> TokenBatch:
    """*texts* padded to the full context, as the engine pads them."""
    # one by one: the threads of a batch would wait for cores that networks keep busy
    encodings = [tokenizer.encode(text) for text in texts]
    return TokenBatch(
        torch.tensor([e.ids for e in encodings]),
        torch.tensor([e.attention_mask for e in encodings]),
    )


def trim_padding(tokens: TokenBatch) -> TokenBatch:
    """*tokens* without the columns that pad every text, one kept."""
    longest = int(tokens.mask.sum(dim=1).max())
    width = min(longest + 1, tokens.ids.shape[1])
    return TokenBatch(tokens.ids[:, :width], tokens.mask[:, :width])
