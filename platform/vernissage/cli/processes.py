"""The long-running commands: one for each kind of process, and one for all of them."""

import click

from vernissage.errors import SettingsError


@click.command()
def serve() -> None:
    """Serve the site and its API."""
    from vernissage.cli.environment import load_settings
    from vernissage.cli.web_server import WebServer, check_port

    settings = load_settings(level="INFO")
    check_port(settings)
    WebServer(settings).run()


@click.command()
def screen() -> int:
    """Check submitted prompts before they are painted."""
    from vernissage.bootstrap.workers import build_screener
    from vernissage.cli.environment import load_settings
    from vernissage.cli.extras import demand
    from vernissage.worker.consumer import run_worker
    from vernissage.worker.queues import SCREENING

    settings = load_settings(level="INFO")
    if settings.detoxify is not None:
        demand("screener")
    screener = build_screener(settings)
    return run_worker(settings, SCREENING, screener.screen_all, screener.stopping)


@click.command()
def paint() -> int:
    """Paint the pictures that wait in the queue."""
    from vernissage.cli.environment import load_settings
    from vernissage.cli.extras import demand

    settings = load_settings(level="INFO")
    demand("painter")
    from vernissage.bootstrap.workers import build_generator
    from vernissage.worker.consumer import run_worker
    from vernissage.worker.queues import PAINTING

    generator = build_generator(settings)
    return run_worker(settings, PAINTING, generator.generate_all, generator.stopping)


@click.command(short_help="Start the site, the screener and the generator.")
def run() -> None:
    """Start the site, the screener and the generator under one supervisor."""
    from vernissage.bootstrap.data_dir import data_dir
    from vernissage.cli.environment import load_settings
    from vernissage.cli.extras import demand
    from vernissage.cli.supervision import CLEANING, PROGRAMS, supervise
    from vernissage.cli.web_server import address, check_port

    settings = load_settings(level="INFO")
    demand("painter")
    if settings.detoxify is not None:
        demand("screener")
    if settings.datasets is not None:
        demand("cleaning")
    folder = data_dir(settings)
    check_port(settings)
    administrator = _prepare_database(settings.database)
    click.echo(f"Vernissage runs at {address(settings)}; Ctrl-C stops it.")
    if administrator is not None:
        name, password = administrator
        click.echo(f"Administrator: {name}\nOne-time password: {password}")
    supervise(folder, PROGRAMS | (CLEANING if settings.datasets else {}))


def _prepare_database(database: str) -> tuple[str, str] | None:
    """Bring the *database* up to date; the new administrator and one-time password."""
    from sqlalchemy.exc import SQLAlchemyError

    from vernissage.db import migrate
    from vernissage.db.session import connect
    from vernissage.services.accounts import ensure_administrator

    try:
        migrate.upgrade(database)
        sessions = connect(database)
        administrator = ensure_administrator(sessions)
        sessions.engine.dispose()
    except SQLAlchemyError as error:
        first = str(error).partition("\n")[0]
        raise SettingsError(f"cannot use the database: {first}") from error
    return administrator
