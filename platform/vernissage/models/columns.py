"""The base of every table, and the column types that both databases share."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Enum,
    Integer,
    MetaData,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase

from vernissage.states import State

BigId = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts up by itself only in a column of type INTEGER."""


class UTCDateTime(TypeDecorator[datetime]):
    """A moment in UTC: SQLite forgets time zones, so both databases get none."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        """Store *value* as UTC without a zone."""
        del dialect
        return value and value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        """Give *value* its zone back."""
        del dialect
        return value and value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(
        naming_convention={
            "ix": "%(table_name)s_by_%(column_0_N_name)s",
            "uq": "%(table_name)s_%(column_0_N_name)s_unique",
            "fk": "%(table_name)s_%(column_0_N_name)s_to_%(referred_table_name)s",
            "pk": "%(table_name)s_key",
        }
    )
    type_annotation_map = {  # noqa: RUF012  # SQLAlchemy reads it from the class
        datetime: UTCDateTime,
        dict[str, Any]: JSON,
        list[dict[str, Any]]: JSON,
        list[str]: JSON,
        State: Enum(
            State,
            native_enum=False,
            length=16,
            values_callable=lambda states: [state.value for state in states],
        ),
    }
