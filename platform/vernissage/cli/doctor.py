"""`vernissage doctor`: everything that the site needs on this machine."""

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object on each line.")
def doctor(*, as_json: bool) -> int:
    """Check everything that Vernissage needs on this machine.

    Prints one line for each check. Exits with 1 if any has failed.
    """
    from vernissage.cli.health_checks import FACTS, report

    return report(FACTS, as_json=as_json)
