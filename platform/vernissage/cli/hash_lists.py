"""Commands for hash lists of known pictures."""

from pathlib import Path
from typing import Final

import click

FILE: Final = click.Path(path_type=Path, exists=True, dir_okay=False)
SHOWN: Final = 1000
"""Malformed lines that are named; the number of the others is given."""


@click.group()
def hashes() -> None:
    """Import, show and remove lists of banned pictures."""


@hashes.command("import")
@click.argument("file", type=FILE)
@click.option("--name", help="Name of the list; unset: the name of the file.")
@click.option(
    "--category",
    default="unsafe",
    show_default=True,
    help="Category of the entries whose label names none.",
)
def import_(*, file: Path, name: str | None, category: str) -> int:
    """Import FILE: CSV with the columns hash and kind (pdq or sha256).

    The list applies from the next picture on. If any line is malformed, every such line
    is named and nothing is imported.
    """
    from getpass import getuser

    from moderation import Category
    from vernissage.bootstrap import components
    from vernissage.cli.environment import load_settings
    from vernissage.db import migrate
    from vernissage.services.hash_lists import RejectedList

    if category not in set(Category):
        raise click.UsageError(
            f"the category must be one of {', '.join(Category)}, not {category!r}"
        )
    settings = load_settings()
    lists = components.hash_lists(settings)
    migrate.upgrade(settings.database)
    answer = lists.add(
        file.read_bytes(),
        name=file.stem if name is None else name,
        category=Category(category),
        actor=getuser()[:64],
    )
    if isinstance(answer, RejectedList):
        for line in answer.lines[:SHOWN]:
            click.echo(f"{file}, {line}", err=True)
        count = len(answer.lines)
        lines = "1 malformed line" if count == 1 else f"{count} malformed lines"
        click.echo(f"{lines}: nothing was imported", err=True)
        return 1
    click.echo(f"{answer.name}: {answer.count} entries ({answer.kind})")
    return 0


@hashes.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on each line.")
def list_(*, as_json: bool) -> None:
    """Show the lists, oldest first. A star marks the active ones."""
    from vernissage.bootstrap import components
    from vernissage.cli.environment import load_settings
    from vernissage.cli.output import print_line
    from vernissage.db.hash_lists import HashLists

    with components.sessions(load_settings())() as session:
        found = HashLists(session).all()
    for one in found:
        if as_json:
            print_line(
                {
                    "name": one.name,
                    "category": one.category,
                    "kind": one.kind,
                    "entries": one.count,
                    "sha256": one.sha256,
                    "added_by": one.added_by,
                    "added_at": one.added_at.isoformat(),
                    "active": one.active,
                }
            )
        else:
            star = "*" if one.active else " "
            click.echo(
                f"{star} {one.name}: {one.count} entries ({one.kind}), {one.category},"
                f" by {one.added_by} on {one.added_at:%Y-%m-%d}"
            )


@hashes.command()
@click.argument("name")
def remove(*, name: str) -> int:
    """Remove the list NAME and all its entries."""
    from vernissage.bootstrap import components
    from vernissage.cli.environment import load_settings
    from vernissage.db.hash_lists import HashLists

    lists = components.hash_lists(load_settings())
    with lists.sessions() as session:
        found = HashLists(session).named(name)
    if found is None:
        click.echo(f"there is no list {name!r}", err=True)
        return 1
    lists.remove(found.id)
    click.echo(f"removed {name}: {found.count} entries")
    return 0
