"""From a queued artwork to a picture on its way to a wall, or to nothing."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from uuid import UUID

from PIL.Image import Image
from sqlalchemy.orm import Session, sessionmaker

from moderation import EmbeddingGate, ImageGate, Outcome, Verdict
from vernissage.db.catalogue import Decisions
from vernissage.db.queue import Queue
from vernissage.db.tables import Artwork
from vernissage.errors import Cancelled
from vernissage.flow.hang import Hanger
from vernissage.flow.lease import Lease, Leases
from vernissage.lifecycle import State
from vernissage.ports import Clock, Engine, OnStep, Storage

STATES: Final = MappingProxyType(
    {
        Outcome.ALLOW: State.PUBLISHED,
        Outcome.REVIEW: State.IN_REVIEW,
        Outcome.REFUSE: State.REFUSED,
    }
)
"""What the worst outcome on record makes of a finished artwork."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """What the stages produced, and what each gate said about it."""

    image: Image | None
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Painter:
    """Claims an artwork, renders it, keeps the picture, writes down the verdicts."""

    sessions: sessionmaker[Session]
    leases: Leases
    engine: Engine
    embedding_gate: EmbeddingGate
    image_gate: ImageGate
    storage: Storage
    hanger: Hanger
    clock: Clock

    def paint_next(self) -> bool:
        """Paint the next artwork that waits; False when none does."""
        return self.leases.work_next(State.QUEUED, self._paint)

    def paint(self, artwork_id: UUID) -> bool:
        """Paint one artwork; False unless it waits for that."""
        return self.leases.work_on(artwork_id, State.QUEUED, self._paint)

    def _paint(self, lease: Lease) -> None:
        rendering = self._render(lease.artwork, lease.progress)
        key = None
        if rendering.image is not None:
            key = self.storage.keep(lease.artwork.id, rendering.image)
        try:
            self._write_down(lease.artwork, rendering, key)
        except Cancelled:
            if key is not None:
                self.storage.discard(key)
            raise
        self.hanger.hang(lease.artwork.id)

    def _render(self, artwork: Artwork, on_step: OnStep) -> Rendering:
        """Prior, embedding gate, decoder, image gate."""
        recipe = self.engine.recipe(
            seed=artwork.seed, aspect=artwork.aspect, steps=artwork.steps
        )
        embedding = self.engine.prior(artwork.prompt, recipe)
        early = self.embedding_gate.judge(embedding)
        if early.refused:
            return Rendering(None, (early,))
        image = self.engine.decoder(artwork.prompt, embedding, recipe, on_step)
        return Rendering(image, (early, self.image_gate.judge(image)))

    def _write_down(
        self, artwork: Artwork, rendering: Rendering, key: str | None
    ) -> None:
        now = self.clock()
        with self.sessions.begin() as session:
            decisions = Decisions(session)
            for verdict in rendering.verdicts:
                decisions.record(artwork, verdict, now)
            wanted = STATES[decisions.worst(artwork.id)]
            made_by = self.engine.model
            Queue(session).move(artwork, wanted, now, picture=key, model=made_by)
