"""What a painter process needs: the networks and everything after them."""

from functools import partial

from generation.engine import Engine
from generation.errors import GenerationError
from generation.recipe import Safety
from moderation import EmbeddingGate, ImageGate, JointGate, Policy
from moderation.image.heads import Heads
from vernissage.bootstrap import components
from vernissage.bootstrap.classifiers import Missing, loaded
from vernissage.bootstrap.gates import image_scorer
from vernissage.errors import SettingsError
from vernissage.services.generation import Painter
from vernissage.services.hash_matching import Matcher
from vernissage.settings import Settings


def studio(settings: Settings) -> Painter:
    """The painter that *settings* describe."""
    sessions, policy = components.sessions(settings), components.policy(settings)
    painting = engine(settings)
    embedding_gate, image_gate = gates(settings, policy, painting)
    return Painter(
        sessions=sessions,
        leases=components.leases(settings, sessions),
        engine=painting,
        embedding_gate=embedding_gate,
        matcher=Matcher(sessions=sessions, policy=policy),
        image_gate=image_gate,
        joint_gate=JointGate(policy=policy, shadow=components.shadow(settings)),
        safety=Safety(policy.safety),
        away=policy.away,
        storage=components.storage(settings),
        hanger=components.hanger(settings, sessions),
        clock=components.now,
    )


def engine(settings: Settings) -> Engine:
    """The engine over the weights in force, or SettingsError."""
    try:
        return Engine.load(
            components.weights(settings),
            device=settings.device,
            dtype=settings.dtype,
            capacity=settings.slots,
            translation=settings.translation,
        )
    except GenerationError as error:
        raise SettingsError(f"no painter without its networks: {error}") from error


def gates(
    settings: Settings, policy: Policy, engine: Engine
) -> tuple[EmbeddingGate, ImageGate]:
    """The gates behind the prior and behind the decoder, over one set of heads.

    Heads fit one encoder only, and they are tried on the engine's own unless another
    one is set.
    """
    prior = engine.pipeline.weights.prior
    encoder, processor = prior / "image_encoder", prior / "image_processor"
    load = partial(image_scorer, settings, encoder, processor)
    scorer = loaded("image-heads", load)
    heads: Heads | Missing = scorer if isinstance(scorer, Missing) else scorer.heads
    shadow = components.shadow(settings)
    return (
        EmbeddingGate(classifiers=[heads], policy=policy, shadow=shadow),
        ImageGate(classifiers=[scorer], policy=policy, shadow=shadow),
    )
