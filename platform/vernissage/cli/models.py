"""The models on this machine, and conversion into one."""

from pathlib import Path
from typing import Final

import click

FOLDER: Final = click.Path(path_type=Path, exists=True, file_okay=False)


@click.group()
def models() -> None:
    """Find, check and convert the weights of models."""


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on each line.")
def list_(*, as_json: bool) -> None:
    """Show the models on this machine.

    Looks in the package, in the folder of VERNISSAGE_WEIGHTS and in the cache of the
    Hugging Face hub. A star marks the model in use.
    """
    from vernissage.bootstrap import components
    from vernissage.cli.environment import load_settings
    from vernissage.cli.extras import demand

    demand("painter")
    from vernissage.cli.models_output import known_models, to_dict, to_text
    from vernissage.cli.output import print_line

    settings = load_settings()
    in_force = components.weights(settings).resolve()
    for model in known_models(settings):
        if as_json:
            print_line(to_dict(model) | {"in_force": model.path == in_force})
        else:
            star = "*" if model.path == in_force else " "
            click.echo(f"{star} {to_text(model)}")


@models.command()
@click.argument("path", type=FOLDER)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on each line.")
def check(*, path: Path, as_json: bool) -> int:
    """Check which model is in PATH and whether it is complete.

    Prints one line for each part. Exits with 1 if something is missing, damaged or does
    not fit the rest.
    """
    from vernissage.cli.extras import demand

    demand("painter")
    from generation.checkpoints.inspection import inspect
    from vernissage.cli.models_output import facts
    from vernissage.cli.output import print_line

    report = inspect(path)
    for fact in facts(report):
        if as_json:
            print_line(fact.to_dict())
        else:
            click.echo(fact.to_text())
    return 1 if report.model is None else 0


@models.command()
@click.argument("source", type=FOLDER)
@click.argument("destination", type=click.Path(path_type=Path))
@click.option(
    "--clip",
    type=FOLDER,
    help="OpenAI's ViT-L/14 as the hub has it, which original checkpoints lack.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on each line.")
def convert(
    *, source: Path, destination: Path, clip: Path | None, as_json: bool
) -> None:
    """Convert SOURCE into the new folder DESTINATION.

    The source holds the original checkpoints of Kandinsky 2.1, or a model whose weights
    are pickled. Prints one line for each part, and one for what is still missing.
    """
    from vernissage.cli.extras import demand

    demand("painter")
    from generation.checkpoints.conversion.convert import convert as converted
    from vernissage.cli.models_output import gained, verdict
    from vernissage.cli.output import print_line

    for part in converted(source, destination, clip=clip):
        if as_json:
            print_line(
                {
                    "part": part.part,
                    "source": str(part.source),
                    "tensors": part.tensors,
                    "unexpected": part.unexpected,
                }
            )
        else:
            click.echo(gained(part))
    if not as_json:
        click.echo(verdict(destination))
