"""Alembic's entrance: the URL comes from the caller, the truth from the rows."""

from typing import Any, Literal

from alembic import context

# all tables belong to Row, wherever they are
import vernissage.models.accounts
import vernissage.models.appeals
import vernissage.cleaning.models
import vernissage.models.hash_lists  # noqa: F401  # for its tables, as the others
from vernissage.db.session import open_engine
from vernissage.models.columns import UTCDateTime, Base
from vernissage.settings import Settings


def render(kind: str, thing: Any, _autogen_context: Any) -> str | Literal[False]:
    """Write our own column type as what the database sees."""
    return (
        "sa.DateTime()" if kind == "type" and isinstance(thing, UTCDateTime) else False
    )


url = context.config.attributes.get("url") or Settings.load().database
engine = open_engine(url)
try:
    with engine.execution_options(writes=True).connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_item=render,
            render_as_batch=True,
            compare_type=True,
            compare_server_default=True,
        )
        with context.begin_transaction():
            context.run_migrations()
finally:
    engine.dispose()
