"""FID and CLIP score: distances of pictures to real ones, and to their texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from generation.evaluation.experiment import SHOWN, Experiment
from generation.evaluation.frechet import Features, frechet, interval
from generation.evaluation.holdout import HeldOutExample
from generation.evaluation.image_cache import load_images
from generation.evaluation.judges import unit
from generation.evaluation.result import (
    Figure,
    Findings,
    Plot,
    Point,
    Result,
    mean,
)
from generation.regimes import text_to_image

SCALES: Final = (1.0, 2.0, 3.0, 5.0, 8.0)


@dataclass(frozen=True, slots=True)
class Reference:
    """Real pictures that generated ones are compared with: *examples*.

    *real* are the features of their pictures, *captions* the embeddings of
    their captions.
    """

    examples: Sequence[HeldOutExample]
    real: Features
    captions: Features

    @classmethod
    def of(cls, experiment: Experiment) -> Self:
        """The reference of an experiment."""
        examples = experiment.examples()
        real = experiment.extractor.features(example.picture() for example in examples)
        told = experiment.judge.embed_texts(example.caption for example in examples)
        return cls(examples, real, told)

    def painted(self, experiment: Experiment, label: str, **changes: Any) -> Findings:
        """Pictures of all prompts by the recipe with *changes*: FID and CLIP score."""
        regimes = (text_to_image(example.prompt) for example in self.examples)
        files = experiment.images.generate(experiment.tasks(regimes, **changes), label)
        made = experiment.extractor.features(load_images(files))
        seen = experiment.judge.embed_images(load_images(files))
        return Findings(
            figures=[
                distance(self.real, made, of=label),
                score(seen, self.captions, of=label),
            ],
            rows=[experiment.row(label, files)],
        )

    def drawn(self, experiment: Experiment) -> Findings:
        """The score of the real pictures, and the distance of others of the scenes."""
        seen = experiment.judge.embed_images(
            example.picture() for example in self.examples
        )
        figures = [score(seen, self.captions, of="real")]
        twins = [one.twin for one in self.examples if one.twin is not None]
        if len(twins) == len(self.examples):
            made = experiment.extractor.features(twin() for twin in twins)
            figures.append(distance(self.real, made, of="real, drawn anew"))
        shown = [example.picture() for example in self.examples[:SHOWN]]
        return Findings(figures=figures, rows=[experiment.kept("real", shown)])


def fid(experiment: Experiment) -> Result:
    """The recipe's own figures, and both along guidance scales."""
    reference = Reference.of(experiment)
    found = reference.drawn(experiment) + Findings(notes=notes(experiment))
    points = []
    for scale in sorted({*SCALES, experiment.recipe.guidance}):
        painted = reference.painted(experiment, f"guidance {scale:g}", guidance=scale)
        away, near = painted.figures
        points.append(Point(x=near.value, y=away.value, label=f"{scale:g}"))
        found += painted
    plot = Plot(x="CLIP score", y="FID", points=tuple(points))
    return found.result("fid", {**experiment.settings, "scales": list(SCALES)}, plot)


def notes(experiment: Experiment) -> tuple[str, ...]:
    """Notes that a reader of distances needs."""
    return (
        (
            f"Features: {experiment.extractor.name}."
            f" Real pictures: {experiment.holdout.name}."
        ),
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
