"""The schema of the database."""

import click


@click.group()
def db() -> None:
    """Look after the database's schema."""


@db.command()
def upgrade() -> None:
    """Bring the database up to the newest revision."""
    from vernissage.bootstrap.data_dir import home
    from vernissage.cli.environment import read_settings
    from vernissage.db import migrate

    read = read_settings()
    home(read)
    migrate.upgrade(read.database)
    click.echo(f"The database is at revision {migrate.current(read.database)}.")


@db.command()
def current() -> None:
    """Show the revision of the database, and of this program."""
    from vernissage.bootstrap.data_dir import home
    from vernissage.cli.environment import read_settings
    from vernissage.db import migrate

    read = read_settings()
    home(read)
    click.echo(f"database {migrate.current(read.database) or 'empty'}")
    click.echo(f"program {migrate.newest()}")
