"""Cleaning runs as people ask for them: start, cancel, resume, override."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID, uuid4

from sqlalchemy.orm import Session, sessionmaker

from vernissage.cleaning.drops import Drops, Overrides
from vernissage.cleaning.models import OverrideVerdict, Run, RunDrop, RunState
from vernissage.cleaning.runs import Runs
from vernissage.errors import BadInput, WrongState
from vernissage.messages import N_
from vernissage.ports import Clock

REMOTE: Final = re.compile(r"[a-z][a-z0-9+.-]*://")
SEGMENT: Final = re.compile(r"(?!\.{1,2}$)[\w.,=+@ -]+")
"""A part of a URL that leads nowhere else, whatever reads it."""


class PairReader(Protocol):
    """Reads dropped pairs from the source of their run."""

    def captions(
        self, run: Run, drops: Sequence[RunDrop]
    ) -> dict[tuple[int, int], str]:
        """The captions of *drops* by shard and place, of those still in the source."""
        ...

    def picture(self, run: Run, drop: RunDrop) -> bytes:
        """The picture of *drop* as a JPEG file, or NotFound."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CleaningService:
    """Starts and stops runs over data sets below *datasets*, into folders of *cleaned*.

    Without *datasets* nothing can be started. *plans* are the names that may be asked
    for. The driver of a run learns at its next renewal that it was cancelled.
    """

    sessions: sessionmaker[Session]
    clock: Clock
    datasets: str | None
    cleaned: Path
    plans: Collection[str]

    def start(self, *, source: str, plan: str, writes: bool, actor: str) -> Run:
        """Queue a run for a cleaning worker, or raise BadInput for source or plan."""
        if plan not in self.plans:
            text = N_("The plan must be one of %(known)s, not %(plan)s.")
            raise BadInput("plan", text, known=", ".join(self.plans), plan=plan)
        run_id = uuid4()
        run = Run(
            id=run_id,
            source=below(self.datasets, source),
            folder=str(self.cleaned.resolve() / str(run_id)),
            plan=plan,
            policy="",
            writes=writes,
            started_by=actor,
            state=RunState.WAITING,
            asked_at=self.clock(),
        )
        with self.sessions.begin() as session:
            session.add(run)
        return run

    def cancel(self, run_id: UUID) -> Run:
        """Cancel a run, or raise WrongState when it has ended."""
        with self.sessions.begin() as session:
            return Runs(session).cancel(run_id, self.clock())

    def again(self, run_id: UUID, *, actor: str) -> Run:
        """Resume a run: no pair is judged twice, overrides take effect."""
        with self.sessions.begin() as session:
            return Runs(session).ask_again(run_id, actor)

    def override(  # noqa: PLR0913  # a word has the parts it has
        self,
        run_id: UUID,
        shard: int,
        place: int,
        verdict: OverrideVerdict,
        *,
        note: str,
        actor: str,
    ) -> None:
        """Record the verdict of *actor* on a borderline pair.

        WrongState when it is not borderline, or another person was faster.
        """
        with self.sessions.begin() as session:
            drop = Drops(session).at(run_id, shard, place)
            overrides = Overrides(session)
            if drop.uid is None or not drop.borderline or overrides.of(drop.uid):
                raise WrongState(f"pair {place} of shard {shard} is not in doubt")
            overrides.record(
                drop.uid, verdict, reason=note, actor=actor, at=self.clock()
            )


def below(root: str | None, wanted: str) -> str:
    """The path or URL that *wanted* means below *root*, or BadInput."""
    if root is None:
        raise BadInput("source", N_("No folder for data sets is configured here."))
    place = _remote(root, wanted) if REMOTE.match(root) else _local(root, wanted)
    if place is None:
        text = N_("There is no data set %(source)s here.")
        raise BadInput("source", text, source=wanted)
    return place


def _local(root: str, wanted: str) -> str | None:
    if not wanted or not wanted.isprintable():
        return None
    top = Path(root).resolve()
    try:
        place = (top / wanted).resolve(strict=True)
    except (OSError, RuntimeError):  # gone, or links in a circle
        return None
    return str(place) if place.is_relative_to(top) else None


def _remote(root: str, wanted: str) -> str | None:
    if not all(map(SEGMENT.fullmatch, wanted.split("/"))):
        return None
    return f"{root.rstrip('/')}/{wanted}"
