"""A picture from the command line: the workers of this process, progress, output."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event as Flag
from time import sleep
from typing import Any, Final
from uuid import UUID, uuid4

from babel.support import NullTranslations
from click import format_filename
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy.orm import Session, sessionmaker

from moderation import Gate
from vernissage.bootstrap.services import build_services
from vernissage.bootstrap.workers import build_screener, build_sweeper
from vernissage.db import migrate
from vernissage.db.artworks import Artworks
from vernissage.db.events import Events
from vernissage.errors import VernissageError
from vernissage.messages import (
    N_,
    advice,
    category_label,
    decider,
    judged_label,
    refusal,
    state_label,
)
from vernissage.models.artworks import Artwork, Decision, Event
from vernissage.reasons.refusals import refusals
from vernissage.services.generation import Generator
from vernissage.services.recovery import Sweeper
from vernissage.services.screening import Screener
from vernissage.services.submission import Canceller
from vernissage.settings import Settings
from vernissage.states import FINAL, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """A settled artwork, what was decided about it, and its PNG if it may be seen."""

    artwork: Artwork
    decisions: Sequence[Decision]
    png: bytes | None


def generate_artwork(  # noqa: PLR0913  # what a picture is made of, and whom to tell
    settings: Settings,
    *,
    prompt: str,
    aspect: str,
    seed: int | None,
    steps: int | None,
    words: NullTranslations,
) -> Generated:
    """Submit *prompt* and have it painted; raises what the submitter raises."""
    services = build_services(settings)
    migrate.upgrade(settings.database)
    artwork = services.submitter.submit(
        prompt=prompt, aspect=aspect, owner=_nobody(), seed=seed, steps=steps
    )
    if artwork.state is not State.REFUSED:
        workers = LocalWorkers(
            sessions=services.sessions,
            screener=build_screener(settings),
            build_generator=partial(_build_generator, settings),
            sweeper=build_sweeper(settings),
            canceller=services.canceller,
        )
        with _bar(words) as bar:
            artwork = workers.finish(artwork, bar)
    with services.sessions() as session:
        decisions = Artworks(session)[artwork.id].decisions
    return Generated(
        artwork=artwork,
        decisions=decisions,
        png=services.publisher.public_picture(artwork),
    )


def _nobody() -> str:
    """An owner of this one work: what an earlier run left behind is not in its way."""
    return f"cli-{uuid4().hex}"


def _build_generator(settings: Settings) -> Generator:
    from vernissage.bootstrap.workers import build_generator

    return build_generator(settings)


@dataclass(frozen=True, slots=True)
class Bar:
    """Shows an artwork's events as progress."""

    progress: Progress
    words: NullTranslations

    def __call__(self, event: Event) -> None:
        """Show *event*."""
        [task] = self.progress.task_ids
        self.progress.update(
            task,
            description=self.words.gettext(state_label(event.state)),
            completed=event.step or 0,
            total=event.steps,
        )


