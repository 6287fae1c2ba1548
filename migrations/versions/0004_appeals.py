"""appeals, and how much of a prompt its canonical form changed."""

from alembic import op
import sqlalchemy as sa


revision = "0004"
down_revision = "0003"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("artworks", sa.Column("changes", sa.Double()))
    op.create_table(
        "appeals",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("artwork_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("answer_id", BIG_ID),
        sa.PrimaryKeyConstraint("id", name="appeals_key"),
        sa.UniqueConstraint("artwork_id", name="appeals_artwork_id_unique"),
        sa.ForeignKeyConstraint(
            ["artwork_id"], ["artworks.id"], name="appeals_artwork_id_to_artworks"
        ),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["decisions.id"], name="appeals_answer_id_to_decisions"
        ),
    )


def downgrade() -> None:
    op.drop_table("appeals")
    op.drop_column("artworks", "changes")
