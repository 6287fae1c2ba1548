from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from vernissage.errors import Cancelled
from vernissage.services.heartbeat import RENEWALS_PER_LEASE, renewing

LENGTH = timedelta(milliseconds=30)
PATIENCE = 20


class Renewals:
    """Counts the renewals; *errors* are raised one after the other, then nothing is."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.count = 0
        self.third = Event()

    def __call__(self) -> None:
        self.count += 1
        if self.count == 3:
            self.third.set()
        if self.errors:
            raise self.errors.pop(0)


def test_a_lease_is_renewed_until_the_work_is_done():
    renew = Renewals()

    with renewing(renew, length=LENGTH) as lost:
        assert renew.third.wait(PATIENCE)
        assert not lost.is_set()
    at_the_end = renew.count
    Event().wait(2 * LENGTH.total_seconds() / RENEWALS_PER_LEASE)

    assert renew.count == at_the_end


def test_a_lost_lease_is_told_and_no_longer_renewed():
    renew = Renewals(Cancelled("another worker holds it"))

    with renewing(renew, length=LENGTH) as lost:
        assert lost.wait(PATIENCE)
        Event().wait(LENGTH.total_seconds())

    assert renew.count == 1


def test_a_database_that_is_away_is_asked_again():
    away = OperationalError("UPDATE", {}, Exception("away"))
    renew = Renewals(away, away)

    with capture_logs() as logged, renewing(renew, length=LENGTH) as lost:
        assert renew.third.wait(PATIENCE)
        assert not lost.is_set()

    assert [entry["event"] for entry in logged] == ["lease_not_renewed"] * 2


def test_work_that_fails_ends_the_renewals_too():
    renew = Renewals()

    with pytest.raises(ZeroDivisionError), renewing(renew, length=LENGTH):
        raise ZeroDivisionError
    at_the_end = renew.count
    Event().wait(LENGTH.total_seconds())

    assert renew.count == at_the_end
