"""Explanation of a dropped pair, and overrides by a person."""

import getpass
from pathlib import Path

import click
from sqlalchemy.orm import Session

from datasets_cleaning.pair import UID_BYTES
from vernissage.cleaning.models import OverrideVerdict


class Uid(click.ParamType[bytes]):
    """A pair's uid in hexadecimal."""

    name = "uid"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> bytes:
        """The bytes that *value* spells."""
        try:
            uid = bytes.fromhex(str(value))
        except ValueError:
            uid = b""
        if len(uid) != UID_BYTES:
            digits = 2 * UID_BYTES
            self.fail(
                f"a uid must have {digits} hexadecimal digits, not {value!r}",
                param,
                ctx,
            )
        return uid


@click.command()
@click.argument("uid", type=Uid())
@click.option(
    "--in",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The folder of a run: shows everything that was measured there.",
)
def explain(uid: bytes, folder: Path | None) -> None:
    """Show which runs drop the pair UID, why, and what people decided about it."""
    from vernissage.cleaning.drops import Overrides
    from vernissage.cli.cleaning.database import database

    with database() as (_, sessions), sessions() as session:
        if folder is None:
            _tell_drops(session, uid)
        else:
            _tell_everything(folder, uid)
        for word in Overrides(session).of(uid):
            click.echo(
                f"{word.actor} on {word.at:%Y-%m-%d}: {word.verdict.value},"
                f" because {word.reason}"
            )


def _tell_drops(session: Session, uid: bytes) -> None:
    from vernissage.cleaning.drops import Drops
    from vernissage.cleaning.runs import Runs

    drops = Drops(session).of(uid)
    for drop in drops:
        run = Runs(session)[drop.run_id]
        doubtful = ", doubtful" if drop.borderline else ""
        click.echo(
            f"{run.folder}: {drop.key}, shard {drop.shard}, place {drop.place}:"
            f" {drop.reason}{doubtful} (plan {run.plan}, policy {run.policy})"
        )
    if not drops:
        click.echo("no recorded run drops it: it was kept or never seen")


def _tell_everything(folder: Path, uid: bytes) -> None:
    from datasets_cleaning.explain import explain as explained

    found = explained(folder, uid.hex())
    for one in found:
        decided = f"{one.decided}, then {one.final}" if one.final else one.decided
        click.echo(f"{one.shard}, place {one.row}: {decided}")
        for name, value in one.found.items():
            if value is not None:
                click.echo(f"  {name} {value}")
        for line in one.rules:
            click.echo(f"  by {line}")
        for shard, other, reason in one.same:
            click.echo(f"  like {other} in {shard}: {reason}")
    if not found:
        click.echo(f"no pair of the run in {folder} has that uid")


@click.command()
@click.argument("uid", type=Uid())
@click.argument("verdict", type=click.Choice([word.value for word in OverrideVerdict]))
@click.option("--because", "reason", required=True, help="Why, for colleagues.")
def override(uid: bytes, verdict: str, reason: str) -> None:
    """Keep or drop the pair UID in every run from now on."""
    from vernissage.bootstrap import components
    from vernissage.cleaning.drops import Overrides
    from vernissage.cli.cleaning.database import database

    with database() as (_, sessions), sessions.begin() as session:
        Overrides(session).record(
            uid,
            OverrideVerdict(verdict),
            reason=reason,
            actor=getpass.getuser(),
            at=components.now(),
        )
    click.echo("it takes effect when a run is started or resumed")
