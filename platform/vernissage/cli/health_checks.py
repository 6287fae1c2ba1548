"""The checks of `vernissage doctor`."""

import shutil
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from types import MappingProxyType
from typing import Final

import click
from PIL import Image

from moderation import Outcome
from vernissage.bootstrap import components, gates
from vernissage.bootstrap.data_dir import data_dir
from vernissage.cli.extras import lacking, remedy
from vernissage.settings import Settings

OLDEST_PYTHON: Final = (3, 11)
PACKAGES: Final = ("numpy", "pillow", "sqlalchemy", "celery", "flask")
EXTRAS: Final = ("screener", "painter", "cleaning")
"""Kinds of processes that need more than the web server and the command line do."""

GIB: Final = 2**30
LITTLE: Final = 2.0
TOO_LITTLE: Final = 0.25
"""Free space in GiB that deserves a warning, and that stops the work."""

RECENTLY: Final = timedelta(hours=24)
"""The time over which failures of gates are found."""

HARMLESS: Final = "a red apple on a wooden table"
HARMFUL: Final = "a dead man in a pool of blood, gore, a severed head"


class Mark(StrEnum):
    """The severity of a finding."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


Finding = tuple[Mark, str]
Fact = Callable[[Settings], Finding]


def checked(fact: Fact, settings: Settings) -> Finding:
    """The finding of *fact*; an exception is a failure."""
    try:
        return fact(settings)
    except Exception as error:  # noqa: BLE001  # a checkup goes on to the next fact
        first = str(error).partition("\n")[0]
        return Mark.FAIL, f"{type(error).__name__}: {first}"


def report(facts: Mapping[str, Fact], *, as_json: bool) -> int:
    """Print a line for each of *facts*; the exit status, 1 when any has failed."""
    from vernissage.cli.environment import load_settings
    from vernissage.cli.output import print_line

    settings = load_settings(level="CRITICAL")
    failed = False
    for name, fact in facts.items():
        mark, finding = checked(fact, settings)
        failed = failed or mark is Mark.FAIL
        if as_json:
            print_line({"fact": name, "mark": mark.value, "finding": finding})
        else:
            click.echo(f"{mark.value:<5}{name:<19}{finding}")
    return int(failed)


def _python(settings: Settings) -> Finding:
    del settings
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] >= OLDEST_PYTHON:
        return Mark.OK, found
    return Mark.FAIL, f"{found} is too old, 3.11 is needed"


def _packages(settings: Settings) -> Finding:
    del settings
    found = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    if without := [extra for extra in EXTRAS if lacking(extra)]:
        return Mark.WARN, (
            f"{found}; nothing here for {', '.join(without)}: {remedy(*without)}"
        )
    return Mark.OK, found


def _installed(extra: str, fact: Fact, settings: Settings) -> Finding:
    """The finding of *fact* where *extra* is installed; elsewhere a warning."""
    if missing := lacking(extra):
        return Mark.WARN, f"{', '.join(missing)} not installed: {remedy(extra)}"
    return fact(settings)


def _device(settings: Settings) -> Finding:
    import torch

    found = f"torch {torch.__version__}"
    kind = torch.device(settings.device).type
    if kind == "cuda" and not torch.cuda.is_available():
        return Mark.FAIL, f"{settings.device} is set, and torch sees no such device"
    if kind == "cuda":
        return Mark.OK, f"{torch.cuda.get_device_name(settings.device)}, {found}"
    return Mark.OK, f"{settings.device}, {torch.get_num_threads()} threads, {found}"


def _torchvision(settings: Settings) -> Finding:
    del settings
    if find_spec("torchvision") is None:
        return Mark.OK, "not installed, and not needed"
    import torch

    from torch_runtime.torchvision_operators import declare_missing_operators

    declare_missing_operators()
    # an operator that is only declared has no kernel for any device
    if torch._C._dispatch_has_kernel_for_dispatch_key("torchvision::nms", "CPU"):  # noqa: SLF001  # torch has no public question for it
        return Mark.OK, f"{version('torchvision')}, its own"
    return Mark.WARN, (
        f"{version('torchvision')} was built for another torch; its missing operators"
        " are declared, and nothing here calls them"
    )


def _database(settings: Settings) -> Finding:
    from sqlalchemy.engine import make_url

    from vernissage.db import migrate

    data_dir(settings)
    found, newest = migrate.current(settings.database), migrate.newest()
    backend = make_url(settings.database).get_backend_name()
    if found == newest:
        return Mark.OK, f"{backend}, revision {found}"
    if found is None:
        return Mark.WARN, f"{backend} is empty: run vernissage db upgrade"
    return Mark.FAIL, (
        f"{backend} is at revision {found}, the program at {newest}:"
        " run vernissage db upgrade"
    )


def _broker(settings: Settings) -> Finding:
    from kombu.connection import Connection

    scheme = settings.broker_url.partition(":")[0]
    if scheme == "memory":
        return Mark.OK, "none needed: workers are notified on this machine"
    broker = Connection(settings.broker_url, connect_timeout=2)  # type: ignore[no-untyped-call]  # kombu has no types
    with broker as connection:
        try:
            connection.ensure_connection(max_retries=1, timeout=2)
        except Exception as error:  # noqa: BLE001  # every transport has its own kinds
            # its message may hold the password
            return Mark.FAIL, f"{scheme} does not answer: {type(error).__name__}"
    return Mark.OK, f"{scheme} answers"


def _home(settings: Settings) -> Finding:
    return Mark.OK, f"{data_dir(settings)} is writable"


def _model(settings: Settings) -> Finding:
    from generation.checkpoints.weights import Weights

    return Mark.OK, Weights.find(components.weights(settings)).verified()


def _heads(settings: Settings) -> Finding:
    gate = gates.image_gate(settings)
    verdict = gate.judge(Image.new("RGB", (64, 64), "white"))
    if not verdict.judged:
        return Mark.FAIL, "every picture goes to review: the image heads do not work"
    return Mark.OK, ", ".join(verdict.models)


def _prompts(settings: Settings) -> Finding:
    gate = gates.text_gate(settings)
    harmless, harmful = gate.judge(HARMLESS), gate.judge(HARMFUL)
    if not harmless.judged:
        return Mark.FAIL, "every prompt goes to review: the classifiers do not work"
    if harmless.outcome is not Outcome.ALLOW or harmful.outcome is Outcome.ALLOW:
        return (
            Mark.FAIL,
            "the classifiers do not tell harmful prompts from harmless ones",
        )
    return Mark.OK, ", ".join(dict.fromkeys(harmless.models))


def _gates(settings: Settings) -> Finding:
    from vernissage.db.decisions import Decisions

    with components.sessions(settings)() as session:
        failures = Decisions(session).failures_since(components.now() - RECENTLY)
    if not failures:
        return Mark.OK, "each could judge, in the last 24 hours"
    found = "; ".join(f"{one.gate}: {one.count} × {one.cause}" for one in failures)
    return Mark.WARN, f"could not judge in the last 24 hours: {found}"


def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(data_dir(settings)).free / GIB
    mark = Mark.FAIL if free < TOO_LITTLE else Mark.WARN if free < LITTLE else Mark.OK
    return mark, f"{free:.1f} GiB free"


FACTS: Final[Mapping[str, Fact]] = MappingProxyType(
    {
        "Python": _python,
        "packages": _packages,
        "torch device": partial(_installed, "screener", _device),
        "torchvision": partial(_installed, "screener", _torchvision),
        "database": _database,
        "broker": _broker,
        "home": _home,
        "model": partial(_installed, "painter", _model),
        "image heads": partial(_installed, "painter", _heads),
        "prompt classifiers": _prompts,
        "gates": _gates,
        "disk": _disk,
    }
)
"""The checks, in the order in which a failure explains the next."""
