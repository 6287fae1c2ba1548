"""what another policy would have said."""

from alembic import op
import sqlalchemy as sa


revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("decisions", sa.Column("shadow", sa.JSON()))


def downgrade() -> None:
    op.drop_column("decisions", "shadow")
