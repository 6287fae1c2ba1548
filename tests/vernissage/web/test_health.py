from vernissage.db import migrate


def test_a_process_that_answers_is_alive(stranger):
    assert stranger.get("/health/live").json == {"status": "alive"}


def test_a_migrated_database_is_ready(stranger):
    answer = stranger.get("/health/ready")

    assert answer.json == {"status": "ready", "revision": migrate.newest()}


def test_an_empty_database_is_not(stranger, settings, services):
    migrate.downgrade(settings.database, "base")

    answer = stranger.get("/health/ready")

    assert (answer.status_code, answer.json["code"]) == (503, "service-unavailable")
