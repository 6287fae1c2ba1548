"""A Marian network of toy width that has learnt one small phrasebook by heart."""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from sentencepiece import SentencePieceTrainer
from torch.nn.functional import cross_entropy
from transformers import MarianConfig

from generation.checkpoints.marian import MarianTokenizer
from generation.checkpoints.networks import MarianMTModel

PHRASES = {
    "рыжий кот": "a red cat",
    "синий дом": "a blue house",
    "Лиса спит.": "A fox sleeps.",
    "Идёт снег.": "It snows.",
    "который спит": "that sleeps",
    "рыжий кот, который спит": "a red cat that sleeps",
}
WIDTH = 64
STEPS = 90


def save_toy_translator(folder: Path) -> Path:
    """Saves it into *folder* in the layout of opus-mt-ru-en."""
    folder.mkdir(parents=True)
    (folder / "source.spm").write_bytes(_pieces(list(PHRASES)))
    (folder / "target.spm").write_bytes(_pieces(list(PHRASES.values())))
    letters = sorted({letter for text in _both() for letter in text} - {" "})
    pieces = ["</s>", "<unk>", *letters, "▁", *(f"▁{letter}" for letter in letters)]
    vocabulary = {piece: number for number, piece in enumerate([*pieces, "<pad>"])}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), "utf-8")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = MarianMTModel(_config(words=len(vocabulary)))
        network.generation_config.num_beams = 4
        network.generation_config.bad_words_ids = [[vocabulary["<pad>"]]]
        _teach(network, MarianTokenizer.load(folder))
    network.save_pretrained(folder)
    return folder


def _both() -> list[str]:
    return [*PHRASES, *PHRASES.values()]


def _pieces(texts: Sequence[str]) -> bytes:
    """Spells letter by letter, as any piece of two letters is rare here."""
    model = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_writer=model,
        model_type="char",
        vocab_size=100,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    return model.getvalue()


def _config(*, words: int) -> MarianConfig:
    half: dict[str, Any] = {}
    for side in ("encoder", "decoder"):
        half |= {f"{side}_layers": 1, f"{side}_attention_heads": 4}
        half |= {f"{side}_ffn_dim": 2 * WIDTH}
    return MarianConfig(
        **half,
        vocab_size=words,
        d_model=WIDTH,
        max_position_embeddings=64,
        dropout=0.0,
        scale_embedding=True,
        bos_token_id=0,
        eos_token_id=0,
        forced_eos_token_id=0,
        pad_token_id=words - 1,
        decoder_start_token_id=words - 1,
    )


def _teach(network: MarianMTModel, tokenizer: MarianTokenizer) -> None:
    """Fits *network* to the phrasebook, a batch of all phrases at each step."""
    vocabulary = tokenizer.vocabulary
    pad = vocabulary["<pad>"]
    source = _batch([[*tokenizer.encode(text), 0] for text in PHRASES], pad)
    said = [
        [
            *(
                vocabulary[piece]
                for piece in tokenizer.target.encode(text, out_type=str)
            ),
            0,
        ]
        for text in PHRASES.values()
    ]
    target, begun = _batch(said, pad), _batch([[pad, *line[:-1]] for line in said], pad)
    optimizer = torch.optim.Adam(network.parameters(), lr=5e-3)
    for _ in range(STEPS):
        out = network(
            input_ids=source, attention_mask=source != pad, decoder_input_ids=begun
        )
        loss = cross_entropy(
            out.logits.flatten(0, 1), target.flatten(), ignore_index=pad
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    network.eval()


def _batch(lines: Sequence[list[int]], pad: int) -> torch.Tensor:
    longest = max(map(len, lines))
    return torch.tensor([line + [pad] * (longest - len(line)) for line in lines])
