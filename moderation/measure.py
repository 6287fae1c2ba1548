"""`python -m moderation.measure`: `moderation.evaluate` by its name before 0.2."""

import click

from moderation.evaluate import main

if __name__ == "__main__":
    click.echo("moderation.measure is called moderation.evaluate now", err=True)
    main()
