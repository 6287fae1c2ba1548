"""What judges texts and pictures outside the flow: the same classifiers and policy."""

from functools import partial
from pathlib import Path

from moderation import ImageGate, PromptGate
from moderation.bundled import bundled_heads
from moderation.clip import OpenClip, TransformersClip
from moderation.image.heads import Heads, ImageScorer
from vernissage.bootstrap import components
from vernissage.bootstrap.classifiers import loaded
from vernissage.bootstrap.screening import screening_gate
from vernissage.bootstrap.services import prompt_gate
from vernissage.services.hash_matching import Matcher
from vernissage.services.uploads import Receiver
from vernissage.settings import Settings


def text_gate(settings: Settings) -> PromptGate:
    """Everything that reads a prompt before it is painted, as one gate."""
    policy = components.policy(settings)
    door, screener = prompt_gate(policy), screening_gate(settings)
    return PromptGate(
        classifiers=(*door.classifiers, *screener.classifiers),
        policy=policy,
    )


def picture_gate(settings: Settings) -> ImageGate:
    """What looks at a finished picture; loads the encoder and no other network."""
    scorer = loaded("image-heads", partial(_own_scorer, settings))
    return ImageGate(classifiers=[scorer], policy=components.policy(settings))


def receiver(settings: Settings) -> Receiver:
    """What reads and judges a stranger's picture; loads what `picture_gate` does."""
    sessions, policy = components.sessions(settings), components.policy(settings)
    return Receiver(
        matcher=Matcher(sessions=sessions, policy=policy),
        image_gate=picture_gate(settings),
    )


def image_scorer(settings: Settings, encoder: Path, processor: Path) -> ImageScorer:
    """The heads in force over their CLIP.

    Unless one is set, that is the one in the folders *encoder* and *processor*.
    """
    clip: OpenClip | TransformersClip
    if settings.clip is None:
        clip = TransformersClip.load(encoder, processor, device=settings.device)
    else:
        clip = OpenClip.load(settings.clip, device=settings.device)
    heads = bundled_heads() if settings.heads is None else Heads.load(settings.heads)
    return ImageScorer(encoder=clip, heads=heads)


def _own_scorer(settings: Settings) -> ImageScorer:
    from generation.checkpoints.weights import Weights  # noqa: PLC0415  # torch

    prior = Weights.find(components.weights(settings)).prior
    return image_scorer(settings, prior / "image_encoder", prior / "image_processor")
