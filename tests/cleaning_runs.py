"""Cleaning runs in each state."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from tests.fakes import ManualClock
from vernissage.cleaning.models import Run, RunState
from vernissage.cleaning.runs import Runs
from vernissage.db.session import Sessions

LEASE = timedelta(seconds=30)


def a_run(sessions: Sessions, **columns: Any) -> Run:
    """A stored run that waits."""
    wanted = {
        "id": uuid4(),
        "source": "pairs",
        "folder": f"/cleaned/{uuid4()}",
        "plan": "default-1",
        "policy": "test-1",
        "state": RunState.WAITING,
        "asked_at": ManualClock()(),
        **columns,
    }
    run = Run(**wanted)
    with sessions.begin() as session:
        session.add(run)
    return run


def driven(
    sessions: Sessions, clock: ManualClock, run: Run, owner: str = "driver"
) -> Run:
    """*run* once *owner* drives it."""
    now = clock()
    with sessions.begin() as session:
        return Runs(session).take(run.id, owner, now, now + LEASE)
