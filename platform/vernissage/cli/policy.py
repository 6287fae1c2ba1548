"""Commands for policies: check one, compare two, replay the log under another."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

NAME: Final = click.Path(path_type=Path)


@click.group()
def policy() -> None:
    """Check, compare and try out policies.

    A policy is named by its file, or is one of the bundled balanced, strict and youth.
    """


@policy.command()
@click.argument("file", type=NAME, required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def check(*, file: Path | None, as_json: bool) -> int:
    """Check FILE, or the policy in force, for faults.

    Prints one line for each fault. Exits with 1 if there is any.
    """
    from moderation import Policy
    from moderation.errors import PolicyError
    from vernissage.cli.environment import load_settings
    from vernissage.cli.output import print_line
    from vernissage.cli.policy_output import to_text

    name = load_settings().policy if file is None else file
    version, problems = None, list[str]()
    try:
        found = Policy.named(name)
        version, text = found.version, to_text(found)
    except PolicyError as error:
        problems = str(error).splitlines()
        text = "\n".join(f"{name}: {problem}" for problem in problems)
    if as_json:
        print_line({"policy": version, "problems": problems})
    else:
        click.echo(text)
    return 1 if problems else 0


@policy.command()
@click.argument("before", type=NAME)
@click.argument("after", type=NAME)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on each line.")
def diff(*, before: Path, after: Path, as_json: bool) -> None:
    """Show the thresholds that differ between the policies BEFORE and AFTER."""
    from moderation import Policy
    from vernissage.cli.output import print_line
    from vernissage.cli.policy_output import compared, comparison

    policies = Policy.named(before), Policy.named(after)
    if as_json:
        for line in compared(*policies):
            print_line(line)
    else:
        comparison(*policies)


@policy.command()
@click.argument("name", metavar="POLICY", type=NAME)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    required=True,
    help="Only pictures submitted on this day (UTC) or later.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def replay(*, name: Path, since: datetime, as_json: bool) -> None:
    """Show which pictures would have ended differently under POLICY.

    Only the scores in the decision log are read: no prompt or picture is checked again,
    and nothing is changed. What a person decided stays.
    """
    from moderation import Policy
    from vernissage.bootstrap.components import sessions
    from vernissage.cli.environment import load_settings
    from vernissage.cli.output import print_line
    from vernissage.cli.policy_output import print_replay, replay_to_dict
    from vernissage.db.decisions import Decisions
    from vernissage.reasons.replay import tally

    other, day = Policy.named(name), since.replace(tzinfo=UTC)
    with sessions(load_settings())() as session:
        found = tally(Decisions(session).since(day), other)
    if as_json:
        print_line(replay_to_dict(found, policy=other.version, since=day))
    else:
        print_replay(found, policy=other.version, since=day)
