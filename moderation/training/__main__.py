"""`python -m moderation.training`: make the weights this package ships or loads."""

from pathlib import Path
from random import Random

import click

from moderation.training import head_commands

_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, exists=True, path_type=Path)


@click.group()
def main() -> None:
    """Train and convert the classifiers' weights."""


@main.command()
@click.option("--data", type=_FOLDER, required=True, help="Folder of labelled CSVs.")
@click.option("--to", type=_FILE, required=True, help="Safetensors file to write.")
@click.option("--version", default="prompt-linear-1", show_default=True)
@click.option("--without", multiple=True, help="A source to leave out for measuring.")
@click.option("--held-out", is_flag=True, help="Leave out what `made` writes, too.")
@click.option("--seed", default=1, show_default=True)
def prompts(  # noqa: PLR0913  # an option each
    *,
    data: Path,
    to: Path,
    version: str,
    without: tuple[str, ...],
    held_out: bool,
    seed: int,
) -> None:
    """Fit the bundled prompt classifier."""
    from moderation.training.corpus import training_texts  # noqa: PLC0415  # heavy
    from moderation.training.prompt_classifier import fit  # noqa: PLC0415  # heavy

    random = Random(seed)  # noqa: S311  # no secret
    examples = training_texts(
        data,
        without=frozenset(without),
        split="train" if held_out else "all",
        random=random,
    )
    click.echo(f"fitting on {len(examples)} texts")
    fit(examples).save(to, version=version)
    click.echo(f"wrote {to}, {to.stat().st_size / 2**20:.1f} MiB")


@main.command()
@click.option("--to", type=_FILE, required=True, help="CSV file to write.")
@click.option("--seed", default=5, show_default=True)
def made(*, to: Path, seed: int) -> None:
    """Write the made prompts that `prompts --held-out` never sees, to measure with."""
    from moderation.training import corpus  # noqa: PLC0415  # beside its use
    from moderation.training.labelled_texts import write  # noqa: PLC0415

    write(corpus.prompts("held-out", Random(seed)), to)  # noqa: S311  # no secret
    click.echo(f"wrote {to}")


@main.command()
@click.argument("checkpoint", type=_FILE)
@click.option("--tokenizer", type=_FILE, required=True, help="XLM-R's tokenizer.json.")
@click.option("--config", type=_FILE, required=True, help="XLM-R's config.json.")
@click.option("--to", type=click.Path(path_type=Path), required=True)
def detoxify(*, checkpoint: Path, tokenizer: Path, config: Path, to: Path) -> None:
    """Convert the published Detoxify CHECKPOINT into a folder without a pickle."""
    from moderation.training.detoxify_conversion import convert  # noqa: PLC0415  # heavy

    convert(checkpoint, tokenizer=tokenizer, config=config, to=to)
    click.echo(f"wrote {to}")


@main.command()
@click.option("--data", type=_FOLDER, required=True, help="Folder of labelled CSVs.")
@click.option("--to", type=_FOLDER, required=True, help="Folder to write into.")
@click.option("--seed", default=4, show_default=True)
def words(*, data: Path, to: Path, seed: int) -> None:
    """Learn letters and words of both languages, to tell plausible readings."""
    from moderation.training import vocabulary  # noqa: PLC0415  # beside its use
    from moderation.training.corpus import plainly_spelt  # noqa: PLC0415
    from moderation.training.labelled_texts import read  # noqa: PLC0415

    filed = [e for path in sorted(data.glob("*.csv")) for e in read(path)]
    vocabulary.save_bigrams(filed, to)
    vocabulary.save_words([*filed, *plainly_spelt(Random(seed))], to)  # noqa: S311  # no secret
    click.echo(f"wrote letters and words of English and Russian into {to}")


for command in (
    head_commands.heads,
    head_commands.convert_head,
    head_commands.concepts,
):
    main.add_command(command)


if __name__ == "__main__":
    main()
