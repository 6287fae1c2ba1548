"""`python -m moderation.calibrate FILE.csv …`: probabilities and thresholds of scores.

Per category and language it fits how a score turns into a probability (Platt 1999) and
finds the thresholds that a stated share of what is harmless reaches. A file holds
labelled texts, or scores on which reviewers had their say.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from moderation import labelled_scores
from moderation.evaluate import classifiers, scored_texts
from moderation.labelled_scores import LabelledScore
from moderation.protocols import Scores
from moderation.training import labelled_texts
from moderation.training.labelled_texts import LabelledText
from moderation.verdict import Category

Floats = NDArray[np.float64]

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_LEAST = 20  # works with a label, and without it, below which nothing is fitted
_SURE = 1e-6
_BINS = 10
_SIDE, _EDGE = 150, 12  # pixels of one plot and around it


@dataclass(frozen=True, slots=True)
class Calibration:
    """The reading of one category's scores under one *table* of a policy.

    The probability is sigmoid(*slope* · logit(score) + *offset*). At most the stated
    shares of what is harmless reach the scores *review* and *refuse*; *error* is the
    expected calibration error after the fit (Naeini et al. 2015).
    """

    table: str
    category: Category
    count: int
    positives: int
    slope: float
    offset: float
    error: float
    review: float
    refuse: float

    @property
    def as_toml(self) -> str:
        """A rule as a policy has it, below a comment on what it rests on."""
        return (
            f"# of {self.count} known, {self.positives} have it; the chance is"
            f" sigmoid({self.slope:.3f} logit(score) {self.offset:+.3f}), off by"
            f" {self.error:.3f}\n{self.category} = {{ review ="
            f" {_rounded(self.review):.4f}, refuse = {_rounded(self.refuse):.4f} }}"
        )


@dataclass(frozen=True, slots=True)
class Sample:
    """Scores of one category in one language, and what was true."""

    scores: Floats
    truth: NDArray[np.bool_]

    def calibrated(self, fit: Calibration) -> Floats:
        """The probabilities that *fit* makes of the scores."""
        return _sigmoid(fit.slope * _logit(self.scores) + fit.offset)


def samples(records: Iterable[LabelledScore]) -> dict[tuple[str, Category], Sample]:
    """The labelled scores per table and category, where there are enough of both kinds.

    Of several scores of one work, the worst counts, as it does for a policy.
    """
    worst: dict[tuple[str, Category], dict[str, tuple[float, bool]]] = defaultdict(dict)
    for one in records:
        if one.label is not None:
            works = worst[one.table, one.category]
            known, _ = works.get(one.work, (0.0, False))
            works[one.work] = max(known, one.score), one.label
    found = {
        key: Sample(
            np.array([score for score, _ in works.values()]),
            np.array([truth for _, truth in works.values()]),
        )
        for key, works in sorted(worst.items())
    }
    return {
        key: sample
        for key, sample in found.items()
        if min(sample.truth.sum(), (~sample.truth).sum()) >= _LEAST
    }


def scores_of_texts(
    known: Iterable[tuple[LabelledText, Scores]],
) -> list[LabelledScore]:
    """The scores of labelled texts, for `samples`."""
    return [
        LabelledScore(
            work=str(place),
            gate="prompt",
            lang=example.lang,
            category=category,
            score=scores.get(category, 0.0),
            label=label,
        )
        for place, (example, scores) in enumerate(known)
        for category, label in example.labels.items()
    ]


def calibration(
    table: str, category: Category, sample: Sample, *, review: float, refuse: float
) -> Calibration:
    """The fit to *sample*; *review* and *refuse* are shares of what is harmless."""
    slope, offset = platt(_logit(sample.scores), sample.truth)
    harmless = sample.scores[~sample.truth]
    probabilities = _sigmoid(slope * _logit(sample.scores) + offset)
    return Calibration(
        table=table,
        category=category,
        count=len(sample.truth),
        positives=int(sample.truth.sum()),
        slope=slope,
        offset=offset,
        error=expected_error(probabilities, sample.truth),
        review=reached_by(harmless, review),
        refuse=reached_by(harmless, refuse),
    )


def platt(logits: Floats, truth: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and offset of the likeliest sigmoid, by Newton's method.

    The targets are Platt's (1999), so that separable classes have a finite answer.
    scikit-learn keeps its own fit with these targets private, and fits no others.
    """
    good, bad = int((~truth).sum()), int(truth.sum())
    target = np.where(truth, (bad + 1) / (bad + 2), 1 / (good + 2))
    inputs = np.stack([logits, np.ones_like(logits)], axis=1)
    weights = np.array([1.0, 0.0])
    for _ in range(50):
        probability = _sigmoid(inputs @ weights)
        gradient = inputs.T @ (probability - target)
        spread = probability * (1 - probability)
        curvature = (inputs * spread[:, None]).T @ inputs + 1e-6 * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        weights = weights - np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-8:  # noqa: PLR2004  # it stands still
            break
    return float(weights[0]), float(weights[1])


