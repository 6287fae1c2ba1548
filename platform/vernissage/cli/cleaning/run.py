"""A cleaning run from the command line: started or resumed."""

from collections.abc import Callable
from pathlib import Path
from threading import Event as Flag
from typing import Any

import click

from datasets_cleaning.plan import Plan
from vernissage.cleaning.models import Run
from vernissage.db.session import Sessions
from vernissage.settings import Settings


def _driving(command: Callable[..., int]) -> Callable[..., int]:
    """Give *command* the options for engine, workers, limit and output."""
    options = (
        click.option(
            "--engine",
            type=click.Choice(["local", "celery", "ray"]),
            default="local",
            show_default=True,
            help="Local processes, Celery workers or Ray.",
        ),
        click.option(
            "--workers",
            type=click.IntRange(min=1),
            help="Processes or actors; unset: one per core, or one for the GPU.",
        ),
        click.option(
            "--limit-shards",
            type=click.IntRange(min=1),
            help="Only this many shards, from the first on.",
        ),
        click.option(
            "--json",
            "as_json",
            is_flag=True,
            help="Print the totals as one JSON object.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@click.argument("source")
@click.option(
    "--to",
    "folder",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="A new folder for the results, or the folder of the same run.",
)
@click.option(
    "--plan",
    "plan_name",
    help="File of a plan, or name of a bundled one; unset: default.",
)
@click.option(
    "--write", is_flag=True, help="Write the kept pairs as well as the verdicts."
)
@_driving
def run(
    source: str, *, folder: Path, plan_name: str | None, write: bool, **options: Any
) -> int:
    """Clean SOURCE and put the results into a folder.

    SOURCE is a tar, a table (CSV, Parquet, JSON lines), a folder of either, or a folder
    of pictures with captions; a path, or a URL that fsspec knows. The same command
    again continues where it was stopped. Exits with 0, with 2 if nothing could be done,
    and with 3 if a part could not.
    """
    from vernissage.cli.cleaning.database import database
    from vernissage.cli.extras import demand

    demand("cleaning")
    from vernissage.bootstrap import cleaning

    plan = plan_called(plan_name or "default")
    with database() as (settings, sessions):
        asked = cleaning.asked_for(
            sessions, source=source, folder=folder, plan=plan, writes=write
        )
        return _drive(settings, sessions, asked, **options)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@_driving
def resume(folder: Path, **options: Any) -> int:
    """Resume the run in FOLDER and apply people's decisions about its pairs.

    Results so far are kept. Source and plan stay the same. Exits as `run` does.
    """
    from vernissage.cli.cleaning.database import database, run_of
    from vernissage.cli.extras import demand

    demand("cleaning")
    with database() as (settings, sessions):
        return _drive(settings, sessions, run_of(sessions, str(folder)), **options)


def plan_called(name: str) -> Plan:
    """The plan in the file *name*, or the bundled one of that name, or PlanError."""
    return Plan.read(Path(name)) if Path(name).suffix else Plan.bundled(name)


def _drive(  # noqa: PLR0913  # one argument per option
    settings: Settings,
    sessions: Sessions,
    asked: Run,
    *,
    engine: str,
    workers: int | None,
    limit_shards: int | None,
    as_json: bool,
) -> int:
    from datasets_cleaning.progress import showing_progress
    from vernissage.bootstrap import cleaning
    from vernissage.cli.cleaning.summary import print_summary
    from vernissage.cli.output import print_line

    driver = cleaning.driver(settings, sessions, Flag())
    work_engine = cleaning.engine(
        settings, sessions, asked, kind=engine, workers=workers
    )
    run = driver.take(asked.id)
    # the number of workers that take messages is unknown here
    local = None if engine == "celery" else workers or cleaning.local_workers(settings)
    with showing_progress(workers=local) as on_progress:
        job = cleaning.job(
            settings,
            sessions,
            run,
            engine=work_engine,
            limit=limit_shards,
            on_progress=on_progress,
        )
        summary = driver.drive(run, job)
    if as_json:
        print_line({"run": str(run.id), "folder": run.folder, **summary.facts()})
    else:
        print_summary(summary)
    return summary.exit_code
