"""The hash lists of known pictures that administrators imported."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from moderation import Category
from moderation.image.hash_lists import HashEntry, HashKind
from vernissage.errors import NotFound
from vernissage.models.hash_lists import HashEntryRow, HashListRow

BATCH = 5_000  # rows that go to the database at once


@dataclass(frozen=True, slots=True)
class HashLists:
    """Hash lists as a collection, the oldest first."""

    session: Session

    def __getitem__(self, list_id: int) -> HashListRow:
        """The list, or NotFound."""
        if (found := self.session.get(HashListRow, list_id)) is None:
            raise NotFound(f"no hash list {list_id}")
        return found

    def all(self) -> list[HashListRow]:
        """Every list, active or not."""
        return list(self.session.scalars(select(HashListRow).order_by(HashListRow.id)))

    def named(self, name: str) -> HashListRow | None:
        """The list called *name*, if there is one."""
        return self.session.scalar(select(HashListRow).where(HashListRow.name == name))

    def add(  # noqa: PLR0913  # a record has the fields it has
        self,
        name: str,
        entries: Iterable[HashEntry],
        *,
        category: Category,
        sha256: str,
        actor: str,
        at: datetime,
    ) -> HashListRow:
        """Add a list; of entries with the same hash the first one counts."""
        unique: dict[tuple[HashKind, str], HashEntry] = {}
        for entry in entries:
            unique.setdefault((entry.kind, entry.hash.lower()), entry)
        kinds = {kind.value for kind, _ in unique}
        added = HashListRow(
            name=name,
            category=category.value,
            added_by=actor,
            added_at=at,
            sha256=sha256,
            kind=kinds.pop() if len(kinds) == 1 else "mixed",
            count=len(unique),
            active=True,
        )
        self.session.add(added)
        self.session.flush()
        rows = (
            {
                "list_id": added.id,
                "kind": kind.value,
                "hash": digits,
                "label": entry.label,
                "source": entry.source,
                "note": entry.note,
            }
            for (kind, digits), entry in unique.items()
        )
        while batch := list(islice(rows, BATCH)):
            self.session.execute(insert(HashEntryRow), batch)
        return added

    def entries(self, list_id: int) -> list[HashEntry]:
        """The entries of one list; ValueError where one is malformed."""
        columns = HashEntryRow.kind, HashEntryRow.hash, HashEntryRow.label
        about = HashEntryRow.source, HashEntryRow.note
        found = self.session.execute(
            select(*columns, *about).where(HashEntryRow.list_id == list_id)
        )
        return [HashEntry(HashKind(kind), *rest) for kind, *rest in found]

    def remove(self, list_id: int) -> None:
        """Remove a list and its entries, or raise NotFound."""
        gone = self[list_id]
        self.session.execute(
            delete(HashEntryRow).where(HashEntryRow.list_id == list_id)
        )
        self.session.delete(gone)

    def version(self) -> tuple[tuple[int, str, datetime], ...]:
        """A key that changes with the active lists; cheap enough for every picture."""
        columns = HashListRow.id, HashListRow.sha256, HashListRow.added_at
        rows = self.session.execute(
            select(*columns).where(HashListRow.active).order_by(HashListRow.id)
        )
        return tuple((row.id, row.sha256, row.added_at) for row in rows)