def reached_by(harmless: Floats, share: float) -> float:
    """The lowest score that at most *share* of *harmless* reaches, at most 1."""
    allowed = int(share * len(harmless))
    highest = np.sort(harmless)[::-1][allowed]
    return float(min(1.0, np.nextafter(highest, np.inf)))


def bins(
    probabilities: Floats, truth: NDArray[np.bool_]
) -> list[tuple[float, float, int]]:
    """Mean probability, share of true ones and count, per tenth that is not empty."""
    place = np.minimum((probabilities * _BINS).astype(int), _BINS - 1)
    return [
        (float(probabilities[mine].mean()), float(truth[mine].mean()), int(mine.sum()))
        for mine in (place == i for i in range(_BINS))
        if mine.any()
    ]


def expected_error(probabilities: Floats, truth: NDArray[np.bool_]) -> float:
    """The mean gap between a probability and what comes true, over the tenths."""
    gaps = [n * abs(said - true) for said, true, n in bins(probabilities, truth)]
    return float(sum(gaps) / len(truth))


def reliability(fits: Sequence[tuple[Calibration, Sample]]) -> Image.Image:
    """A plot per fit, four in a row: what came true over the probability.

    Grey is the score as it is, black the calibrated one, the diagonal is honesty.
    """
    cell, columns = _SIDE + 2 * _EDGE + 12, min(4, len(fits))
    rows = -(-len(fits) // columns)
    image = Image.new("RGB", (columns * cell, rows * cell), "white")
    draw = ImageDraw.Draw(image)
    for i, (fit, sample) in enumerate(fits):
        left, top = i % columns * cell + _EDGE, i // columns * cell + _EDGE + 12
        draw.text((left, top - 14), f"{fit.table} {fit.category}", fill="black")
        draw.rectangle((left, top, left + _SIDE, top + _SIDE), outline="silver")
        draw.line((left, top + _SIDE, left + _SIDE, top), fill="silver")
        for values, ink in ((sample.scores, "gray"), (sample.calibrated(fit), "black")):
            points = [
                (left + said * _SIDE, top + (1 - true) * _SIDE)
                for said, true, _ in bins(values, sample.truth)
            ]
            draw.line(points, fill=ink, width=2)
            for x, y in points:
                draw.ellipse((x - 2, y - 2, x + 2, y + 2), fill=ink)
    return image


def _rounded(threshold: float) -> float:
    """*threshold* to four places, never lower."""
    return min(1.0, ceil(threshold * 10_000) / 10_000)


def _logit(scores: Floats) -> Floats:
    sure = np.clip(scores, _SURE, 1 - _SURE)
    return np.asarray(np.log(sure / (1 - sure)))


def _sigmoid(logits: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))))


@click.command()
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option("--weights", type=_FILE, help="Other weights than the bundled ones.")
@click.option(
    "--review",
    type=click.FloatRange(0, 0.5),
    default=0.04,
    show_default=True,
    help="The share of what is harmless that may go to review.",
)
@click.option(
    "--refuse",
    type=click.FloatRange(0, 0.5),
    default=0.01,
    show_default=True,
    help="The share of what is harmless that may be refused.",
)
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), help="PNG.")
def main(
    *,
    files: tuple[Path, ...],
    weights: Path | None,
    review: float,
    refuse: float,
    plot: Path | None,
) -> None:
    """Fit calibration and thresholds; prints the tables of a policy, as TOML.

    FILES hold labelled texts, or what `vernissage decisions export` wrote.
    """
    if refuse > review:
        raise click.UsageError(f"more is refused ({refuse}) than reviewed ({review})")
    found = samples(_records(files, weights))
    fits = [
        (calibration(*key, sample, review=review, refuse=refuse), sample)
        for key, sample in found.items()
    ]
    if not fits:
        raise click.ClickException(
            f"no category has {_LEAST} texts or works with its label and {_LEAST}"
            " without"
        )
    click.echo(f"# {review:.1%} of what is harmless to review, {refuse:.1%} refused")
    table = ""
    for fit, _ in fits:
        if fit.table != table:
            table = fit.table
            click.echo(f"\n[{table}]")
        click.echo(fit.as_toml)
    if plot:
        reliability(fits).save(plot)


def _records(files: Sequence[Path], weights: Path | None) -> Iterable[LabelledScore]:
    labelled = [file for file in files if not labelled_scores.holds_scores(file)]
    for file in set(files) - set(labelled):
        yield from labelled_scores.read(file)
    if labelled:
        known = (example for file in labelled for example in labelled_texts.read(file))
        yield from scores_of_texts(scored_texts(known, classifiers(weights)))


if __name__ == "__main__":
    main()
