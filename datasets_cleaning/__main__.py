"""Cleaning from a command line: `python -m datasets_cleaning`."""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from pathlib import Path
from typing import Any, Final

import click

from datasets_cleaning import catalogue
from datasets_cleaning.api import clean, resume
from datasets_cleaning.audit import MISS, OK, draw
from datasets_cleaning.classifiers import Classifiers
from datasets_cleaning.engines.local import LocalEngine
from datasets_cleaning.engines.ray import RayEngine
from datasets_cleaning.errors import CleaningError
from datasets_cleaning.explain import explain
from datasets_cleaning.job_state import JobState, status
from datasets_cleaning.overrides import read_overrides
from datasets_cleaning.plan import BUNDLED, Plan
from datasets_cleaning.progress import showing_progress
from datasets_cleaning.protocols import Engine
from datasets_cleaning.replay import replay
from datasets_cleaning.report import write as write_report
from datasets_cleaning.sources import Columns
from datasets_cleaning.summary import NOTHING, Summary
from moderation.errors import ModerationError

INTERRUPTED: Final = 130
SHOWN: Final = 5
"""The most failed shards that are named."""

FOLDER: Final = click.Path(exists=True, file_okay=False, path_type=Path)
EITHER: Final = click.Path(exists=True, path_type=Path)
FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)

MODELS: Final = ("clip", "processor", "text", "tokenizer", "heads", "detoxify")
QUALITIES: Final = ("aesthetics", "watermark")


def with_exit_code(command: Callable[..., int]) -> Callable[..., None]:
    """*command*, ending with its exit code, or with one sentence and `NOTHING`."""

    @wraps(command)
    def ending(**options: Any) -> None:
        try:
            code = command(**options)
        except (CleaningError, ModerationError) as error:
            click.echo(f"datasets_cleaning: {error}", err=True)
            code = NOTHING
        except KeyboardInterrupt:
            click.echo("stopped; nothing is lost: resume goes on", err=True)
            code = INTERRUPTED
        sys.exit(code)

    return ending


def engine_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """*command* with the options of those that have work done."""
    for option in (
        click.option("--address", help="Ray: the cluster; unset starts one here."),
        click.option(
            "--gpus",
            type=click.FloatRange(0),
            default=0.0,
            help="Ray: how much of a graphics card each worker takes.",
        ),
        click.option(
            "--workers",
            type=click.IntRange(1),
            help="How many work at a time; unset means one for each core.",
        ),
        click.option("--engine", type=click.Choice(["local", "ray"]), default="local"),
    ):
        command = option(command)
    return command


def model_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """*command* with an option for each path of `Classifiers`."""
    for name in reversed((*MODELS, *QUALITIES)):
        command = click.option(f"--{name}", type=EITHER, help=f"Path of {name}.")(
            command
        )
    command = click.option("--device", default="cpu", help="Where the models run.")(
        command
    )
    return click.option(
        "--list", "lists", type=FILE, multiple=True, help="Known pictures; repeatable."
    )(command)


@click.group()
def cli() -> None:
    """Judge image-text pairs for training; every drop is explained.

    Exit codes: 0 done, 2 nothing done, 3 partly done.
    """


@cli.command()
@click.argument("source")
@click.option(
    "--to", required=True, type=click.Path(path_type=Path), help="A new folder."
)
@click.option(
    "--plan",
    default=BUNDLED[0],
    show_default=True,
    help=f"A file, or one of {', '.join(BUNDLED)}.",
)
@click.option("--write", is_flag=True, help="Write what is kept; unset only judges.")
@click.option("--embeddings", is_flag=True, help="Keep CLIP's view of each picture.")
@click.option("--overrides", type=FILE, help="CSV: uid,verdict (keep or drop).")
@click.option("--image-column", help="Tables: where the pictures are.")
@click.option("--caption", help="Tables: a column; else json:FIELD.")
@click.option("--key-column", help="Tables: what a pair is called.")
@model_options
@engine_options
@with_exit_code
def run(**options: Any) -> int:
    """Clean SOURCE: tars, a table or a folder; a path or a URL."""
    paths = {name: options[name] for name in (*MODELS, *QUALITIES)}
    plan = Plan.named(options["plan"])
    for old, new in plan.renamed.items():
        click.echo(f"plan {plan.version}: {old} is now called {new}", err=True)
    with showing_progress(workers=_workers(options)) as on_progress:
        summary = clean(
            options["source"],
            options["to"],
            plan=plan,
            classifiers=Classifiers(
                **paths, lists=options["lists"], device=options["device"]
            ),
            columns=Columns(
                image=options["image_column"],
                caption=options["caption"],
                key=options["key_column"],
            ),
            write=options["write"],
            embeddings=options["embeddings"],
            overrides=options["overrides"],
            engine=_engine(options),
            on_progress=on_progress,
        )
    return _print_summary(summary)


