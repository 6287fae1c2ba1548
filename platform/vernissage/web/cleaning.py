"""Review pages for cleaning runs: list, report, start, cancel and resume."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Self
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from vernissage.cleaning.drops import Drops
from vernissage.cleaning.models import ENDED, Run, RunShard, RunState, ShardState
from vernissage.cleaning.runs import Runs
from vernissage.cleaning.shards import Shards
from vernissage.errors import NotAllowed
from vernissage.messages import N_
from vernissage.models.accounts import ADMIN
from vernissage.web.auth import require_reviewer, reviewer
from vernissage.web.context import current_services

PAGE_SIZE: Final = 24
LONGEST_SOURCE: Final = 500
STATES: Final = {
    RunState.WAITING: N_("Waiting"),
    RunState.RUNNING: N_("Running"),
    RunState.DONE: N_("Done"),
    RunState.PARTIAL: N_("Partly done"),
    RunState.FAILED: N_("Failed"),
    RunState.CANCELLED: N_("Cancelled"),
}
PHASES: Final = {"judge": N_("checking"), "write": N_("writing")}

bp = Blueprint("cleaning", __name__, url_prefix="/desk/cleaning")
bp.before_request(require_reviewer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One cleaning run, and the sums of what it drops."""

    run: Run
    tallies: tuple[tuple[str, int], ...]
    count_borderline: int
    failed: tuple[RunShard, ...]

    @classmethod
    def of(cls, run_id: UUID) -> Self:
        """The report on that run, or NotFound."""
        with current_services().sessions() as session:
            shards = Shards(session, run_id).all()
            return cls(
                run=Runs(session)[run_id],
                tallies=tuple(Drops(session).tallies(run_id).most_common()),
                count_borderline=Drops(session).count_borderline(run_id),
                failed=tuple(s for s in shards if s.status is ShardState.FAILED),
            )


def administrator() -> str:
    """The name of the administrator who is signed in, or NotAllowed."""
    account = reviewer()
    if account is None or ADMIN not in {role.name for role in account.roles}:
        raise NotAllowed("only administrators start and stop cleaning runs")
    return account.username


@bp.app_context_processor
def _labels() -> dict[str, object]:
    return {"run_state_label": STATES.__getitem__, "phase_label": PHASES.__getitem__}


@bp.get("")
def runs() -> ResponseReturnValue:
    """The runs, the newest first, and for administrators the form to start one."""
    page = max(1, min(request.args.get("page", 1, type=int), 10_000))
    with current_services().sessions() as session:
        found = Runs(session).newest(limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE)
    return render_template(
        "cleaning.html",
        runs=found[:PAGE_SIZE],
        page=page,
        more=len(found) > PAGE_SIZE,
        plans=current_services().cleaning.plans,
        can_steer=_is_administrator(),
        has_datasets=current_services().settings.datasets is not None,
    )


@bp.post("")
def start() -> ResponseReturnValue:
    """Start a run over the named data set: it waits for a cleaning worker."""
    run = current_services().cleaning.start(
        actor=administrator(),
        source=request.form.get("source", "").strip()[:LONGEST_SOURCE],
        plan=request.form.get("plan", ""),
        writes="write" in request.form,
    )
    return _redirect_to(run.id)


@bp.get("/<uuid:run_id>")
def show(run_id: UUID) -> ResponseReturnValue:
    """The progress of one run, and the sums of what it drops."""
    report = Report.of(run_id)
    return render_template(
        "cleaning_run.html",
        report=report,
        run=report.run,
        ended=report.run.state in ENDED,
        can_steer=_is_administrator(),
    )


@bp.post("/<uuid:run_id>/cancel")
def cancel(run_id: UUID) -> ResponseReturnValue:
    """Cancel a run; its shards in work are finished, no more are begun."""
    administrator()
    current_services().cleaning.cancel(run_id)
    return _redirect_to(run_id)


@bp.post("/<uuid:run_id>/again")
def again(run_id: UUID) -> ResponseReturnValue:
    """Resume a run, with the overrides recorded meanwhile."""
    current_services().cleaning.again(run_id, actor=administrator())
    return _redirect_to(run_id)


def _is_administrator() -> bool:
    account = reviewer()
    return account is not None and ADMIN in {role.name for role in account.roles}


def _redirect_to(run_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("cleaning.show", run_id=run_id), HTTPStatus.SEE_OTHER)
