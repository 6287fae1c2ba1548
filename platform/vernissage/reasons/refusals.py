"""Refusals of an artwork, and the verdicts that a person has outweighed.

All of it is read from the decisions on an artwork, in the order in which they were
taken.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from moderation import Category, Gate, Outcome, Subject
from vernissage.models.artworks import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A *decision* that refused an artwork, and an appeal's effect on it.

    *detected* tells whether a gate had marked the artwork, *upheld* whether a person
    confirmed the refusal on appeal, *ended* when a person granted the appeal.
    """

    decision: Decision
    judged: Subject
    categories: tuple[Category, ...]
    detected: bool
    upheld: bool = False
    ended: datetime | None = None

    @property
    def by_person(self) -> bool:
        """Whether a person took the decision, not a gate."""
        return self.decision.gate == Gate.HUMAN


def standing(decisions: Iterable[Decision]) -> list[Decision]:
    """The *decisions* that count.

    A person's allowance outweighs the verdicts of gates on the same subject, earlier or
    later ones. Subjects that no gate had judged by then are judged as ever.
    """
    return _weighed(decisions)[0]


def allowed(decisions: Iterable[Decision]) -> frozenset[Subject]:
    """The subjects that a person has allowed, whatever gates say of them."""
    return _weighed(decisions)[1]


def refusals(decisions: Sequence[Decision]) -> list[Refusal]:
    """The refusals of one artwork, oldest first; only the last may still be in force.

    A person who refuses what is refused already answers an appeal.
    """
    found: list[Refusal] = []
    for index, decision in enumerate(decisions):
        current = found[-1] if found and found[-1].ended is None else None
        if current is None:
            before = decisions[:index]
            if _refuses(decision) and _counts(decision, before):
                found.append(_refusal(decision, before))
        elif _allows(decision):
            found[-1] = replace(current, ended=decision.decided_at)
        elif decision.gate == Gate.HUMAN:
            found[-1] = replace(current, upheld=True)
    return found


def _refusal(decision: Decision, before: Sequence[Decision]) -> Refusal:
    """The refusal by *decision*; of a person's, the gates *before* name the reasons."""
    crossed = [reason for other in before for reason in other.reasons]
    if decision.gate != Gate.HUMAN:
        crossed = [r for r in decision.reasons if r["outcome"] == _REFUSE]
    names = dict.fromkeys(Category(reason["category"]) for reason in crossed)
    return Refusal(
        decision=decision,
        judged=_subject(decision),
        categories=tuple(names) or (Category.UNSAFE,),
        detected=decision.gate != Gate.HUMAN
        or any(d.outcome != _ALLOW for d in before),
    )


_ALLOW: Final = Outcome.ALLOW.label
_REFUSE: Final = Outcome.REFUSE.label


def _subject(decision: Decision) -> Subject:
    return Gate(decision.gate).subject


def _weighed(
    decisions: Iterable[Decision],
) -> tuple[list[Decision], frozenset[Subject]]:
    counted: list[Decision] = []
    settled: frozenset[Subject] = frozenset()
    for decision in decisions:
        if _allows(decision):
            settled |= {_subject(d) for d in counted}
            counted = [decision]
        elif decision.gate == Gate.HUMAN or _subject(decision) not in settled:
            counted.append(decision)
    return counted, settled


def _counts(decision: Decision, before: Sequence[Decision]) -> bool:
    return decision.gate == Gate.HUMAN or _subject(decision) not in allowed(before)


def _allows(decision: Decision) -> bool:
    return decision.gate == Gate.HUMAN and decision.outcome == _ALLOW


def _refuses(decision: Decision) -> bool:
    return decision.outcome == _REFUSE
