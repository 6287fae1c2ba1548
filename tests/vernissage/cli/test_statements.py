import csv
import json
from dataclasses import replace
from io import StringIO

import pytest

from tests.factories import refused
from vernissage.db.session import connect


@pytest.fixture
def refusal(settings, appeal_service):
    """A prompt that was refused, and an appeal against that."""
    sessions = connect(settings.database)
    artwork = refused(sessions, prompt="a secret knife")
    replace(appeal_service, sessions=sessions).make(
        artwork.id, owner="anna", words="a secret reason"
    )
    sessions.engine.dispose()
    return artwork


def test_each_refusal_is_a_line_of_json(vernissage, refusal, capsys):
    code = vernissage("statements", "--since", "2026-05-01", "--json")

    [line] = capsys.readouterr().out.splitlines()
    found = json.loads(line)
    assert code == 0
    assert found["category"] == "STATEMENT_CATEGORY_VIOLENCE"
    assert found["decision_visibility"] == ["DECISION_VISIBILITY_CONTENT_DISABLED"]


def test_csv_has_a_header_and_lists_in_cells(vernissage, refusal, capsys):
    vernissage("statements", "--since", "2026-05-01", "--csv")

    [row] = csv.DictReader(StringIO(capsys.readouterr().out))
    assert json.loads(row["content_type"]) == ["CONTENT_TYPE_TEXT"]
    assert row["application_date"] == "2026-05-01"
    assert row["end_date_visibility_restriction"] == ""


def test_people_see_a_table(vernissage, refusal, capsys):
    vernissage("statements", "--since", "2026-05-01")

    header, row = capsys.readouterr().out.splitlines()
    assert header.split()[:2] == ["application_date", "category"]
    assert row.split()[:2] == ["2026-05-01", "STATEMENT_CATEGORY_VIOLENCE"]


@pytest.mark.parametrize("form", [[], ["--json"], ["--csv"]])
def test_nothing_personal_leaves_the_site(vernissage, refusal, capsys, form):
    vernissage("statements", "--since", "2026-05-01", *form)
    vernissage("transparency", "--since", "2026-05-01", "--json")

    said = capsys.readouterr().out
    assert "secret" not in said
    assert "anna" not in said
    assert str(refusal.id) not in said
    assert refusal.id.hex not in said


def test_a_later_day_has_no_statements(vernissage, refusal, capsys):
    vernissage("statements", "--since", "2026-05-02", "--json")

    assert capsys.readouterr().out == ""


def test_a_report_counts_refusals_and_appeals(vernissage, refusal, capsys):
    vernissage("transparency", "--since", "2026-05-01", "--json")
    report = json.loads(capsys.readouterr().out)
    vernissage("transparency", "--since", "2026-05-01")
    lines = capsys.readouterr().out.splitlines()

    assert report["since"] == "2026-05-01"
    assert report["automated_decision"] == {"AUTOMATED_DECISION_FULLY": 1}
    assert (report["appeals"], report["appeals_open"]) == (1, 1)
    assert report["appeals_median_hours"] is None
    assert "       1 STATEMENT_CATEGORY_VIOLENCE" in lines
    assert "appeals_median_hours: none" in lines


@pytest.mark.parametrize(
    "arguments",
    [["--json", "--csv", "--since", "2026-05-01"], ["--since", "May"], []],
)
def test_what_is_misspelt_is_refused(vernissage, data_dir, arguments):
    assert vernissage("statements", *arguments) == 2
