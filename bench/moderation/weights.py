"""Weights of the published shapes, filled with random numbers."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from tokenizers import Regex, Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Split

from moderation import Category
from moderation.image.heads import Head, Heads
from moderation.image.networks import (
    ConceptNetwork,
    Matrix,
    Network,
    Perceptron,
    SoftmaxNetwork,
    directions,
)
from moderation.text.detoxify import IDENTITIES, NAMES
from torch_runtime.torchvision_operators import declare_missing_operators

WIDTH = 768  # of CLIP's ViT-L/14
_MANY = 512


def save_detoxify(folder: Path, *, full: bool) -> Path:
    """A Detoxify in *folder*: XLM-R base with sixteen labels, or a sketch of it."""
    declare_missing_operators()
    from transformers import (  # noqa: PLC0415  # it needs the line above
        XLMRobertaConfig,
        XLMRobertaForSequenceClassification,
    )

    config = XLMRobertaConfig(
        vocab_size=250_002,
        max_position_embeddings=514,
        type_vocab_size=1,
        hidden_size=768 if full else 64,
        num_hidden_layers=12 if full else 2,
        num_attention_heads=12 if full else 4,
        id2label=dict(enumerate(NAMES + IDENTITIES)),
    )
    torch.manual_seed(0)
    XLMRobertaForSequenceClassification(config).save_pretrained(folder)
    # five letters a token: what XLM-R's own tokenizer makes of English and Russian
    tokenizer = Tokenizer(WordLevel({"<unk>": 3}, unk_token="<unk>"))  # noqa: S106  # a token, no password
    pieces = Regex(r"\w{1,5}|[^\w\s]")
    tokenizer.pre_tokenizer = Split(pieces, behavior="removed", invert=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def heads(seed: int = 0) -> Heads:
    """LAION's, the violence head, the concepts and one of our own, over ViT-L/14."""
    random = np.random.default_rng(seed)

    def normal(*shape: int, spread: float = 1.0) -> Matrix:
        return np.asarray(random.normal(0, spread, shape), np.float32)

    laion = _balanced(
        [
            (normal(rows, columns), normal(rows))
            for columns, rows in pairwise((WIDTH, 64, 512, 256, 1))
        ],
        normal(_MANY, WIDTH),
    )
    own = len(Category)
    ours = Perceptron(layers=((normal(own, WIDTH), np.full(own, -5, np.float32)),))
    prompts = directions(normal(2, WIDTH))
    violence = SoftmaxNetwork.from_prompts(prompts, np.array([[0, 1]], np.float32))
    concepts = ConceptNetwork(
        concepts=directions(normal(17, WIDTH)),
        thresholds=np.full(17, 0.19, np.float32),
        special=directions(normal(3, WIDTH)),
        special_thresholds=np.full(3, 0.2, np.float32),
        membership=np.array([[1] * 17, [0] * 16 + [1]], np.float32),
    )
    return Heads(
        (
            _head("nsfw", [Category.SEXUAL], laion, normal(_MANY, WIDTH)),
            _head("violence", [Category.VIOLENCE], violence, prompts),
            _head(
                "concepts",
                [Category.SEXUAL, Category.MINORS],
                concepts,
                np.concatenate([normal(_MANY, WIDTH), concepts.concepts]),
            ),
            _head(
                "own",
                [*Category],
                ours,
                np.concatenate([normal(_MANY, WIDTH), ours.layers[0][0]]),
            ),
        )
    )


def _balanced(layers: list[tuple[Matrix, Matrix]], probes: Matrix) -> Perceptron:
    """The network of *layers* that takes one half of *probes* for flagged."""
    answers = directions(probes)
    for weight, bias in layers[:-1]:
        answers = np.maximum(answers @ weight.T + bias, 0)
    weight, _ = layers[-1]
    middle = np.asarray(-np.median(answers @ weight.T, axis=0), np.float32)
    return Perceptron(layers=(*layers[:-1], (weight, middle)))


def _head(
    name: str, categories: list[Category], network: Network, probes: Matrix
) -> Head:
    """A head whose self-test holds: the probes that its own network tells apart."""
    likely = network.probabilities(directions(probes))
    return Head(
        name=name,
        encoder="random",
        categories=tuple(categories),
        network=network,
        harmless=probes[likely.max(axis=1).argsort()[:1]],
        flagged=probes[likely.argmax(axis=0)],
    )
