"""plain column names, and why a gate could not judge."""

from alembic import op
import sqlalchemy as sa


revision = "0007"
down_revision = "0006"

BORDERLINE = ("run_drops", "run_shards")


def upgrade() -> None:
    # both databases rename a column in place, whatever the table holds
    for table in BORDERLINE:
        op.execute(f"ALTER TABLE {table} RENAME COLUMN grey TO borderline")
    op.add_column("decisions", sa.Column("failure", sa.String(255), nullable=True))


def downgrade() -> None:
    op.drop_column("decisions", "failure")
    for table in BORDERLINE:
        op.execute(f"ALTER TABLE {table} RENAME COLUMN borderline TO grey")
