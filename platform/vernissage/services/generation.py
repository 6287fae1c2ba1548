"""Generation: queued artworks become pictures to be published, reviewed or refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Event as Flag
from types import MappingProxyType
from typing import Final
from uuid import UUID

import numpy as np
from PIL.Image import Image
from sqlalchemy.orm import Session, sessionmaker

from generation.errors import GenerationError
from generation.recipe import Safety
from generation.regimes import text_to_image
from generation.request import Embedding, GenerationRequest, PriorOutput, RequestStage
from moderation import EmbeddingGate, ImageGate, JointGate, Outcome, Subject, Verdict
from moderation.protocols import Scores
from vernissage.db.decisions import Decisions
from vernissage.db.queue import Queue
from vernissage.errors import Cancelled, EngineBroken
from vernissage.models.artworks import Artwork
from vernissage.ports import Clock, Engine, Storage
from vernissage.services.batch import Batch, InFlight
from vernissage.services.hash_matching import HashMatcher
from vernissage.services.leases import Leases, LeaseSet
from vernissage.services.publishing import Publisher
from vernissage.states import State

STATES: Final = MappingProxyType(
    {
        Outcome.ALLOW: State.PUBLISHED,
        Outcome.REVIEW: State.IN_REVIEW,
        Outcome.REFUSE: State.REFUSED,
    }
)
"""The state that the worst outcome on record gives a finished artwork."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generator:
    """Claims artworks, generates them together, stores pictures and records verdicts.

    *safety* is how firmly the decoder is steered, *concept_limit* how far an embedding
    may go to what is unsafe. When *stopping* is set, artworks in flight are put down
    between two steps and wait again, as if they had never been begun.
    """

    sessions: sessionmaker[Session]
    leases: Leases
    engine: Engine
    embedding_gate: EmbeddingGate
    matcher: HashMatcher
    image_gate: ImageGate
    joint_gate: JointGate
    safety: Safety
    concept_limit: float | None
    storage: Storage
    publisher: Publisher
    clock: Clock
    stopping: Flag = field(default_factory=Flag)

    def generate_all(self) -> bool:
        """Generate until nothing waits; whether anything did. Raises EngineBroken."""
        return self._paint(None)

    def generate(self, artwork_id: UUID) -> bool:
        """Generate one artwork; False unless it waits for that. Raises EngineBroken."""
        return self._paint(artwork_id)

    def _paint(self, only: UUID | None) -> bool:
        with LeaseSet.open(self.leases) as leases:
            return Batch(
                engine=self.engine,
                leases=leases,
                begin=self._begin,
                advance=self._advance,
                clock=self.clock,
                stopping=self.stopping,
                only=only,
            ).run()

    def _begin(self, artwork: Artwork) -> GenerationRequest:
        with _engine_faults():
            recipe = self.engine.recipe(
                seed=artwork.seed, aspect=artwork.aspect, steps=artwork.steps
            )
            regime = text_to_image(artwork.prompt)
            steered = replace(
                recipe, safety=self.safety, concept_limit=self.concept_limit
            )
            return self.engine.submit(regime, steered)

    def _advance(self, item: InFlight) -> bool:
        """Process the result of one step; whether the artwork is settled with that."""
        item.lease.check()
        request = item.request
        if request.stage is RequestStage.EMBEDDED and request.prior_output is not None:
            verdict = guided_verdict(
                self.embedding_gate, request.prior_output, request.recipe.guidance
            )
            item.embedding_verdict = verdict
            if verdict.refused and not self._is_allowed(item.lease.artwork):
                self._settle(item, None, (verdict,))
                return True
            with _engine_faults():
                self.engine.decode(request)
        if request.error is not None:
            raise request.error
        if request.step > 0:
            item.lease.progress(request.step, request.steps)
        if (picture := request.picture) is None or item.embedding_verdict is None:
            return False
        self._settle(
            item, picture, (item.embedding_verdict, *self._judge_picture(picture))
        )
        return True

    def _judge_picture(self, picture: Image) -> tuple[Verdict, ...]:
        """The verdicts on *picture*: a match in a hash list needs no other verdict."""
        known = self.matcher.match(picture)
        if any(verdict.refused for verdict in known):
            return known
        return *known, self.image_gate.judge(picture)

    def _joint_verdicts(
        self, prompt_scores: Scores, verdicts: tuple[Verdict, ...]
    ) -> tuple[Verdict, ...]:
        """The verdict on prompt and picture together, if there is one."""
        seen = (v.scores for v in verdicts if v.gate == self.image_gate.name)
        found = (self.joint_gate.judge(prompt_scores, scores) for scores in seen)
        return tuple(verdict for verdict in found if verdict is not None)

    def _is_allowed(self, artwork: Artwork) -> bool:
        """Whether a person has allowed the embedding that the gate refuses."""
        with self.sessions() as session:
            return Subject.EMBEDDING in Decisions(session).allowed(artwork.id)

    def _settle(
        self, item: InFlight, picture: Image | None, verdicts: tuple[Verdict, ...]
    ) -> None:
        """Store the file, then record everything in one transaction, then publish."""
        artwork = item.lease.artwork
        key = None if picture is None else self.storage.keep(artwork.id, picture)
        try:
            self._write_down(item, verdicts, key)
        except Cancelled:
            if key is not None:
                self.storage.discard(key)
            raise
        self.publisher.sync(artwork.id)

    def _write_down(
        self, item: InFlight, verdicts: tuple[Verdict, ...], key: str | None
    ) -> None:
        artwork, now = item.lease.artwork, self.clock()
        with self.sessions.begin() as session:
            decisions = Decisions(session)
            prompt_scores = decisions.prompt_scores(artwork.id)
            for verdict in (*verdicts, *self._joint_verdicts(prompt_scores, verdicts)):
                decisions.record(artwork, verdict, now)
            Queue(session).move(
                artwork,
                STATES[decisions.worst(artwork.id)],
                now,
                picture=key,
                model=self.engine.model,
                translation="\n".join(item.request.notes.translated) or None,
            )


@contextmanager
def _engine_faults() -> Iterator[None]:
    """Turn any exception of the engine but GenerationError into EngineBroken."""
    try:
        yield
    except GenerationError:
        raise
    except Exception as error:
        raise EngineBroken("the engine broke down over one picture") from error


def guided_verdict(gate: EmbeddingGate, prior: PriorOutput, guidance: float) -> Verdict:
    """The verdict of *gate* on every embedding that guides the decoder.

    A negative embedding names what is to be avoided, so its scores are not held against
    the artwork: the effect of avoiding it shows in the guided embedding. But if the
    negative cannot be judged, neither can the whole.
    """
    verdict = gate.judge(*guided_embeddings(prior, guidance))
    if prior.negative is None or guidance <= 1 or not verdict.judged:
        return verdict
    avoided = gate.judge(prior.negative)
    return verdict if avoided.judged else avoided


def guided_embeddings(prior: PriorOutput, guidance: float) -> list[Embedding]:
    """The embedding, its parts in a mixture, and where *guidance* pushes it.

    That is e + (g - 1) (e - n), as the decoder's noise is: n + g (e - n) (Ho and
    Salimans 2022, equation 6, with g = 1 + w).
    """
    mixed = [p for p in prior.parts if not np.array_equal(p, prior.embedding)]
    points = [prior.embedding, *mixed]
    if prior.negative is not None and guidance > 1:
        push = prior.embedding - prior.negative
        points.append(prior.embedding + (guidance - 1) * push)
    return points
