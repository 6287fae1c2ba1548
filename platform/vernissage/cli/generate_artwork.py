"""One picture on the command line: workers of this process, progress, output."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from babel.support import NullTranslations
from click import format_filename
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from moderation import Gate
from vernissage.bootstrap.services import build_services
from vernissage.bootstrap.workers import build_local_workers
from vernissage.db import migrate
from vernissage.db.artworks import Artworks
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
from vernissage.settings import Settings
from vernissage.states import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """A settled artwork, its decisions, and its PNG if it is published."""

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
    translations: NullTranslations,
) -> Generated:
    """Submit *prompt* and generate its picture; errors are those of `Submitter`."""
    services = build_services(settings)
    migrate.upgrade(settings.database)
    artwork = services.submitter.submit(
        prompt=prompt, aspect=aspect, owner=_new_owner(), seed=seed, steps=steps
    )
    if artwork.state is not State.REFUSED:
        workers = build_local_workers(settings, services.canceller)
        with _bar(translations) as bar:
            artwork = workers.finish(artwork, bar)
    with services.sessions() as session:
        decisions = Artworks(session)[artwork.id].decisions
    return Generated(
        artwork=artwork,
        decisions=decisions,
        png=services.publisher.public_picture(artwork),
    )


def _new_owner() -> str:
    """A new owner for this one artwork: earlier runs do not count against its limit."""
    return f"cli-{uuid4().hex}"


@dataclass(frozen=True, slots=True)
class Bar:
    """Shows an artwork's events as progress."""

    progress: Progress
    translations: NullTranslations

    def __call__(self, event: Event) -> None:
        """Show *event*."""
        [task] = self.progress.task_ids
        self.progress.update(
            task,
            description=self.translations.gettext(state_label(event.state)),
            completed=event.step or 0,
            total=event.steps,
        )


@contextmanager
def _bar(translations: NullTranslations) -> Iterator[Bar]:
    """A bar on standard error, where that is a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        progress.add_task("", total=None)
        yield Bar(progress, translations)


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
    translations: NullTranslations,
) -> Iterator[str]:
    """Lines for people: state, reason and advice."""
    match artwork.state:
        case State.PUBLISHED:
            values = {"file": format_filename(out), "seed": artwork.seed}
            yield translations.gettext(_FINISHED) % values
        case State.IN_REVIEW:
            yield translations.gettext(_IN_REVIEW)
        case State.REFUSED:
            yield from _explained(decisions, translations)
        case State.FAILED:
            yield translations.gettext(_FAILED)
        case _:
            yield translations.gettext(state_label(artwork.state))


def to_dict(
    artwork: Artwork,
    decisions: Sequence[Decision],
    *,
    out: Path,
    translations: NullTranslations,
) -> dict[str, Any]:
    """The artwork for programs, with every decision on record."""
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
        "message": list(
            to_lines(artwork, decisions, out=out, translations=translations)
        ),
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


def _explained(
    decisions: Sequence[Decision], translations: NullTranslations
) -> Iterator[str]:
    """Lines on the gate that refused, the subject and the advice."""
    found = refusals(decisions)
    if not found:
        yield translations.gettext(refusal(Gate.HUMAN))
        return
    last = found[-1]
    yield translations.gettext(refusal(last.decision.gate))
    yield translations.gettext(_JUDGED) % {
        "judged": translations.gettext(judged_label(last.judged)),
        "decider": translations.gettext(decider(by_person=last.by_person)),
    }
    for category in last.categories:
        label, what = category_label(category), advice(category)
        yield f"{translations.gettext(label)}: {translations.gettext(what)}"
