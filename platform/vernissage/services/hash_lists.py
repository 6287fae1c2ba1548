"""Hash lists: import from CSV, activation and removal."""

from dataclasses import dataclass
from hashlib import sha256
from io import StringIO
from typing import Final

from sqlalchemy.orm import Session, sessionmaker

from moderation import Category
from moderation.image.hash_lists import MalformedLine, parse_entries
from vernissage.db.hash_lists import HashLists
from vernissage.errors import BadInput
from vernissage.messages import N_
from vernissage.models.hash_lists import HashListRow
from vernissage.ports import Clock

MOST_ENTRIES: Final = 1_000_000
LONGEST_NAME: Final = 64


@dataclass(frozen=True, slots=True)
class RejectedList:
    """A file that was not imported, with every line of it that is malformed."""

    lines: tuple[MalformedLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HashListService:
    """Imports lists, switches them on or off, and removes them."""

    sessions: sessionmaker[Session]
    clock: Clock

    def add(
        self, data: bytes, *, name: str, category: Category, actor: str
    ) -> HashListRow | RejectedList:
        """Import the CSV file *data*: the new list, or the lines that are malformed.

        Raises BadInput for a name that is taken, or no name, and for a file that is no
        UTF-8, empty or too long.
        """
        name = " ".join(name.split())
        if not name or len(name) > LONGEST_NAME:
            text = N_("The name of a list must have 1 to %(most)s characters.")
            raise BadInput("name", text, most=LONGEST_NAME)
        try:
            found, malformed = parse_entries(
                StringIO(data.decode("utf-8-sig"), newline="")
            )
        except UnicodeDecodeError as error:
            text = N_("A list must be a CSV file in UTF-8.")
            raise BadInput("file", text) from error
        if malformed:
            return RejectedList(tuple(malformed))
        if not 1 <= len(found) <= MOST_ENTRIES:
            text = N_(
                "A list must have 1 to %(most)s entries, and this one has %(count)s."
            )
            raise BadInput("file", text, most=MOST_ENTRIES, count=len(found))
        with self.sessions.begin() as session:
            lists = HashLists(session)
            if lists.named(name) is not None:
                raise BadInput(
                    "name", N_("There is already a list “%(name)s”."), name=name
                )
            return lists.add(
                name,
                found,
                category=category,
                sha256=sha256(data).hexdigest(),
                actor=actor,
                at=self.clock(),
            )

    def switch(self, list_id: int, *, active: bool) -> None:
        """Make a list active or inactive, or raise NotFound."""
        with self.sessions.begin() as session:
            HashLists(session)[list_id].active = active

    def remove(self, list_id: int) -> None:
        """Remove a list, or raise NotFound."""
        with self.sessions.begin() as session:
            HashLists(session).remove(list_id)
