"""Checks of an installation."""

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object on each line.")
def doctor(*, as_json: bool) -> int:
    """Check everything that Vernissage needs on this machine.

    Prints one line for each check. Exits with 1 if any has failed.
    """
    from vernissage.cli.environment import load_settings
    from vernissage.cli.health_checks import FACTS, Mark, checked
    from vernissage.cli.output import print_line

    settings = load_settings(level="CRITICAL")
    failed = False
    for name, fact in FACTS.items():
        mark, finding = checked(fact, settings)
        failed = failed or mark is Mark.FAIL
        if as_json:
            line = {"fact": name, "mark": mark.value, "finding": finding}
            print_line(line)
        else:
            click.echo(f"{mark.value:<5}{name:<19}{finding}")
    return 1 if failed else 0
