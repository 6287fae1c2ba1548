"""What became of an artwork, for people and for programs."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from babel.support import NullTranslations
from click import format_filename

from moderation import Category, Outcome
from vernissage.db.catalogue import HUMAN
from vernissage.db.tables import Artwork, Decision
from vernissage.lifecycle import State
from vernissage.messages import N_, advice, category_label, refusal, state_label

_FINISHED = N_("Finished: %(file)s (seed %(seed)s)")
_IN_REVIEW = N_(
    "Our judges were not sure, so a person will look at this picture before it is"
    " shown."
)
_FAILED = N_(
    "The painting failed several times. That is our fault and not your prompt's:"
    " please try again."
)


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
            yield words.gettext(refusal(_refuser(decisions)))
            for category in _categories(decisions):
                label, what = category_label(category), advice(category)
                yield f"{words.gettext(label)}: {words.gettext(what)}"
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


def _refuser(decisions: Sequence[Decision]) -> str:
    """The gate that refused last."""
    refusing = [d.gate for d in decisions if d.outcome == Outcome.REFUSE.label]
    return refusing[-1] if refusing else HUMAN


def _categories(decisions: Sequence[Decision]) -> list[Category]:
    """What was refused, each category once, in the order of the gates."""
    return list(
        dict.fromkeys(
            Category(reason["category"])
            for decision in decisions
            for reason in decision.reasons
            if reason["outcome"] == Outcome.REFUSE.label
        )
    )
