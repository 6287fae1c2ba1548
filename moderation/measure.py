"""`python -m moderation.measure FILE.csv …`: how well the prompt gate scores."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from moderation.errors import ClassifierUnavailable
from moderation.policy import Policy
from moderation.protocols import Scores, TextClassifier
from moderation.text.bundled import bundled_classifiers
from moderation.text.canonical import canonical
from moderation.text.lexicon import Lexicon
from moderation.text.linear import LinearClassifier
from moderation.text.readings import Readings
from moderation.training.examples import Example, read
from moderation.training.obfuscation import OBFUSCATIONS
from moderation.verdict import Category, Rule

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True)
class Measure:
    """How one label is told in one language and source; None where nothing can be said.

    Rates are shares in [0, 1] of the texts that have the label (recall) or are known
    to lack it (false positives), at the policy's two thresholds.
    """

    label: str
    lang: str
    source: str
    count: int
    positives: int
    auc: float | None
    recall_at_1_percent: float | None
    recall_review: float | None
    recall_refuse: float | None
    false_review: float | None
    false_refuse: float | None


def measures(judged: Sequence[tuple[Example, Scores]], policy: Policy) -> list[Measure]:
    """A measure per label, language and source, and one over all the sources."""
    groups: dict[tuple[Category, str, str], list[tuple[bool, float]]] = defaultdict(
        list
    )
    for example, scored in judged:
        for category, truth in example.labels.items():
            for source in (example.source, "all"):
                pair = truth, scored.get(category, 0.0)
                groups[category, example.lang, source].append(pair)
    return [
        _measure(*key, pairs, policy.prompt[key[0]])
        for key, pairs in sorted(groups.items())
    ]


def _measure(
    label: Category,
    lang: str,
    source: str,
    pairs: Sequence[tuple[bool, float]],
    rule: Rule,
) -> Measure:
    truth = np.array([t for t, _ in pairs])
    scored = np.array([s for _, s in pairs])
    bad, good = scored[truth], scored[~truth]
    both = len(bad) > 0 and len(good) > 0
    return Measure(
        label=label.value,
        lang=lang,
        source=source,
        count=len(pairs),
        positives=len(bad),
        auc=_auc(bad, good) if both else None,
        recall_at_1_percent=_share(bad, _beyond(good)) if both else None,
        recall_review=_share(bad, rule.review),
        recall_refuse=_share(bad, rule.refuse),
        false_review=_share(good, rule.review),
        false_refuse=_share(good, rule.refuse),
    )


def _auc(bad: NDArray[np.float64], good: NDArray[np.float64]) -> float:
    """The chance that a bad text outscores a good one, a tie counting half."""
    ordered = np.sort(good)
    below = np.searchsorted(ordered, bad, side="left")
    within = np.searchsorted(ordered, bad, side="right")
    return round(float((below + within).mean() / 2 / len(good)), 4)


def _beyond(good: NDArray[np.float64]) -> float:
    """The lowest threshold that at most 1 % of *good* reaches."""
    ordered = np.sort(good)[::-1]
    return float(np.nextafter(ordered[len(good) // 100], np.inf))


def _share(scored: NDArray[np.float64], threshold: float) -> float | None:
    return round(float((scored >= threshold).mean()), 4) if len(scored) else None


def _worst(classifiers: Sequence[TextClassifier], text: str) -> Scores | None:
    """The worst score per category, None for a text that the gate sends to review."""
    worst: dict[Category, float] = {}
    try:
        for classifier in classifiers:
            for category, score in classifier.scores(text).items():
                worst[category] = max(score, worst.get(category, 0.0))
    except ClassifierUnavailable:
        return None
    return worst


@click.command()
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option("--weights", type=_FILE, help="Other weights than the bundled ones.")
@click.option("--policy", "policy_file", type=_FILE, help="Another policy.")
@click.option("--disguise", type=click.Choice(list(OBFUSCATIONS)), help="Spell so.")
@click.option("--readings", is_flag=True, help="Judge every plausible reading.")
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")
def main(  # noqa: PLR0913  # an option each
    *,
    files: tuple[Path, ...],
    weights: Path | None,
    policy_file: Path | None,
    disguise: str | None,
    readings: bool,
    as_json: bool,
) -> None:
    """Measure the prompt gate on labelled texts."""
    policy = Policy.read(policy_file) if policy_file else Policy.bundled()
    classifiers: tuple[TextClassifier, ...] = bundled_classifiers()
    if weights:
        classifiers = (Lexicon.bundled(), LinearClassifier.load(weights))
    if readings:
        classifiers = tuple(Readings(classifier) for classifier in classifiers)
    examples = [e for file in files for e in read(file)]
    spell = OBFUSCATIONS[disguise] if disguise else str
    judged = [(e, _worst(classifiers, canonical(spell(e.text)).text)) for e in examples]
    known = [(e, scores) for e, scores in judged if scores is not None]
    if unjudged := len(judged) - len(known):
        click.echo(
            f"{unjudged} texts could not be judged and are not counted", err=True
        )
    found = [asdict(m) for m in measures(known, policy)]
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    for line in found:
        click.echo("  ".join("—" if v is None else str(v) for v in line.values()))


if __name__ == "__main__":
    main()
