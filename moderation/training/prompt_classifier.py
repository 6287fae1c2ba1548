"""Fit the bundled prompt classifier."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

from moderation.text.canonical import canonical
from moderation.text.features import BUCKET_BITS, hashed_ngrams
from moderation.training.labelled_texts import LabelledText
from moderation.verdict import Category

# What raters disagree on, or what repeats one template, weighs less.
_TRUST = {
    "adversarial-nibbler": 0.25,
    "i2p": 0.3,
    "bias-madlibs": 0.3,
    "calm-comments": 0.3,
}
# English comments are few beside the Russian ones; of obscene forms some are no words.
_TRUST_FOR_TOXIC = {"wikipedia-toxicity": 10.0, "obscene-forms": 0.2}
# What a picture may turn out to be is told by prompts whose pictures were rated; what a
# prompt asks for outright, the other categories tell.
_TRUST_FOR_UNSAFE = {"i2p": 10.0, "adversarial-nibbler": 0.1}
_MADE_FOR_UNSAFE = 0.2
_RARE = 0.25  # the least weight of a label's positives, beside its negatives' 1
_COST, _COST_OF_TOXIC = (
    5.0,
    20.0,
)  # comments, of which there are many, are fitted closer
_UNSEEN = 1.0  # how often a piece counts as met before it is


@dataclass(frozen=True, slots=True)
class FittedWeights:
    """Weights [buckets, categories] of one logistic regression per category."""

    weights: NDArray[np.float32]
    biases: NDArray[np.float32]

    def save(self, path: Path, *, version: str) -> None:
        """Write *path* as safetensors, whole numbers in units of each head's scale."""
        scales = np.abs(self.weights).max(axis=0) / 127
        whole = np.ascontiguousarray(np.rint(self.weights / scales), np.int8)
        tensors = {
            "weights": whole,
            "scales": scales.astype(np.float32),
            "biases": self.biases,
        }
        about = {
            "categories": json.dumps([c.value for c in Category]),
            "version": version,
            "digest": sha256(whole.tobytes()).hexdigest(),
        }
        save_file(tensors, path, about)


def fit(examples: Sequence[LabelledText]) -> FittedWeights:
    """One logistic regression per category, over the examples whose label is known.

    Each is fitted on pieces scaled by how much more often they stand on one side than
    on the other (Wang and Manning 2012), so that what rarely decides is hardly learnt;
    the scales are then part of the weights.
    """
    table = _matrix([canonical(e.text).text for e in examples])
    heads = []
    for category in Category:
        known = np.array([category in e.labels for e in examples])
        truth = np.array([e.labels[category] for e in examples if category in e.labels])
        trust = [_trust(e, category) for e in examples if category in e.labels]
        heads.append(_head(category, table[known], truth, np.array(trust)))
    weights, biases = zip(*heads, strict=True)
    return FittedWeights(np.stack(weights, axis=1), np.array(biases, np.float32))


def _head(
    category: Category,
    table: csr_array,
    truth: NDArray[np.bool_],
    trust: NDArray[np.float64],
) -> tuple[NDArray[np.float32], float]:
    """Weights [buckets] and bias of *category*."""
    weight = _balanced(truth, trust)
    telling = _telling(table, truth, weight)
    scaled = csr_array(
        (table.data * telling[table.indices], table.indices, table.indptr),
        shape=table.shape,
    )
    cost = _COST_OF_TOXIC if category is Category.TOXIC else _COST
    head = LogisticRegression(C=cost, solver="liblinear", max_iter=40)
    head.fit(scaled, truth, sample_weight=weight)
    return (head.coef_[0] * telling).astype(np.float32), float(head.intercept_[0])


def _telling(
    table: csr_array, truth: NDArray[np.bool_], weight: NDArray[np.float64]
) -> NDArray[np.float32]:
    """For each piece the size of the logarithm of its odds to be on the true side."""
    present = table.astype(bool).astype(np.float64).T
    with_label = _UNSEEN + present @ (weight * truth)
    without = _UNSEEN + present @ (weight * ~truth)
    odds = (with_label / with_label.sum()) / (without / without.sum())
    telling: NDArray[np.float32] = np.abs(np.log(odds)).astype(np.float32)
    return telling


def _trust(example: LabelledText, category: Category) -> float:
    """The weight of *example* for *category*."""
    general = _TRUST.get(example.source, 1.0)
    if category is Category.TOXIC:
        return _TRUST_FOR_TOXIC.get(example.source, general)
    if category is not Category.UNSAFE:
        return general
    if example.source.startswith(("made-", "listed-")):
        return _MADE_FOR_UNSAFE
    return _TRUST_FOR_UNSAFE.get(example.source, general)


def _balanced(
    truth: NDArray[np.bool_], trust: NDArray[np.float64]
) -> NDArray[np.float64]:
    """*trust* with rare positives raised, so that one half stays a fair threshold."""
    share = trust[truth].sum() / trust[~truth].sum()
    return np.where(truth, trust * max(1.0, _RARE / share), trust)


def _matrix(texts: Sequence[str]) -> csr_array:
    found = [hashed_ngrams(text) for text in texts]
    lengths = np.array([len(f) for f in found])
    values = np.repeat(1 / np.sqrt(lengths), lengths).astype(np.float32)
    ends = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    shape = (len(texts), 1 << BUCKET_BITS)
    return csr_array(
        (values, np.concatenate(found).astype(np.int32), ends), shape=shape
    )
