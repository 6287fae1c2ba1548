"""A transparency report: counts of refusals and of appeals by their ends."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from vernissage.models.appeals import Appeal
from vernissage.reasons.statements import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Transparency:
    """Counts of statements by their fields, and of appeals by their ends.

    *appeals_median_hours* is the time that answered appeals waited; None without any.
    """

    statements: int
    category: Mapping[str, int]
    automated_detection: Mapping[str, int]
    automated_decision: Mapping[str, int]
    content_type: Mapping[str, int]
    content_language: Mapping[str, int]
    appeals: int
    appeals_open: int
    appeals_granted: int
    appeals_upheld: int
    appeals_median_hours: float | None


def transparency(
    statements: Iterable[Statement], appeals: Iterable[Appeal]
) -> Transparency:
    """The report on *statements* and *appeals* of one span of time."""
    made, pleas = list(statements), list(appeals)
    ends = Counter(appeal.granted for appeal in pleas)
    hours = [
        (appeal.answer.decided_at - appeal.made_at).total_seconds() / 3600
        for appeal in pleas
        if appeal.answer is not None
    ]
    return Transparency(
        statements=len(made),
        category=_counted(s.category for s in made),
        automated_detection=_counted(s.automated_detection for s in made),
        automated_decision=_counted(s.automated_decision for s in made),
        content_type=_counted(kind for s in made for kind in s.content_type),
        content_language=_counted(s.content_language or "other" for s in made),
        appeals=len(pleas),
        appeals_open=ends[None],
        appeals_granted=ends[True],
        appeals_upheld=ends[False],
        appeals_median_hours=round(median(hours), 2) if hours else None,
    )


def _counted(values: Iterable[str]) -> dict[str, int]:
    """Counts of each value, the most frequent first."""
    return dict(sorted(Counter(values).items(), key=lambda item: (-item[1], item[0])))
