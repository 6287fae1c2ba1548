"""what the prior read in place of a prompt."""

from alembic import op
import sqlalchemy as sa


revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("artworks", sa.Column("translation", sa.Text()))


def downgrade() -> None:
    op.drop_column("artworks", "translation")
