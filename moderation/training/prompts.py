"""Fit the bundled prompt classifier."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from scipy.sparse import csr_array  # type: ignore[import-untyped]
from sklearn.linear_model import (  # type: ignore[import-untyped]
    LogisticRegression,
    SGDClassifier,
)

from moderation.text.canonical import canonical
from moderation.text.features import BUCKET_BITS, pieces
from moderation.training.examples import Example
from moderation.verdict import Category

# What raters disagree on, or what repeats one template, weighs less.
_TRUST = {
    "adversarial-nibbler": 0.25,
    "i2p": 0.3,
    "bias-madlibs": 0.3,
    "calm-comments": 0.3,
}
# What a picture may turn out to be is told by prompts whose pictures were rated; what a
# prompt asks for outright, the other categories tell.
_TRUST_FOR_UNSAFE = {"i2p": 3.0, "adversarial-nibbler": 0.1}
_MADE_FOR_UNSAFE = 0.2
_RARE = 0.25  # the least weight of a label's positives, beside its negatives' 1
_RIDGE, _EPOCHS, _COST = 1e-6, 8, 50.0


@dataclass(frozen=True, slots=True)
class Fit:
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


def fit(examples: Sequence[Example]) -> Fit:
    """One logistic regression per category, over the examples whose label is known."""
    table = _matrix([canonical(e.text).text for e in examples])
    heads = []
    for category in Category:
        known = np.array([category in e.labels for e in examples])
        truth = np.array([e.labels[category] for e in examples if category in e.labels])
        head = _head(category)
        trust = [_trust(e, category) for e in examples if category in e.labels]
        weight = _balanced(truth, np.array(trust))
        heads.append(head.fit(table[known], truth, sample_weight=weight))
    weights = np.concatenate([head.coef_ for head in heads]).T
    biases = np.concatenate([head.intercept_ for head in heads])
    return Fit(weights.astype(np.float32), biases.astype(np.float32))


def _head(category: Category) -> LogisticRegression | SGDClassifier:
    """An untrained head; comments, of which there are many, earn an exact fit."""
    if category is Category.TOXIC:
        return LogisticRegression(C=_COST, solver="liblinear", max_iter=60)
    return SGDClassifier(
        loss="log_loss", alpha=_RIDGE, max_iter=_EPOCHS, tol=None, random_state=1
    )


def _trust(example: Example, category: Category) -> float:
    """How much *example* weighs for *category*."""
    general = _TRUST.get(example.source, 1.0)
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
    found = [pieces(text) for text in texts]
    lengths = np.array([len(f) for f in found])
    values = np.repeat(1 / np.sqrt(lengths), lengths).astype(np.float32)
    ends = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    shape = (len(texts), 1 << BUCKET_BITS)
    return csr_array(
        (values, np.concatenate(found).astype(np.int32), ends), shape=shape
    )
