from vernissage.db import migrate


def test_a_process_that_answers_is_alive(new_visitor):
    assert new_visitor.get("/health/live").json == {"status": "alive"}


def test_a_migrated_database_is_ready(new_visitor):
    answer = new_visitor.get("/health/ready")

    assert answer.json == {"status": "ready", "revision": migrate.newest()}


def test_an_empty_database_is_not(new_visitor, settings, services):
    migrate.downgrade(settings.database, "base")

    answer = new_visitor.get("/health/ready")

    assert (answer.status_code, answer.json["code"]) == (503, "service-unavailable")
