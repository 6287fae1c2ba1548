"""`python -m moderation.training`: make the weights this package ships or loads."""

from pathlib import Path
from random import Random

import click

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
@click.option("--seed", default=1, show_default=True)
def prompts(
    *, data: Path, to: Path, version: str, without: tuple[str, ...], seed: int
) -> None:
    """Fit the bundled prompt classifier."""
    from moderation.training.corpus import gathered  # noqa: PLC0415  # heavy
    from moderation.training.prompts import fit  # noqa: PLC0415  # heavy

    random = Random(seed)  # noqa: S311  # no secret
    examples = gathered(data, without=frozenset(without), random=random)
    click.echo(f"fitting on {len(examples)} texts")
    fit(examples).save(to, version=version)
    click.echo(f"wrote {to}, {to.stat().st_size / 2**20:.1f} MiB")


@main.command()
@click.option("--to", type=_FILE, required=True, help="CSV file to write.")
@click.option("--each", default=12, show_default=True, help="Prompts per template.")
@click.option("--seed", default=5, show_default=True)
def made(*, to: Path, each: int, seed: int) -> None:
    """Write the made prompts that training never sees, to measure with."""
    from moderation.training.examples import write  # noqa: PLC0415  # beside its use
    from moderation.training.grammar import Grammar  # noqa: PLC0415

    random = Random(seed)  # noqa: S311  # no secret
    write(Grammar.bundled().examples("held-out", each=each, random=random), to)
    click.echo(f"wrote {to}")


@main.command()
@click.argument("checkpoint", type=_FILE)
@click.option("--tokenizer", type=_FILE, required=True, help="XLM-R's tokenizer.json.")
@click.option("--config", type=_FILE, required=True, help="XLM-R's config.json.")
@click.option("--to", type=click.Path(path_type=Path), required=True)
def detoxify(*, checkpoint: Path, tokenizer: Path, config: Path, to: Path) -> None:
    """Convert the published Detoxify CHECKPOINT into a folder without a pickle."""
    from moderation.training.checkpoint import convert  # noqa: PLC0415  # heavy

    convert(checkpoint, tokenizer=tokenizer, config=config, to=to)
    click.echo(f"wrote {to}")


@main.command()
@click.option("--data", type=_FOLDER, required=True, help="Folder of labelled CSVs.")
@click.option("--to", type=_FOLDER, required=True, help="Folder to write into.")
def letters(*, data: Path, to: Path) -> None:
    """Learn which letters follow which, to tell plausible readings."""
    from moderation.training.examples import read  # noqa: PLC0415  # beside its use
    from moderation.training.letters import save  # noqa: PLC0415

    save((e for path in sorted(data.glob("*.csv")) for e in read(path)), to)
    click.echo(f"wrote prompt-letters-en.txt and prompt-letters-ru.txt into {to}")


@main.command()
@click.option(
    "--clip",
    type=click.Path(exists=True, path_type=Path),
    required=True,
    help="Image encoder to fit to: a folder, or open_clip's ViT-L/14 as one file.",
)
@click.option("--processor", type=_FOLDER, help="Its preprocessor_config.json.")
@click.option("--pictures", type=_FOLDER, required=True, help="Pictures and one CSV.")
@click.option("--to", type=_FILE, required=True, help="Safetensors file to write.")
@click.option("--steps", default=1500, show_default=True, help="Of gradient descent.")
def heads(
    *, clip: Path, processor: Path | None, pictures: Path, to: Path, steps: int
) -> None:
    """Fit heads over an image encoder, and say how well they tell pictures apart."""
    from moderation.image.clip import OpenClip, TransformersClip  # noqa: PLC0415  # heavy
    from moderation.training import separation  # noqa: PLC0415
    from moderation.training.heads import Lesson, heads_for  # noqa: PLC0415
    from moderation.training.pictures import Examples, read_labels  # noqa: PLC0415

    encoder: OpenClip | TransformersClip
    if clip.is_file():
        encoder = OpenClip.load(clip)
    else:
        encoder = TransformersClip.load(clip, processor)
    lesson = Lesson(steps=steps)
    with click.progressbar(read_labels(pictures), label="looking") as labelled:
        examples = Examples.embed(labelled, encoder)
    for met in (separation.on_new_pictures, separation.on_new_objects):
        click.echo(met.__name__.replace("_", " "))
        for found in met(examples, lesson):
            click.echo(f"  {found}")
    name = to.stem.removeprefix("heads-")
    made = heads_for(examples, lesson, name=name, encoder=encoder.digest)
    made.save(to)
    click.echo(f"wrote {made.version} for {encoder.version} to {to}")


if __name__ == "__main__":
    main()
