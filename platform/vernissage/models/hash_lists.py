"""The lists of known pictures, and the hashes on them."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from vernissage.models.columns import Base, BigId


class HashListRow(Base):
    """A list: its file's *sha256*, its importer *added_by*, and whether it is active.

    *category* is that of each entry whose label names none. *kind* is that of all
    entries, or `mixed`.
    """

    __tablename__ = "hash_lists"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    category: Mapped[str] = mapped_column(String(16))
    added_by: Mapped[str] = mapped_column(String(64))
    added_at: Mapped[datetime]
    sha256: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(8))
    count: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)

    @property
    def version(self) -> str:
        """The name of the list for the record."""
        return f"list {self.name}@{self.sha256[:12]}"


class HashEntryRow(Base):
    """A hash on a list."""

    __tablename__ = "hash_entries"

    list_id: Mapped[int] = mapped_column(ForeignKey("hash_lists.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    label: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
