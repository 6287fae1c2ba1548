"""Cross-validation of heads, on pictures or on objects that they never saw."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped]

from moderation.image.networks import directions
from moderation.training.head_training import HeadTrainer
from moderation.training.labelled_pictures import LabelledEmbeddings
from moderation.verdict import Category

FOLDS = 4
FALSE_POSITIVES = 0.01  # of the harmless pictures


@dataclass(frozen=True, slots=True)
class CategoryResult:
    """One category against the harmless: the recall is at 1 % false positives."""

    category: Category
    pictures: int
    auc: float
    recall: float

    def __str__(self) -> str:
        return (
            f"{self.category:<10} {self.pictures:>5} pictures"
            f"  AUC {self.auc:.3f}  recall {self.recall:.1%} at 1 % false positives"
        )


def on_new_pictures(
    examples: LabelledEmbeddings, trainer: HeadTrainer
) -> list[CategoryResult]:
    """Results of *trainer* on pictures it was not taught, of objects it was."""
    return _cross_validated(examples, trainer, np.arange(len(examples.things)))


def on_new_objects(
    examples: LabelledEmbeddings, trainer: HeadTrainer
) -> list[CategoryResult]:
    """Results of *trainer* on objects it was not taught at all."""
    _, numbers = np.unique(examples.things, return_inverse=True)
    return _cross_validated(examples, trainer, numbers)


def _cross_validated(
    examples: LabelledEmbeddings, trainer: HeadTrainer, group: NDArray[np.intp]
) -> list[CategoryResult]:
    """Each of the folds is scored by heads that were taught the others.

    *group* [n]: examples with one number stay in one fold.
    """
    shuffled = np.random.default_rng(trainer.seed).permutation(group.max() + 1)
    fold = shuffled[group] % FOLDS
    scores = np.empty(examples.labels.shape, np.float32)
    for i in range(FOLDS):
        network = trainer.fit(examples[fold != i])
        unseen = directions(examples[fold == i].embeddings)
        scores[fold == i] = network.probabilities(unseen)
    harmless = ~examples.labels.any(axis=1)
    return [
        _separation(category, bad=scores[shown, c], good=scores[harmless, c])
        for c, (category, shown) in enumerate(
            zip(examples.categories, examples.labels.T, strict=True)
        )
    ]


def _separation(
    category: Category, *, bad: NDArray[np.float32], good: NDArray[np.float32]
) -> CategoryResult:
    threshold = np.quantile(good, 1 - FALSE_POSITIVES)
    truth = np.repeat([True, False], [len(bad), len(good)])
    return CategoryResult(
        category=category,
        pictures=len(bad),
        auc=float(roc_auc_score(truth, np.concatenate([bad, good]))),
        recall=float((bad > threshold).mean()),
    )
