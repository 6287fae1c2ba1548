"""Zero-shot heads: CLIP's own text encoder makes directions of phrases."""

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from math import sqrt
from pathlib import Path
from typing import Any, Self

import numpy as np
from safetensors import SafetensorError

from moderation.errors import ClassifierUnavailable, ModerationError
from moderation.image.heads import Head
from moderation.image.networks import ConceptNetwork, Matrix, directions
from moderation.verdict import Category
from torch_runtime.torchvision_operators import declare_missing_operators

TextEncoder = Callable[[Sequence[str]], Matrix]
"""From n phrases to embeddings [n, d] in the space of the pictures."""

MARGIN = 0.02  # of cosine, by which probes lie below or above the thresholds


@dataclass(frozen=True, slots=True)
class ConceptPhrases:
    """Phrases to look for, with their thresholds and, for concepts, categories."""

    concepts: dict[str, tuple[float, Category]]
    special: dict[str, float]

    @classmethod
    def bundled(cls) -> Self:
        """The phrases of the published checker."""
        return cls.parse((files("moderation") / "training/concepts.toml").read_text())

    @classmethod
    def read(cls, path: Path) -> Self:
        """The phrases in the TOML file *path*, or ModerationError."""
        try:
            return cls.parse(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise ModerationError(f"no concepts in {path}: {error}") from error

    @classmethod
    def parse(cls, text: str) -> Self:
        """The phrases that the TOML *text* spells out, or ModerationError."""
        try:
            document = tomllib.loads(text)
            concepts = {
                phrase: (float(about["threshold"]), Category(about["category"]))
                for phrase, about in document["concepts"].items()
            }
            special = {p: float(a["threshold"]) for p, a in document["special"].items()}
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise ModerationError(f"these are no concepts: {error!r}") from error
        if not concepts or not special:
            raise ModerationError("there must be [concepts] and [special] ones")
        return cls(concepts, special)

    @property
    def categories(self) -> tuple[Category, ...]:
        """The categories that they look for, minors last."""
        shown = {category for _, category in self.concepts.values()} - {Category.MINORS}
        return (*(c for c in Category if c in shown), Category.MINORS)


def concept_head(
    phrases: ConceptPhrases, embed: TextEncoder, *, name: str, encoder: str
) -> Head:
    """The head over *encoder*, a digest, that looks for the *phrases*.

    Its self-test are embeddings as far from the phrases as those of pictures are:
    just below every threshold, and above one of each category.
    """
    concepts = directions(embed(list(phrases.concepts)))
    special = directions(embed(list(phrases.special)))
    bars = [threshold for threshold, _ in phrases.concepts.values()]
    said = [category for _, category in phrases.concepts.values()]
    membership = [[own is category for own in said] for category in phrases.categories]
    network = ConceptNetwork(
        concepts=concepts,
        thresholds=np.array(bars, np.float32),
        special=special,
        special_thresholds=np.array([*phrases.special.values()], np.float32),
        membership=np.array(membership, np.float32),
    )
    harmless, flagged = _probes(network)
    return Head(
        name=name,
        encoder=encoder,
        categories=phrases.categories,
        network=network,
        harmless=harmless,
        flagged=flagged,
    )


def _probes(network: ConceptNetwork) -> tuple[Matrix, Matrix]:
    """Harmless [1, d] and flagged [categories, d] embeddings of length one."""
    known = np.concatenate([network.concepts, network.special])
    bars = np.concatenate([network.thresholds, network.special_thresholds])
    aside = np.linalg.svd(known)[2][-1]
    if np.abs(known @ aside).max() > MARGIN:
        raise ModerationError(f"{len(known)} phrases leave no room in {known.shape}")
    middle = _unit(known.mean(axis=0))
    calm = float(np.min((bars - MARGIN) / np.maximum(known @ middle, 0.1)))
    flagged = []
    for row in network.membership:
        if row.any():
            i = int(row.argmax())
            towards, cosine = known[i], bars[i] + MARGIN
        else:  # only special care makes this category: be near to both
            towards = _unit(network.concepts[0] + network.special[0])
            nearest = [known[0] @ towards, network.special[0] @ towards]
            cosine = bars.max() + MARGIN
            cosine /= min(nearest)
        flagged.append(_at(towards, float(cosine), aside))
    return _at(middle, calm, aside)[np.newaxis], np.stack(flagged)


def _unit(vector: Matrix) -> Matrix:
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def _at(towards: Matrix, cosine: float, aside: Matrix) -> Matrix:
    """The vector of length one at *cosine* to *towards*; the rest of it is *aside*."""
    return np.asarray(cosine * towards + sqrt(1 - cosine**2) * aside, np.float32)


def open_clip_text(file: Path, *, architecture: str) -> TextEncoder:
    """The text encoder in the open_clip *file*, or ClassifierUnavailable."""
    declare_missing_operators()
    import open_clip  # noqa: PLC0415  # torchvision stands behind it
    from safetensors.torch import load_file  # noqa: PLC0415  # beside it

    try:
        model = open_clip.create_model(architecture, pretrained_text=False)
        model.load_state_dict(load_file(file))
    except (OSError, SafetensorError, ValueError, RuntimeError) as error:
        raise ClassifierUnavailable(f"no text encoder in {file}: {error}") from error
    model.train(mode=False)
    return _encoder(model.encode_text)


def transformers_text(folder: Path) -> TextEncoder:
    """The text encoder in *folder*, as Kandinsky's prior ships it beside its tokens."""
    declare_missing_operators()
    from transformers import CLIPTextModelWithProjection  # noqa: PLC0415  # heavy

    try:
        model = CLIPTextModelWithProjection.from_pretrained(
            folder, local_files_only=True, use_safetensors=True
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise ClassifierUnavailable(f"no text encoder in {folder}: {error}") from error
    model.train(mode=False)
    return _encoder(lambda tokens: model(tokens).text_embeds)


def _encoder(forward: Callable[[Any], Any]) -> TextEncoder:
    """Both layouts read the tokens of OpenAI's CLIP."""
    import torch  # noqa: PLC0415  # heavy
    from open_clip import SimpleTokenizer  # noqa: PLC0415  # heavy

    tokenizer = SimpleTokenizer()

    def embed(phrases: Sequence[str]) -> Matrix:
        with torch.inference_mode():
            embeddings = forward(tokenizer(list(phrases), context_length=77))
        return np.asarray(embeddings.float().numpy(), np.float32)

    return embed
