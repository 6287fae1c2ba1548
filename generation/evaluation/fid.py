"""FID and CLIP score: how near pictures are to real ones, and to their texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from generation.evaluation.experiment import SHOWN, Trial
from generation.evaluation.findings import Findings
from generation.evaluation.frechet import Features, frechet, interval
from generation.evaluation.holdout import Exhibit
from generation.evaluation.image_cache import opened
from generation.evaluation.judges import unit
from generation.evaluation.result import Figure, Plot, Point, Result, mean
from generation.regimes import text_to_image

SCALES: Final = (1.0, 2.0, 3.0, 5.0, 8.0)


@dataclass(frozen=True, slots=True)
class Reference:
    """What painted pictures are compared with: *exhibits*, seen and read.

    *real* are the features of their pictures, *told* the embeddings of their captions.
    """

    exhibits: Sequence[Exhibit]
    real: Features
    told: Features

    @classmethod
    def of(cls, trial: Trial) -> Self:
        """That of a trial."""
        exhibits = trial.exhibits()
        real = trial.sight.features(exhibit.picture() for exhibit in exhibits)
        told = trial.judge.told(exhibit.caption for exhibit in exhibits)
        return cls(exhibits, real, told)

    def painted(self, trial: Trial, label: str, **changes: Any) -> Findings:
        """Pictures of all prompts by the recipe with *changes*: FID and CLIP score."""
        regimes = (text_to_image(exhibit.prompt) for exhibit in self.exhibits)
        files = trial.album.filled(trial.asks(regimes, **changes), label)
        made = trial.sight.features(opened(files))
        seen = trial.judge.seen(opened(files))
        return Findings(
            figures=[
                distance(self.real, made, of=label),
                score(seen, self.told, of=label),
            ],
            rows=[trial.row(label, files)],
        )

    def drawn(self, trial: Trial) -> Findings:
        """The score of the real pictures, and how far others of their scenes are."""
        seen = trial.judge.seen(exhibit.picture() for exhibit in self.exhibits)
        figures = [score(seen, self.told, of="real")]
        twins = [one.twin for one in self.exhibits if one.twin is not None]
        if len(twins) == len(self.exhibits):
            made = trial.sight.features(twin() for twin in twins)
            figures.append(distance(self.real, made, of="real, drawn anew"))
        shown = [exhibit.picture() for exhibit in self.exhibits[:SHOWN]]
        return Findings(figures=figures, rows=[trial.kept("real", shown)])


def fid(trial: Trial) -> Result:
    """The recipe's own figures, and both along guidance scales."""
    reference = Reference.of(trial)
    found = reference.drawn(trial) + Findings(notes=notes(trial))
    points = []
    for scale in sorted({*SCALES, trial.recipe.guidance}):
        painted = reference.painted(trial, f"guidance {scale:g}", guidance=scale)
        away, near = painted.figures
        points.append(Point(x=near.value, y=away.value, label=f"{scale:g}"))
        found += painted
    plot = Plot(x="CLIP score", y="FID", points=tuple(points))
    return found.result("fid", {**trial.settings, "scales": list(SCALES)}, plot)


def notes(trial: Trial) -> tuple[str, ...]:
    """What must be known to read a distance."""
    return (
        f"Features: {trial.sight.name}. Real pictures: {trial.source.name}.",
        (
            "The distance between few pictures is too large, by about a constant over"
            " their number: compare it only at equal counts. «Drawn anew» are the same"
            " scenes in other poses: no model could be nearer. The interval is by"
            " drawing prompts again, 100 times, each with its real and its"
            " painted picture."
        ),
        (
            "CLIP score: the mean cosine between a picture and its English caption, by"
            " the model's own CLIP; its interval is by drawing pictures again, 1,000"
            " times."
        ),
    )


def distance(real: Features, made: Features, *, of: str) -> Figure:
    """The FID of *made* pictures, by their features."""
    low, high = interval(real, made)
    return Figure(
        of=of,
        measure="FID",
        value=frechet(real, made),
        low=low,
        high=high,
        count=len(made),
    )


def score(seen: Features, told: Features, *, of: str) -> Figure:
    """The mean cosine of pictures and their captions."""
    cosines = (unit(seen) * unit(told)).sum(axis=1)
    return mean(cosines, of=of, measure="CLIP score")
