"""The commands that make heads: fitted, converted, or looked up by their names."""

import hashlib
from pathlib import Path

import click

from moderation.errors import ModerationError
from moderation.training.labelled_pictures import LabelledEmbeddings, read_labels
from moderation.verdict import Category

_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, exists=True, path_type=Path)

_clip = click.option(
    "--clip",
    type=click.Path(exists=True, path_type=Path),
    required=True,
    help="The image encoder: a folder, or open_clip's ViT-L/14 as one file.",
)
_processor = click.option(
    "--processor", type=_FOLDER, help="Its preprocessor_config.json."
)
_to = click.option("--to", type=_FILE, required=True, help="Safetensors file to write.")


@click.command()
@_clip
@_processor
@_to
@click.option("--pictures", type=_FOLDER, required=True, help="Pictures and one CSV.")
@click.option(
    "--embeddings",
    type=_FILE,
    help="An .npy file with an embedding per line of the CSV, to look at no picture.",
)
@click.option(
    "--network",
    type=click.Choice(["things", "linear", "mlp"]),
    default="things",
    show_default=True,
    help="Tell objects apart, or one calibrated output per category.",
)
@click.option("--steps", default=1500, show_default=True, help="Of gradient descent.")
def heads(  # noqa: PLR0913  # as many as the command has options
    *,
    clip: Path,
    processor: Path | None,
    pictures: Path,
    embeddings: Path | None,
    to: Path,
    network: str,
    steps: int,
) -> None:
    """Fit heads over an image encoder, and say how well they tell pictures apart."""
    from moderation.training import cross_validation  # noqa: PLC0415  # heavy
    from moderation.training.head_training import (  # noqa: PLC0415
        HeadTrainer,
        MultiLabelTrainer,
        SoftmaxTrainer,
        train_head,
    )
    from moderation.training.published_heads import ClipTarget  # noqa: PLC0415

    teachers: dict[str, HeadTrainer] = {
        "things": SoftmaxTrainer(steps=steps),
        "linear": MultiLabelTrainer(steps=steps),
        "mlp": MultiLabelTrainer(steps=steps, hidden=(128,)),
    }
    trainer, target = teachers[network], ClipTarget.of(clip)
    examples = _examples(clip, processor, pictures, embeddings)
    if examples.embeddings.shape[1] != target.dimension:
        raise ModerationError(
            f"{embeddings} holds {examples.embeddings.shape}, the encoder makes"
            f" {target.dimension} numbers"
        )
    for met in (cross_validation.on_new_pictures, cross_validation.on_new_objects):
        click.echo(met.__name__.replace("_", " "))
        for found in met(examples, trainer):
            click.echo(f"  {found}")
    name = to.stem.removeprefix("heads-")
    made = train_head(examples, trainer, name=name, encoder=target.digest)
    made.save(to)
    click.echo(f"wrote {made.version} for {clip} to {to}")


@click.command()
@click.argument("published", type=_FILE)
@click.option(
    "--form",
    type=click.Choice(["nsfw", "violence"]),
    required=True,
    help="LAION's NSFW head (zip or pth), or two learned prompts as Q16 has (npy).",
)
@_clip
@_processor
@_to
@click.option(
    "--category",
    type=click.Choice([category.value for category in Category]),
    help="What it scores.",
)
@click.option(
    "--pictures", type=_FOLDER, help="Test it with these, and with their CSV."
)
def convert_head(  # noqa: PLR0913  # as many as the command has options
    *,
    published: Path,
    form: str,
    clip: Path,
    processor: Path | None,
    to: Path,
    category: str | None,
    pictures: Path | None,
) -> None:
    """Convert a PUBLISHED head over CLIP ViT-L/14, and test its polarity."""
    from moderation.training.published_heads import ClipTarget, HeadFormat, convert  # noqa: PLC0415

    shown = None if pictures is None else _examples(clip, processor, pictures, None)
    made = convert(
        published,
        ClipTarget.of(clip),
        form=HeadFormat(form),
        category=None if category is None else Category(category),
        examples=shown,
    )
    made.save(to)
    digest = hashlib.sha256(published.read_bytes()).hexdigest()
    click.echo(f"wrote {made.version} for {clip} to {to}, from SHA-256 {digest}")


@click.command()
@_clip
@_to
@click.option("--text-encoder", type=_FOLDER, help="Where CLIP is a folder: its words.")
@click.option("--concepts", type=_FILE, help="Other phrases than the bundled ones.")
@click.option("--architecture", default="ViT-L-14-quickgelu", show_default=True)
def concepts(
    *,
    clip: Path,
    to: Path,
    text_encoder: Path | None,
    concepts: Path | None,
    architecture: str,
) -> None:
    """Make the head that looks for phrases, by the published checker's thresholds."""
    from moderation.training import concepts as zero_shot  # noqa: PLC0415  # heavy
    from moderation.training.published_heads import ClipTarget  # noqa: PLC0415

    if text_encoder is not None:
        embed = zero_shot.transformers_text(text_encoder)
    elif clip.is_file():
        embed = zero_shot.open_clip_text(clip, architecture=architecture)
    else:
        raise click.UsageError("--clip is a folder: give its --text-encoder")
    phrases = (
        zero_shot.ConceptPhrases.bundled()
        if concepts is None
        else zero_shot.ConceptPhrases.read(concepts)
    )
    digest = ClipTarget.of(clip).digest
    name = to.stem.removeprefix("heads-")
    made = zero_shot.concept_head(phrases, embed, name=name, encoder=digest)
    made.save(to)
    click.echo(f"wrote {made.version} for {clip} to {to}")


def _examples(
    clip: Path, processor: Path | None, pictures: Path, embeddings: Path | None
) -> LabelledEmbeddings:
    """The labelled *pictures* as *clip* sees them, or with their *embeddings*."""
    from moderation.clip import OpenClip, TransformersClip  # noqa: PLC0415  # heavy

    labels = read_labels(pictures)
    if embeddings is not None:
        return LabelledEmbeddings.read(labels, embeddings)
    encoder: OpenClip | TransformersClip
    if clip.is_file():
        encoder = OpenClip.load(clip)
    else:
        encoder = TransformersClip.load(clip, processor)
    with click.progressbar(labels, label="looking") as labelled:
        return LabelledEmbeddings.embed(labelled, encoder)
