"""Every measure in the order of cost, and for whose sake it is made."""

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from functools import partial
from typing import Final

from datasets_cleaning.classifiers import Classifiers, LoadedClassifiers
from datasets_cleaning.measures.captions import Caption, DetoxifyScores
from datasets_cleaning.measures.embeddings import (
    Aesthetics,
    Embedding,
    Similarity,
    Watermark,
)
from datasets_cleaning.measures.files import Digest, Header, ListedFiles
from datasets_cleaning.measures.image_scores import ImageScores
from datasets_cleaning.measures.personal_data import Personal
from datasets_cleaning.measures.pixels import (
    Blur,
    Decoded,
    ListedPictures,
    PerceptualHash,
)
from datasets_cleaning.protocols import Measure
from moderation.policy import Policy

CAPTIONS: Final = "captions"
PICTURES: Final = "pictures"
NEAR: Final = "duplicates.near"
EMBEDDINGS: Final = "embeddings"

_MEASURES: Final[
    tuple[tuple[str, Callable[[LoadedClassifiers, Policy], Measure]], ...]
] = (
    (PICTURES, lambda _, __: Header()),
    (PICTURES, lambda _, __: Digest()),
    ("listed", lambda loaded, _: ListedFiles(loaded.lists)),
    (CAPTIONS, lambda _, __: Caption()),
    ("personal_data", lambda _, __: Personal()),
    ("caption_judged", lambda loaded, _: loaded.captions),
    (PICTURES, lambda _, __: Decoded()),
    ("blurred", lambda _, __: Blur()),
    (NEAR, lambda _, __: PerceptualHash()),
    ("listed", lambda loaded, _: ListedPictures(loaded.lists)),
    ("detoxify", lambda loaded, _: DetoxifyScores(loaded.detoxify)),
    (EMBEDDINGS, lambda loaded, _: Embedding(loaded.embedder)),
    (
        "image_judged",
        lambda loaded, policy: ImageScores(
            embedder=loaded.embedder,
            scorer=loaded.scorer,
            rules=policy.rules("image"),
            joint=policy.joint,
            captions=loaded.captions,
        ),
    ),
    ("unlike", lambda loaded, _: Similarity(loaded.embedder, loaded.text_encoder)),
    ("plain", lambda loaded, _: Aesthetics(loaded.embedder, loaded.aesthetics)),
    ("watermarked", lambda loaded, _: Watermark(loaded.embedder, loaded.watermark)),
)


def wanted(
    asked: AbstractSet[str], loaded: LoadedClassifiers, policy: Policy
) -> Iterator[tuple[str, Callable[[], Measure]]]:
    """Who asks, and how the measure is made, for each that one of *asked* needs."""
    for asker, make in _MEASURES:
        if asker in asked:
            yield asker, partial(make, loaded, policy)


def possible(classifiers: Classifiers) -> frozenset[str]:
    """Everybody who can be answered with *classifiers*."""
    c = classifiers
    given = {
        "personal_data": True,
        "blurred": True,
        NEAR: True,
        "listed": bool(c.lists),
        "detoxify": c.detoxify is not None,
        "unlike": c.text is not None or (c.clip is not None and c.clip.is_file()),
        "plain": c.aesthetics is not None,
        "watermarked": c.watermark is not None,
    }
    return frozenset(asker for asker, is_given in given.items() if is_given)
