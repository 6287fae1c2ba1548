"""Checks for `vernissage clean doctor`."""

from collections.abc import Mapping
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from types import MappingProxyType
from typing import Final

import click

from vernissage.cli.health_checks import FACTS as SITE_FACTS
from vernissage.cli.health_checks import Fact, Finding, Mark, checked
from vernissage.settings import Settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object on each line.")
def doctor(*, as_json: bool) -> int:
    """Check what a cleaning run needs on this machine.

    Prints one line for each check. Exits with 1 if any has failed.
    """
    from vernissage.cli.environment import load_settings
    from vernissage.cli.output import print_line

    settings = load_settings(level="CRITICAL")
    failed = False
    for name, fact in FACTS.items():
        mark, finding = checked(fact, settings)
        failed = failed or mark is Mark.FAIL
        if as_json:
            print_line({"fact": name, "mark": mark.value, "finding": finding})
        else:
            click.echo(f"{mark.value:<5}{name:<19}{finding}")
    return 1 if failed else 0


def _package(module: str, package: str, without: str, _: Settings) -> Finding:
    """The version of *package* if *module* can be imported; *without* it, a warning."""
    try:
        import_module(module)
        return Mark.OK, version(package)
    except (ImportError, PackageNotFoundError):
        return Mark.WARN, f"not here: {without}"


def _plan(settings: Settings) -> Finding:
    """Load everything that the default plan asks for."""
    from datasets_cleaning.plan import Plan
    from vernissage.bootstrap import cleaning

    plan = Plan.bundled()
    measures = plan.measures(cleaning.classifiers(settings).load())
    return Mark.OK, f"{plan.version} can be applied with: " + ", ".join(
        type(measure).__name__.lower() for measure in measures
    )


def _versions(settings: Settings) -> Finding:
    from vernissage.bootstrap import cleaning

    return Mark.OK, ", ".join(cleaning.classifiers(settings).versions())


def _desk(settings: Settings) -> Finding:
    if settings.datasets is None:
        return Mark.OK, "no runs from there: VERNISSAGE_DATASETS is unset"
    return Mark.OK, f"cleans below {settings.datasets}"


FACTS: Final[Mapping[str, Fact]] = MappingProxyType(
    {
        "torch device": SITE_FACTS["torch device"],
        "torchvision": SITE_FACTS["torchvision"],
        "classifiers": _versions,
        "default plan": _plan,
        "simplejpeg": partial(
            _package, "simplejpeg", "simplejpeg", "JPEGs are decoded more slowly"
        ),
        "faiss": partial(
            _package,
            "faiss",
            "faiss-cpu",
            "near and semantic duplicates cannot be found",
        ),
        "ray": partial(
            _package,
            "ray.data",
            "ray",
            "pip install 'vernissage[ray]' for --engine ray",
        ),
        "database": SITE_FACTS["database"],
        "broker": SITE_FACTS["broker"],
        "site": _desk,
        "home": SITE_FACTS["home"],
        "disk": SITE_FACTS["disk"],
    }
)
"""The checks, in the order in which a failure explains the next."""
