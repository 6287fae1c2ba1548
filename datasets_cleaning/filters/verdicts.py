"""What a gate's verdict means for a record: only what is allowed is kept."""

from datasets_cleaning.record import NOT_JUDGED, Drop
from moderation import Outcome, Verdict


def drop_by(verdict: Verdict, subject: str) -> Drop | None:
    """The reason that *verdict* on the *subject* of a record gives, or None.

    Nobody stands by to review an offline job, so a doubtful record is not kept either.
    """
    if not verdict.judged:
        return Drop(NOT_JUDGED, f"the gate could not judge the {subject}")
    if verdict.outcome is Outcome.ALLOW:
        return None
    worst = verdict.reasons[0]
    word = subject if verdict.refused else f"{subject}_review"
    return Drop(
        f"{word}:{worst.category}",
        f"{worst.category} {worst.score:.3f}, {worst.outcome.label}"
        f" from {worst.threshold:.2f}",
    )
