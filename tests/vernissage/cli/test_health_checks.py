import json

import pytest

from vernissage.cli.health_checks import FACTS, Mark, checked


def test_every_fact_has_its_line_and_a_failure_its_exit_code(
    vernissage, data_dir, capsys
):
    code = vernissage("doctor", "--json")

    lines = [
        json.loads(line)
        for line in capsys.readouterr().out.splitlines()
        if line.startswith("{")
    ]
    marks = {line["fact"]: line["mark"] for line in lines}
    assert list(marks) == list(FACTS)
    assert code == 1
    assert (marks["Python"], marks["database"], marks["home"]) == ("ok", "ok", "ok")
    assert (marks["model"], marks["image heads"]) == ("fail", "fail")


def test_an_empty_database_is_worth_a_warning(settings, data_dir):
    (data_dir / "vernissage.sqlite3").unlink()

    mark, finding = checked(FACTS["database"], settings)

    assert mark is Mark.WARN
    assert "vernissage db upgrade" in finding


@pytest.mark.enable_socket
def test_a_broker_that_is_down_fails_without_its_password(settings):
    url = "redis://:secret@127.0.0.1:1/0"

    mark, finding = checked(
        FACTS["broker"], settings.model_copy(update={"broker_url": url})
    )

    assert mark is Mark.FAIL
    assert finding.startswith("redis does not answer")
    assert "secret" not in finding


def test_a_fact_that_breaks_is_a_failure_and_not_the_end(settings):
    def broken(settings):
        raise ZeroDivisionError("by zero\nand more")

    assert checked(broken, settings) == (Mark.FAIL, "ZeroDivisionError: by zero")
