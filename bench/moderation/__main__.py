"""python -m bench.moderation [--quick] [--json]."""

import json
import platform
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Final

import click
import numpy as np
import torch

from bench.engine.quiet import quiet
from bench.moderation import inputs, weights
from bench.moderation.cascade import Cascade
from bench.moderation.inputs import PromptMix
from bench.moderation.timing import seconds
from moderation import Policy, PromptGate
from moderation.bundled import bundled_classifiers
from moderation.image.pdq import PdqHash
from moderation.image.uploads import read_upload
from moderation.text.detoxify import Detoxify

UNSAFE: Final = 0.05
"""The share of prompts that ask for something unsafe."""
RECALLS: Final = (0.98, 0.99)


@dataclass(frozen=True, slots=True)
class Workload:
    """The number of things to judge, and of rounds."""

    prompts: int
    read: int
    rounds: int
    side: int
    full: bool


USUAL: Final = Workload(prompts=600, read=20, rounds=2, side=1024, full=True)
QUICK: Final = Workload(prompts=100, read=5, rounds=1, side=256, full=False)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure."""

    what: str
    figure: float
    unit: str


@click.command(help="Times what judging costs, on one core.")
@click.option("--quick", is_flag=True, help="Small, once: to see that it runs.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def main(quick: bool, as_json: bool) -> None:  # noqa: FBT001  # click passes flags by name
    """Judges prompts, embeddings and uploads."""
    torch.set_num_threads(1)
    quiet()
    plan = QUICK if quick else USUAL
    lines = chain(on_prompts(plan), on_embeddings(plan), on_uploads(plan))
    if as_json:
        found = {"machine": machine(), "lines": [asdict(line) for line in lines]}
        click.echo(json.dumps(found))
        return
    click.echo(machine())
    for line in lines:
        click.echo(f"{line.what:<58} {line.figure:>10,.4g} {line.unit}")


def on_prompts(plan: Workload) -> Iterator[Figure]:
    """The bundled gate, Detoxify in both precisions, and the one before the other."""
    mix = PromptMix.drawn(plan.prompts, unsafe=UNSAFE)
    bundled = bundled_classifiers()
    gate = PromptGate(classifiers=bundled, policy=Policy.bundled())
    fast = seconds(lambda: [gate.judge(text) for text in mix.all], rounds=plan.rounds)
    yield Figure("the bundled gate", plan.prompts / fast, "prompts/s")
    few = mix.all[:: len(mix.all) // plan.read]
    known = PromptMix.drawn(plan.prompts, unsafe=0.5, seed=1).unsafe
    with TemporaryDirectory() as folder:
        weights.save_detoxify(Path(folder), full=plan.full)
        for name, int8 in (("fp32", False), ("int8", True)):
            slow = Detoxify.load(Path(folder), int8=int8)
            read = partial(_read, slow, few)
            alone = len(few) / seconds(read, rounds=plan.rounds)
            yield Figure(f"Detoxify {name}", alone, "prompts/s")
            for recall in RECALLS:
                cascade = Cascade.of_recall(recall, known, gate, slow)
                began = process_time()
                asked = cascade.judge(mix.all) / plan.prompts
                both = process_time() - began
                what = f"the gate, then Detoxify {name}, at {recall:.0%} recall"
                yield Figure(what, plan.prompts / both, "prompts/s")
                yield Figure(
                    "   times Detoxify alone", plan.prompts / both / alone, "x"
                )
                yield Figure("   of the prompts reach Detoxify", 100 * asked, "%")


def on_embeddings(plan: Workload) -> Iterator[Figure]:
    """All published heads and one of ten categories over one embedding."""
    heads = weights.heads()
    random = np.random.default_rng(3)
    points = random.normal(0, 1, (200, heads.dimension)).astype(np.float32)
    took = seconds(lambda: [heads.scores(p) for p in points], rounds=plan.rounds)
    yield Figure("four heads over one embedding", took / len(points) * 1e6, "us")


def on_uploads(plan: Workload) -> Iterator[Figure]:
    """Reading what strangers send, and hashing what they show."""
    for kind in inputs.KINDS:
        data = inputs.picture(kind, plan.side)
        took = seconds(partial(read_upload, data), rounds=plan.rounds)
        yield Figure(f"{kind} of {plan.side} x {plan.side}", 1 / took, "uploads/s")
    image = read_upload(data).image
    took = seconds(partial(PdqHash.dihedral, image), rounds=plan.rounds)
    yield Figure("   PDQ of it, in eight orientations", took * 1e3, "ms")


def machine() -> str:
    """The processor, the day and the versions that the figures were made with."""
    facts = Path("/proc/cpuinfo")
    names = [
        line.partition(":")[2].strip()
        for line in (facts.read_text("utf-8") if facts.is_file() else "").splitlines()
        if line.startswith("model name")
    ]
    name = names[0] if names else platform.processor() or platform.machine()
    return (
        f"{name}, one core, processor time; {datetime.now(UTC).date().isoformat()};"
        f" torch {torch.__version__}, NumPy {np.__version__}"
    )


def _read(classifier: Detoxify, texts: list[str]) -> None:
    for text in texts:
        classifier.scores(text)


if __name__ == "__main__":
    main()
