"""`python -m moderation.evaluate FILE.csv …`: metrics of the prompt gate."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Self

import click
import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped]

from moderation.bundled import bundled_classifiers
from moderation.errors import ClassifierUnavailable
from moderation.language import Language
from moderation.policy import Policy, judge
from moderation.protocols import Scores, TextClassifier
from moderation.text.canonical import canonical
from moderation.text.deobfuscation import DeobfuscatingClassifier
from moderation.text.lexicon import Lexicon
from moderation.text.linear import LinearClassifier
from moderation.training.labelled_texts import LabelledText, read
from moderation.training.obfuscation import OBFUSCATIONS
from moderation.verdict import Category, Outcome, Rule

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUTCOME = "outcome"


@dataclass(frozen=True, slots=True)
class Share:
    """A share in [0, 1] with its 95 % interval (Wilson 1927)."""

    share: float
    low: float
    high: float

    @classmethod
    def of(cls, hits: int, count: int) -> Self | None:
        """*hits* of *count*, None of none."""
        if not count:
            return None
        low, high = binomtest(hits, count).proportion_ci(method="wilson")
        return cls(round(hits / count, 4), round(low, 4), round(high, 4))

    def __str__(self) -> str:
        return f"{self.share:.1%} ({self.low:.1%}–{self.high:.1%})"


@dataclass(frozen=True, slots=True)
class LabelMetrics:
    """Metrics of one label in one language and source; None without enough texts.

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
    recall_review: Share | None
    recall_refuse: Share | None
    false_review: Share | None
    false_refuse: Share | None


def label_metrics(
    known: Sequence[tuple[LabelledText, Scores]], policy: Policy
) -> list[LabelMetrics]:
    """Metrics per label, language and source, and over all the sources.

    The label `outcome` is the gate's whole answer, measured against `unsafe`.
    """
    groups: dict[tuple[str, str, str], list[tuple[bool, float]]] = defaultdict(list)
    for example, scored in known:
        for category, truth in example.labels.items():
            for source in (example.source, "all"):
                pair = truth, scored.get(category, 0.0)
                groups[category, example.lang, source].append(pair)
        if (unsafe := example.labels.get(Category.UNSAFE)) is not None:
            for source in (example.source, "all"):
                pair = unsafe, _severity(scored, policy, example.lang)
                groups[_OUTCOME, example.lang, source].append(pair)
    return [
        _metrics(*key, pairs, _rule(policy, *key[:2]))
        for key, pairs in sorted(groups.items())
    ]


def _rule(policy: Policy, label: str, lang: str) -> Rule:
    """The thresholds of *label* for texts in *lang*; outcomes are their own."""
    if label == _OUTCOME:
        return Rule(Outcome.REVIEW, Outcome.REFUSE)
    return policy.rules("prompt", _spoken(lang))[Category(label)]


def _spoken(lang: str) -> Language:
    return "ru" if lang == "ru" else "en" if lang == "en" else "other"


def _severity(scored: Scores, policy: Policy, lang: str) -> float:
    """The outcome that *scored* earns in *lang*, as a number to be ranked by."""
    reasons = judge(policy.rules("prompt", _spoken(lang)), scored)
    return float(max((r.outcome for r in reasons), default=Outcome.ALLOW))


def _metrics(
    label: str,
    lang: str,
    source: str,
    pairs: Sequence[tuple[bool, float]],
    rule: Rule,
) -> LabelMetrics:
    truth = np.array([t for t, _ in pairs])
    scored = np.array([s for _, s in pairs])
    bad, good = scored[truth], scored[~truth]
    both = len(bad) > 0 and len(good) > 0
    return LabelMetrics(
        label=str(label),
        lang=lang,
        source=source,
        count=len(pairs),
        positives=len(bad),
        auc=round(float(roc_auc_score(truth, scored)), 4) if both else None,
        recall_at_1_percent=_above(bad, _beyond(good)) if both else None,
        recall_review=_share(bad, rule.review),
        recall_refuse=_share(bad, rule.refuse),
        false_review=_share(good, rule.review),
        false_refuse=_share(good, rule.refuse),
    )


def _beyond(good: NDArray[np.float64]) -> float:
    """The lowest threshold that at most 1 % of *good* reaches."""
    ordered = np.sort(good)[::-1]
    return float(np.nextafter(ordered[len(good) // 100], np.inf))


def _above(scored: NDArray[np.float64], threshold: float) -> float:
    return round(float((scored >= threshold).mean()), 4)


def _share(scored: NDArray[np.float64], threshold: float) -> Share | None:
    return Share.of(int((scored >= threshold).sum()), len(scored))


def classifiers(weights: Path | None) -> tuple[TextClassifier, ...]:
    """The bundled classifiers, or those with the linear *weights* instead."""
    if weights is None:
        return bundled_classifiers()
    return DeobfuscatingClassifier(Lexicon.bundled()), DeobfuscatingClassifier(
        LinearClassifier.load(weights)
    )


def scored_texts(
    examples: Iterable[LabelledText],
    classifiers: Sequence[TextClassifier],
    spell: Callable[[str], str] = str,
) -> list[tuple[LabelledText, Scores]]:
    """*examples* spelt by *spell*, each with the worst scores of *classifiers*.

    Those that a gate would send to a human unjudged are left out.
    """
    answers = (
        (e, _worst(classifiers, canonical(spell(e.text)).text)) for e in examples
    )
    return [(e, scores) for e, scores in answers if scores is not None]


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
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")
def main(
    *,
    files: tuple[Path, ...],
    weights: Path | None,
    policy_file: Path | None,
    disguise: str | None,
    as_json: bool,
) -> None:
    """Measure the prompt gate on labelled texts."""
    policy = Policy.read(policy_file) if policy_file else Policy.bundled()
    examples = [e for file in files for e in read(file)]
    known = scored_texts(
        examples, classifiers(weights), OBFUSCATIONS.get(disguise or "", str)
    )
    if unjudged := len(examples) - len(known):
        click.echo(
            f"{unjudged} texts could not be judged and are not counted", err=True
        )
    found = label_metrics(known, policy)
    if as_json:
        click.echo(json.dumps([asdict(m) for m in found], indent=2))
        return
    for line in found:
        cells = (getattr(line, field.name) for field in fields(line))
        click.echo("  ".join("—" if cell is None else str(cell) for cell in cells))


if __name__ == "__main__":
    main()
