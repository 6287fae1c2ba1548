"""Checks for `vernissage clean doctor`."""

from collections.abc import Mapping
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from types import MappingProxyType
from typing import Final

import click

from vernissage.cli.health_checks import FACTS as SITE
from vernissage.cli.health_checks import Fact, Finding, Mark, report
from vernissage.settings import Settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object on each line.")
def doctor(*, as_json: bool) -> int:
    """Check what a cleaning run needs on this machine.

    Prints one line for each check. Exits with 1 if any has failed.
    """
    return report(FACTS, as_json=as_json)


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
        "torch device": SITE["torch device"],
        "torchvision": SITE["torchvision"],
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
        "database": SITE["database"],
        "broker": SITE["broker"],
        "site": _desk,
        "home": SITE["home"],
        "disk": SITE["disk"],
    }
)
"""The checks, in the order in which a failure explains the next."""
