"""Submission: a prompt becomes an artwork that waits, or that was refused."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy.orm import Session, sessionmaker

from generation import ASPECTS
from generation.recipe import LARGEST_SEED, MOST_STEPS
from moderation import PromptGate
from moderation.language import language
from moderation.text.canonical import Canonical, canonical
from vernissage.db.artworks import Artworks
from vernissage.db.decisions import Decisions
from vernissage.db.events import Events
from vernissage.db.queue import Queue
from vernissage.errors import BadInput, TooMany
from vernissage.messages import N_
from vernissage.models.artworks import Artwork
from vernissage.ports import Clock, WorkNotifier
from vernissage.states import State

UNREADABLE: Final = N_("The prompt is not valid UTF-8 text.")
EMPTY: Final = N_("The prompt is empty: say what to paint.")
TOO_LONG: Final = N_(
    "The prompt may have at most %(most)s characters, and this one has %(got)s."
)
UNKNOWN_ASPECT: Final = N_("The aspect ratio must be one of %(known)s.")
BAD_SEED: Final = N_("The seed must be from 0 to %(most)s, not %(got)s.")
BAD_STEPS: Final = N_("The number of steps must be from 1 to %(most)s, not %(got)s.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitter:
    """Brings a prompt into canonical form, judges it and records both.

    *new_seed* draws a seed for requests that name none.
    """

    sessions: sessionmaker[Session]
    gate: PromptGate
    notifier: WorkNotifier
    clock: Clock
    new_seed: Callable[[], int]
    longest_prompt: int
    waiting_per_owner: int

    def submit(
        self,
        *,
        prompt: str,
        aspect: str,
        owner: str,
        seed: int | None = None,
        steps: int | None = None,
    ) -> Artwork:
        """The new artwork, submitted or refused; raises BadInput or TooMany."""
        canonical_prompt = self._canonical(prompt)
        text = canonical_prompt.text
        _check_recipe(aspect, seed, steps)
        verdict, now = self.gate.judge(text), self.clock()
        artwork = Artwork(
            id=uuid4(),
            owner=owner,
            prompt=text,
            language=language(text),
            aspect=aspect,
            seed=self.new_seed() if seed is None else seed,
            steps=steps,
            changes=canonical_prompt.changed,
            state=State.REFUSED if verdict.refused else State.SUBMITTED,
            attempt=0,
            submitted_at=now,
            changed_at=now,
        )
        with self.sessions.begin() as session:
            self._check_room(session, owner)
            session.add(artwork)
            session.flush()
            Decisions(session).record(artwork, verdict, now)
            Events(session).record(artwork, now)
        if artwork.state is State.SUBMITTED:
            self.notifier.screening()
        return artwork

    def _canonical(self, prompt: str) -> Canonical:
        """The canonical *prompt*, or BadInput."""
        if "\ufffd" in prompt or not _encodable(prompt):
            raise BadInput("prompt", UNREADABLE)
        # measured before as well: no time goes into what will not be painted
        self._check_length(prompt)
        canonical_prompt = canonical(prompt)
        if not canonical_prompt.text:
            raise BadInput("prompt", EMPTY)
        self._check_length(canonical_prompt.text)
        return canonical_prompt

    def _check_length(self, text: str) -> None:
        if len(text) > self.longest_prompt:
            raise BadInput("prompt", TOO_LONG, most=self.longest_prompt, got=len(text))

    def _check_room(self, session: Session, owner: str) -> None:
        if Artworks(session).count_in_progress(owner) >= self.waiting_per_owner:
            raise TooMany(
                f"{self.waiting_per_owner} works of one owner are under way already"
            )


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_recipe(aspect: str, seed: int | None, steps: int | None) -> None:
    if aspect not in ASPECTS:
        raise BadInput("aspect", UNKNOWN_ASPECT, known=", ".join(ASPECTS))
    if seed is not None and not 0 <= seed <= LARGEST_SEED:
        raise BadInput("seed", BAD_SEED, most=LARGEST_SEED, got=seed)
    if steps is not None and not 1 <= steps <= MOST_STEPS:
        raise BadInput("steps", BAD_STEPS, most=MOST_STEPS, got=steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Canceller:
    """Cancels artworks; a worker learns of it when it renews its lease."""

    sessions: sessionmaker[Session]
    clock: Clock

    def cancel(self, artwork_id: UUID, *, owner: str) -> Artwork:
        """Cancel for its *owner*; a second time changes nothing.

        NotFound for anybody else, WrongState when it is finished.
        """
        with self.sessions.begin() as session:
            artworks = Artworks(session)
            artworks.get_owned(artwork_id, owner)
            artwork = artworks.get_for_update(artwork_id)
            if artwork.state is State.CANCELLED:
                return artwork
            return Queue(session).move(artwork, State.CANCELLED, self.clock())
