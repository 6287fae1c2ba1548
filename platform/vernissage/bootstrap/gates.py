"""The gates of every process, over the classifiers that the settings name.

Imports no networks: those are loaded when a gate that needs them is built.
"""

from functools import partial
from pathlib import Path

from moderation import EmbeddingGate, Gate, ImageGate, PromptGate
from moderation.clip import OpenClip, TransformersClip
from moderation.image.heads import Heads, ImageScorer
from moderation.protocols import TextClassifier
from vernissage.bootstrap import components
from vernissage.bootstrap.prompt_gate import (
    MissingClassifier,
    load_all_or_missing,
    load_or_missing,
    prompt_gate,
)
from vernissage.services.hash_matching import HashMatcher
from vernissage.services.uploads import UploadReader
from vernissage.settings import Settings


def screening_gate(settings: Settings) -> PromptGate | None:
    """The gate of the screener: Detoxify, where its folder is set, else None."""
    if settings.detoxify is None:
        return None
    return PromptGate(
        name=Gate.SCREENING,
        classifiers=load_all_or_missing(
            "detoxify", partial(_detoxify, settings.detoxify, settings)
        ),
        policy=components.policy(settings),
        shadow=components.shadow(settings),
    )


def text_gate(settings: Settings) -> PromptGate:
    """One gate over every classifier that reads a prompt before generation."""
    first, second = prompt_gate(settings), screening_gate(settings)
    return PromptGate(
        classifiers=(*first.classifiers, *(second.classifiers if second else ())),
        policy=components.policy(settings),
    )


def image_gate(settings: Settings) -> ImageGate:
    """The gate for finished pictures; loads the encoder and no other network."""
    scorer = load_or_missing("image-heads", partial(_scorer, settings))
    return ImageGate(classifiers=[scorer], policy=components.policy(settings))


def generation_gates(settings: Settings) -> tuple[EmbeddingGate, ImageGate]:
    """The gates behind the prior and behind the decoder, over one set of heads."""
    scorer = load_or_missing("image-heads", partial(_scorer, settings))
    heads: Heads | MissingClassifier = (
        scorer if isinstance(scorer, MissingClassifier) else scorer.heads
    )
    policy, shadow = components.policy(settings), components.shadow(settings)
    return (
        EmbeddingGate(classifiers=[heads], policy=policy, shadow=shadow),
        ImageGate(classifiers=[scorer], policy=policy, shadow=shadow),
    )


def upload_reader(settings: Settings) -> UploadReader:
    """The reader of uploaded pictures; loads what `image_gate` does."""
    return UploadReader(matcher=hash_matcher(settings), image_gate=image_gate(settings))


def hash_matcher(settings: Settings) -> HashMatcher:
    """The search for known pictures in the lists of the database in force."""
    return HashMatcher(
        sessions=components.sessions(settings), policy=components.policy(settings)
    )


def _scorer(settings: Settings) -> ImageScorer:
    """The heads in force over the CLIP that is set, or over the generator's own.

    Heads fit one encoder only, and say so when it is another one.
    """
    clip: OpenClip | TransformersClip
    if settings.clip is None:
        from generation.checkpoints.weights import Weights  # noqa: PLC0415  # torch

        prior = Weights.find(components.weights(settings)).prior
        encoder, processor = prior / "image_encoder", prior / "image_processor"
        clip = TransformersClip.load(encoder, processor, device=settings.device)
    else:
        clip = OpenClip.load(settings.clip, device=settings.device)
    heads = Heads.bundled() if settings.heads is None else Heads.load(settings.heads)
    return ImageScorer(encoder=clip, heads=heads)


def _detoxify(folder: Path, settings: Settings) -> tuple[TextClassifier, ...]:
    from moderation.text.detoxify import Detoxify  # noqa: PLC0415  # torch

    int8 = settings.detoxify_dtype == "int8"
    return (Detoxify.load(folder, device=settings.detoxify_device, int8=int8),)
