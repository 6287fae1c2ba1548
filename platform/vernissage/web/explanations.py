"""Explanations of a refusal and of how to appeal, in the visitor's language."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from flask import url_for
from sqlalchemy.orm import Session

from vernissage.bootstrap.services import Services
from vernissage.db.appeals import Appeals
from vernissage.messages import N_, advice, category_label, decider, judged_label
from vernissage.models.appeals import Appeal
from vernissage.models.artworks import Artwork
from vernissage.reasons.refusals import Refusal, refusals
from vernissage.reasons.statements import Statement, statement
from vernissage.services.appeals import LONGEST
from vernissage.states import State
from vernissage.web.languages import format_day, gettext

NOT_SHOWN: Final = frozenset({State.REFUSED, State.APPEALED})

POSSIBLE: Final = N_(
    "If you think this is a mistake, you may appeal once, until %(day)s: say why in a"
    " few words. A person who took no part in the decision will look again."
)
OPEN: Final = N_(
    "Your appeal has arrived. A person who took no part in the decision will look"
    " again, by %(day)s."
)
TOO_LATE: Final = N_("The time to appeal ended on %(day)s.")
GRANTED: Final = N_(
    "Your appeal was granted: a person looked again and reversed the refusal."
)
UPHELD: Final = N_(
    "Your appeal was rejected: a person looked again and came to the same decision."
)


@dataclass(frozen=True, slots=True)
class Advice:
    """Reason for a refusal in one category, and what to change."""

    category: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionSummary:
    """The *judged* subject and the decider (``machine`` or ``person``), with labels."""

    judged: str
    judged_label: str
    decided_by: str
    decided_by_label: str
    decided_on: str

    @classmethod
    def of(cls, refusal: Refusal) -> Self:
        """The summary of *refusal*."""
        by_person = refusal.by_person
        return cls(
            judged=refusal.judged.value,
            judged_label=gettext(judged_label(refusal.judged)),
            decided_by="person" if by_person else "machine",
            decided_by_label=gettext(decider(by_person=by_person)),
            decided_on=refusal.decision.decided_at.date().isoformat(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealStatus:
    """The state of an appeal: possible, too_late, open, granted or upheld.

    Until *deadline*, an ISO 8601 day, the owner may appeal where that is possible, and
    a person is to answer where it is open. The *words* are the owner's, *longest*
    characters at most; an appeal is sent to *url*.
    """

    state: str
    sentence: str
    deadline: str | None
    words: str | None
    url: str
    longest: int

    @classmethod
    def of(cls, artwork: Artwork, appeal: Appeal | None, services: Services) -> Self:
        """The status of the *appeal* for *artwork*, if there is one."""
        deadline = None
        if appeal is not None:
            state, sentence = _ANSWERS[appeal.granted]
            if appeal.granted is None:
                deadline = services.appeals.answer_by(appeal)
        else:
            state, sentence = "possible", POSSIBLE
            deadline = services.appeals.appeal_by(artwork)
            if deadline < services.clock():
                state, sentence = "too_late", TOO_LATE
        day = "" if deadline is None else format_day(deadline)
        return cls(
            state=state,
            sentence=gettext(sentence, day=day),
            deadline=None if deadline is None else deadline.date().isoformat(),
            words=appeal.words if appeal is not None else None,
            url=url_for("api.appeal", artwork_id=artwork.id),
            longest=LONGEST,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The explanation of a refusal; parts that are None are not to be shown."""

    advice: list[Advice]
    reasons: DecisionSummary | None
    statement: Statement | None
    appeal: AppealStatus | None

    @classmethod
    def of(
        cls, session: Session, artwork: Artwork, state: State, services: Services
    ) -> Self:
        """The explanation for *artwork* when it was in *state*."""
        appeal = Appeals(session).of(artwork.id)
        if state not in NOT_SHOWN:
            status = (
                None if appeal is None else AppealStatus.of(artwork, appeal, services)
            )
            return cls(advice=[], reasons=None, statement=None, appeal=status)
        status = AppealStatus.of(artwork, appeal, services)
        refusal = latest_refusal(artwork)
        if refusal is None:
            return cls(advice=[], reasons=None, statement=None, appeal=status)
        return cls(
            advice=_advice(refusal),
            reasons=DecisionSummary.of(refusal),
            statement=statement(
                refusal, submitted_at=artwork.submitted_at, translate=gettext
            ),
            appeal=status,
        )


_ANSWERS: Final = {
    None: ("open", OPEN),
    True: ("granted", GRANTED),
    False: ("upheld", UPHELD),
}


def latest_refusal(artwork: Artwork) -> Refusal | None:
    """The last refusal of *artwork*; None when there never was one."""
    found: Sequence[Refusal] = refusals(artwork.decisions)
    return found[-1] if found else None


def _advice(refusal: Refusal) -> list[Advice]:
    return [
        Advice(gettext(category_label(category)), gettext(advice(category)))
        for category in refusal.categories
    ]
