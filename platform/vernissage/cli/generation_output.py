"""What became of an artwork, for people and for programs."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from babel.support import NullTranslations
from click import format_filename

from moderation import Gate
from vernissage.messages import (
    N_,
    advice,
    category_label,
    decider,
    judged_label,
    refusal,
    state_label,
)
from vernissage.models.artworks import Artwork, Decision
from vernissage.reasons.refusals import refusals
from vernissage.states import State

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


def told(
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


def described(
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
        "message": list(told(artwork, decisions, out=out, words=words)),
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
