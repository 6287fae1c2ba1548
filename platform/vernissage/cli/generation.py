"""The whole flow for one prompt, followed on a progress bar."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

from babel.support import NullTranslations
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from vernissage.bootstrap.services import build_services
from vernissage.bootstrap.workers import build_screener, build_sweeper
from vernissage.cli.local_workers import LocalWorkers
from vernissage.db import migrate
from vernissage.db.artworks import Artworks
from vernissage.messages import state_label
from vernissage.models.artworks import Artwork, Decision, Event
from vernissage.services.generation import Generator
from vernissage.settings import Settings
from vernissage.states import State


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
