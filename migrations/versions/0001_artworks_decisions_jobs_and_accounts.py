"""artworks, decisions, jobs and accounts."""

from alembic import op
import sqlalchemy as sa


revision = "0001"
down_revision = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATE = sa.String(16)

INSERT_ONLY = ("events", "decisions")


def upgrade() -> None:
    create_artworks()
    create_jobs()
    create_accounts()
    protect = {"sqlite": protect_sqlite, "postgresql": protect_postgresql}
    protect[op.get_bind().dialect.name]()


def downgrade() -> None:
    for table in (
        "memberships",
        "accounts",
        "roles",
        "drops",
        "jobs",
        "decisions",
        "events",
        "artworks",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")


def create_artworks() -> None:
    op.create_table(
        "artworks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("aspect", sa.String(8), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("steps", sa.Integer()),
        sa.Column("state", STATE, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime()),
        sa.Column("submitted_at", sa.DateTime(), nullable=False),
        sa.Column("screened_at", sa.DateTime()),
        sa.Column("painted_at", sa.DateTime()),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("picture", sa.String(128)),
        sa.Column("model", sa.String(128)),
        sa.PrimaryKeyConstraint("id", name="artworks_key"),
    )
    op.create_index("artworks_by_state", "artworks", ["state", "submitted_at"])
    op.create_index("artworks_by_screened_at", "artworks", ["owner", "screened_at"])
    op.create_index("artworks_by_painted_at", "artworks", ["owner", "painted_at"])
    op.create_table(
        "events",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("artwork_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("state", STATE, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer()),
        sa.Column("steps", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="events_key"),
        sa.ForeignKeyConstraint(
            ["artwork_id"], ["artworks.id"], name="events_artwork_id_to_artworks"
        ),
    )
    op.create_index("events_by_artwork", "events", ["artwork_id", "id"])
    op.create_table(
        "decisions",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("artwork_id", sa.Uuid(), nullable=False),
        sa.Column("gate", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(8), nullable=False),
        sa.Column("judged", sa.Boolean(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("thresholds", sa.JSON(), nullable=False),
        sa.Column("policy", sa.String(64), nullable=False),
        sa.Column("models", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("actor", sa.String(64)),
        sa.Column("note", sa.Text()),
        sa.Column("decided_at", sa.DateTime(), nullable=False),
        sa.Column("milliseconds", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="decisions_key"),
        sa.ForeignKeyConstraint(
            ["artwork_id"], ["artworks.id"], name="decisions_artwork_id_to_artworks"
        ),
    )
    op.create_index("decisions_by_artwork", "decisions", ["artwork_id"])
    op.create_index("decisions_by_time", "decisions", ["decided_at"])


def create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("plan", sa.String(64), nullable=False),
        sa.Column("policy", sa.String(64), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime()),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="jobs_key"),
    )
    op.create_table(
        "drops",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="drops_key"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="drops_job_id_to_jobs"),
    )
    op.create_index("drops_by_job", "drops", ["job_id"])


def create_accounts() -> None:
    op.create_table(
        "roles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("id", name="roles_key"),
        sa.UniqueConstraint("name", name="roles_name_unique"),
    )
    op.create_table(
        "accounts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(64), nullable=False),
        sa.Column("password", sa.String(255), nullable=False),
        sa.Column("own_password", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="accounts_key"),
        sa.UniqueConstraint("username", name="accounts_username_unique"),
        sa.UniqueConstraint("fs_uniquifier", name="accounts_fs_uniquifier_unique"),
    )
    op.create_table(
        "memberships",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "role_id", name="memberships_key"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="memberships_account_id_to_accounts"
        ),
        sa.ForeignKeyConstraint(
            ["role_id"], ["roles.id"], name="memberships_role_id_to_roles"
        ),
    )


def protect_sqlite() -> None:
    """Refuse changes; INSERT OR REPLACE deletes without any delete trigger."""
    for table in INSERT_ONLY:
        known = f"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"  # noqa: S608  # ours
        for name, event in (
            ("update", f"UPDATE ON {table}"),
            ("delete", f"DELETE ON {table}"),
            ("replace", f"INSERT ON {table} WHEN {known}"),
        ):
            op.execute(
                f"CREATE TRIGGER {table}_refuse_{name} BEFORE {event}"
                f" BEGIN SELECT RAISE(ABORT, '{table} is insert-only'); END"
            )


def protect_postgresql() -> None:
    """Refuse changes."""
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION '% is insert-only', TG_TABLE_NAME; END $$"
    )
    for table in INSERT_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_refuse_change"
            f" BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
