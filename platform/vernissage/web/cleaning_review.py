"""The borderline pairs of a cleaning run as a review queue: blurred, with keys."""

from typing import Final
from uuid import UUID

from flask import Blueprint, Response, render_template, url_for
from flask.typing import ResponseReturnValue

from vernissage.cleaning.drops import Drops
from vernissage.cleaning.models import OverrideVerdict, Run, RunDrop
from vernissage.cleaning.runs import Runs
from vernissage.messages import N_
from vernissage.web.auth import require_reviewer
from vernissage.web.context import current_services
from vernissage.web.review_forms import actor, back, chosen, note

PAGE_SIZE: Final = 12
KINDS: Final = {
    "caption_review": N_("Caption"),
    "image_review": N_("Picture"),
    "joint_review": N_("Caption and picture together"),
}

bp = Blueprint(
    "cleaning_review", __name__, url_prefix="/desk/cleaning/<uuid:run_id>/doubtful"
)
bp.before_request(require_reviewer)


@bp.app_context_processor
def _labels() -> dict[str, object]:
    return {"doubt_label": lambda reason: KINDS[reason.partition(":")[0]]}


@bp.get("")
def queue(run_id: UUID) -> ResponseReturnValue:
    """The borderline pairs of a run that no person has decided on, in source order."""
    with current_services().sessions() as session:
        run = Runs(session)[run_id]
        drops = Drops(session).borderline(run_id, limit=PAGE_SIZE)
        waiting = Drops(session).count_borderline(run_id)
    captions = current_services().pairs.captions(run, drops)
    return render_template(
        "cleaning_review.html", run=run, drops=drops, waiting=waiting, captions=captions
    )


@bp.get("/<int:shard>/<int:place>.jpg")
def picture(run_id: UUID, shard: int, place: int) -> ResponseReturnValue:
    """The picture of a borderline pair, encoded anew."""
    run, drop = _run_and_drop(run_id, shard, place)
    data = current_services().pairs.picture(run, drop)
    return Response(data, mimetype="image/jpeg")


@bp.post("/<int:shard>/<int:place>")
def decide(run_id: UUID, shard: int, place: int) -> ResponseReturnValue:
    """Record whether a pair is to be kept, for every run from now on."""
    current_services().cleaning.override(
        run_id,
        shard,
        place,
        chosen("verdict", {verdict.value: verdict for verdict in OverrideVerdict}),
        note=note(),
        actor=actor(),
    )
    return back(url_for("cleaning_review.queue", run_id=run_id))


def _run_and_drop(run_id: UUID, shard: int, place: int) -> tuple[Run, RunDrop]:
    with current_services().sessions() as session:
        return Runs(session)[run_id], Drops(session).at(run_id, shard, place)
