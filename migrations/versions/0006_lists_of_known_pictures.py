"""lists of known pictures."""

from alembic import op
import sqlalchemy as sa


revision = "0006"
down_revision = "0005"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "hash_lists",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("category", sa.String(16), nullable=False),
        sa.Column("added_by", sa.String(64), nullable=False),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="hash_lists_key"),
        sa.UniqueConstraint("name", name="hash_lists_name_unique"),
    )
    op.create_table(
        "hash_entries",
        sa.Column("list_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("list_id", "kind", "hash", name="hash_entries_key"),
        sa.ForeignKeyConstraint(
            ["list_id"],
            ["hash_lists.id"],
            name="hash_entries_list_id_to_hash_lists",
        ),
    )


def downgrade() -> None:
    op.drop_table("hash_entries")
    op.drop_table("hash_lists")
