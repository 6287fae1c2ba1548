from dataclasses import asdict
from datetime import timedelta

import pytest

from moderation import Category, Outcome, Subject
from tests.factories import NOON, a_verdict, refused, stored
from vernissage.db.appeals import Appeals
from vernissage.db.decisions import Decisions
from vernissage.messages import translator
from vernissage.reasons import dsa
from vernissage.reasons.refusals import refusals
from vernissage.reasons.statements import statement
from vernissage.reasons.transparency import transparency
from vernissage.states import State

DAY = timedelta(days=1)


def stated(sessions, artwork, translate=str):
    """The last statement on *artwork*."""
    with sessions() as session:
        decisions = session.get(type(artwork), artwork.id).decisions
        return statement(
            refusals(decisions)[-1],
            submitted_at=artwork.submitted_at,
            translate=translate,
        )


def test_a_statement_has_the_fields_and_values_of_the_database(sessions):
    artwork = refused(sessions, "prompt", language="ru")

    found = asdict(stated(sessions, artwork))

    assert found.pop("puid").startswith("decision-")
    assert found.pop("incompatible_content_explanation").startswith("We do not paint")
    assert len(found.pop("territorial_scope")) == 30
    assert found == {
        "decision_visibility": ("DECISION_VISIBILITY_CONTENT_DISABLED",),
        "end_date_visibility_restriction": None,
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": "test-1: Violence or weapons",
        "content_type": ("CONTENT_TYPE_TEXT",),
        "category": "STATEMENT_CATEGORY_VIOLENCE",
        "category_addition": (),
        "category_specification": (),
        "content_language": "RU",
        "content_date": "2026-05-01",
        "application_date": "2026-05-01",
        "decision_facts": "The prompt was checked automatically before anything was"
        " painted.",
        "source_type": "SOURCE_VOLUNTARY",
        "automated_detection": "Yes",
        "automated_decision": "AUTOMATED_DECISION_FULLY",
        "redress": "REDRESS_INTERNAL_MECHANISM",
    }


@pytest.mark.parametrize("category", Category)
def test_every_category_has_its_counterpart(category):
    assert dsa.CATEGORIES[category].startswith("STATEMENT_CATEGORY_")


@pytest.mark.parametrize("judged", Subject)
def test_everything_that_is_judged_is_content_of_some_type(judged):
    assert dsa.CONTENT[judged].startswith("CONTENT_TYPE_")


def test_a_statement_is_written_in_the_readers_language(sessions):
    artwork = refused(sessions, "image")

    found = stated(sessions, artwork, translator("ru").gettext)

    assert found.content_type == ("CONTENT_TYPE_SYNTHETIC_MEDIA",)
    assert found.decision_facts.startswith("Готовая картинка проверена автоматически")
    assert found.incompatible_content_explanation.startswith("Мы не рисуем оружие")


def test_what_a_person_decides_is_not_automated(sessions, reviewer, storage):
    storage.public_side["key"] = b"picture"
    artwork = stored(sessions, State.PUBLISHED, picture="key")

    reviewer.decide(artwork.id, outcome=Outcome.REFUSE, actor="vera", note="private")

    found = stated(sessions, artwork)
    assert found.automated_decision == "AUTOMATED_DECISION_NOT_AUTOMATED"
    assert found.automated_detection == "No"
    assert found.category == "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"
    assert "vera" not in str(found)
    assert "private" not in str(found)


def test_what_a_person_confirms_is_automated_in_part(sessions, appeal_service):
    artwork = refused(sessions)
    appeal_service.make(artwork.id, owner="anna", words="a toy")

    appeal_service.answer(artwork.id, outcome=Outcome.REFUSE, actor="vera")

    found = stated(sessions, artwork)
    assert found.automated_decision == "AUTOMATED_DECISION_PARTIALLY"
    assert found.end_date_visibility_restriction is None


def test_a_granted_appeal_ends_the_restriction(sessions, appeal_service, clock):
    artwork = refused(sessions)
    appeal_service.make(artwork.id, owner="anna", words="a toy")
    clock.advance(DAY.total_seconds())

    appeal_service.answer(artwork.id, outcome=Outcome.ALLOW, actor="vera")

    found = stated(sessions, artwork)
    assert found.end_date_visibility_restriction == "2026-05-02"


def test_statements_begin_with_the_day_and_come_in_order(each_sessions):
    early = refused(each_sessions)
    late = refused(each_sessions, submitted_at=NOON + DAY)
    stored(each_sessions, submitted_at=NOON + DAY)
    with each_sessions.begin() as session:
        Decisions(session).record(
            early, a_verdict(Outcome.REFUSE, gate="image"), NOON + 2 * DAY
        )

    with each_sessions() as session:
        found = [work.id for work, _ in Decisions(session).refusals_since(NOON - DAY)]
        newer = [work.id for work, _ in Decisions(session).refusals_since(NOON + DAY)]

    assert found == [early.id, late.id]  # what is refused already is not refused again
    assert newer == [late.id]


def test_a_report_counts_what_was_decided_and_how_appeals_ended(
    sessions, appeal_service, clock
):
    works = [refused(sessions, gate) for gate in ("prompt", "prompt", "image", "image")]
    for work in works[:3]:
        appeal_service.make(work.id, owner="anna", words="a toy")
    clock.advance(3600)
    appeal_service.answer(works[0].id, outcome=Outcome.ALLOW, actor="vera")
    clock.advance(3600)
    appeal_service.answer(works[1].id, outcome=Outcome.REFUSE, actor="vera")

    with sessions() as session:
        made = [
            statement(refusal, submitted_at=work.submitted_at, translate=str)
            for work, refusal in Decisions(session).refusals_since(NOON)
        ]
        report = transparency(made, Appeals(session).since(NOON))

    assert report.statements == 4
    assert report.category == {"STATEMENT_CATEGORY_VIOLENCE": 4}
    assert report.content_type == {
        "CONTENT_TYPE_SYNTHETIC_MEDIA": 2,
        "CONTENT_TYPE_TEXT": 2,
    }
    assert report.automated_decision == {
        "AUTOMATED_DECISION_FULLY": 3,
        "AUTOMATED_DECISION_PARTIALLY": 1,
    }
    assert report.content_language == {"EN": 4}
    assert (report.appeals, report.appeals_open) == (3, 1)
    assert (report.appeals_granted, report.appeals_upheld) == (1, 1)
    assert report.appeals_median_hours == 1.5


def test_a_report_on_nothing_has_no_median():
    assert transparency([], []).appeals_median_hours is None
