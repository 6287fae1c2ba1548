"""Review page for the decision log: gate or person, artwork, day and reasons."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from moderation import Outcome
from vernissage.db.decisions import Decisions
from vernissage.errors import BadInput
from vernissage.messages import GATES, LANGUAGES, N_
from vernissage.web.auth import require_reviewer
from vernissage.web.context import current_services

PAGE_SIZE: Final = 50
OTHER: Final = N_("Another language")

bp = Blueprint("decisions", __name__, url_prefix="/desk/decisions")
bp.before_request(require_reviewer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Filters of the log; empty means all. Days are UTC, both included."""

    gate: str = ""
    outcome: str = ""
    language: str = ""
    policy: str = ""
    since: str = ""
    until: str = ""
    artwork: str = ""

    @classmethod
    def asked(cls, arguments: Mapping[str, str]) -> Self:
        """The filters that the *arguments* of an address name."""
        names = [field.name for field in fields(cls)]
        return cls(**{name: arguments.get(name, "").strip() for name in names})

    @property
    def search(self) -> dict[str, Any]:
        """The arguments of the search, or BadInput naming the day that is not valid."""
        wanted: dict[str, Any] = {k: v or None for k, v in asdict(self).items()}
        if self.since:
            wanted["since"] = _day("since", self.since)
        if self.until:
            wanted["until"] = _day("until", self.until, later=1)
        return wanted

    @property
    def given(self) -> dict[str, str]:
        """The filters that are not empty, to carry on to the next page."""
        return {name: value for name, value in asdict(self).items() if value}


@bp.get("")
def show() -> ResponseReturnValue:
    """One page of the log, newest first."""
    filters = Filters.asked(request.args)
    before = request.args.get("before", type=int)
    with current_services().sessions() as session:
        found = Decisions(session).search(
            **filters.search, before=before, limit=PAGE_SIZE + 1
        )
    return render_template(
        "decisions.html",
        filters=filters,
        decisions=found[:PAGE_SIZE],
        older=found[PAGE_SIZE - 1].id if len(found) > PAGE_SIZE else None,
        gates=GATES,
        outcomes=[outcome.label for outcome in Outcome],
        filter_languages={**LANGUAGES, "other": OTHER},
    )


def _day(field: str, written: str, *, later: int = 0) -> datetime:
    """The first moment of the day that is *written*, or of one so many days *later*."""
    try:
        day = datetime.strptime(written, "%Y-%m-%d").replace(tzinfo=UTC)
        return day + timedelta(days=later)
    except (ValueError, OverflowError) as error:
        text = N_("A date must look like 2026-01-31, not %(day)s.")
        raise BadInput(field, text, day=written) from error