@contextmanager
def _bar(words: NullTranslations) -> Iterator[Bar]:
    """A bar on standard error, where that is a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        progress.add_task("", total=None)
        yield Bar(progress, words)


_FINISHED = N_("Ready: %(file)s (seed %(seed)s)")
_IN_REVIEW = N_(
    "The automatic check was not sure, so a reviewer will look at this picture before"
    " it is shown."
)
_FAILED = N_(
    "Painting failed several times. This is our fault, not your prompt's. Please try"
    " again."
)
_JUDGED = N_("What was checked: %(judged)s. Who decided: %(decider)s.")


def to_lines(
    artwork: Artwork,
    decisions: Sequence[Decision],
    *,
    out: Path,
    words: NullTranslations,
) -> Iterator[str]:
    """Lines for people: what happened, why, and what to change."""
    match artwork.state:
        case State.PUBLISHED:
            values = {"file": format_filename(out), "seed": artwork.seed}
            yield words.gettext(_FINISHED) % values
        case State.IN_REVIEW:
            yield words.gettext(_IN_REVIEW)
        case State.REFUSED:
            yield from _explained(decisions, words)
        case State.FAILED:
            yield words.gettext(_FAILED)
        case _:
            yield words.gettext(state_label(artwork.state))


def to_dict(
    artwork: Artwork,
    decisions: Sequence[Decision],
    *,
    out: Path,
    words: NullTranslations,
) -> dict[str, Any]:
    """The same for programs, with every decision on record."""
    published = artwork.state is State.PUBLISHED
    return {
        "id": str(artwork.id),
        "state": artwork.state.value,
        "out": str(out) if published else None,
        "prompt": artwork.prompt,
        "translation": artwork.translation,
        "language": artwork.language,
        "aspect": artwork.aspect,
        "seed": artwork.seed,
        "steps": artwork.steps,
        "model": artwork.model,
        "message": list(to_lines(artwork, decisions, out=out, words=words)),
        "decisions": [
            {
                "gate": decision.gate,
                "outcome": decision.outcome,
                "judged": decision.judged,
                "reasons": decision.reasons,
                "scores": decision.scores,
                "policy": decision.policy,
                "models": decision.models,
            }
            for decision in decisions
        ],
    }


def _explained(decisions: Sequence[Decision], words: NullTranslations) -> Iterator[str]:
    """What refused, what it looked at, and what to change."""
    found = refusals(decisions)
    if not found:
        yield words.gettext(refusal(Gate.HUMAN))
        return
    last = found[-1]
    yield words.gettext(refusal(last.decision.gate))
    yield words.gettext(_JUDGED) % {
        "judged": words.gettext(judged_label(last.judged)),
        "decider": words.gettext(decider(by_person=last.by_person)),
    }
    for category in last.categories:
        label, what = category_label(category), advice(category)
        yield f"{words.gettext(label)}: {words.gettext(what)}"


SETTLED: Final = FINAL | {State.IN_REVIEW}
LOOK_EVERY: Final = 0.1
"""Seconds between two looks at the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalWorkers:
    """Screener and generator of this process, under the same leases as all others.

    *build_generator* loads the networks, so it is called when there is something to
    generate. The sweeper takes the artwork back from a worker that died.
    """

    sessions: sessionmaker[Session]
    screener: Screener
    build_generator: Callable[[], Generator]
    sweeper: Sweeper
    canceller: Canceller

    def finish(self, artwork: Artwork, on_event: Callable[[Event], None]) -> Artwork:
        """The settled *artwork*; whatever interrupts this cancels it."""
        over = Flag()
        with ThreadPoolExecutor(1, "workers") as pool:
            work = pool.submit(self._work, artwork.id, over)
            try:
                return self._follow(artwork.id, work, on_event)
            except BaseException:
                with suppress(VernissageError):
                    self.canceller.cancel(artwork.id, owner=artwork.owner)
                raise
            finally:
                over.set()

    def _follow(
        self, artwork_id: UUID, work: Future[None], on_event: Callable[[Event], None]
    ) -> Artwork:
        seen = 0
        while True:
            with self.sessions() as session:
                artwork = Artworks(session)[artwork_id]
                for event in Events(session).after(artwork_id, seen):
                    on_event(event)
                    seen = event.id
            if artwork.state in SETTLED:
                return artwork
            if work.done():
                work.result()
            sleep(LOOK_EVERY)

    def _work(self, artwork_id: UUID, over: Flag) -> None:
        generator: Generator | None = None
        while not over.is_set():
            if self.screener.screen(artwork_id):
                continue
            if self._waits_for_a_generator(artwork_id):
                generator = generator or self.build_generator()
                generator.generate(artwork_id)
                continue
            self.sweeper.sweep()
            over.wait(LOOK_EVERY)

    def _waits_for_a_generator(self, artwork_id: UUID) -> bool:
        with self.sessions() as session:
            return Artworks(session)[artwork_id].state is State.QUEUED
