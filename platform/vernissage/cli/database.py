"""The schema of the database."""

import click


@click.group()
def db() -> None:
    """Manage the database schema."""


@db.command()
def upgrade() -> None:
    """Upgrade the database to the newest revision."""
    from vernissage.bootstrap.data_dir import data_dir
    from vernissage.cli.environment import load_settings
    from vernissage.db import migrate

    read = load_settings()
    data_dir(read)
    migrate.upgrade(read.database)
    click.echo(f"The database is at revision {migrate.current(read.database)}.")


@db.command()
def current() -> None:
    """Show the revisions of the database and of this program."""
    from vernissage.bootstrap.data_dir import data_dir
    from vernissage.cli.environment import load_settings
    from vernissage.db import migrate

    read = load_settings()
    data_dir(read)
    click.echo(f"database {migrate.current(read.database) or 'empty'}")
    click.echo(f"program {migrate.newest()}")
