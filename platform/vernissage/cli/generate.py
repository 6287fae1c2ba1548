"""Generation of one picture into a file, in one process."""

import os
from pathlib import Path
from types import MappingProxyType
from typing import Final

import click

CODES: Final = MappingProxyType({"published": 0, "refused": 3, "in_review": 4})
"""Exit codes by state; 1 for any other."""


@click.command()
@click.argument("prompt")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The PNG file to write.",
)
@click.option(
    "--aspect", default="1:1", show_default=True, help="Width to height, such as 16:9."
)
@click.option("--seed", type=int, help="The same seed gives the same picture.")
@click.option("--steps", type=int, help="Denoising steps; unset: what suits the model.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--lang",
    type=click.Choice(["en", "ru"]),
    help="Language of the answer; unset: the locale's.",
)
def generate(  # noqa: PLR0913  # one argument per option
    *,
    prompt: str,
    out: Path,
    aspect: str,
    seed: int | None,
    steps: int | None,
    as_json: bool,
    lang: str | None,
) -> int:
    """Paint PROMPT into a file, as the site would.

    The gates and the records are the same. A file is written only when the picture is
    published. Exits with 0 if it is, 3 if the prompt or the picture was refused, 4 if a
    reviewer has to look at it first, and 1 if painting failed.
    """
    check(out)
    from vernissage.cli.environment import language, load_settings
    from vernissage.cli.extras import demand

    demand("painter")
    from vernissage.cli.generate_artwork import generate_artwork, to_dict, to_lines
    from vernissage.cli.output import print_line
    from vernissage.errors import BadInput
    from vernissage.messages import translator

    translations = translator(language(lang))
    try:
        done = generate_artwork(
            load_settings(),
            prompt=prompt,
            aspect=aspect,
            seed=seed,
            steps=steps,
            translations=translations,
        )
    except BadInput as error:
        problem = translations.gettext(error.problem)
        raise click.UsageError(
            problem % error.values if error.values else problem
        ) from error
    if done.png is not None:
        out.write_bytes(done.png)
    if as_json:
        answer = to_dict(
            done.artwork, done.decisions, out=out, translations=translations
        )
        print_line(answer)
    else:
        for line in to_lines(
            done.artwork, done.decisions, out=out, translations=translations
        ):
            click.echo(line)
    return CODES.get(done.artwork.state, 1)


def check(out: Path) -> None:
    """Raise UsageError unless a PNG file *out* can be written."""
    if out.suffix.lower() != ".png":
        raise click.UsageError(f"pictures are PNG files, so {out} must end in .png")
    if not out.parent.is_dir():
        raise click.UsageError(f"there is no folder {out.parent}")
    if not os.access(out if out.exists() else out.parent, os.W_OK):
        raise click.UsageError(f"cannot write to {out}")
