"""cleaning runs, their shards, every verdict, and what people said about pairs.

What the old tables say is kept, but for the detail of a drop: it may quote a caption.
"""

from uuid import UUID

from alembic import op
import sqlalchemy as sa


revision = "0005"
down_revision = "0004"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

RUNS = sa.table(
    "runs",
    *(sa.column(name) for name in ("source", "folder", "plan", "plan_text", "policy")),
    *(sa.column(name) for name in ("state", "phase", "problem")),
    sa.column("id", sa.Uuid()),
    sa.column("writes", sa.Boolean()),
    sa.column("reasons", sa.JSON()),
    *(sa.column(name, sa.DateTime()) for name in ("asked_at", "finished_at")),
    *(sa.column(name, sa.Integer()) for name in ("shards", "done", "seen", "kept")),
)
DROPS = sa.table(
    "run_drops",
    sa.column("run_id", sa.Uuid()),
    *(sa.column(name, sa.Integer()) for name in ("shard", "place")),
    *(sa.column(name) for name in ("key", "reason")),
    sa.column("grey", sa.Boolean()),
)
OLD_JOBS = sa.table(
    "jobs",
    sa.column("id", sa.Uuid()),
    *(sa.column(name) for name in ("source", "plan", "policy")),
    *(sa.column(name, sa.DateTime()) for name in ("started_at", "finished_at")),
    *(sa.column(name, sa.Integer()) for name in ("seen", "kept")),
)
OLD_DROPS = sa.table(
    "drops",
    sa.column("id", sa.Integer()),
    sa.column("job_id", sa.Uuid()),
    *(sa.column(name) for name in ("key", "reason", "detail")),
)


def upgrade() -> None:
    create_runs()
    create_verdicts()
    protect = {"sqlite": protect_sqlite, "postgresql": protect_postgresql}
    protect[op.get_bind().dialect.name]()
    carry_over()
    op.drop_table("drops")
    op.drop_table("jobs")


def downgrade() -> None:
    create_jobs()
    carry_back()
    for table in ("overrides", "run_drops", "shard_verdicts", "run_shards", "runs"):
        op.drop_table(table)


def create_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("plan", sa.String(64), nullable=False),
        sa.Column("plan_text", sa.Text(), nullable=False),
        sa.Column("policy", sa.String(64), nullable=False),
        sa.Column("writes", sa.Boolean(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("started_by", sa.String(64)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("lease_owner", sa.String(128)),
        sa.Column("lease_until", sa.DateTime()),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime()),
        sa.Column("phase", sa.String(8)),
        sa.Column("shards", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("kept", sa.BigInteger(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="runs_key"),
    )
    op.create_index("runs_by_folder", "runs", ["folder"])
    op.create_index("runs_by_state", "runs", ["state", "asked_at"])
    op.create_table(
        "run_shards",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phase", sa.String(8), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.String(128)),
        sa.Column("lease_until", sa.DateTime()),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("grey", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("manifest", sa.JSON()),
        sa.PrimaryKeyConstraint("run_id", "number", name="run_shards_key"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name="run_shards_run_id_to_runs"
        ),
    )


def create_verdicts() -> None:
    op.create_table(
        "shard_verdicts",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("codes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "number", name="shard_verdicts_key"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name="shard_verdicts_run_id_to_runs"
        ),
    )
    op.create_table(
        "run_drops",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("shard", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("place", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("uid", sa.LargeBinary(16)),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("grey", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "shard", "place", name="run_drops_key"),
    )
    op.create_index("run_drops_by_uid", "run_drops", ["uid"])
    op.create_table(
        "overrides",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("uid", sa.LargeBinary(16), nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="overrides_key"),
    )
    op.create_index("overrides_by_uid", "overrides", ["uid"])


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


def protect_sqlite() -> None:
    """Refuse changes; INSERT OR REPLACE deletes without any delete trigger."""
    known = "EXISTS (SELECT 1 FROM overrides WHERE id = NEW.id)"
    for name, event in (
        ("update", "UPDATE ON overrides"),
        ("delete", "DELETE ON overrides"),
        ("replace", f"INSERT ON overrides WHEN {known}"),
    ):
        op.execute(
            f"CREATE TRIGGER overrides_refuse_{name} BEFORE {event}"
            " BEGIN SELECT RAISE(ABORT, 'overrides is insert-only'); END"
        )


def protect_postgresql() -> None:
    """Refuse changes."""
    op.execute(
        "CREATE TRIGGER overrides_refuse_change"
        " BEFORE UPDATE OR DELETE OR TRUNCATE ON overrides"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def carry_over() -> None:
    """Make a run of one shard of each job: its pairs had no place, and are numbered."""
    database = op.get_bind()
    for job in database.execute(sa.select(OLD_JOBS)).mappings().all():
        run = {
            **{name: job[name] for name in ("id", "source", "plan", "policy")},
            **{name: job[name] for name in ("finished_at", "seen", "kept")},
            "folder": "",
            "plan_text": "",
            "writes": True,
            "reasons": [],
            "state": "done" if job["finished_at"] else "failed",
            "asked_at": job["started_at"],
            "shards": 0,
            "done": 0,
            "problem": "" if job["finished_at"] else "it did not end",
        }
        database.execute(sa.insert(RUNS), run)
        copy_drops(database, job["id"])


def copy_drops(database: sa.Connection, job_id: UUID) -> None:
    place = sa.func.row_number().over(order_by=OLD_DROPS.c.id) - 1
    grey = OLD_DROPS.c.reason.contains("_review:")
    drops = sa.select(
        OLD_DROPS.c.job_id,
        sa.literal(0),
        place,
        OLD_DROPS.c.key,
        OLD_DROPS.c.reason,
        grey,
    ).where(OLD_DROPS.c.job_id == job_id)
    database.execute(sa.insert(DROPS).from_select(list(DROPS.c.keys()), drops))


def carry_back() -> None:
    """Make a job of each run, and a drop of each drop; the rest has no place there."""
    database = op.get_bind()
    runs = sa.select(
        *(RUNS.c[name] for name in ("id", "source", "plan", "policy")),
        *(RUNS.c[name] for name in ("asked_at", "finished_at", "seen", "kept")),
    )
    database.execute(sa.insert(OLD_JOBS).from_select(list(OLD_JOBS.c.keys()), runs))
    drops = sa.select(
        DROPS.c.run_id, DROPS.c.key, DROPS.c.reason, sa.literal("")
    ).order_by(DROPS.c.run_id, DROPS.c.shard, DROPS.c.place)
    names = ["job_id", "key", "reason", "detail"]
    database.execute(sa.insert(OLD_DROPS).from_select(names, drops))
