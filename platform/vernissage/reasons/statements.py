"""The statement of reasons for a refusal: EU Regulation 2022/2065, article 17."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from vernissage.messages import advice, category_label, facts
from vernissage.reasons import dsa
from vernissage.reasons.refusals import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """The reasons for a refusal, in the fields of the DSA Transparency Database.

    Days are YYYY-MM-DD in UTC. Lists are sorted as the database gives them out. Nothing
    in it is personal: no prompt, no owner, no reviewer, and *puid* names the decision.
    """

    decision_visibility: tuple[str, ...]
    end_date_visibility_restriction: str | None
    decision_ground: str
    incompatible_content_ground: str
    incompatible_content_explanation: str
    content_type: tuple[str, ...]
    category: str
    category_addition: tuple[str, ...]
    category_specification: tuple[str, ...]
    territorial_scope: tuple[str, ...]
    content_language: str | None
    content_date: str
    application_date: str
    decision_facts: str
    source_type: str
    automated_detection: str
    automated_decision: str
    puid: str
    redress: str


def statement(
    refusal: Refusal, *, submitted_at: datetime, translate: Callable[[str], str]
) -> Statement:
    """The statement on *refusal*; *translate* translates its sentences."""
    decision, ended = refusal.decision, refusal.ended
    categories = [dsa.CATEGORIES[category] for category in refusal.categories]
    names = ", ".join(translate(category_label(c)) for c in refusal.categories)
    return Statement(
        decision_visibility=(dsa.VISIBILITY,),
        end_date_visibility_restriction=_day(ended) if ended else None,
        decision_ground=dsa.GROUND,
        incompatible_content_ground=f"{decision.policy}: {names}",
        incompatible_content_explanation=" ".join(
            translate(advice(category)) for category in refusal.categories
        ),
        content_type=(dsa.CONTENT[refusal.judged],),
        category=categories[0],
        category_addition=tuple(sorted(set(categories[1:]) - {categories[0]})),
        category_specification=tuple(
            sorted({dsa.KEYWORDS[c] for c in refusal.categories if c in dsa.KEYWORDS})
        ),
        territorial_scope=dsa.TERRITORY,
        content_language=dsa.LANGUAGES.get(decision.language),
        content_date=_day(submitted_at),
        application_date=_day(decision.decided_at),
        decision_facts=translate(facts(refusal.judged, by_person=refusal.by_person)),
        source_type=dsa.SOURCE,
        automated_detection="Yes" if refusal.detected else "No",
        automated_decision=_automation(refusal),
        puid=f"decision-{decision.id}",
        redress=dsa.REDRESS,
    )


def _automation(refusal: Refusal) -> str:
    if refusal.by_person:
        return dsa.NOT_AUTOMATED
    return dsa.PARTIALLY if refusal.upheld else dsa.FULLY


def _day(moment: datetime) -> str:
    return moment.date().isoformat()
