"""A worker that cleans for others: shards by message, runs for the site."""

import click


@click.command()
def work() -> int:
    """Run a worker that cleans for others, until it is stopped.

    Drives the runs that administrators start on the site. With Redis or RabbitMQ it
    also takes single shards, of any run, by message; start as many as there are
    machines or GPUs.
    """
    from vernissage.cli.cleaning.database import database
    from vernissage.cli.extras import demand

    demand("cleaning")
    from vernissage.worker import cleaning

    with database(level="INFO") as (settings, sessions):
        return cleaning.work(settings, sessions)
