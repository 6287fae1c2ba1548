"""The scores on record beside the labels that reviewers' decisions give."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from moderation import Category, Gate, Outcome, PolicyTable
from moderation.labelled_scores import LabelledScore
from vernissage.models.artworks import Artwork, Decision

BATCH: Final = 500


def scored(
    session: Session, *, since: datetime, reviewed: bool
) -> Iterator[LabelledScore]:
    """Scores of the artworks submitted *since* then.

    Only of artworks that a person decided on, if *reviewed*.
    """
    wanted = select(Artwork).where(Artwork.submitted_at >= since)
    if reviewed:
        wanted = wanted.where(Artwork.decisions.any(Decision.gate == Gate.HUMAN))
    artworks = session.scalars(
        wanted.order_by(Artwork.submitted_at, Artwork.id)
        .options(selectinload(Artwork.decisions))
        .execution_options(yield_per=BATCH)
    )
    for artwork in artworks:
        yield from _labelled_scores(artwork)


def _labelled_scores(artwork: Artwork) -> Iterator[LabelledScore]:
    confirmed = _confirmed_categories(artwork.decisions)
    for decision in artwork.decisions:
        table = _calibrated_by(Gate(decision.gate))
        if table is None:
            continue
        for name, score in decision.scores.items():
            category = Category(name)
            yield LabelledScore(
                work=str(artwork.id),
                gate=table,
                lang=decision.language,
                category=category,
                score=score,
                label=_label(category, confirmed),
            )


def _calibrated_by(gate: Gate) -> PolicyTable | None:
    """The table that the scores of *gate* calibrate; None where they are no gate's own.

    Joint scores are made of others, and an upload is not the artwork.
    """
    return None if gate in {Gate.JOINT, Gate.UPLOAD} else gate.table


def _confirmed_categories(decisions: Sequence[Decision]) -> frozenset[Category] | None:
    """The categories that a person's last decision names; None without a decision.

    None of them, if the artwork was allowed. If it was refused, those that the person
    named, or else all that had crossed a threshold at any gate: that is what the person
    was asked about.
    """
    human = [decision for decision in decisions if decision.gate == Gate.HUMAN]
    if not human:
        return None
    if human[-1].outcome == Outcome.ALLOW.label:
        return frozenset()
    reasons = human[-1].reasons or [r for d in decisions for r in d.reasons]
    return frozenset(Category(reason["category"]) for reason in reasons)


def _label(category: Category, confirmed: frozenset[Category] | None) -> bool | None:
    """Whether *category* applies to the artwork; None where no person decided.

    A refusal for one category tells nothing about the others.
    """
    if confirmed is None or (confirmed and category not in confirmed):
        return None
    return category in confirmed
