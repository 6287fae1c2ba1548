"""Review pages for appeals: the open ones, and the answers to them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from vernissage.db.appeals import Appeals
from vernissage.models.appeals import Appeal
from vernissage.reasons.refusals import Refusal
from vernissage.services.appeals import OUTCOMES
from vernissage.web.auth import require_reviewer
from vernissage.web.context import current_services
from vernissage.web.explanations import latest_refusal
from vernissage.web.review import Case
from vernissage.web.review_forms import actor, back, chosen, note

bp = Blueprint("appeals", __name__, url_prefix="/desk")
bp.before_request(require_reviewer)


@dataclass(frozen=True, slots=True)
class AppealCase:
    """A case with the *refusal* that its owner contests, and the *appeal*.

    It is to be answered by the moment *answer_by*; *overdue* says that this is past.
    """

    case: Case
    refusal: Refusal | None
    appeal: Appeal
    answer_by: datetime
    overdue: bool

    @classmethod
    def of(cls, appeal: Appeal) -> Self:
        """The case of *appeal*, whose session is still open."""
        services = current_services()
        answer_by = services.appeals.answer_by(appeal)
        return cls(
            case=Case.of(appeal.artwork),
            refusal=latest_refusal(appeal.artwork),
            appeal=appeal,
            answer_by=answer_by,
            overdue=answer_by < services.clock(),
        )

    def own(self, name: str) -> bool:
        """Whether the person of that *name* refused the artwork, and may not answer."""
        return self.refusal is not None and self.refusal.decision.actor == name


@bp.get("/appeals")
def queue() -> ResponseReturnValue:
    """The open appeals, oldest first."""
    with current_services().sessions() as session:
        cases = [AppealCase.of(appeal) for appeal in Appeals(session).open()]
    return render_template("appeals.html", cases=cases)


@bp.post("/artworks/<uuid:artwork_id>/appeal")
def answer(artwork_id: UUID) -> ResponseReturnValue:
    """Grant the appeal or uphold the refusal, and record who answered."""
    current_services().appeals.answer(
        artwork_id,
        outcome=chosen("outcome", OUTCOMES),
        actor=actor(),
        note=note(),
    )
    return back(url_for("appeals.queue"))