@cli.command("resume")
@click.argument("folder", type=FOLDER)
@engine_options
@with_exit_code
def resume_job(**options: Any) -> int:
    """Go on with the job in FOLDER, with all that it was begun with."""
    with showing_progress(workers=_workers(options)) as on_progress:
        summary = resume(
            options["folder"], engine=_engine(options), on_progress=on_progress
        )
    return _print_summary(summary)


@cli.command("status")
@click.argument("folder", type=FOLDER)
@with_exit_code
def show_status(folder: Path) -> int:
    """Say how far the job in FOLDER has come."""
    _print_json(asdict(status(folder)))
    return 0


@cli.command("explain")
@click.argument("folder", type=FOLDER)
@click.argument("pair")
@with_exit_code
def show_pair(folder: Path, pair: str) -> int:
    """Say everything about PAIR, a uid or a key, in the job in FOLDER."""
    overrides_path = JobState.read(folder).content["options"].get("overrides")
    found = explain(
        folder, pair, read_overrides(Path(overrides_path)) if overrides_path else None
    )
    for explanation in found:
        _print_json(asdict(explanation))
    if not found:
        click.echo(f"no pair of the job has the uid or the key {pair!r}", err=True)
    return 0 if found else NOTHING


@cli.command("replay")
@click.argument("folder", type=FOLDER)
@click.option("--plan", required=True, help="A file, or the name of a bundled plan.")
@with_exit_code
def replay_plan(folder: Path, plan: str) -> int:
    """Say what another plan would decide on the pairs of the job in FOLDER."""
    difference = replay(folder, Plan.named(plan))
    before, after = difference.kept
    click.echo(f"{difference.old}: {before} of {difference.pairs} kept")
    click.echo(f"{difference.new}: {after} of {difference.pairs} kept")
    click.echo(f"changed: {difference.share:.2%}")
    for (old, new), count in difference.changed.items():
        click.echo(f"{count:>12}  {old} -> {new}")
    if difference.undecidable:
        click.echo(f"{difference.undecidable} can't be decided: not measured")
    if difference.lacking:
        click.echo(f"no ledger has {', '.join(difference.lacking)}")
    return 0


@cli.command("report")
@click.argument("folder", type=FOLDER)
@click.option("--gallery", is_flag=True, help="Show borderline pictures, blurred.")
@with_exit_code
def make_report(folder: Path, *, gallery: bool) -> int:
    """Write report.html and report.json on the job in FOLDER there."""
    click.echo(write_report(folder, gallery=gallery))
    return 0


@cli.command("audit")
@click.argument("folder", type=FOLDER)
@click.option("--count", type=click.IntRange(1), default=300, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@with_exit_code
def draw_audit(folder: Path, *, count: int, seed: int) -> int:
    """Draw a random sample of what the job in FOLDER keeps, for a person to look at."""
    path = draw(folder, count=count, seed=seed)
    click.echo(f"{path}: fill its column verdict with {OK} or {MISS}, then ask report")
    return 0


@cli.command("filters")
@click.option("--markdown", is_flag=True, help="As the table in docs/cleaning.md.")
def list_filters(*, markdown: bool) -> None:
    """List the filters that a plan may name, with thresholds and meanings."""
    click.echo(
        catalogue.markdown() if markdown else "\n".join(catalogue.lines()),
        nl=not markdown,
    )


def _workers(options: dict[str, Any]) -> int:
    workers: int = options["workers"] or os.cpu_count() or 1
    return workers


def _engine(options: dict[str, Any]) -> Engine:
    workers = _workers(options)
    if options["engine"] == "local":
        return LocalEngine(workers)
    return RayEngine(workers=workers, gpus=options["gpus"], address=options["address"])


def _print_summary(summary: Summary) -> int:
    click.echo(
        f"{summary.judged} of {summary.shards} shards judged, {summary.fresh} of them"
        f" now; {summary.kept} of {summary.pairs} pairs kept"
    )
    for reason, count in sorted(summary.tallies.items(), key=lambda item: -item[1]):
        click.echo(f"{count:>12}  {reason}")
    for name in summary.changed[:SHOWN]:
        click.echo(f"changed since the last run, judged again: {name}", err=True)
    for name in summary.damaged[:SHOWN]:
        click.echo(f"damaged, what could be read was judged: {name}", err=True)
    for name, problem in list(summary.failed.items())[:SHOWN]:
        click.echo(f"failed: {name}: {problem}", err=True)
    if (more := len(summary.failed) - SHOWN) > 0:
        click.echo(f"{more} more failed", err=True)
    if summary.stopped:
        click.echo(f"stopped: {summary.stopped}", err=True)
    return summary.exit_code


def _print_json(facts: dict[str, Any]) -> None:
    click.echo(json.dumps(facts, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    cli(prog_name="python -m datasets_cleaning")
