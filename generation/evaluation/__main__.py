"""python -m generation.evaluation COMMAND [--weights FOLDER] [--count N] ..."""

import json
from copy import copy
from dataclasses import asdict
from datetime import datetime
from os import cpu_count
from pathlib import Path
from platform import machine, processor
from typing import Any, Final

import click
from rich.console import Console

from generation.evaluation.ablation import ablation
from generation.evaluation.cat_prior import cat_prior
from generation.evaluation.experiment import Options, open_experiment, with_options
from generation.evaluation.fid import fid
from generation.evaluation.image_cache import load_images
from generation.evaluation.prompt_adherence import ASPECTS, prompt_adherence
from generation.evaluation.reconstruction import reconstruction
from generation.evaluation.report import contact_sheet, page, terminal_table
from generation.evaluation.result import Result
from generation.evaluation.suite import CAT, parts, reported

REPORT: Final = "report.html"

_only = click.option(
    "--only",
    type=click.Choice(list(ASPECTS)),
    multiple=True,
    help="Leave the others out: a model may not have learnt them.",
)
_to = click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path),
    help="Where painted pictures stay: none of them is painted twice.",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(help="Measures what a model can do.")
def main() -> None:
    """Every command measures one part; report measures all."""


@main.command("prompt-adherence", help="Whether pictures show their prompts.")
@_only
@click.option("--sheet", "sheet_file", type=click.Path(path_type=Path))
@_to
@_json
@with_options
def _prompt_adherence(
    only: tuple[str, ...],
    sheet_file: Path | None,
    folder: Path | None,
    as_json: bool,  # noqa: FBT001  # click passes flags by name
    **options: Any,
) -> None:
    with open_experiment(folder, Options(**options)) as experiment:
        result = prompt_adherence(experiment, only)
        if sheet_file is not None:
            files = sorted(experiment.images.folder.iterdir())
            contact_sheet(list(load_images(files))).save(sheet_file)
    _printed(result, as_json=as_json)


_former_name = copy(_prompt_adherence)
_former_name.name, _former_name.hidden = "listening", True
_former_name.deprecated = "It is called prompt-adherence now."
main.add_command(_former_name)


@main.command("fid", help="FID and CLIP score along guidance scales.")
@_to
@_json
@with_options
def _fid(folder: Path | None, as_json: bool, **options: Any) -> None:  # noqa: FBT001
    with open_experiment(folder, Options(**options)) as experiment:
        result = fid(experiment)
    _printed(result, as_json=as_json)


@main.command("ablation", help="Table 3: what the prior is worth.")
@_to
@_json
@with_options
def _ablation(folder: Path | None, as_json: bool, **options: Any) -> None:  # noqa: FBT001
    with open_experiment(folder, Options(**options)) as experiment:
        result = ablation(experiment)
    _printed(result, as_json=as_json)


@main.command("reconstruction", help="Table 4: what MoVQ leaves of a picture.")
@_to
@_json
@with_options
def _reconstruction(folder: Path | None, as_json: bool, **options: Any) -> None:  # noqa: FBT001
    with open_experiment(folder, Options(**options)) as experiment:
        result = reconstruction(experiment)
    _printed(result, as_json=as_json)


@main.command("cat-prior", help="A linear prior fitted on 500 pairs of one kind.")
@click.option("--kind", default=CAT, show_default=True, help="A thing of the world.")
@_to
@_json
@with_options
def _cat_prior(
    kind: str,
    folder: Path | None,
    as_json: bool,  # noqa: FBT001  # click passes flags by name
    **options: Any,
) -> None:
    with open_experiment(folder, Options(**options)) as experiment:
        result = cat_prior(experiment, kind)
    _printed(result, as_json=as_json)


@main.command("report", help="All parts, and one page; run it again to go on.")
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path),
    required=True,
    help="Where results and pictures stay, and the page is written.",
)
@_only
@with_options
def _report(folder: Path, only: tuple[str, ...], **options: Any) -> None:
    with open_experiment(folder, Options(**options)) as experiment:
        settings = {"only": list(only or ASPECTS)}
        results = reported(experiment, parts(only), settings)
    about = [
        f"{datetime.now().astimezone():%Y-%m-%d %H:%M}",
        f"{processor() or machine()}, {cpu_count()} cores",
    ]
    (folder / REPORT).write_text(page(results, folder, about=about), "utf-8")
    for result in results:
        _printed(result, as_json=False)
    click.echo(folder / REPORT)


def _printed(result: Result, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(asdict(result), ensure_ascii=False))
        return
    console = Console()
    console.print(terminal_table(result))
    for note in result.notes:
        console.print(note, highlight=False)


if __name__ == "__main__":
    main()
