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
    works = session.scalars(
        wanted.order_by(Artwork.submitted_at, Artwork.id)
        .options(selectinload(Artwork.decisions))
        .execution_options(yield_per=BATCH)
    )
    for work in works:
        yield from _of(work)


def _of(work: Artwork) -> Iterator[LabelledScore]:
    blamed = _blamed(work.decisions)
    for decision in work.decisions:
        table = _calibrated_by(Gate(decision.gate))
        if table is None:
            continue
        for name, score in decision.scores.items():
            category = Category(name)
            yield LabelledScore(
                work=str(work.id),
                gate=table,
                lang=decision.language,
                category=category,
                score=score,
                label=_label(category, blamed),
            )


def _calibrated_by(gate: Gate) -> PolicyTable | None:
    """The table that the scores of *gate* calibrate; None where they are no gate's own.

    Joint scores are made of others, and an upload is not the artwork.
    """
    return None if gate in {Gate.JOINT, Gate.UPLOAD} else gate.table


def _blamed(decisions: Sequence[Decision]) -> frozenset[Category] | None:
    """The categories that a person's last decision names; None without a decision.

    None of them, if the artwork was allowed. If it was refused, those that the person
    named, or else all that had crossed a threshold at any gate: that is what the person
    was asked about.
    """
    words = [decision for decision in decisions if decision.gate == Gate.HUMAN]
    if not words:
        return None
    if words[-1].outcome == Outcome.ALLOW.label:
        return frozenset()
    said = words[-1].reasons or [r for d in decisions for r in d.reasons]
    return frozenset(Category(reason["category"]) for reason in said)


def _label(category: Category, blamed: frozenset[Category] | None) -> bool | None:
    """Whether *category* applies to the artwork; None where no person decided.

    A refusal for one category tells nothing about the others.
    """
    if blamed is None or (blamed and category not in blamed):
        return None
    return category in blamed
