"""Matching of a picture, or the file it came in, against the active hash lists."""

from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog
from PIL.Image import Image
from sqlalchemy.orm import Session, sessionmaker

from moderation import Category, HashGate, Policy, Verdict
from moderation.errors import ClassifierUnavailable
from moderation.image.hash_lists import HashEntry, HashList
from moderation.protocols import Scores
from vernissage.db.hash_lists import HashLists
from vernissage.models.hash_lists import HashListRow

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A stand-in for lists that cannot be read: their gate asks for a person."""

    version: str = "lists@unreadable"

    def scores(self, _image: Image, _sha256: str | None, /) -> Scores:
        """Raise ClassifierUnavailable, whatever the picture."""
        raise ClassifierUnavailable("a list of banned pictures cannot be read")


@dataclass(slots=True, kw_only=True)
class HashMatcher:
    """Matches pictures against the active hash lists; changed lists apply at once."""

    sessions: sessionmaker[Session]
    policy: Policy
    _version: tuple[tuple[int, str, datetime], ...] = field(default=(), init=False)
    _known: HashList = field(default_factory=lambda: HashList.of([]), init=False)
    _names: tuple[str, ...] = field(default=(), init=False)

    def match(self, image: Image, sha256: str | None = None) -> tuple[Verdict, ...]:
        """The verdict on *image* and its file's *sha256*; none without an active list.

        Its models are the lists that were asked or, if the picture is on some, those.
        """
        try:
            known: HashList | Unreadable = self._in_force()
        except Exception as error:  # noqa: BLE001  # whatever broke, a human must look
            log.error("hash_lists_unreadable", error=type(error).__name__)  # noqa: TRY400  # a trace would quote entries
            known = Unreadable()
        if known is self._known and not self._version:
            return ()
        gate = HashGate(classifiers=[known], policy=self.policy)
        verdict = gate.judge(image, sha256)
        if isinstance(known, Unreadable):
            return (verdict,)
        matches = known.matches(image, sha256) if verdict.refused else ()
        knowing = dict.fromkeys(match.entry.source for match in matches)
        return (replace(verdict, models=tuple(knowing) or self._names),)

    def _in_force(self) -> HashList:
        """The entries of all active lists, read anew when the lists have changed."""
        with self.sessions() as session:
            lists = HashLists(session)
            if (version := lists.version()) != self._version:
                active = [one for one in lists.all() if one.active]
                found = [entry for one in active for entry in _entries(lists, one)]
                self._known = HashList.of(found)
                self._names = tuple(one.version for one in active)
                self._version = version
        return self._known


def _entries(lists: HashLists, one: HashListRow) -> list[HashEntry]:
    """The entries of the list *one*, each with the list as source and its category."""
    found = lists.entries(one.id)
    if len(found) != one.count:
        raise ClassifierUnavailable(
            f"list {one.id} has {len(found)} entries, it should have {one.count}"
        )
    return [
        entry._replace(label=_category(entry.label, one), source=one.version)
        for entry in found
    ]


def _category(label: str, one: HashListRow) -> str:
    own = label.strip().lower()
    return own if own in set(Category) else one.category
