"""Whether a picture, or the file it came in, is on a list of known ones."""

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
    """Stands where lists should that cannot be read: their gate asks for a person."""

    version: str = "lists@unreadable"

    def scores(self, _image: Image, _sha256: str | None, /) -> Scores:
        """Raise ClassifierUnavailable, whatever is shown."""
        raise ClassifierUnavailable("a list of banned pictures cannot be read")


@dataclass(slots=True, kw_only=True)
class HashMatcher:
    """Knows pictures by the lists that count now; what changes there counts at once."""

    sessions: sessionmaker[Session]
    policy: Policy
    _version: tuple[tuple[int, str, datetime], ...] = field(default=(), init=False)
    _known: HashList = field(default_factory=lambda: HashList.of([]), init=False)
    _names: tuple[str, ...] = field(default=(), init=False)

    def match(self, image: Image, sha256: str | None = None) -> tuple[Verdict, ...]:
        """The verdict on *image* and its file's *sha256*; none where no list counts.

        Its models are the lists that were asked or, if some know the picture, those.
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
        """The entries of all active lists, read anew if others count by now."""
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
    """What stands on *one*; each entry names its list and what it counts for."""
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
